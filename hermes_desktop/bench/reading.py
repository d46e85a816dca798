"""Knows how long it takes to open a long conversation, and to render what was written to hold one up."""

import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from hermes_desktop.app.markup import to_html
from hermes_desktop.bench.hostile import MESSAGES
from hermes_desktop.bench.stage import stage
from hermes_desktop.bootstrap import Program
from hermes_desktop.domain.conversation import Role
from hermes_desktop.storage import messages
from hermes_desktop.storage.database import Session

_MESSAGES = 2_000
_RUNS = 3
_TEXT = (
    "*She turns page {n} of the log.* “The tide was **{n}** minutes late,” she says, “and nobody wrote down "
    "why. There are two ways to read that:\n1. the clock was wrong,\n2. or the keeper was.”\n\nShe waits."
)


def opening_ms(folder: Path) -> float:
    """Open a conversation of 2,000 messages until it is painted; give the best of several runs."""
    with stage(folder) as opened:
        long, short = _write(opened.program)
        times = []
        for _ in range(_RUNS):
            opened.window.open_conversation(short)
            QCoreApplication.processEvents()
            began = time.perf_counter()
            opened.window.open_conversation(long)
            opened.window.repaint()
            QCoreApplication.processEvents()
            times.append((time.perf_counter() - began) * 1000)
        return min(times)


def hostile_ms() -> float:
    """Render the whole collection of hostile messages; give the time of the slowest one."""
    return max(_rendering_ms(make()) for make in MESSAGES.values())


def _rendering_ms(text: str) -> float:
    times = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        to_html(text)
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


def _write(program: Program) -> tuple[int, int]:
    services = program.services
    persona = services.personas.all()[0]
    short = services.chat.start(persona.id).id
    long = services.chat.start(persona.id).id

    def fill(session: Session) -> None:
        for number in range(_MESSAGES - 1):
            role = Role.ASSISTANT if number % 2 else Role.USER
            messages.append(session, long, role, persona.name, _TEXT.replace("{n}", str(number)))

    program.store.write(fill)
    return long, short
