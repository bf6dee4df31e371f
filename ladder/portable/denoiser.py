"""The decoder of a trained ladder as constants, which restores rows without the training rows."""

from dataclasses import dataclass

import numpy as np
import torch

from ladder.arrays import Arrays, Floats
from ladder.data.rows import Data
from ladder.models import ladder
from ladder.models.fitting import fit_rows
from ladder.settings import Live, Structure


@dataclass(frozen=True, eq=False)
class Denoiser:
    """A trained ladder, encoder and decoder. `parameters`: its arrays by name, as ladder.Layout names them.
    `statistics`: for each layer l = 1..L mean{l} and std{l} (m_l,) of the encoder, and for each l = 0..L u_mean{l} and
    u_std{l} (m_l,) of what comes down to the layer. All are float32."""

    parameters: Arrays
    statistics: Arrays
    structure: Structure
    lateral: tuple[bool, ...]
    top_down: tuple[bool, ...]

    @torch.no_grad()
    def restore(self, x: Floats) -> Floats:
        """Returns z_hat(0) (n, d) float32 of rows x (n, d), clean or noisy, as training had them: ladder.restore."""
        p = {name: torch.from_numpy(array) for name, array in self.parameters.items()}
        of = {name: torch.from_numpy(array)[None] for name, array in self.statistics.items()}
        layers = range(1, self.structure.n_layers + 1)
        fit = ladder.Path([], [], [None, *(of[f"mean{l}"] for l in layers)], [None, *(of[f"std{l}"] for l in layers)])
        down = [(of[f"u_mean{l}"], of[f"u_std{l}"]) for l in range(self.structure.n_layers + 1)]
        rows = torch.from_numpy(np.ascontiguousarray(x, np.float32))
        switches = self.lateral, self.top_down
        found: Floats = ladder.restore_by(p, fit, down, rows, self.structure, *switches).numpy()
        return found


@torch.no_grad()
def denoiser(theta: Floats, structure: Structure, live: Live, data: Data) -> Denoiser:
    """Returns the Denoiser of a ladder with the parameters `theta` (n_parameters,) that was trained on `data`, with the
    switches of `live`. Its statistics are those of fitting.fit_rows."""
    p = ladder.layout(structure, data.n_features, data.n_classes).unpack(torch.from_numpy(theta))
    fit = ladder.encode(p, torch.from_numpy(fit_rows(structure, live, data)), structure.activation)
    down = ladder.decoder_statistics(p, fit, structure, live.lateral, live.top_down)
    statistics: Arrays = {}
    for l in range(1, structure.n_layers + 1):
        mean, std = fit.mean[l], fit.std[l]
        assert mean is not None and std is not None, "the input is not normalised"
        statistics |= {f"mean{l}": mean[0].numpy(), f"std{l}": std[0].numpy()}
    for l, (mean, std) in enumerate(down):
        statistics |= {f"u_mean{l}": mean[0].numpy(), f"u_std{l}": std[0].numpy()}
    parameters = {name: view.numpy().copy() for name, view in p.items()}
    return Denoiser(parameters, statistics, structure, live.lateral, live.top_down)
