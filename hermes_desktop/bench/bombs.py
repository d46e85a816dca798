"""Knows files made to fill the memory or to take for ever, honest heavy ones, and what each costs."""

import gc
import json
import os
import struct
import subprocess
import sys
import time
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from hermes_desktop.domain.errors import KnownError
from hermes_desktop.personas import reader

_GIGABYTE = 1024**3
_MEGABYTE = 1024**2
_PIECE = bytes(_MEGABYTE)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one file took of the process that read it."""

    name: str
    refused: bool
    ms: float
    megabytes: float  # of memory, over what the process had before


def throw() -> list[Cost]:
    """Let each bomb go off in a process of its own."""
    return [_thrown(name) for name in BOMBS]


def lift() -> list[Cost]:
    """Read each honest card that is heavier than any that was seen, in a process of its own."""
    return [_thrown(name) for name in HEAVY]


def _thrown(name: str) -> Cost:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "hermes_desktop.bench.bombs", name]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    told = json.loads(ended.stdout)
    return Cost(name, told["refused"], told["ms"], told["megabytes"])


# ---- the bombs ------------------------------------------------------------------------------------


def _packed(size: int, *, bare: bool = False) -> bytes:
    """Compress so many zeros."""
    machine = zlib.compressobj(9, wbits=-15 if bare else 15)
    parts = [machine.compress(_PIECE) for _ in range(size // _MEGABYTE)]
    return b"".join((*parts, machine.flush()))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(*chunks: bytes, side: int = 8, colours: int = 2) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, colours, 0, 0, 0))
    return b"".join((b"\x89PNG\r\n\x1a\n", head, *chunks, _chunk(b"IEND", b"")))


def _text(document: object) -> bytes:
    return _chunk(b"tEXt", b"chara\0" + b64encode(json.dumps(document).encode()))


def _picture(side: int) -> Callable[[], bytes]:
    """Make a sound card with a picture that is far larger than its file."""
    return lambda: _png(
        _text({"name": "Ada", "description": "Counts."}),
        _chunk(b"IDAT", _packed((3 * side + 1) * side + _MEGABYTE)),
        side=side,
    )


def _animated() -> bytes:
    frame = _chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 10, 0, 0))
    return _png(_chunk(b"acTL", struct.pack(">II", 200_000, 0)), *[frame] * 200_000)


def _archive(claims: int, *, members: int = 1) -> Callable[[], bytes]:
    def write() -> bytes:
        packed = _packed(_GIGABYTE, bare=True) if members == 1 else b"\3\0"
        names = [b"card.json", *(b"%d.json" % number for number in range(1, members))]
        local, listed = b"", b""
        for name in names:
            facts = struct.pack("<HHHHIII", 0, 8, 0, 0, 0, len(packed), claims)
            at = len(local)
            if members == 1:
                local += (
                    b"PK\3\4"
                    + struct.pack("<H", 20)
                    + facts
                    + struct.pack("<HH", len(name), 0)
                    + name
                    + packed
                )
            listed += b"PK\1\2" + struct.pack("<HH", 20, 20) + facts
            listed += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, at) + name
        head = local or b"PK\3\4"
        counts = min(members, 0xFFFF)
        return (
            head
            + listed
            + b"PK\5\6"
            + struct.pack("<HHHHIIH", 0, 0, counts, counts, len(listed), len(head), 0)
        )

    return write


def _svg() -> bytes:
    """Write a card whose avatar is a drawing of drawings, ten times ten levels deep."""
    levels = "".join(
        f'<g id="g{level}">' + f'<use href="#g{level - 1}"/>' * 10 + "</g>" for level in range(1, 11)
    )
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><rect id="g0"/>{levels}</svg>'
    uri = "data:image/svg+xml;base64," + b64encode(drawing.encode()).decode()
    asset = {"type": "icon", "name": "main", "ext": "svg", "uri": uri}
    data = {"name": "Ada", "description": "Counts.", "assets": [asset]}
    return json.dumps({"spec": "chara_card_v3", "data": data}).encode()


def _yaml() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(lines).encode()


def _exif() -> bytes:
    """Write a WebP whose comment is a list of ten million numbers."""
    value = b"ASCII\0\0\0" + b"123," * 10_000_000
    block = b"II*\0" + struct.pack("<IHHHII", 8, 1, 0x9286, 7, len(value), 26) + b"\0" * 4 + value
    part = b"EXIF" + struct.pack("<I", len(block)) + block
    return b"RIFF" + struct.pack("<I", len(part) + 4) + b"WEBP" + part


BOMBS: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "a ZIP that unpacks to 1 GB": _archive(_GIGABYTE),
        "a ZIP that says 1 kB and unpacks to 1 GB": _archive(1024),
        "a ZIP of 60,000 files": _archive(0, members=60_000),
        "a packed text of 1 GB in a PNG": lambda: _png(_chunk(b"zTXt", b"chara\0\0" + _packed(_GIGABYTE))),
        "an international text of 1 GB in a PNG": lambda: _png(
            _chunk(b"iTXt", b"ccv3\0\1\0\0\0" + _packed(_GIGABYTE))
        ),
        "a PNG with 50 packed texts of 30 MB": lambda: _png(
            *[_chunk(b"zTXt", b"chara\0\0" + _packed(30 * _MEGABYTE))] * 50
        ),
        "a PNG of two million empty chunks": lambda: _png(*[_chunk(b"teXt", b"")] * 2_000_000),
        "an animation of 200,000 frames": _animated,
        "a picture of 4,096² pixels": _picture(4096),
        "a picture of 16,384² pixels": _picture(16_384),
        "a picture of 30,000² pixels": _picture(30_000),
        "JSON that is a million deep": lambda: b'{"name":' + b"[" * 1_000_000,
        "JSON of ten million empty lists": lambda: b'{"name":"Ada","x":[' + b"[]," * 10_000_000 + b"0]}",
        "JSON with a number of a million digits": lambda: b'{"name":"Ada","x":' + b"9" * 1_000_000 + b"}",
        "JSON with 16 million backslashes": lambda: b'{"name":"' + b"\\" * 16_000_000 + b'"}',
        "YAML whose aliases double": _yaml,
        "YAML that is 100,000 deep": lambda: b"name: " + b"[" * 100_000,
        "a comment of ten million numbers in a WebP": _exif,
        "a drawing of drawings (SVG) as an avatar": _svg,
        "100 MB of nothing": lambda: bytes(100 * _MEGABYTE),
    }
)


# ---- heavy and honest -----------------------------------------------------------------------------


def _heavy_book() -> bytes:
    """Write a PNG with both chunks of a card whose book has 3 MB."""
    entry = {"keys": ["lamp", "fog"], "content": "It has never been out, and no one knows why. " * 33}
    data = {"name": "Ada", "description": "Counts.", "character_book": {"entries": [entry] * 2000}}
    document = {"spec": "chara_card_v3", "data": data}
    return _png(_text(document), _text(document), _chunk(b"IDAT", _packed(_MEGABYTE)), colours=0)


def _heavy_archive() -> bytes:
    """Write a CHARX of 90 MB with 1,500 pictures, all of them listed."""
    names = [f"assets/other/images/{number}.png" for number in range(1500)]
    assets = [{"type": "x", "name": name, "uri": f"embeded://{name}", "ext": "png"} for name in names]
    data = {"name": "Ada", "description": "Counts.", "assets": assets}
    card = json.dumps({"spec": "chara_card_v3", "data": data}).encode()
    local, listed = bytearray(), bytearray()
    body = bytes(60_000)
    for name, file in [("card.json", card), *((name, body) for name in names)]:
        facts = struct.pack("<HHHHIII", 0, 0, 0, 0, zlib.crc32(file), len(file), len(file))
        listed += b"PK\1\2" + struct.pack("<HH", 20, 20) + facts
        listed += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, len(local)) + name.encode()
        local += b"PK\3\4" + struct.pack("<H", 20) + facts + struct.pack("<HH", len(name), 0)
        local += name.encode() + file
    end = struct.pack("<HHHHIIH", 0, 0, 1501, 1501, len(listed), len(local), 0)
    return bytes(local + listed + b"PK\5\6" + end)


def _heavy_greetings() -> bytes:
    data = {"name": "Ada", "first_mes": "Hi. " * 5000, "alternate_greetings": ["Hi. " * 5000] * 900}
    return json.dumps({"spec": "chara_card_v2", "data": data}).encode()


HEAVY: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "a PNG with a book of 3 MB in both its cards": _heavy_book,
        "a CHARX of 90 MB with 1,500 pictures": _heavy_archive,
        "JSON with 900 greetings of 20 kB": _heavy_greetings,
        "a picture of 4,000² pixels": _picture(4000),
    }
)


# ---- in a process of its own ----------------------------------------------------------------------


def _go_off(name: str) -> None:
    from hermes_desktop.app.paper import avatar_png

    data = {**BOMBS, **HEAVY}[name]()
    small = {"name": "Ada", "description": "Counts."}
    avatar_png(_png(_text(small), _chunk(b"IDAT", _packed(_MEGABYTE)), colours=0), "")  # what is loaded once
    gc.collect()
    Path("/proc/self/clear_refs").write_text(
        "5", "ascii"
    )  # the peak begins anew: to make it took memory, too
    before = memory_mb("VmRSS")
    began = time.perf_counter()
    refused = False
    try:
        found = reader.read(data, "bomb")
        if found.picture:
            avatar_png(found.picture, "bomb")
    except KnownError:
        refused = True
    ms = (time.perf_counter() - began) * 1000
    sys.stdout.write(json.dumps({"refused": refused, "ms": ms, "megabytes": memory_mb("VmHWM") - before}))


def memory_mb(field: str) -> float:
    lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":")) / 1024


if __name__ == "__main__":
    _go_off(sys.argv[1])
