"""The two functions of python-snappy that Dopamine's replay calls, by Arrow's own snappy.

The bytes are those of the same format and the same library in C++.
"""

import numpy as np
import pyarrow as pa

_SNAPPY = pa.Codec("snappy")


def compress(data: np.ndarray) -> bytes:
    """A snappy block."""
    return _SNAPPY.compress(data, asbytes=True)


def uncompress(block: bytes) -> bytes:
    """What went into `compress`."""
    return _SNAPPY.decompress(block, decompressed_size=_length(block), asbytes=True)


def _length(block: bytes) -> int:
    """A block begins with the length of its contents, seven bits a byte, lowest first."""
    length = 0
    for index, byte in enumerate(block):
        length |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            break
    return length
