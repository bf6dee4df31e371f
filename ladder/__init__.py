"""Ladder Lab: train a small ladder network live and watch every layer answer."""

import importlib
from typing import Any

from ladder import arithmetic

arithmetic.fix()  # before anything of ours loads a library that computes

# For Python users: what is loaded with PyTorch and scikit-learn, when it is asked for first.
_LAZY = {"LadderClassifier": "ladder.portable.classifier", "export": "ladder.portable.export"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'ladder' has no attribute '{name}'")
    return getattr(importlib.import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_LAZY]
