"""Knows how long the page of personas takes to open where there are thousands, and how it scrolls."""

import random
import struct
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from hermes_desktop.bench.stage import Stage, stage
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.personas import card
from hermes_desktop.storage import personas, pictures
from hermes_desktop.storage.database import Session

_PERSONAS = 2_000
_RUNS = 3
_SIDE = 256  # pixels of a picture
_SQUARE = 8
_TEXT = "{{char}} keeps the lighthouse at Skerry Point and counts every ship that goes by in the night. " * 30
_GREETING = "*She looks up.* “You are late, {{user}}. The tide waits for nobody.”\n" * 12
_TAGS = ("sea", "night", "quiet", "mystery", "comedy", "school", "city", "winter", "robot", "magic")


@dataclass(frozen=True, slots=True)
class Browsed:
    """How the page did."""

    open_ms: float
    search_ms: float
    frame_ms: float  # the longest while it was scrolled from end to end


def browse(folder: Path) -> Browsed:
    """Open the page for the first time, as after a start, then search and scroll; the best of several."""
    with stage(folder) as opened:
        opened.program.store.write(_fill)
    runs = [_once(folder) for _ in range(_RUNS)]
    return Browsed(
        min(run.open_ms for run in runs),
        min(run.search_ms for run in runs),
        min(run.frame_ms for run in runs),
    )


def _once(folder: Path) -> Browsed:
    with stage(folder) as opened:
        began = time.perf_counter()
        opened.window.show_page("personas")
        opened.window.gallery.show_cards()
        _paint(opened)
        open_ms = (time.perf_counter() - began) * 1000
        assert opened.window.gallery._model.rowCount() > _PERSONAS
        frame_ms = _scroll(opened)
        return Browsed(open_ms, _search(opened), frame_ms)


def _paint(opened: Stage) -> None:
    opened.window.repaint()
    QCoreApplication.processEvents()


def _scroll(opened: Stage) -> float:
    """Go from end to end in fifty steps; give the longest time that one takes until it is painted."""
    bar = opened.window.gallery._grid.verticalScrollBar()
    slowest = 0.0
    for step in range(51):
        began = time.perf_counter()
        bar.setValue(bar.maximum() * step // 50)
        _paint(opened)
        slowest = max(slowest, time.perf_counter() - began)
    return slowest * 1000


def _search(opened: Stage) -> float:
    """Look for a word for the first time, which reads what can be looked for."""
    began = time.perf_counter()
    opened.window.gallery._model.set_query("lighthouse 1999")
    _paint(opened)
    return (time.perf_counter() - began) * 1000


def _fill(session: Session) -> None:
    for number in range(_PERSONAS):
        fields = PersonaFields(
            f"Keeper {number}",
            description=f"{_TEXT}{number}",
            greeting=_GREETING,
            alternate_greetings=(_GREETING,) * 3,
            creator_notes=f"Keeps the light number {number}.",
            tags=(_TAGS[number % 10], _TAGS[number // 10 % 10], f"tag {number % 400}"),
        )
        avatar = pictures.put(session, _picture(number), "image/png")
        personas.add(session, fields, spec="own", card=card.new(fields), avatar=avatar)


def _picture(number: int) -> bytes:
    """Write a PNG that no other persona has: squares of many colours."""
    drawn = random.Random(number)
    rows = [
        b"\0" + b"".join(drawn.randbytes(3) * _SQUARE for _ in range(_SIDE // _SQUARE))
        for _ in range(_SIDE // _SQUARE)
    ]
    pixels = zlib.compress(b"".join(row * _SQUARE for row in rows), 1)
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
