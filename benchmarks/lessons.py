"""Whether the lessons tell the truth: every promise of every lesson, with its cause and with the cause removed.

Each promise (ladder/teaching/lesson.py) is measured over SEEDS, each as weight seed and label seed. One JSON object a
promise on standard output; benchmarks/lessons.jsonl keeps them, and tests/teaching/test_lessons.py compares them with
the lessons of today. It also measures 3 of the seeds anew. The last line is an experiment that no page offers: ladders
that were trained with the estimate divided by the variance, as popular code has it, and their errors.

`--lessons noise,layers` measures some lessons only, `--folder` a teacher's own, `--seeds` other seeds.
About twenty minutes on one core.
"""

import argparse
import importlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from ladder import i18n  # noqa: E402
from ladder.analysis import snapshot  # noqa: E402
from ladder.data.datasets import load  # noqa: E402
from ladder.models import ladder  # noqa: E402
from ladder.settings import Live, Structure  # noqa: E402
from ladder.teaching import lessons  # noqa: E402
from ladder.teaching.lesson import Promise, Side  # noqa: E402
from ladder.teaching.promises import Bench, Outcome  # noqa: E402
from ladder.training import train  # noqa: E402

SEEDS = tuple(range(1, 13))  # 11, which the lessons' pages open, is among them
VARIANCE_UPDATES = 1000


def described(side: Side | None) -> str:
    """Returns a side of a promise in words: "noise=0 twin test_error"; "" for none."""
    if side is None:
        return ""
    words = "&".join(f"{name}={word}" for name, word in side.setting.query if name not in ("seed", "lseed"))
    return f"{words or '-'} {side.model} {side.quantity}"


def told(outcome: Outcome, sides: tuple[Side | None, Side]) -> dict[str, object]:
    """Returns an outcome as plain values: what was compared, the quantities by seed, what was found."""
    lower, higher = map(described, sides)
    values = {"lower": lower, "higher": higher, "of_lower": outcome.lower, "of_higher": outcome.higher}
    return {**values, "found": outcome.found, "holds": outcome.holds}


def measured(bench: Bench, lesson: str, number: int, promise: Promise) -> dict[str, object]:
    """Returns one line: promise `number` of a lesson."""
    with_cause, without = bench.check(promise)
    line = {"lesson": lesson, "promise": number, "updates": promise.updates, "by": promise.by}
    line |= {"seeds": list(bench.seeds), **told(with_cause, promise.sides)}
    return line | {"without": told(without, promise.without)}


def by_variance(
    p: ladder.Parameters, x: Tensor, noise: list[Tensor], structure: Structure, lateral: bool, top_down: bool
) -> tuple[object, ...]:
    """Does what ladder.denoising_pass does, but divides the estimate by the clean path's variance instead of its
    standard deviation, as popular code does."""
    clean, corrupted, u, z_hat, z_hat_bn, _ = DEFINITION(p, x, noise, structure, lateral, top_down)
    wrong = [z_hat_bn[0]]
    for made, std in zip(z_hat_bn[1:], clean.std[1:], strict=True):
        assert std is not None
        wrong.append(made / std)
    costs = [((z - made) ** 2).mean((-2, -1)) for z, made in zip(clean.z, wrong, strict=True)]
    return clean, corrupted, u, z_hat, wrong, torch.stack(costs, -1)


DEFINITION = ladder.denoising_pass


def divided(seeds: tuple[int, ...]) -> dict[str, object]:
    """Returns the test errors, fractions in the order of the seeds, of ladders of automatic differentiation that were
    trained for VARIANCE_UPDATES updates by the definition and with the division by the variance."""
    data, structures = load("digits"), [Structure(weight_seed=seed, label_seed=seed) for seed in seeds]
    line: dict[str, object] = {"experiment": "divided by the variance", "updates": VARIANCE_UPDATES}
    for name, denoising_pass in (("definition", DEFINITION), ("variance", by_variance)):
        train._FastLanes, ladder.denoising_pass = train._ReadableLanes, denoising_pass
        states = [train.initial(structure, data) for structure in structures]
        states, metrics = train.train(states, structures, [Live()] * len(seeds), data, VARIANCE_UPDATES)
        ladder.denoising_pass = DEFINITION
        pairs = zip(states, structures, strict=True)
        line[name] = [round(snapshot.evaluate(*pair, Live(), data).test_error, 4) for pair in pairs]
        costs = np.mean([one["denoising"][-100:].mean(0) for one in metrics], 0)
        line[f"costs_{name}"] = [float(f"{cost:.3g}") for cost in costs]
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lessons", default="", help="names, separated by commas")
    parser.add_argument("--folder", type=Path, default=lessons.OURS)
    parser.add_argument("--seeds", default=",".join(map(str, SEEDS)))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    seeds = tuple(map(int, arguments.seeds.split(",")))
    found = lessons.ours() if arguments.folder == lessons.OURS else lessons.load(arguments.folder)
    for problem in found.problems:
        print(i18n.problem(problem, "en"), file=sys.stderr)
    wanted = list(filter(None, arguments.lessons.split(","))) or list(found.lessons)
    bench = Bench(seeds)
    for name in wanted:
        lesson = next(iter(found.lessons[name].values()))
        for number, promise in enumerate(lesson.promises):
            print(json.dumps(measured(bench, name, number, promise)), flush=True)
    if not arguments.lessons and arguments.folder == lessons.OURS:
        print(json.dumps(divided(seeds)), flush=True)


if __name__ == "__main__":
    main()
