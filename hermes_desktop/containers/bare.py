"""Knows how JPEG and WebP files are copied without what they say beside their pixels; decodes none of these.

Sources: JPEG markers (ITU T.81, B.1), the RIFF container of WebP (RFC 9649).
"""

import struct
from collections.abc import Iterator

_START, _SCAN, _COMMENT = 0xD8, 0xDA, 0xFE
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
# Application segments that the colours need: JFIF, the colour profile, Adobe's kind of colours.
_SHOWN = ((0xE0, b""), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
_SEGMENTS_LIMIT = 10_000
_FLAGS = {b"EXIF": 0x08, b"XMP ": 0x04}  # of WebP's extended header


def jpeg(data: bytes) -> bytes:
    """Copy a JPEG file without EXIF, comments, and what is behind it; a damaged one up to there."""
    made = bytearray(data[:2])
    for marker, start, end in _segments(data):
        if marker == _SCAN:  # the pixels, which go to the end of the picture
            stop = data.rfind(b"\xff\xd9")
            made += data[start : stop + 2 if stop >= start else len(data)]
            break
        body = data[start + 4 : end]
        named = any(marker == kind and body.startswith(name) for kind, name in _SHOWN)
        if marker != _COMMENT and (not 0xE0 <= marker <= 0xEF or named):
            made += data[start:end]
    return bytes(made)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Walk marker, start and end of each segment, up to the pixels."""
    at = 2
    for _number in range(_SEGMENTS_LIMIT):
        if at + 4 > len(data) or data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker == 0xFF:  # a filling byte
            at += 1
            continue
        size = 0 if marker in _ALONE else max(int.from_bytes(data[at + 2 : at + 4], "big"), 2)
        yield marker, at, at + 2 + size
        if marker == _SCAN:
            return
        at += 2 + size


def webp(data: bytes) -> bytes:
    """Copy a WebP file without EXIF and XMP."""
    parts, at = bytearray(b"WEBP"), 12
    while at + 8 <= len(data):
        name = data[at : at + 4]
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        whole = data[at : at + 8 + size + size % 2]
        if name == b"VP8X" and len(whole) > 8:
            flags = whole[8] & ~(_FLAGS[b"EXIF"] | _FLAGS[b"XMP "])
            whole = whole[:8] + bytes([flags]) + whole[9:]
        if name not in _FLAGS:
            parts += whole
        at += 8 + size + size % 2
    return b"RIFF" + struct.pack("<I", len(parts)) + bytes(parts)
