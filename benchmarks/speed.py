"""Updates per second against a textbook PyTorch ladder (textbook.py), in one run, on one thread.

Ours includes everything that a run pays for: drawing batches and noise, costs, gradients, Adam. Rounds alternate, so
that a busy machine slows both; the median of the rounds' ratios is what counts.
"""

import argparse
import importlib
import json
import statistics
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

import torch  # noqa: E402
from textbook import trainer  # noqa: E402

from ladder.data.datasets import load  # noqa: E402
from ladder.data.rows import Data  # noqa: E402
from ladder.settings import Live, Structure, preset  # noqa: E402
from ladder.training import train  # noqa: E402

PAPER = (1000, 500, 250, 250, 250)
ROUNDS = 7


def random_images(n_features: int) -> Data:
    """Returns 2,000 rows of noise with `n_features` values and ten classes, as a stand-in for MNIST: speed does not
    depend on what is learnt."""
    x = torch.rand(2000, n_features, generator=torch.Generator().manual_seed(0)).numpy()
    y = (torch.arange(2000) % 10).numpy()
    return Data("random", x, y, x[:500], y[:500], tuple("0123456789"))


def textbook_seconds(data: Data, widths, n_updates: int):
    """Returns a function that makes `n_updates` updates of the textbook ladder and returns the seconds of an update.
    `widths`: of the hidden layers."""
    lambdas = preset(Live(), "full", len(widths) + 1).lambdas
    update = trainer((data.n_features, *widths, data.n_classes), lambdas)
    x, y = torch.from_numpy(data.x), torch.from_numpy(data.y)

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(n_updates):
            rows = torch.randint(0, len(x), (100,))
            update(x[:100], y[:100], x[rows])
        return (time.perf_counter() - start) / n_updates

    return measure


def our_seconds(data: Data, widths, n_updates: int, n_lanes: int):
    """Returns a function that makes `n_updates` updates of `n_lanes` of this program's ladders, and returns the seconds
    of one update of one lane. `widths`: of the hidden layers."""
    structures = [Structure(widths=widths, weight_seed=seed) for seed in range(n_lanes)]
    n_layers = structures[0].n_layers
    live = preset(Live(n_labeled=100, n_updates=0), "full", n_layers)
    held = [[train.initial(structure, data) for structure in structures]]

    def measure() -> float:
        start = time.perf_counter()
        held[0], _ = train.train(held[0], structures, [live] * n_lanes, data, n_updates)
        return (time.perf_counter() - start) / n_updates / n_lanes

    return measure


def compare(name: str, data: Data, widths, n_lanes: int, n_updates: tuple[int, int], rounds: int) -> None:
    """Prints one JSON object with both times (milliseconds, medians) and the ratio textbook / ours. `n_updates`: of the
    textbook ladder and of ours in a round."""
    theirs = textbook_seconds(data, widths, n_updates[0])
    ours = our_seconds(data, widths, n_updates[1], n_lanes)
    theirs(), ours()  # the first round also compiles
    pairs = [(theirs(), ours()) for _ in range(rounds)]
    ratios = [a / b for a, b in pairs]
    print(
        json.dumps(
            {
                "network": name,
                "lanes": n_lanes,
                "textbook_ms": round(1e3 * statistics.median(a for a, _ in pairs), 2),
                "ours_ms_per_lane": round(1e3 * statistics.median(b for _, b in pairs), 2),
                "ratio": round(statistics.median(ratios), 2),
                "ratio_range": [round(min(ratios), 2), round(max(ratios), 2)],
            }
        ),
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    digits, images = load("digits"), random_images(784)
    for n_lanes, n_updates in ((1, 200), (8, 25), (32, 25)):
        compare("64-100-50-25-10", digits, Structure().widths, n_lanes, (60, n_updates), rounds)
    compare("784-1000-500-250-250-250-10", images, PAPER, 1, (6, 6), rounds)


if __name__ == "__main__":
    main()
