"""Knows where archives of more than 4 GB or 65,535 files keep the numbers that have no room in a plain one.

Source: APPNOTE 6.3.10, sections 4.3.14, 4.3.15 and 4.5.3.
"""

import struct
from dataclasses import dataclass

from hermes_desktop.containers.inflate import DamagedError

_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_END, _END_SIZE = b"PK\x06\x06", 56
_FIELD = 0x0001  # of what is kept beside an entry
_FULL = 0xFFFFFFFF  # stands where the number is elsewhere


@dataclass(frozen=True, slots=True)
class Listing:
    """Where the list of an archive stands."""

    count: int  # files
    start: int
    end: int


def is_wide(data: bytes, end: int) -> bool:
    """Say whether the archive whose last record stands there has another one before it."""
    return end >= _LOCATOR_SIZE and data[end - _LOCATOR_SIZE : end - _LOCATOR_SIZE + 4] == _LOCATOR


def listing(data: bytes, end: int) -> Listing:
    """Read the record that stands before the last one; nothing may stand before such an archive."""
    (at,) = struct.unpack_from("<Q", data, end - _LOCATOR_SIZE + 8)
    if at + _END_SIZE > end or data[at : at + 4] != _END:
        raise DamagedError("the list of its files is damaged")
    count, size, start = struct.unpack_from("<QQQ", data, at + 32)
    if start + size > at:
        raise DamagedError("the list of its files is damaged")
    return Listing(count, start, start + size)


def widened(extra: bytes, *numbers: int) -> list[int]:
    """Give size, packed size and offset of an entry, each from what stands beside it where it had no room."""
    missing = numbers.count(_FULL)
    if not missing:
        return list(numbers)
    found = _beside(extra)
    if len(found) < missing:
        raise DamagedError("the list of its files is damaged")
    return [found.pop(0) if number == _FULL else number for number in numbers]


def _beside(extra: bytes) -> list[int]:
    """List the numbers of the field that is there for them."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _FIELD:
            field = extra[at + 4 : at + 4 + size]
            return [number for (number,) in struct.iter_unpack("<Q", field[: len(field) // 8 * 8])]
        at += 4 + size
    return []
