"""Where a ladder with its usual settings is better than its supervised twin.

For each dataset that needs no download, the final test errors (per cent; quartiles over opening.SEEDS, each as weight
seed and label seed) of both, and in how many of the seeds the ladder is the lower and the higher. One JSON object a
line; benchmarks/effect.jsonl keeps them for tests/teaching/test_effect.py. About ten minutes on one core.
"""

import json

from opening import final_errors, quartiles

from ladder.data.datasets import DATASETS, Idx
from ladder.settings import Structure


def main() -> None:
    for name in (name for name, info in DATASETS.items() if not isinstance(info, Idx)):
        errors = final_errors(Structure(dataset=name))
        gain = errors["supervised"] - errors["ladder"]
        told = {"lower": int((gain > 0).sum()), "higher": int((gain < 0).sum())}
        print(json.dumps({"dataset": name, **quartiles(errors), **told}), flush=True)


if __name__ == "__main__":
    main()
