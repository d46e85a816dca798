"""Knows how the beginning of a GGUF file is written: keys, and which tensors follow; not what is in them.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hermes_desktop.containers.gguf_types import TENSOR_BYTES, TENSOR_NUMBERS

ALIGNMENT = 32
_VERSION = 3


@dataclass(frozen=True, slots=True)
class Tensor:
    """What stands in the file's table of one tensor."""

    name: str
    shape: tuple[int, ...]  # in the order of the file: the length of a row first
    kind: str  # such as "Q4_K"

    @property
    def weights(self) -> int:
        """Count the numbers in it."""
        count = 1
        for length in self.shape:
            count *= length
        return count

    @property
    def size(self) -> int:
        """Give its bytes, without what fills them up to the alignment."""
        block, size = TENSOR_BYTES[self.kind]
        return self.weights // block * size


def head(keys: Mapping[str, object], tensors: Sequence[Tensor]) -> bytes:
    """Write everything before the data; each tensor's bytes follow in this order, each `padded`."""
    pieces = [struct.pack("<4sIQQ", b"GGUF", _VERSION, len(tensors), len(keys))]
    pieces += [_string(key) + _value(value) for key, value in keys.items()]
    offset = 0
    for tensor in tensors:
        shape, kind = tensor.shape, TENSOR_NUMBERS[tensor.kind]
        table = struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
        pieces.append(_string(tensor.name) + table)
        offset += tensor.size + padding(tensor.size)
    start = b"".join(pieces)
    return start + bytes(padding(len(start)))


def padding(size: int) -> int:
    """Say how many bytes follow so many, until the next piece may begin."""
    return -size % ALIGNMENT


def _string(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _value(value: object) -> bytes:
    """Write a type number and the value: whole numbers as u32, but inside arrays as i32."""
    match value:
        case bool():
            return struct.pack("<IB", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + _string(value)
        case bytes():  # a value that the caller has packed, with its type
            return value
        case tuple() if value and isinstance(value[0], str):
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_string, value))
        case tuple():
            return struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
    raise TypeError(type(value).__name__)
