"""Knows how to read the front of a GGUF file that nobody trusts; not what its keys mean.

The whole file is never read: keys and tensor descriptions stand at its front. Every count and length is held
against a cap and against the size of the file before memory is asked for.
Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import re
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from hermes_desktop.containers.gguf_types import TENSOR_TYPES
from hermes_desktop.domain.errors import ErrorKind, KnownError

HEADER_LIMIT = 256 * 1024 * 1024  # bytes; a vocabulary of 256,000 tokens with merges takes about 12 MB
KEYS_LIMIT = 65_536
TENSORS_LIMIT = 65_536
STRING_LIMIT = 4 * 1024 * 1024  # bytes; the longest honest one is a chat template of some 30 kB
ITEMS_LIMIT = 16_000_000  # of one array
SHORT_ARRAY = 1024  # longer ones are counted, not kept
DIMENSIONS_LIMIT = 4
PARTS_LIMIT = 1000
WEIGHTS_LIMIT = 2**50
_CHUNK = 1024 * 1024

_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_STRING, _ARRAY = 8, 9

_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")


@dataclass(frozen=True, slots=True)
class LongArray:
    """An array of which only the length is known."""

    items: int


Value = int | float | bool | str | tuple[int | float | bool, ...] | LongArray


@dataclass(frozen=True, slots=True)
class Tensors:
    """What the descriptions of the tensors add up to."""

    weights: int
    bytes: int  # of the data, from its start to the end of the last tensor
    types: Counter[str]  # weights of each type
    sizes: Mapping[str, int]  # bytes of each tensor
    kinds: Mapping[str, str]  # type of each tensor


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its keys, its tensors, and how many bytes they need."""

    keys: dict[str, Value]
    tensors: Tensors
    expected_size: int


class _TruncatedError(Exception):
    """Say that the file ends before what its header promises; carries where that would be."""

    def __init__(self, expected: int) -> None:
        super().__init__(expected)
        self.expected = expected


class _TooShortError(Exception):
    """Say that the bytes at hand end before the file does."""


class _BrokenError(Exception):
    """Say what makes no sense."""


def read(path: Path) -> list[Part]:
    """Read the front of a GGUF file, and of the other parts of a split one.

    Raises KnownError: FILE_MISSING, FILE_UNREADABLE, MODEL_NOT_GGUF, MODEL_TRUNCATED, MODEL_BROKEN_HEADER.
    """
    return joined([_read_part(part) for part in (path, *parts(path)[1:])], path)


def joined(found: list[Part], path: Path) -> list[Part]:
    """Give the parts of a model back where they are all of them; raises KnownError MODEL_BROKEN_HEADER."""
    first, *others = found
    split = whole(first.keys, "split.count")
    if split > 1 and split != len(others) + 1:
        raise KnownError(
            ErrorKind.MODEL_BROKEN_HEADER, path=str(path), reason=f"{len(others) + 1} of {split} parts"
        )
    return found


def read_front(data: bytes, size: int, path: Path) -> Part | None:
    """Read the front of a file of `size` bytes from its first ones; None where they are too few.

    Raises KnownError: MODEL_NOT_GGUF, MODEL_TRUNCATED, MODEL_BROKEN_HEADER. The path is only named in them.
    """
    try:
        return _parse(BytesIO(data), size, path)
    except _TooShortError:
        return None


def text(keys: Mapping[str, Value], name: str) -> str:
    """Give a text; "" where there is none."""
    value = keys.get(name)
    return value if isinstance(value, str) else ""


def whole(keys: Mapping[str, Value], name: str) -> int:
    """Give a whole number; some architectures have one a layer, then the largest."""
    return max(each(keys, name), default=0)


def each(keys: Mapping[str, Value], name: str) -> tuple[int, ...]:
    """Give the whole numbers of a key that may have one for each layer."""
    value = keys.get(name)
    values = value if isinstance(value, tuple) else (value,)
    return tuple(int(item) for item in values if isinstance(item, int))


def parts(path: Path) -> tuple[Path, ...]:
    """List the files of a model, the first one first; `name-00001-of-00003.gguf` names three."""
    match = _PART.search(path.name)
    count = int(match[2]) if match else 0
    if match is None or not 1 < count <= PARTS_LIMIT or not 1 <= int(match[1]) <= count:
        return (path,)
    stem = path.name[: match.start()]
    return tuple(path.with_name(f"{stem}-{at:05}-of-{count:05}.gguf") for at in range(1, count + 1))


def _read_part(path: Path) -> Part:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            return _parse(file, size, path)
    except _TooShortError as error:
        raise KnownError(ErrorKind.FILE_UNREADABLE, path=str(path), reason="it shrank") from error
    except FileNotFoundError as error:
        raise KnownError(ErrorKind.FILE_MISSING, path=str(path)) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise KnownError(ErrorKind.FILE_UNREADABLE, path=str(path), reason=reason) from error


def _parse(file: BinaryIO, size: int, path: Path) -> Part:
    reader = _Reader(file, size)
    try:
        if reader.take(4) != b"GGUF":
            raise KnownError(ErrorKind.MODEL_NOT_GGUF, path=str(path))
        part = _read_tables(reader)
    except _TruncatedError as error:
        if reader.at < 4:
            raise KnownError(ErrorKind.MODEL_NOT_GGUF, path=str(path)) from error
        raise _truncated(path, error.expected, size) from error
    except _BrokenError as error:
        raise KnownError(ErrorKind.MODEL_BROKEN_HEADER, path=str(path), reason=str(error)) from error
    if part.expected_size > size:
        raise _truncated(path, part.expected_size, size)
    return part


def _truncated(path: Path, expected: int, size: int) -> KnownError:
    return KnownError(ErrorKind.MODEL_TRUNCATED, path=str(path), expected=expected, size=size)


class _Reader:
    """Walk through the front of a file; never past its end, never past HEADER_LIMIT."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._data = b""
        self._start = 0  # place of _data in the file
        self.at = 0

    def need(self, length: int) -> int:
        """Have that many bytes at hand and say where they begin in `data`."""
        offset = self.at - self._start
        if offset + length > len(self._data):
            if self.at + length > self._size:
                raise _TruncatedError(self.at + length)
            if self.at + length > HEADER_LIMIT:
                raise _BrokenError("header too large")
            self._data = self._data[offset:] + self._file.read(max(length, _CHUNK))
            self._start, offset = self.at, 0
            if len(self._data) < length:  # only its front is here, or it shrank while we read it
                raise _TooShortError
        return offset

    def take(self, length: int) -> bytes:
        offset = self.need(length)
        self.at += length
        return self._data[offset : offset + length]

    def scalar(self, form: str) -> int | float | bool:
        length = struct.calcsize(form)
        value: int | float | bool = struct.unpack_from(form, self._data, self.need(length))[0]
        self.at += length
        return value

    def count(self, form: str, limit: int, what: str) -> int:
        value = int(self.scalar(form))
        if not 0 <= value <= limit:
            raise _BrokenError(f"{what}: {value}")
        return value

    def string(self) -> str:
        return self.take(self.count("<Q", STRING_LIMIT, "length of a string")).decode("utf-8", "replace")

    def skip_strings(self, items: int) -> None:
        """Step over an array of strings; vocabularies have 128,000, so the loop is bare."""
        unpack = struct.Struct("<Q").unpack_from
        for _ in range(items):
            offset = self.need(8)
            (length,) = unpack(self._data, offset)
            if length > STRING_LIMIT:
                raise _BrokenError(f"length of a string: {length}")
            self.at += 8
            self.need(length)
            self.at += length


def _read_tables(reader: _Reader) -> Part:
    version = int(reader.scalar("<I"))
    if version not in (2, 3):
        raise _BrokenError(f"version {version}" if version < 2**16 else "big-endian")
    tensor_count = reader.count("<Q", TENSORS_LIMIT, "number of tensors")
    key_count = reader.count("<Q", KEYS_LIMIT, "number of keys")
    keys: dict[str, Value] = {}
    for _ in range(key_count):
        key = reader.string()
        if key in keys:
            raise _BrokenError(f"key twice: {key[:80]}")
        keys[key] = _read_value(reader)
    alignment = keys.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 0 < alignment <= 2**20 or alignment & (alignment - 1):
        raise _BrokenError(f"alignment: {alignment}")
    tensors = _read_tensors(reader, tensor_count, alignment)
    start = -(-reader.at // alignment) * alignment
    return Part(keys, tensors, start + tensors.bytes if tensor_count else reader.at)


def _read_value(reader: _Reader) -> Value:
    kind = int(reader.scalar("<I"))
    if kind in _SCALARS:
        return reader.scalar(_SCALARS[kind])
    if kind == _STRING:
        return reader.string()
    if kind == _ARRAY:
        return _read_array(reader)
    raise _BrokenError(f"type of a value: {kind}")


def _read_array(reader: _Reader) -> Value:
    kind = int(reader.scalar("<I"))
    items = reader.count("<Q", ITEMS_LIMIT, "length of an array")
    if kind == _STRING:
        reader.skip_strings(items)
        return LongArray(items)
    if kind not in _SCALARS:  # llama.cpp refuses nested arrays, too
        raise _BrokenError(f"type of an array: {kind}")
    form = _SCALARS[kind]
    raw = reader.take(items * struct.calcsize(form))
    if items > SHORT_ARRAY:
        return LongArray(items)
    return tuple(value for (value,) in struct.iter_unpack(form, raw))


def _read_tensors(reader: _Reader, count: int, alignment: int) -> Tensors:
    sizes: dict[str, int] = {}
    kinds: dict[str, str] = {}
    types: Counter[str] = Counter()
    end = 0
    for _ in range(count):
        name = reader.string()
        if name in sizes:
            raise _BrokenError(f"tensor twice: {name[:80]}")
        kind, weights, length = _read_shape(reader)
        sizes[name], kinds[name] = length, kind
        offset = int(reader.scalar("<Q"))
        if offset % alignment:
            raise _BrokenError(f"offset: {offset}")
        types[kind] += weights
        end = max(end, offset + length)  # whole numbers do not overflow here
    return Tensors(types.total(), end, types, sizes, kinds)


def _read_shape(reader: _Reader) -> tuple[str, int, int]:
    """Read the type of a tensor, its number of weights and of bytes."""
    dimensions = reader.count("<I", DIMENSIONS_LIMIT, "number of dimensions")
    weights, row = 1, 1
    for at in range(dimensions):
        length = reader.count("<Q", WEIGHTS_LIMIT, "a dimension")
        row = length if at == 0 else row
        weights *= length
    number = int(reader.scalar("<I"))
    if number not in TENSOR_TYPES:
        raise _BrokenError(f"type of a tensor: {number}")
    name, block, block_bytes = TENSOR_TYPES[number]
    if row % block or not 0 < weights <= WEIGHTS_LIMIT:
        raise _BrokenError(f"{weights} weights as {name}")
    return name, weights, weights // block * block_bytes
