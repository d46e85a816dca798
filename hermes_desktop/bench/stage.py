"""Knows how to set up the real window on a folder of its own, for measuring."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from hermes_desktop.bootstrap import ENGINE, Program, build
from hermes_desktop.paths import Folders
from hermes_desktop.ui.window import Window

_WAKE_MS = 20
_TICK_MS = 4
_REST_SECONDS = 0.3


@dataclass(slots=True)
class Stage:
    """The program, its window, and an event loop that can be run for a while."""

    program: Program
    window: Window

    def run_until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Process events until the condition holds; raises TimeoutError."""
        deadline = time.monotonic() + seconds
        wake = QTimer()
        wake.start(_WAKE_MS)
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the program did not get there")
            # To wait inside Qt leaves Python to the storage thread, as the program itself does.
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def longest_gap_ms(opened: Stage, ended: Callable[[], bool]) -> float:
    """Tick until it has ended; give the longest time between two ticks over the tick itself."""
    ticks: list[float] = []
    timer = QTimer()
    timer.setInterval(_TICK_MS)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start()
    opened.run_until(ended, seconds=120)
    rested = time.perf_counter() + _REST_SECONDS  # the end is part of it
    opened.run_until(lambda: time.perf_counter() > rested)
    timer.stop()
    return max((later - earlier) * 1000 for earlier, later in pairwise(ticks)) - _TICK_MS


@contextmanager
def stage(folder: Path, engine: tuple[str, ...] = ENGINE) -> Iterator[Stage]:
    """Open the window at its usual size on fresh data."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from hermes_desktop.ui import application
    from hermes_desktop.ui.theme import Theme

    application.make()
    program = build(Folders.of(folder), engine=engine)
    theme = Theme(program.services.preferences)
    window = Window(program.services, theme)
    theme.dress()
    window.resize(1440, 900)
    window.show()
    program.services.notices.release()
    QCoreApplication.processEvents()
    try:
        yield Stage(program, window)
    finally:
        window.close()
        program.close()
        window.deleteLater()
        QCoreApplication.processEvents()
