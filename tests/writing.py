"""Writes files as other programs write them, and as nobody should: PNG, ZIP, EXIF."""

import base64
import binascii
import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes, *, sound: bool = True) -> bytes:
    check = zlib.crc32(kind + body) ^ (0 if sound else 1)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def header(width: int = 8, height: int = 8) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def pixels(width: int = 8, height: int = 8) -> bytes:
    return chunk(b"IDAT", zlib.compress((b"\0" + b"\x40\x80\xc0" * width) * height))


def png(*before: bytes, after: Sequence[bytes] = (), idat: bytes | None = None, size: int = 8) -> bytes:
    """Write a small picture with chunks before and behind its pixels."""
    middle = pixels(size, size) if idat is None else idat
    parts = [SIGNATURE, header(size, size), *before, middle, *after, chunk(b"IEND", b"")]
    return b"".join(parts)


def encoded(document: object) -> bytes:
    return base64.b64encode(json.dumps(document).encode())


def text(keyword: str, value: bytes, *, sound: bool = True) -> bytes:
    return chunk(b"tEXt", keyword.encode() + b"\0" + value, sound=sound)


def packed_text(keyword: str, value: bytes) -> bytes:
    return chunk(b"zTXt", keyword.encode() + b"\0\0" + zlib.compress(value))


def wide_text(keyword: str, value: bytes, *, compressed: bool) -> bytes:
    body = zlib.compress(value) if compressed else value
    return chunk(b"iTXt", keyword.encode() + (b"\0\1\0" if compressed else b"\0\0\0") + b"en\0key\0" + body)


def exif(comment: bytes, *, order: str = "<", deep: bool = False, prefix: bytes = b"ASCII\0\0\0") -> bytes:
    """Write a TIFF block with a user comment, in the first directory or in the one below."""
    value = prefix + comment
    mark = b"II*\0" if order == "<" else b"MM\0*"
    if not deep:
        entry = struct.pack(f"{order}HHII", 0x9286, 7, len(value), 26)
        return mark + struct.pack(f"{order}IH", 8, 1) + entry + b"\0" * 4 + value
    first = struct.pack(f"{order}HHII", 0x8769, 4, 1, 26)
    below = struct.pack(f"{order}HHHII", 1, 0x9286, 7, len(value), 44)
    return mark + struct.pack(f"{order}IH", 8, 1) + first + b"\0" * 4 + below + b"\0" * 4 + value


def jpeg(block: bytes = b"") -> bytes:
    app = b"\xff\xe1" + struct.pack(">H", len(block) + 8) + b"Exif\0\0" + block if block else b""
    return b"\xff\xd8\xff\xe0\0\x04ab" + app + b"\xff\xda\0\2" + b"\x11" * 20 + b"\xff\xd9"


def webp(block: bytes = b"") -> bytes:
    def part(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    body = b"WEBP" + part(b"VP8 ", b"\x11" * 21) + (part(b"EXIF", block) if block else b"")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def archive(
    files: dict[str, bytes] | Iterable[tuple[str, bytes]],
    *,
    before: bytes = b"",
    packed: bool = True,
    claims: int | None = None,
    flags: int = 0x800,
    method: int | None = None,
    remark: bytes = b"",
) -> bytes:
    """Write a ZIP archive by hand, so that it can lie."""
    made, listed, number = bytearray(), bytearray(), 0
    for name, data in files.items() if isinstance(files, dict) else files:
        raw = name.encode("utf-8", "surrogatepass")
        machine = zlib.compressobj(9, wbits=-15)
        body = machine.compress(data) + machine.flush() if packed else data
        way = method if method is not None else (8 if packed else 0)
        size = len(data) if claims is None else claims
        facts = struct.pack("<HHHHIII", flags, way, 0, 0, binascii.crc32(data), len(body), size)
        place = len(made)
        made += b"PK\3\4" + struct.pack("<H", 20) + facts + struct.pack("<HH", len(raw), 0) + raw + body
        listed += b"PK\1\2" + struct.pack("<HH", 20, 20) + facts
        listed += struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, place) + raw
        number += 1
    end = struct.pack("<HHHHIIH", 0, 0, number, number, len(listed), len(made), len(remark))
    return before + bytes(made) + bytes(listed) + b"PK\5\6" + end + remark


def charx(document: Any, **files: bytes) -> bytes:
    return archive({"card.json": json.dumps(document).encode(), **files})
