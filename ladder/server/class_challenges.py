"""What the server adds to a challenge of a class (teaching/challenge.py): its data, the rules, and the scores."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from urllib.parse import urlencode

from ladder.data import datasets, own, variants
from ladder.data.variants import Reserve
from ladder.live import store
from ladder.live.analyst import Score as Scoring
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.recipe import defaults, links
from ladder.recipe.view import View
from ladder.settings import Recipe, Structure, is_base, is_own
from ladder.teaching import challenge
from ladder.teaching.challenge import Challenge, Score

SECONDS = 60.0  # that the scores of a class may take


class Challenges:
    """The challenges of all classes, whose runs are those of `lab`."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def check(self, found: Challenge, run_id: str) -> None:
        """Raises Problem "run_unknown" where there is no such run, and those of challenge.check."""
        challenge.check(found, self.lab.recipe(run_id), self.lab.status(run_id).update)

    def scores(self, found: Challenge) -> dict[str, dict[str, object]]:
        """Returns the values of a Score for each entry that keeps the rules now, by the member's id. Runs that are
        gone, and those that trained on beyond the rules, have none."""
        scores = {}
        for member, run_id in found.entries.items():
            with suppress(Problem, TimeoutError):
                scores[member] = asdict(self._score(found, run_id))
        return scores

    def _score(self, found: Challenge, run_id: str) -> Score:
        self.check(found, run_id)
        saved = store.from_bytes(self.lab.checkpoint(run_id))
        update = saved.states["ladder"]["update"]
        challenge.check(found, saved.recipe, update)  # it may have gone on meanwhile
        thetas = tuple(saved.states[name]["theta"] for name in ("ladder", "twin"))
        task = Scoring(saved.recipe.structure, saved.recipe.at(update), thetas)
        error, twin_error = self.lab.analyst.ask(task).result(SECONDS)
        measured = saved.history.arrays["test_error"]
        return Score(run_id, update, error, twin_error, float(measured[-1]) if len(measured) else 1.0)


def begun(values: Mapping[str, object]) -> dict[str, object]:
    """Returns the values of a new challenge: `dataset`, `labels` and `updates` as the teacher gave them, with the name
    of its data, which are kept, and the link to a run of it. Raises Problem "class_word" for values that are none,
    "challenge_long" for more than challenge.MOST_UPDATES updates, "data_missing", "own_missing", "labels_too_few",
    "labels_too_many" or "labels_given", "challenge_small" where fewer than challenge.LEAST_SCORED rows would be put
    aside, and "variant_disk"."""
    dataset, labels, updates = (values.get(name) for name in ("dataset", "labels", "updates"))
    if not is_base(dataset) or type(labels) is not int or type(updates) is not int:
        raise Problem("class_word", name="challenge")
    if not 1 <= updates <= challenge.MOST_UPDATES:
        raise Problem("challenge_long", most=f"{challenge.MOST_UPDATES:,}")
    datasets.check(str(dataset), labels)
    n_aside = variants.n_reserved(datasets.n_known(str(dataset)), datasets.DATASETS[str(dataset)].n_test)
    if n_aside < challenge.LEAST_SCORED:
        title = own.found(str(dataset)).title if is_own(dataset) else str(dataset)
        raise Problem("challenge_small", name=title, n=n_aside, low=challenge.LEAST_SCORED)
    data = variants.keep(Reserve(str(dataset), secrets.token_urlsafe(18)))
    datasets.check(data, labels)
    structure = Structure(dataset=data)
    live = replace(defaults.default_live(structure), n_labeled=labels, n_updates=updates)
    link = urlencode(links.query(Recipe(structure, live), View(), 0), safe=",;=!-")
    return {"data": data, "labels": labels, "updates": updates, "link": link}
