"""Knows where JPEG and WebP keep EXIF, and the user comment in it; not what the comment means.

Sources: EXIF 2.32 (4.6.5), the RIFF container of WebP, JPEG markers (ITU T.81, B.1).
"""

import struct

TAGS_LIMIT = 1000  # of one directory
_SEGMENTS_LIMIT = 1000
_HEADER = b"Exif\0\0"
_COMMENT, _SUB_DIRECTORY = 0x9286, 0x8769
_PREFIX = 8  # bytes that name the letters of a comment
_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})  # JPEG markers without one


def of_jpeg(data: bytes) -> bytes:
    """Give the EXIF block of a JPEG file, nothing where there is none."""
    at = 2
    for _number in range(_SEGMENTS_LIMIT):
        if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] == 0xDA:
            break
        if data[at + 1] in _NO_LENGTH or data[at + 1] == 0xFF:  # or a filling byte
            at += 1 if data[at + 1] == 0xFF else 2
            continue
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xE1 and data[at + 4 : at + 10] == _HEADER:
            return data[at + 10 : at + 2 + size]
        at += 2 + max(size, 2)
    return b""


def of_webp(data: bytes) -> bytes:
    """Give the EXIF block of a WebP file, nothing where there is none."""
    at = 12
    for _number in range(_SEGMENTS_LIMIT):
        if at + 8 > len(data):
            break
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"EXIF":
            return data[at + 8 : at + 8 + size].removeprefix(_HEADER)
        at += 8 + size + size % 2
    return b""


def comment(exif: bytes) -> bytes:
    """Give the user comment as UTF-8, nothing where there is none; it may stand in either directory."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 8:
        return b""
    (first,) = struct.unpack_from(f"{order}I", exif, 4)
    found, below = _directory(exif, order, first)
    if not found and below:
        found, _deeper = _directory(exif, order, below)
    return _decoded(found, order)


def _directory(exif: bytes, order: str, at: int) -> tuple[bytes, int]:
    """Read one directory: the comment in it, and where the next deeper one stands."""
    if at + 2 > len(exif):
        return b"", 0
    (count,) = struct.unpack_from(f"{order}H", exif, at)
    found, below = b"", 0
    for number in range(min(count, TAGS_LIMIT)):
        place = at + 2 + 12 * number
        if place + 12 > len(exif):
            break
        tag, _kind, size, value = struct.unpack_from(f"{order}HHII", exif, place)
        if tag == _COMMENT:
            found = exif[value : value + size] if size > 4 else b""
        elif tag == _SUB_DIRECTORY:
            below = value
    return found, below


def _decoded(value: bytes, order: str) -> bytes:
    prefix, text = value[:_PREFIX], value[_PREFIX:]
    if prefix == b"UNICODE\0":
        return text.decode("utf-16-le" if order == "<" else "utf-16-be", "replace").encode()
    if prefix in (b"ASCII\0\0\0", b"\0" * _PREFIX):
        return text
    return value  # some writers leave the prefix out
