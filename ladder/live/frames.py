"""One message of the live channel: a JSON header and arrays as they lie in memory, so that a browser copies nothing.

uint32 (little-endian) length H of the header | header, padded with spaces until 4 + H is a multiple of 8 | the arrays,
each starting at a multiple of 8. The header's "arrays" says for each name: dtype, shape, and offset after the header.
"""

import json
import struct
from collections.abc import Mapping

import numpy as np

from ladder.arrays import Arrays

_DTYPES = {"float32": np.float32, "int32": np.int32, "uint8": np.uint8}


def encode(header: Mapping[str, object], arrays: Mapping[str, np.ndarray]) -> bytes:
    """The message; arrays of other types travel as float32 (floats), int32 (whole numbers) or uint8 (flags)."""
    table, parts, offset = {}, [], 0
    for name, array in arrays.items():
        array = np.ascontiguousarray(array, _sent_as(array.dtype))
        table[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "offset": offset}
        padding = -array.nbytes % 8
        parts += [array.tobytes(), bytes(padding)]
        offset += array.nbytes + padding
    text = json.dumps({**header, "arrays": table}, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(4 + len(text)) % 8)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def decode(message: bytes) -> tuple[dict[str, object], Arrays]:
    """The header and the arrays of a message of `encode`."""
    (length,) = struct.unpack_from("<I", message)
    header = json.loads(message[4 : 4 + length])
    arrays = {}
    for name, entry in header.pop("arrays").items():
        count = int(np.prod(entry["shape"]))
        start = 4 + length + entry["offset"]
        array = np.frombuffer(message, _DTYPES[entry["dtype"]], count, start)
        arrays[name] = array.reshape(entry["shape"])
    return header, arrays


def _sent_as(dtype: np.dtype) -> type:
    if dtype == np.bool_ or dtype == np.uint8:
        return np.uint8
    return np.int32 if dtype.kind in "iu" else np.float32
