"""Knows how the chunks of a PNG file are copied with other texts among them; decodes no pixel.

Source: the PNG specification, third edition (5.3 and 11.3.3).
"""

import zlib
from collections.abc import Callable, Sequence

from hermes_desktop.containers import png
from hermes_desktop.containers.inflate import DamagedError

# What is needed to show a picture as it was meant, moving or not; all else only says something about it.
SHOWN = frozenset(
    (
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"cICP",
        b"sBIT",
        b"bKGD",
        b"pHYs",
        b"hIST",
        b"sPLT",
        b"acTL",
        b"fcTL",
        b"fdAT",
        b"mDCV",
        b"cLLI",
    )
)
_HEAD, _TAIL = 8, 4

Keep = Callable[[bytes, str, bytes], bool]  # kind of chunk, keyword of a text, body


def with_texts(picture: bytes, texts: Sequence[tuple[str, bytes]], keep: Keep) -> bytes:
    """Copy a picture byte for byte, as far as chunks are kept, with texts before its pixels and other texts.

    Where its chunks break off, what is behind is left out. Raises DamagedError where it has no pixels.
    """
    fresh = b"".join(chunk(b"tEXt", name.encode("latin-1") + b"\0" + value) for name, value in texts)
    made, placed, pixels, ended = bytearray(png.SIGNATURE), False, False, False
    for kind, start, end in png.chunks(picture):
        if len(made) == len(png.SIGNATURE) and kind != b"IHDR":
            raise DamagedError("its first part is not there")
        is_text = kind in png.TEXT_KINDS
        keyword = png.keyword_at(picture, start, end)[1] if is_text else ""
        if not keep(kind, keyword, picture[start:end]):
            continue
        if not placed and (is_text or kind == b"IDAT"):
            made += fresh
            placed = True
        made += picture[start - _HEAD : end + _TAIL]
        pixels, ended = pixels or kind == b"IDAT", ended or kind == b"IEND"
    if not pixels:
        raise DamagedError("it has no pixels")
    return bytes(made) if ended else bytes(made) + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    """Write one chunk: its length, its kind, its bytes and the check sum of both."""
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
