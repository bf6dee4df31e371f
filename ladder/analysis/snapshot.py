"""What a state shows: test error, denoising gain, and the pictures. It reads a state and never changes one.

The probe is fixed for a run: the same rows and the same noise at every look, so that a change in the pictures comes
from learning and not from a new draw. It is normalised by the statistics of its own rows, as a training batch is.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ladder import noise
from ladder.analysis.components import principal_plane
from ladder.arrays import Arrays, Floats, Ints, Numbers
from ladder.data.protocol import Seen, seen
from ladder.data.rows import NO_CLASS, Data, plane
from ladder.models import ladder
from ladder.models.fitting import fit_rows
from ladder.models.ladder import Path
from ladder.recipe.view import PROBE_ROWS, SAMPLES, View, n_pages
from ladder.settings import Live, Structure
from ladder.training.normal import normal
from ladder.training.train import State, layout_for, split_noise

# ladder.denoising_pass: (clean, corrupted, u, z_hat, z_hat_bn, costs)
Passed = tuple[Path, Path, list[Tensor], list[Tensor], list[Tensor], Tensor]

LABELED_SHOWN = 100
RESOLUTION = 48  # decision regions: points a side


def _parameters(state: State, structure: Structure, data: Data) -> dict[str, torch.Tensor]:
    return layout_for(structure, data).unpack(torch.from_numpy(state.theta))


@torch.no_grad()
def probabilities(state: State, structure: Structure, live: Live, data: Data, x: Floats) -> Floats:
    """Returns P(y | x) (n, K) of rows x (n, d) on the clean path, normalised by the statistics of fit_rows, never by
    those of x. Raises Problem as protocol.seen does.

    The authors take the labelled training stream's statistics. With a handful of labels those of the training inputs
    estimate the same quantities better. The errors differ by less than a point on digits.
    """
    p = _parameters(state, structure, data)
    fit, rows = torch.from_numpy(fit_rows(structure, live, data)), torch.from_numpy(np.ascontiguousarray(x, np.float32))
    found: Floats = ladder.predict(p, fit, rows, structure.activation).numpy()
    return found


class Evaluation(NamedTuple):
    """On the test rows: `test_error`, a fraction, and `confusion`, counts (K, K) int32 with a row for each true class
    and a column for each predicted class."""

    test_error: float
    confusion: Ints


def evaluate(state: State, structure: Structure, live: Live, data: Data) -> Evaluation:
    """Returns the error and the confusions of a state on the test rows."""
    return _compare(probabilities(state, structure, live, data, data.x_test).argmax(1), data)


def _compare(predicted: Ints, data: Data) -> Evaluation:
    confusion = np.zeros((data.n_classes, data.n_classes), np.int32)
    np.add.at(confusion, (data.y_test, predicted), 1)
    return Evaluation(float((predicted != data.y_test).mean()), confusion)


@lru_cache(maxsize=32)
def _probe_noise(seed: int, widths: tuple[int, ...], n_rows: int) -> Floats:
    return normal(seed, noise.PROBE, 0, n_rows * sum(widths))


def probe_noise(structure: Structure, widths: tuple[int, ...], n_rows: int, noise_std: Sequence[float]) -> list[Tensor]:
    """Returns the noise of the probe's `n_rows` rows, times `noise_std` (L + 1 values): a list over l of (n_rows,
    m_l)."""
    flat = torch.from_numpy(_probe_noise(structure.weight_seed, widths, n_rows))[None].clone()
    return [part[0].T for part in split_noise(flat, widths, n_rows, torch.tensor([list(noise_std)]))]


@torch.no_grad()
def probe(state: State, structure: Structure, live: Live, data: Data) -> Passed:
    """Returns what ladder.denoising_pass returns for the first PROBE_ROWS test rows, with the noise that is fixed for
    the run. There is no lane axis: layers are (rows, m_l), costs (L + 1,)."""
    where, x = layout_for(structure, data), data.x_test[:PROBE_ROWS]
    drawn = probe_noise(structure, where.widths, len(x), live.noise_std)
    p = _parameters(state, structure, data)
    return ladder.denoising_pass(p, torch.from_numpy(x), drawn, structure, live.lateral, live.top_down)


def gain(state: State, structure: Structure, live: Live, data: Data) -> Floats:
    """Returns the denoising gain (L + 1,): 1 - |z_hat_BN - z|^2 / |z_tilde - z|^2 on the probe. 1: all noise removed;
    0: as noisy as before; below 0: worse than not touching z_tilde. NaN where z_tilde equals z, as without noise."""
    return _gain(probe(state, structure, live, data))


def _gain(passed: Passed) -> Floats:
    clean, corrupted, *_, costs = passed
    noisy = torch.stack([((a - b) ** 2).mean() for a, b in zip(corrupted.z, clean.z, strict=True)])
    found: Floats = (1 - costs / noisy).where(noisy > 0, torch.nan).numpy()
    return found


def measure(state: State, twin: State, structure: Structure, live: Live, data: Data) -> dict[str, float | Floats]:
    """Returns what the time charts show of an update: `test_error` and `twin_error`, fractions, and `gain` (L + 1,).
    `twin`: the state of the supervised twin at the same update."""
    return {
        "test_error": evaluate(state, structure, live, data).test_error,
        "twin_error": evaluate(twin, structure, live, data).test_error,
        "gain": gain(state, structure, live, data),
    }


def inspect(state: State, structure: Structure, live: Live, data: Data, view: View) -> tuple[dict[str, object], Arrays]:
    """Returns the pictures of one moment as they are sent to the page: (values, arrays).

    values: `update`; `samples`, the numbers of the test rows that are shown; `layer`, the layer that is projected; for
    2-D data `extent`, the edges (x0, x1, y0, y1) of the decision regions.

    arrays: `z/l`, `z_tilde/l`, `z_hat/l` (s, m_l) of s probe rows, SAMPLES at most, `z_hat` normalised as it is
    compared with z; `sample_class`, `sample_predicted` (s,); `confusion` (K, K); `projection` (n, 2),
    `projection_row`, `projection_class` and `projection_labeled` (n,) of n training rows; for 2-D data the arrays of
    plane_points, and `region_class` and `region_confidence`, the highest probability, both (RESOLUTION, RESOLUTION).

    Raises Problem as protocol.seen does.
    """
    passed = probe(state, structure, live, data)
    rows = sample_rows(data, view.samples)
    layer = min(view.layer, structure.n_layers)
    arrays = _activations(passed, rows)
    arrays["sample_class"] = data.y_test[rows].astype(np.uint8)
    predicted = probabilities(state, structure, live, data, data.x_test).argmax(1)
    arrays["sample_predicted"] = predicted[rows].astype(np.uint8)
    arrays["confusion"] = _compare(predicted, data).confusion
    arrays |= _projection(state, structure, live, data, layer)
    values: dict[str, object] = {"update": state.update, "samples": [int(row) for row in rows], "layer": layer}
    if data.n_features == 2:
        arrays |= _regions(state, structure, live, data)
        values["extent"] = [float(edge) for edge in plane(data, RESOLUTION)[1]]
    return values, arrays


def labeled_samples(structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns the samples whose labels the loss uses, at most LABELED_SHOWN: `labeled_x` (n, d) and `labeled_class`
    (n,). Images are uint8, 0 to 255, because they are most of what a page is sent, three times a second; other data are
    float32. Of standardised data also `feature_mean` and `feature_std` (d,), in the units of the table. Raises Problem
    as protocol.seen does."""
    pool = seen(data, structure, live.n_labeled)
    x: Numbers = data.x[pool.labeled[:LABELED_SHOWN]]
    if data.image_shape:
        x = np.round(255 * x).astype(np.uint8)
    found = {"labeled_x": x, "labeled_class": pool.told[:LABELED_SHOWN].astype(np.uint8)}
    return found if data.scale is None else found | dict(zip(("feature_mean", "feature_std"), data.scale, strict=True))


def shown_classes(pool: Seen, data: Data) -> NDArray[np.uint8]:
    """Returns the class of each training row as pictures show it, (n,): of a labelled row the one that the run is told,
    else the true one, and NO_CLASS where nobody knows it or where it is none of the task's."""
    y = data.y.copy()
    y[pool.labeled] = pool.told
    return np.where(y < 0, NO_CLASS, y).astype(np.uint8)


def sample_rows(data: Data, page: int) -> Ints:
    """Returns the probe rows (s,) that the page number `page` of samples shows, SAMPLES at most; after the last page
    the first follows again. The classes take turns, so that a page of ten digits shows each digit once."""
    y = data.y_test[:PROBE_ROWS]
    rank = np.zeros(len(y), int)
    for k in range(data.n_classes):
        rank[y == k] = np.arange((y == k).sum())
    order = np.lexsort((y, rank))
    return order[(page % n_pages(len(order))) * SAMPLES :][:SAMPLES]


def _activations(passed: Passed, rows: Ints) -> Arrays:
    clean, corrupted, _, _, z_hat_bn, _ = passed
    kinds = {"z": clean.z, "z_tilde": corrupted.z, "z_hat": z_hat_bn}
    return {f"{kind}/{l}": layer[rows].numpy() for kind, layers in kinds.items() for l, layer in enumerate(layers)}


@torch.no_grad()
def _projection(state: State, structure: Structure, live: Live, data: Data, layer: int) -> Arrays:
    """Returns the first two principal components of clean z[layer] of training rows, the labelled rows first. A layer
    of two units is shown as it is, less its mean; so are the first two units of a layer that is no longer finite."""
    pool = seen(data, structure, live.n_labeled)
    labeled = pool.labeled[:LABELED_SHOWN]
    rows = np.concatenate([labeled, np.setdiff1d(pool.used[:500], labeled)])
    z = ladder.encode(_parameters(state, structure, data), torch.from_numpy(data.x[rows]), structure.activation).z[
        layer
    ]
    flat = principal_plane(z.numpy()) if z.shape[1] > 2 and torch.isfinite(z).all() else (z - z.mean(0))[:, :2].numpy()
    return {
        "projection": flat.astype(np.float32),
        "projection_row": rows.astype(np.int32),
        "projection_class": shown_classes(pool, data)[rows],
        "projection_labeled": np.arange(len(rows)) < len(labeled),
    }


def _regions(state: State, structure: Structure, live: Live, data: Data) -> Arrays:
    grid, _ = plane(data, RESOLUTION)
    probability = probabilities(state, structure, live, data, grid).reshape(RESOLUTION, RESOLUTION, -1)
    return {
        "region_class": probability.argmax(-1).astype(np.uint8),
        "region_confidence": probability.max(-1).astype(np.float32),
    } | plane_points(structure, live, data)


def plane_points(structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns training points of 2-D data: `points` (n, 2), `points_class` and `points_labeled` (n,). The labelled
    points come last, to be drawn on top. Raises Problem as protocol.seen does."""
    pool = seen(data, structure, live.n_labeled)
    labeled = pool.labeled
    rows = np.concatenate([np.setdiff1d(pool.used[:500], labeled), labeled])
    return {
        "points": data.x[rows],
        "points_class": shown_classes(pool, data)[rows],
        "points_labeled": np.arange(len(rows)) >= len(rows) - len(labeled),
    }
