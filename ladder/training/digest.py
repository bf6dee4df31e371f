"""The hash of trained networks: equal for equal bits, so that a repeated run can be compared with one that was handed
in."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np


def digest(states: Mapping[str, Mapping[str, Any]]) -> str:
    """Returns the hash (64 hexadecimal digits) of networks by name: of their weights, of Adam's moments and of the
    number of updates, each as its bytes. `states`: by name the fields of training.State."""
    found = hashlib.sha256()
    for name in sorted(states):
        state = states[name]
        found.update(f"{name}\0{int(state['update'])}\0".encode())
        for part in ("theta", "adam_m", "adam_v"):
            found.update(np.ascontiguousarray(state[part], "<f4").tobytes())
    return found.hexdigest()
