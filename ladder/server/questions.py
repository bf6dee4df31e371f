"""What a page asks of a run once, over the live channel: the samples behind a number or a point, the next update in
slow motion, and what every combinator could do for one unit."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from ladder import i18n
from ladder.arrays import Ints, Numbers
from ladder.data.drawn import MOST_CLASSES, MOST_SAMPLES, pixels_of
from ladder.live import frames
from ladder.live.lab import Lab
from ladder.live.mirror import Answer
from ladder.live.store import from_bytes
from ladder.problems import Problem
from ladder.recipe.race import Race
from ladder.teaching import handin
from ladder.teaching.lesson import ASKED, ASKED_LAYERS, OF_AUTOENCODERS

Words = Mapping[str, object]


def answer(name: str, lab: Lab, run_id: str, words: Words, check: Callable[[Words], None]) -> bytes:
    """Returns the answer to the question `name` of QUESTIONS, a message of live/frames.py of this kind. Its "refusal"
    is a sentence where there is no answer, else empty: that of the question's Problem, or of "no_answer" where it does
    not come in time. `words`: the question's value by its name, "language", and what the question says. `check`: raises
    Problem where the page may not steer the run, as the questions of STEERING do."""
    try:
        if name in STEERING:
            check({})
        found = QUESTIONS[name](lab, run_id, words)
        if found is None:
            raise Problem("no_answer")
        header, arrays = found
        return frames.encode({"kind": name, "refusal": "", **header}, arrays)
    except Problem as problem:
        return frames.encode({"kind": name, "refusal": refusal_of(problem, words)}, {})


def refusal_of(problem: Problem, words: Words) -> str:
    """Returns the sentence of the problem in the language of the page's words, in English where they name none."""
    language = str(words.get("language"))
    return i18n.problem(problem, language if language in i18n.LANGUAGES else "en")


def _cases(lab: Lab, run_id: str, words: Words) -> Answer | None:
    """`words`: "cases", the true class, the predicted one, and the number of the first of these samples to be sent.
    Raises Problem "bad_word", and those of Lab.cases."""
    true, predicted, first = _whole_numbers("cases", words, 3)
    return lab.cases(run_id, true, predicted, first)


def _point(lab: Lab, run_id: str, words: Words) -> Answer | None:
    """`words`: "point", a list with the number of a training row. Raises Problem "bad_word", and those of Lab.point."""
    return lab.point(run_id, *_whole_numbers("point", words, 1))


def _tested(lab: Lab, run_id: str, words: Words) -> Answer | None:
    """`words`: "tested", the name of a dataset whose test samples are meant, or a list of drawn samples, each [pixels
    in base64, class], of which there are drawn.MOST_SAMPLES at most; "at", which the answer repeats. Raises Problem
    "bad_word", and those of Lab.tested_on and Lab.tested_drawn."""
    asked, at = words["tested"], words.get("at")
    refusal = Problem("bad_word", name="tested", value=str(asked)[:40])
    if isinstance(asked, str) and asked:
        found = lab.tested_on(run_id, asked)
    else:
        try:
            found = lab.tested_drawn(run_id, *_drawn(asked))
        except (TypeError, ValueError):  # binascii.Error is a ValueError
            raise refusal from None
    return found and ({**found[0], "at": at if isinstance(at, int) else 0}, found[1])


def _drawn(asked: object) -> tuple[Numbers, Ints]:
    """Returns the pixels (n, d) uint8 and the classes (n,) of a list of [pixels, class]. Raises ValueError or TypeError
    for anything else."""
    if not isinstance(asked, list) or not 1 <= len(asked) <= MOST_SAMPLES or any(len(one) != 2 for one in asked):
        raise ValueError("no samples")
    if not all(type(k) is int and 0 <= k < MOST_CLASSES for _, k in asked):
        raise ValueError("no classes")
    pixels = np.stack([pixels_of(text) for text, _ in asked])
    return pixels, np.array([k for _, k in asked], np.int64)


def _stages(lab: Lab, run_id: str, words: Words) -> Answer | None:
    """`words`: "stages", which is "look", or "step" for a run that makes the present update first; "tab". The run is
    paused. Raises Problem "bad_word", "run_steered" where another tab steers the run, and those of Lab.stages."""
    if words["stages"] not in ("look", "step"):
        raise Problem("bad_word", name="stages", value=str(words["stages"])[:40])
    _check_steers(lab, run_id, words)
    if words["stages"] == "step":
        after = lab.status(run_id).update + 1
        lab.step(run_id, 1)
        lab.wait(run_id, lambda told: told.update >= after, 30)
    return lab.stages(run_id)


def _combinators(lab: Lab, run_id: str, words: Words) -> Answer | None:
    """`words`: "combinators", the layer and the unit. Raises Problem "bad_word", and those of Lab.combinators."""
    return lab.combinators(run_id, *_whole_numbers("combinators", words, 2))


def _quantities(lab: Lab, run_id: str, words: Words) -> Answer | None:
    """`words`: "quantities", a list of names: of a run those of lesson.ASKED, and of lesson.ASKED_LAYERS with a layer's
    number behind them; of a comparison those of lesson.OF_AUTOENCODERS with a contestant's model behind them. The
    answer's `values` has them by these names. Raises Problem "bad_word" for another name, and those of
    Lab.quantities."""
    names, recipe = words["quantities"], lab.recipe(run_id)
    if isinstance(recipe, Race):
        models = [one.model for one in recipe.contestants if one.family == "network"]
        known = {f"{name}_{model}": f"{name}[{model}]" for name in OF_AUTOENCODERS for model in models}
    else:
        known = {name: name for name in ASKED}
        layers = range(recipe.structure.n_layers + 1)
        known |= {f"{name}{l}": f"{name}[{l}]" for name in ASKED_LAYERS for l in layers}
    if not isinstance(names, list) or not all(isinstance(name, str) and name in known for name in names):
        raise Problem("bad_word", name="quantities", value=str(names)[:40])
    found = lab.quantities(run_id, tuple(known[name] for name in names))
    if found is None:
        return None
    values = found[0]["values"]
    assert isinstance(values, dict)
    return {"values": {name: values[known[name]] for name in names}}, {}


def _hand_in(lab: Lab, run_id: str, words: Words) -> Answer | None:
    """`words`: "handin", with "lesson" and "nickname", texts, and "answers", a list of [which, answer]; "tab". The
    answer has `text`, the hand-in as one word, and `file`, as a file's content. The run is paused. Raises Problem
    "bad_word", "handin_field", "run_steered" where another tab steers the run, those of handin.of_run and
    handin.of_race, and those of Lab.checkpoint."""
    asked = words["handin"]
    if not isinstance(asked, dict) or not isinstance(answers := asked.get("answers"), list):
        raise Problem("bad_word", name="handin", value=str(asked)[:40])
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in answers):
        raise Problem("handin_field", field="answers")
    _check_steers(lab, run_id, words)
    lab.pause(run_id)  # at rest a run is measured, so that its last numbers are of its last update
    lab.wait(run_id, lambda told: not told.active, 30)
    pairs = [(which, _answer(one)) for which, one in answers]
    who = str(asked.get("lesson", "")), str(asked.get("nickname", "")), pairs
    recipe = lab.recipe(run_id)
    if not isinstance(recipe, Race):
        made = handin.of_run(from_bytes(lab.checkpoint(run_id)), *who)
    elif (found := lab.result(run_id)) is None:
        return None
    else:
        update, numbers, hashed = (cast(Any, found[0][name]) for name in ("update", "numbers", "digest"))
        made = handin.of_race(recipe, update, numbers, lab.status(run_id).computed, hashed, *who)
    return {"text": handin.to_text(made), "file": handin.to_json(made)}, {}


def _answer(value: Any) -> Any:
    """Returns an answer as a hand-in has it: a whole number as a float, a drawn curve as a tuple. Anything else stays,
    and handin.checked refuses it."""
    if isinstance(value, list):
        return tuple(map(_answer, value))
    return float(value) if type(value) is int else value


def _check_steers(lab: Lab, run_id: str, words: Words) -> None:
    """Raises Problem "run_steered" where another tab than that of the words steers the run."""
    if not lab.steers(run_id, str(words.get("tab"))):
        raise Problem("run_steered")


def _whole_numbers(name: str, words: Words, n: int) -> list[int]:
    """Returns the question's value, a list of n whole numbers. Raises Problem "bad_word" where it is another."""
    value = words[name]
    if not isinstance(value, list) or len(value) != n or not all(type(one) is int for one in value):
        raise Problem("bad_word", name=name, value=str(value)[:40])
    return value


STEERING = "stages", "handin"  # they pause the run
QUESTIONS: dict[str, Callable[[Lab, str, Words], Answer | None]] = {
    "cases": _cases,
    "point": _point,
    "tested": _tested,
    "stages": _stages,
    "combinators": _combinators,
    "quantities": _quantities,
    "handin": _hand_in,
}
