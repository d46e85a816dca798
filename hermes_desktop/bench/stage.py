"""Knows how to set up the real window on a folder of its own, for measuring."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEventLoop

from hermes_desktop.bootstrap import ENGINE, Program, build
from hermes_desktop.paths import Folders


@dataclass(slots=True)
class Stage:
    """The program, its window, and an event loop that can be run for a while."""

    program: Program
    window: object

    def run_until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Process events until the condition holds; raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the program did not get there")
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, QDeadlineTimer(5))


@contextmanager
def stage(folder: Path, engine: tuple[str, ...] = ENGINE) -> Iterator[Stage]:
    """Open the window at its usual size on fresh data."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from hermes_desktop.ui import application
    from hermes_desktop.ui.theme import Theme
    from hermes_desktop.ui.window import Window

    application.make()
    program = build(Folders.of(folder), engine=engine)
    window = Window(program.services, Theme(program.services.preferences))
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
