"""Knows how fast cards come in by hundreds, how alive the window is meanwhile, and how soon it stops."""

import json
import random
import struct
import time
import zlib
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from hermes_desktop.bench.stage import Stage, longest_gap_ms, stage

CARDS = 500
LARGE_CARDS = 60
_PICTURES = 10
_WORDS = ("lamp", "harbour", "ledger", "tide", "keeper", "fog", "clock", "letter", "stair", "winter")


@dataclass(frozen=True, slots=True)
class Kind:
    """How large pictures are."""

    width: int
    height: int
    grain: int  # of 255: without it a picture packs far better than one of a person


USUAL = Kind(400, 600, 12)  # what the editors and sites of others usually give a card
LARGE = Kind(1024, 1536, 20)  # 3 MB, as they come from makers of pictures


@dataclass(frozen=True, slots=True)
class Imported:
    """What many cards took."""

    card_ms: float  # by the clock, from start to end, over their number
    longest_frame_ms: float
    cancel_ms: float  # until it has ended, what is being read included


def bring_in(folder: Path) -> Imported:
    """Import 500 PNG cards twice into fresh data: whole, and cancelled on the way."""
    cards = folder / "cards"
    cards.mkdir()
    write_cards(cards, CARDS)
    card_ms, frame = _whole(folder / "whole", cards, CARDS)
    with stage(folder / "cancelled") as opened:
        cancelled = _cancel_ms(opened, cards)
    return Imported(card_ms, frame, cancelled)


def bring_in_large(folder: Path) -> float:
    """Import 60 PNG cards of 1024×1536 into fresh data; give the milliseconds that each took."""
    cards = folder / "large"
    cards.mkdir()
    write_cards(cards, LARGE_CARDS, LARGE)
    return _whole(folder / "whole-large", cards, LARGE_CARDS)[0]


def _whole(folder: Path, cards: Path, count: int) -> tuple[float, float]:
    """Give milliseconds a card, and the longest frame."""
    with stage(folder) as opened:
        began = time.perf_counter()
        took = 0.0

        def ended(reports: list[object]) -> None:
            nonlocal took
            took = time.perf_counter() - began
            if len(reports) != count:
                raise RuntimeError(f"{len(reports)} of {count} cards were read")

        opened.program.services.imports.ended.connect(ended)
        opened.window.gallery.import_files([cards])
        frame = longest_gap_ms(opened, lambda: took > 0)
    return took * 1000 / count, frame


def _cancel_ms(opened: Stage, cards: Path) -> float:
    imports, ends, done = opened.program.services.imports, [], []
    imports.ended.connect(lambda _reports: ends.append(time.perf_counter()))
    imports.progressed.connect(lambda count, _total: done.append(count))
    opened.window.gallery.import_files([cards])
    opened.run_until(lambda: bool(done) and done[-1] >= 20)
    began = time.perf_counter()
    imports.cancel()
    opened.run_until(lambda: bool(ends))
    if done[-1] >= CARDS:
        raise RuntimeError("it was over before it was cancelled")
    return (ends[0] - began) * 1000


# ---- cards ----------------------------------------------------------------------------------------


def write_cards(folder: Path, count: int, kind: Kind = USUAL) -> None:
    """Write cards as PNG files with grainy pictures, as photographs and paintings are."""
    chance = random.Random(5)
    pictures = [_picture(number, chance, kind) for number in range(_PICTURES)]
    for number in range(count):
        before, pixels = pictures[number % _PICTURES]
        (folder / f"{number}.png").write_bytes(before + _card(number, chance) + pixels)


def _picture(number: int, chance: random.Random, kind: Kind) -> tuple[bytes, bytes]:
    """Give a PNG in two parts; between them is room for a card."""
    rows = bytearray()
    for height in range(kind.height):
        row = bytearray(1 + kind.width * 3)  # the first byte says that nothing is filtered
        for channel in range(3):
            light = (height * (channel + 1) // 4 + number * 23) % 200
            shades = bytes(light + value % kind.grain for value in range(256))
            row[1 + channel :: 3] = chance.randbytes(kind.width).translate(shades)
        rows += row
    head = _part(b"IHDR", struct.pack(">IIBBBBB", kind.width, kind.height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head, _part(b"IDAT", zlib.compress(rows, 6)) + _part(b"IEND", b"")


def _part(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _card(number: int, chance: random.Random) -> bytes:
    words = " ".join(chance.choices(_WORDS, k=400))
    entries = [{"keys": [word], "content": words[:200], "enabled": True} for word in _WORDS]
    data = {
        "name": f"Persona {number}",
        "description": words,
        "personality": words[:100],
        "first_mes": words[:600],
        "mes_example": "<START>\n{{user}}: " + words[:200],
        "tags": [chance.choice(_WORDS)],
        "character_book": {"entries": entries, "extensions": {}},
        "extensions": {},
    }
    document = json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": data}).encode()
    return _part(b"tEXt", b"chara\0" + b64encode(document))
