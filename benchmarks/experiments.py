"""The errors behind the texts of "How it works" (ladder/locales/about.toml), kept in benchmarks/experiments.json.

Every question of ladder/teaching/experiments.py with SEEDS seeds, the weight seed and the label seed both the number:
the comparison at the 3,000 updates of its link, the sweep at its 1,000. Errors are per cent of the test rows, in the
order of the seeds. Where a text says "between a and b", a and b are the least and the largest of these errors, rounded
outwards to whole per cent: of 20 runs that is a prediction interval without any assumption on the shape of the errors,
in which a run with a new seed falls with probability 19/21. What lessons claim is measured by lessons.py.

What the file has already is not computed again, so that a broken run goes on where it was; an entry whose settings
have changed is replaced. `--processes` runs several experiments at once. A test compares the texts with the file.
"""

import argparse
import importlib
import json
import os
import sys
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

import numpy as np  # noqa: E402
import torch  # noqa: E402

from ladder.analysis import readers  # noqa: E402
from ladder.data.datasets import load  # noqa: E402
from ladder.experiments import blocks, design  # noqa: E402
from ladder.experiments.axes import grid  # noqa: E402
from ladder.experiments.cells import Cell  # noqa: E402
from ladder.recipe import race as races  # noqa: E402
from ladder.teaching.experiments import COMPARISONS, SWEEPS  # noqa: E402
from ladder.training import contestants  # noqa: E402

SEEDS = tuple(range(1, 21))
KEPT = Path(__file__).with_suffix(".json")
STRETCH = 20.0  # seconds of a sweep's block between two looks at it


def percent(error: float) -> float:
    """Returns a fraction as per cent with one decimal: exact, as digits has 500 test rows."""
    return round(100 * error, 1)


def sweep(words: dict[str, str]) -> dict[str, list]:
    """Returns the test errors (per cent, in the order of SEEDS) by the word of the sweep's axis. As on the page
    "Explore", a fifth of the training rows is held out. `words`: the parameters of a link."""
    described, warnings = design.read(words)
    assert not warnings, warnings
    (axis,) = described.axes
    points = grid(described.axes, dict(described.base), SEEDS)
    found: dict[str, list] = {word: [] for word in axis.words}
    for point in points:
        found[dict(point.axes)[axis.name]].append(percent(_test_error(point.cell)))
    return found


def _test_error(cell: Cell) -> float:
    block = blocks.begin([cell])
    while not blocks.glance(block).finished:
        block = blocks.advance(block, STRETCH)
    error = block.lanes[0].result.test_error
    assert error is not None, cell
    return error


def comparison(words: dict[str, str]) -> dict[str, list]:
    """Returns the test errors (per cent, in the order of SEEDS) by contestant, as the page "Compare" shows them at the
    end of its updates. `words`: the parameters of a link."""
    _, race = races.read(words)
    data, found = load(race.structure.dataset), {}
    structures = [replace(race.structure, weight_seed=seed, label_seed=seed) for seed in SEEDS]
    for contestant in race.contestants:
        live, n = race.live_of(contestant), len(SEEDS)
        states = [contestants.initial(contestant, structure, data) for structure in structures]
        states, _ = contestants.train(states, [contestant] * n, structures, [live] * n, data, live.n_updates)
        seen = [
            readers.reader(contestant, state, structure, live, data).probabilities(data.x_test)
            for state, structure in zip(states, structures, strict=True)
        ]
        found[contestant.model] = [percent(float((p.argmax(1) != data.y_test).mean())) for p in seen]
    return found


KINDS = {
    **{name: (sweep, words) for name, words in SWEEPS.items()},
    **{name: (comparison, words) for name, words in COMPARISONS.items()},
}


def measured(name: str) -> dict:
    """Runs the experiment `name` (a key of KINDS). Returns its entry: its settings, the seeds, the versions, and the
    errors."""
    torch.set_num_threads(1)
    kind, words = KINDS[name]
    made_with = {key: value for key, value in blocks.versions(Cell()).items() if key != "host"}
    return {"settings": words, "seeds": list(SEEDS), "versions": made_with, **kind(words)}


def kept() -> dict[str, dict]:
    """Returns the file's entries, by name, whose settings and seeds are those of KINDS and SEEDS."""
    found = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    asked = {name: {"settings": words, "seeds": list(SEEDS)} for name, (_, words) in KINDS.items()}
    return {name: one for name, one in found.items() if name in asked and asked[name].items() <= one.items()}


def keep(entries: dict[str, dict]) -> None:
    """Writes the entries in the order of KINDS, a line for each list of errors. The file is replaced as a whole."""
    lines = []
    for name in sorted(entries, key=list(KINDS).index):
        parts = (f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in entries[name].items())
        lines.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(parts) + "\n  }")
    partial = KEPT.with_suffix(".partial")
    partial.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    os.replace(partial, KEPT)


def table(entries: dict[str, dict]) -> str:
    """Returns a Markdown table with the mean, the least and the largest error of each experiment and model."""
    rows = ["| experiment | model | mean | from | to |", "|---|---|---|---|---|"]
    for name, one in entries.items():
        for model, errors in one.items():
            if model not in ("settings", "seeds", "versions"):
                rows.append(f"| {name} | {model} | {np.mean(errors):.1f} | {min(errors)} | {max(errors)} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=1)
    entries, n = kept(), parser.parse_args().processes
    with ProcessPoolExecutor(n, mp_context=get_context("spawn")) as pool:
        running: dict[Future, str] = {pool.submit(measured, name): name for name in KINDS if name not in entries}
        for done in as_completed(running):
            entries[running[done]] = done.result()
            keep(entries)
            print(f"{running[done]}: {len(entries)} of {len(KINDS)}", flush=True)
    print(table({name: entries[name] for name in KINDS}))


if __name__ == "__main__":
    main()
