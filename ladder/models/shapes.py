"""What a ladder's encoder is made of, without PyTorch: for whoever reads its parameters and trains nothing."""

from collections.abc import Sequence

EPS = 1e-10  # added to variances (CuriousAI/ladder, ladder.py)
FIT_ROWS = 5000  # training rows whose statistics normalise predictions; more rows hardly change them
LEAKY_SLOPE = 0.1  # of the leaky ReLU below 0: that of the authors' CIFAR runs
# max(0, gamma h) = gamma max(0, h) for gamma > 0: there gamma is redundant and the authors drop it.
NEEDS_GAMMA = {"relu": False, "leaky_relu": False, "tanh": True}


def encoder_shapes(widths: Sequence[int], activation: str) -> dict[str, tuple[int, ...]]:
    """Returns the shapes of the encoder's parameters by name, in the order in which they lie in theta, for the widths
    m_0..m_L: of each layer l = 1..L W_l (m_{l-1}, m_l) and beta_l (m_l,), and gamma_l (m_l,) at the top and where the
    activation needs it."""
    shapes: dict[str, tuple[int, ...]] = {}
    top = len(widths) - 1
    for l in range(1, top + 1):
        shapes[f"W{l}"] = (widths[l - 1], widths[l])
        shapes[f"beta{l}"] = (widths[l],)
        if l == top or NEEDS_GAMMA[activation]:
            shapes[f"gamma{l}"] = (widths[l],)
    return shapes
