"""Knows how long the window takes from the start of its process until it can be used."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

_RUNS = 5


def usable_ms(folder: Path) -> float:
    """Start the program several times on the same data; give the median in milliseconds.

    The first start, which makes the database and warms the file cache, does not count.
    """
    times = [_once(folder) for _ in range(_RUNS + 1)]
    return statistics.median(times[1:])


def _once(folder: Path) -> float:
    environment = os.environ | {"HERMES_DESKTOP_DATA": str(folder)}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "hermes_desktop.bench.starting"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return (float(ended.stdout.split()[-1]) - began) * 1000  # the same clock in both processes


def _probe() -> None:
    """Open the window as the program does; print the time at which the event loop is free again."""
    from PySide6.QtCore import QTimer

    from hermes_desktop.bootstrap import build
    from hermes_desktop.paths import Folders
    from hermes_desktop.ui import application

    qt = application.make()
    program = build(Folders.of(None))

    def usable() -> None:
        sys.stdout.write(f"{time.monotonic()}\n")
        sys.stdout.flush()
        qt.quit()

    # Behind everything that `run` itself puts off until after the first paint.
    QTimer.singleShot(0, lambda: QTimer.singleShot(0, usable))
    application.run(qt, program.services)
    program.close()


if __name__ == "__main__":
    _probe()
