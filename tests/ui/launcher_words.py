"""Says three things to a desktop's launchers, under `dbus-run-session`; prints what the bus has carried."""

import subprocess
import sys

from PySide6.QtCore import QTimer

from hermes_desktop.ui import application
from hermes_desktop.ui.taskbar import LauncherEntry

MONITOR = ("dbus-monitor", "--session", "interface='com.canonical.Unity.LauncherEntry'")

with subprocess.Popen(MONITOR, stdout=subprocess.PIPE, text=True) as monitor:
    assert monitor.stdout is not None
    for line in monitor.stdout:
        if "NameLost" in line:  # from here on it listens
            break
    qt = application.make()
    entry = LauncherEntry()
    entry.show(43)

    def say_the_rest() -> None:
        """Say the rest when the bus is there."""
        if entry._bus is not None:
            entry.show(44)
            entry.show(None)
            qt.quit()

    timer = QTimer()
    timer.timeout.connect(say_the_rest)
    timer.start(5)
    QTimer.singleShot(20_000, qt.quit)
    qt.exec()
    for line in monitor.stdout:
        sys.stdout.write(line)
        if "boolean false" in line:
            break
    monitor.terminate()
