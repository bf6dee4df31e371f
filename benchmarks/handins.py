"""How far one run drifts apart on two kinds of arithmetic: the tolerance of a hand-in (ladder/teaching/replays.py).

Each run of RUNS with each of SEEDS is trained in a process with the arithmetic that is the same on all x86 processors
with AVX2, and once more in processes with each of OTHERS: what the libraries choose for this processor, and what they
would choose for one without AVX. One JSON object for each of OTHERS and each number of updates in MARKS: the largest
difference of a test error (a fraction) and of a cost of the last update (a share of the larger one) over all runs, and
the means of both. benchmarks/handins.jsonl keeps them. About six minutes on one core.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

import numpy as np  # noqa: E402
import torch  # noqa: E402

from ladder import arithmetic  # noqa: E402
from ladder.analysis import snapshot  # noqa: E402
from ladder.data.datasets import load  # noqa: E402
from ladder.recipe import links  # noqa: E402
from ladder.training import train  # noqa: E402

RUNS = {"full": "v=1&labels=20", "bottom": "v=1&lam=5000,0,0,0,0", "no noise": "v=1&noise=0", "all": "v=1&labels=1297"}
SEEDS = (1, 2, 3, 4)
MARKS = (300, 1000, 3000)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
OTHERS = {
    "this processor": {},
    "without AVX": {
        "OPENBLAS_CORETYPE": "Nehalem",
        "NUMBA_CPU_NAME": "x86-64",
        "NUMBA_CPU_FEATURES": "+sse2",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
    },
}


def trained() -> dict[str, list[dict[str, object]]]:
    """Returns, for each of RUNS, a list over MARKS with the test errors of ladder and twin, and the ladder's costs of
    the last update, by seed."""
    torch.set_num_threads(1)
    found = {}
    for name, query in RUNS.items():
        recipe = links.parse(query).recipe
        data, live = load(recipe.structure.dataset), recipe.live
        structures = [replace(recipe.structure, weight_seed=seed, label_seed=seed) for seed in SEEDS]
        states = {model: [train.initial(one, data, model) for one in structures] for model in train.MODELS}
        found[name] = []
        for before, mark in zip((0, *MARKS), MARKS, strict=False):
            line: dict[str, object] = {}
            for model in train.MODELS:
                lives = [live] * len(SEEDS)
                states[model], metrics = train.train(states[model], structures, lives, data, mark - before, model)
                pairs = zip(states[model], structures, strict=True)
                line[model] = [snapshot.evaluate(*pair, live, data).test_error for pair in pairs]
                if model == "ladder":
                    line["costs"] = [
                        [float(one["supervised"][-1]), *map(float, one["denoising"][-1])] for one in metrics
                    ]
            found[name].append(line)
    return found


def trained_by(choice: str, settings: dict[str, str]) -> dict[str, object]:
    """Returns what a process with LADDER_ARITHMETIC=`choice` and with these variables finds, and its key."""
    ours = (*arithmetic.SETTINGS, *arithmetic.REMOVED)  # this process has set them
    plain = {name: value for name, value in os.environ.items() if name not in ours}
    with tempfile.TemporaryDirectory() as cache:  # loops compiled for another processor are not kept
        environment = {**plain, **ONE_THREAD, "NUMBA_CACHE_DIR": cache, arithmetic.CHOICE: choice, **settings}
        done = subprocess.run([sys.executable, __file__, "--here"], env=environment, capture_output=True, check=True)
    return json.loads(done.stdout)


def apart(same: dict, other: dict, m: int) -> dict[str, float]:
    """Returns the largest and the mean differences at MARKS[m] of two results of `trained`."""
    lines = [(same[name][m], other[name][m]) for name in RUNS]
    errors = np.abs([np.subtract(a[model], b[model]) for a, b in lines for model in train.MODELS])
    pairs = [(np.array(a["costs"]), np.array(b["costs"])) for a, b in lines]
    costs = np.array([np.abs(a - b) / np.maximum(np.maximum(abs(a), abs(b)), 1e-12) for a, b in pairs])
    found = {"error": errors.max(), "cost": costs.max(), "mean_error": errors.mean(), "mean_cost": costs.mean()}
    return {name: float(f"{value:.3g}") for name, value in found.items()}


def main() -> None:
    if sys.argv[1:] == ["--here"]:
        print(json.dumps({"key": arithmetic.ours().key, "found": trained()}))
        return
    same = trained_by("same", {})
    for name, settings in OTHERS.items():
        other = trained_by("host", settings)
        for m, mark in enumerate(MARKS):
            line = {"against": name, "key": other["key"], "updates": mark}
            print(json.dumps({**line, **apart(same["found"], other["found"], m)}), flush=True)


if __name__ == "__main__":
    main()
