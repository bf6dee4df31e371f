"""One input all the way through the ladder: up the clean and the corrupted path, and down through the decoder.

The input is a guest of the probe (snapshot.probe). Each of its normalisations uses the statistics that the probe's own
rows have at the same place, so that the guest's numbers do not depend on itself:

    z(l)         mean and std of the probe's W h on the clean path
    z_tilde(l)   those of the probe's W h_tilde on the corrupted path
    u(l)         those of the probe's V z_hat; at the top, of its class probabilities h_tilde
    z_hat_bn(l)  those of z(l)
"""

import torch
from torch import Tensor

from ladder import noise
from ladder.analysis.snapshot import Passed, probe, probe_noise
from ladder.arrays import Arrays, Floats, Ints
from ladder.data.rows import Data
from ladder.models import ladder
from ladder.models.combinators import COMBINATORS
from ladder.recipe.sample import Sample
from ladder.recipe.view import PROBE_ROWS
from ladder.settings import Live, Structure
from ladder.training.normal import normal
from ladder.training.train import State, layout_for, split_noise


@torch.no_grad()
def passage(
    state: State, structure: Structure, live: Live, data: Data, sample: Sample
) -> tuple[dict[str, object], Arrays]:
    """Returns what every layer makes of one input, as it is sent to a page: (values, arrays).

    values: `update`; `part`, `row` and `class`, where the input comes from (sample.PARTS), its row there and its true
    class, -1 for a row of no class of the task, all None for a drawn input; `std`, None for the run's own noise_std;
    `draw`.

    arrays, float32: `z/l`, `z_tilde/l`, `u/l`, `z_hat/l` as g gives it, `z_hat_bn/l` as it is compared with z, (m_l,)
    for l = 0..L; `noisy_error` and `denoised_error` (L + 1,), |z_tilde - z|^2 / m_l and |z_hat_bn - z|^2 / m_l;
    `probabilities` and `probabilities_tilde` (K,), of the classes, on the clean and on the corrupted path. As all
    normalisations are the probe's, `probabilities` may differ a little from those of snapshot.probabilities.

    The numbers of a test row of the probe with its own noise (std None, draw 0) are the probe's. No other choice of std
    and draw changes z and `probabilities`.

    Raises Problem as Sample.check does.
    """
    _, y = _part(data, sample)
    n_rows = {"test": len(data.x_test), "training": len(data.x)}
    sample.check(data.n_features, n_rows, data.image_shape is not None)
    kinds, probabilities = _passed(state, structure, live, data, sample)
    arrays: Arrays = {f"{kind}/{l}": a.numpy() for kind, layers in kinds.items() for l, a in enumerate(layers)}
    arrays["noisy_error"] = _errors(kinds["z"], kinds["z_tilde"])
    arrays["denoised_error"] = _errors(kinds["z"], kinds["z_hat_bn"])
    arrays |= {name: row.numpy() for name, row in probabilities.items()}
    drawn: dict[str, object] = {"part": None, "row": None, "class": None}
    values = drawn if sample.pixels else {"part": sample.part, "row": sample.row, "class": int(y[sample.row])}
    return {"update": state.update, **values, "std": sample.std, "draw": sample.draw}, arrays


def _passed(
    state: State, structure: Structure, live: Live, data: Data, sample: Sample
) -> tuple[dict[str, list[Tensor]], dict[str, Tensor]]:
    """Returns z, z_tilde, u, z_hat and z_hat_bn by name, lists over l = 0..L of (m_l,), and the class probabilities
    (K,) of both paths.

    Of a single row a product is rounded in another way than of many. So the guest takes all seats of the probe, and the
    numbers are read at its own.
    """
    where, fit = layout_for(structure, data), probe(state, structure, live, data)
    p = where.unpack(torch.from_numpy(state.theta))
    clean, corrupted, *_ = fit
    n_seats, seat = len(clean.z[0]), sample.row if _in_probe(sample) else 0
    row = torch.tensor(sample.pixels) if sample.pixels else torch.from_numpy(_part(data, sample)[0][sample.row])
    x, drawn = row.repeat(n_seats, 1), _noise(structure, live, where.widths, n_seats, sample)
    z, h = ladder.encode_by(p, clean, x, structure.activation)
    z_tilde, h_tilde = ladder.encode_by(p, corrupted, x, structure.activation, drawn)
    u, z_hat = _decode(p, structure, live, fit, z_tilde, h_tilde[-1])
    z_hat_bn = [z_hat[0], *(clean.normalise(z_hat[l], l) for l in range(1, len(z_hat)))]
    kinds = {"z": z, "z_tilde": z_tilde, "u": u, "z_hat": z_hat, "z_hat_bn": z_hat_bn}
    probabilities = {"probabilities": h[-1][seat].clone(), "probabilities_tilde": h_tilde[-1][seat].clone()}
    return {kind: [layer[seat].clone() for layer in layers] for kind, layers in kinds.items()}, probabilities


def _in_probe(sample: Sample) -> bool:
    return not sample.pixels and sample.part == "test" and sample.row < PROBE_ROWS


def _part(data: Data, sample: Sample) -> tuple[Floats, Ints]:
    """Returns the rows (n, d) and classes (n,) of the part of the data from which the sample comes."""
    return (data.x, data.y) if sample.part == "training" else (data.x_test, data.y_test)


def _noise(structure: Structure, live: Live, widths: tuple[int, ...], n_seats: int, sample: Sample) -> list[Tensor]:
    """Returns the guest's noise, already times its std, at all seats alike: a list over l of (n_seats, m_l)."""
    stds = live.noise_std if sample.std is None else (sample.std,) * len(widths)
    if _in_probe(sample) and not sample.draw:
        columns = [part.T[:, [sample.row]] for part in probe_noise(structure, widths, n_seats, stds)]
    else:
        flat = torch.from_numpy(normal(structure.weight_seed, noise.SAMPLE, sample.draw, sum(widths)))
        columns = [part[0] for part in split_noise(flat[None], widths, 1, torch.tensor([list(stds)]))]
    return [column.repeat(1, n_seats).T for column in columns]


def _decode(
    p: ladder.Parameters, structure: Structure, live: Live, fit: Passed, z_tilde: list[Tensor], h_tilde: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    """Returns u and z_hat as ladder.decode does, of rows with the lateral signals `z_tilde` and the class probabilities
    `h_tilde`, with u normalised by the statistics of the probe's passes `fit`."""
    _, corrupted, _, z_hat_fit, *_ = fit
    g = COMBINATORS[structure.combinator]
    z_seen, u_seen = ladder.signals_seen(live.lateral, live.top_down, len(z_tilde) - 1)
    u: list[Tensor] = []  # from the top down
    z_hat: list[Tensor] = []
    above, above_fit = h_tilde, corrupted.h[-1]
    for l in range(len(z_tilde) - 1, -1, -1):
        _, mean, std = ladder.normalise(above_fit)
        u.append((above - mean) / std)
        z_hat.append(g(p[f"g{l}"], ladder.seen(z_tilde[l], z_seen[l]), ladder.seen(u[-1], u_seen[l])))
        if l:
            above, above_fit = (ladder.product(one, p[f"V{l}"]) for one in (z_hat[-1], z_hat_fit[l]))
    return u[::-1], z_hat[::-1]


def seen(live: Live, l: int, z_tilde: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """Returns what g sees of the two signals of layer l: 0 in the place of one that is switched off there."""
    switches = ladder.signals_seen(live.lateral, live.top_down, len(live.lateral) - 1)
    lateral, top_down = (layers[l] for layers in switches)
    return ladder.seen(z_tilde, lateral), ladder.seen(u, top_down)


def _errors(z: list[Tensor], other: list[Tensor]) -> Floats:
    """Returns the mean squared difference (L + 1,) in each layer."""
    found: Floats = torch.stack([((a - b) ** 2).mean() for a, b in zip(z, other, strict=True)]).numpy()
    return found
