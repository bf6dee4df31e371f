"""The combinator of one unit: how it denoises, what it could do at best, and what the other combinators could do.

All numbers are those of the probe's rows (snapshot.probe), n of them. A signal that is switched off in the layer is 0
for g here as in training. "As it is compared" is the scale of z: at l >= 1 z_hat less the mean of the clean
pre-activations, divided by their std; at the input z_hat itself.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ladder import noise
from ladder.analysis.passage import seen
from ladder.analysis.snapshot import probe
from ladder.arrays import Arrays, Floats
from ladder.data.rows import Data
from ladder.models.combinators import COMBINATORS, Combinator, GatedGauss, Gauss
from ladder.settings import Knob, Live, Structure
from ladder.training.train import State, layout_for

POINTS = 81  # of a curve
CURVES = 0.05, 0.25, 0.5, 0.75, 0.95  # quantiles of u
FEW_CURVES = 0.05, 0.5, 0.95
HIDDEN_RANGE = -3.0, 3.0  # where all but 0.3 % of a normalised unit's values would lie if they were Gaussian
FITS = 49  # stream of noise.py: first parameters of the combinators that are fitted to a unit
STEP = 1e-6  # of the central differences
# The small networks start near a saddle, where a step changes hardly anything: a larger tolerance would end there.
TOLERANCE, MOST_TRIES = 1e-12, 100


class _Unit(NamedTuple):
    """One unit on the probe."""

    z: Tensor  # (n, 1)
    z_tilde: Tensor  # (n, 1)
    u: Tensor  # (n, 1)
    z_hat: Tensor  # (n, 1)
    z_hat_bn: Tensor  # (n, 1)
    mean: float  # by which z_hat is normalised; 0 at the input
    std: float  # likewise; 1 at the input
    a: Tensor  # (k, 1): its parameters of g


def unit_denoiser(
    state: State, structure: Structure, live: Live, data: Data, layer: int, unit: int
) -> tuple[dict[str, object], Arrays]:
    """Returns how g denoises the unit number `unit` of layer `layer`, as it is sent to a page: (values, arrays).

    values: `update`, `layer`, `unit`, `combinator`; `noise_std`, the layer's; `parameters`, the names of the unit's k
    parameters, a1 to ak, in the order of the papers.

    arrays, float32:
    - of the n rows `z`, `z_tilde`, `u`, `z_hat` as g gives it, `z_hat_bn` as it is compared with z;
    - `parameters` (k,);
    - `grid` (POINTS,), values of z_tilde: the rows' range and, above the input, at least HIDDEN_RANGE; `curve_u` (5,),
      the quantiles CURVES of the rows' u; `curves` (5, POINTS), g(z_tilde, u) over the grid for each of these u;
      `curves_bn`, the same as it is compared;
    - `optimal` (POINTS,), the best denoiser of a Gaussian z over the grid: see `gaussian_optimum`;
    - for "gauss" and "gated_gauss" `u_grid` (POINTS,), the range of the rows' u and at least HIDDEN_RANGE, and `mu` and
      `v` (POINTS,), mu(u) and v(u) over it, whether g sees u or 0.

    Raises Problem bad_whole for a layer or a unit that is not there.
    """
    one = _unit(state, structure, live, data, layer, unit)
    g, grid = COMBINATORS[structure.combinator], _grid(one.z_tilde, layer)
    levels = torch.quantile(one.u, torch.tensor(CURVES))
    curves = _curves(g, live, layer, one.a, grid, levels)
    points = {name: getattr(one, name)[:, 0] for name in ("z", "z_tilde", "u", "z_hat", "z_hat_bn")}
    found = points | {
        "parameters": one.a[:, 0],
        "grid": grid,
        "curve_u": levels,
        "curves": curves,
        "curves_bn": (curves - one.mean) / one.std,
        "optimal": gaussian_optimum(grid, one.z, live.noise_std[layer]),
    }
    if isinstance(g, Gauss | GatedGauss):
        u_grid = _grid(one.u, 1)
        mu, v = g.mu_and_v(one.a, u_grid[:, None])
        found |= {"u_grid": u_grid, "mu": mu[:, 0], "v": v[:, 0]}
    values = _values(state, structure, live, layer, unit) | {"parameters": [f"a{k + 1}" for k in range(len(one.a))]}
    return values, _sent(found)


def all_combinators(
    state: State, structure: Structure, live: Live, data: Data, layer: int, unit: int
) -> tuple[dict[str, object], Arrays]:
    """Returns what each combinator can do for one unit when it is fitted to the unit alone: (values, arrays). Its
    parameters start as for a new run and then minimise the mean squared difference of g(z_tilde, u) and z over the
    rows, by SciPy's trust-region method. The fitted g gives z_hat as it is compared: no normalisation follows. A fit
    may end in a local minimum, so that one g may do worse than another that it contains. 0.6 s.

    values: `update`, `layer`, `unit`, `combinator`, the run's own, and `noise_std`; `combinators`, all names in order.

    arrays, float32: `grid` (POINTS,) as for `unit_denoiser`; `curve_u` (3,), the quantiles FEW_CURVES of u; `curves`
    (14, 3, POINTS), each fitted g over the grid for each of these u; `errors` (14,), each one's mean squared error;
    `own_error` (1,), that of the run's own z_hat_bn; `copy_error` (1,), that of z_tilde as it is; `optimal` (POINTS,)
    and `optimal_error` (1,), the curve and the error of `gaussian_optimum`. The latter does not see u and counts on the
    layer's own noise alone, so that a fitted g may have a smaller error. Where the unit's numbers are not finite, so
    are the curves.

    Raises Problem bad_whole for a layer or a unit that is not there.
    """
    one = _unit(state, structure, live, data, layer, unit)
    grid = _grid(one.z_tilde, layer)
    levels = torch.quantile(one.u, torch.tensor(FEW_CURVES))
    z_tilde, u = (signal.double() for signal in seen(live, layer, one.z_tilde, one.u))
    curves, errors = [], []
    for position, g in enumerate(COMBINATORS.values()):
        start = g.initial(1, noise.generator(0, FITS, position))[:, 0]
        a = _fitted(g, start, z_tilde, u, one.z.double())
        curves.append(_curves(g, live, layer, a, grid.double(), levels.double()))
        errors.append(_error(g(a, z_tilde, u), one.z))
    best = gaussian_optimum(one.z_tilde, one.z, live.noise_std[layer])
    found = {
        "grid": grid,
        "curve_u": levels,
        "curves": torch.stack(curves),
        "errors": torch.stack(errors),
        "own_error": _error(one.z_hat_bn, one.z)[None],
        "copy_error": _error(one.z_tilde, one.z)[None],
        "optimal": gaussian_optimum(grid, one.z, live.noise_std[layer]),
        "optimal_error": _error(best, one.z)[None],
    }
    return _values(state, structure, live, layer, unit) | {"combinators": list(COMBINATORS)}, _sent(found)


def gaussian_optimum(z_tilde: Tensor, z: Tensor, noise_std: float) -> Tensor:
    """Returns E[z | z_tilde] = (z_tilde - m) s^2 / (s^2 + noise_std^2) + m for each value of `z_tilde`, with m and s
    the mean and the std of the unit's clean values `z` (n, 1). It has the least mean squared error if z is Gaussian and
    z_tilde is z plus Gaussian noise of `noise_std`, in the units in which z is compared (Valpola 2014; Rasmus et al.
    2015, section 4.1). Above the input z_tilde has more noise than that: the layers below hand theirs on."""
    m, variance = z.mean(), z.var(correction=0)
    total = variance + noise_std**2
    share = variance / total if total else torch.zeros_like(total)  # else z_tilde is m throughout
    return (z_tilde - m) * share + m


def _unit(state: State, structure: Structure, live: Live, data: Data, layer: int, unit: int) -> _Unit:
    where = layout_for(structure, data)
    Knob("level", 0, 0, structure.n_layers).check(layer)
    Knob("unit", 0, 0, where.widths[layer] - 1).check(unit)
    clean, corrupted, u, z_hat, z_hat_bn, _ = probe(state, structure, live, data)
    kinds = {"z": clean.z, "z_tilde": corrupted.z, "u": u, "z_hat": z_hat, "z_hat_bn": z_hat_bn}
    columns = {kind: layers[layer][:, [unit]] for kind, layers in kinds.items()}
    mean, std = clean.mean[layer], clean.std[layer]
    a = where.unpack(torch.from_numpy(state.theta))[f"g{layer}"][:, [unit]]
    return _Unit(
        **columns,
        mean=0.0 if mean is None else float(mean[0, unit]),
        std=1.0 if std is None else float(std[0, unit]),
        a=a,
    )


def _grid(values: Tensor, layer: int) -> Tensor:
    """Returns POINTS evenly spaced numbers over the range of `values`, at least HIDDEN_RANGE above the input (`layer`
    >= 1); 1 wide where all values are equal."""
    low, high = float(values.min()), float(values.max())
    if layer:
        low, high = min(low, HIDDEN_RANGE[0]), max(high, HIDDEN_RANGE[1])
    elif low == high:
        low, high = low - 0.5, high + 0.5
    return torch.linspace(low, high, POINTS)


def _curves(g: Combinator, live: Live, layer: int, a: Tensor, grid: Tensor, levels: Tensor) -> Tensor:
    """Returns g of a unit with parameters a (k, 1) over the values `grid` of z_tilde, for each of the values `levels`
    of u: (levels, grid)."""
    pairs = torch.cartesian_prod(levels, grid)
    z_hat = g(a, *seen(live, layer, pairs[:, 1:], pairs[:, :1]))
    return z_hat.view(len(levels), len(grid))


def _fitted(g: Combinator, start: Floats, z_tilde: Tensor, u: Tensor, z: Tensor) -> Tensor:
    """Returns the parameters (k, 1) that minimise the mean squared difference of g and z, from `start` (k,) on; NaN
    where a signal is not finite."""
    from scipy.optimize import least_squares  # takes half a second to load

    if not all(torch.isfinite(signal).all() for signal in (z_tilde, u, z)):
        return torch.full((len(start), 1), torch.nan, dtype=torch.float64)

    def residuals(a: Floats) -> Floats:  # (..., k) -> (..., n)
        found: Floats = (g(torch.from_numpy(a)[..., None], z_tilde, u) - z)[..., 0].numpy()
        return found

    def slopes(a: Floats) -> Floats:  # (k,) -> (n, k), all central differences in one call
        moves = np.diag(STEP * np.maximum(1.0, np.abs(a)))
        both = residuals(np.stack([a + moves, a - moves]))
        change: Floats = ((both[0] - both[1]) / (2 * moves.diagonal()[:, None])).T
        return change

    ends = {"ftol": TOLERANCE, "xtol": TOLERANCE, "gtol": TOLERANCE, "max_nfev": MOST_TRIES}
    found = least_squares(residuals, start, slopes, method="trf", x_scale="jac", **ends)
    return torch.from_numpy(found.x[:, None])


def _error(z_hat: Tensor, z: Tensor) -> Tensor:
    return ((z_hat - z) ** 2).mean()


def _values(state: State, structure: Structure, live: Live, layer: int, unit: int) -> dict[str, object]:
    of_unit = {"layer": layer, "unit": unit, "noise_std": live.noise_std[layer]}
    return {"update": state.update, "combinator": structure.combinator, **of_unit}


def _sent(found: dict[str, Tensor]) -> Arrays:
    return {name: np.ascontiguousarray(value.numpy(), np.float32) for name, value in found.items()}
