"""One sitting at the real program: every screen is seen, one message is answered; then it tells what it did.

Run as `python -m tests.silence.session FOLDER`; for the control SILENCE_REACH has it do what is forbidden.
"""

import contextlib
import ctypes
import json
import os
import socket
import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from PySide6.QtNetwork import QHostAddress, QTcpSocket
from PySide6.QtWidgets import QApplication, QLineEdit, QTabBar, QTabWidget

from hermes_desktop import __main__ as program
from hermes_desktop import guard
from hermes_desktop.ui import application
from hermes_desktop.ui.pieces import Fold
from hermes_desktop.ui.window import Window

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # of <linux/sched.h>
_SECONDS = 60.0


def leave_the_network() -> bool:
    """Go where there is no network at all; False where the kernel does not let us."""
    if not sys.platform.startswith("linux"):
        return False
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    return unshare(_NEW_NETWORK) == 0 or unshare(_NEW_NETWORK | _NEW_USER) == 0


def until(condition: Callable[[], bool]) -> None:
    wake = QTimer()
    wake.start(20)
    end = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < end, "the program did not get there"
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def reach() -> None:
    with socket.socket() as line, contextlib.suppress(PermissionError):
        line.connect(("127.0.0.1", 9))
    other = QTcpSocket()  # which no hook of Python sees
    other.connectToHost(QHostAddress("127.0.0.1"), 9)
    other.waitForConnected(1000)


class Sitting:
    """Walks through the window."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.reply = ""
        self.engine = ""  # what the child wrote to stderr
        self.error = ""

    def run(self) -> None:
        windows = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Window)]
        try:
            self.walk(windows[0])
        except BaseException as error:
            self.error = repr(error)
        for window in windows:
            window.close()

    def walk(self, window: Window) -> None:
        until(lambda: window.first_steps.isVisible())
        for step in range(3):
            window.first_steps.show_step(step)
            self.look(f"first step {step + 1}", window)
        window.first_steps.show_step(3)
        self.talk(window)
        window.chat_page.open_find()
        self.look("find", window)
        window.sidebar.focus_search()
        for line in window.sidebar.findChildren(QLineEdit):
            line.setText("hello")
        self.look("search", window)
        for name in ("personas", "lorebooks", "models", "profiles", "settings", "conversation"):
            window.show_page(name)
            self.look(name, window)
        window.resize(1440, 900)
        until(window.inspector.isVisible)
        self.look("inspector", window)
        window.gallery.write_new()
        self.look("persona form", window)
        window.gallery.show_prompt()
        self.look("prompt", window)
        window.gallery.show_versions(window._services.personas.all()[0].id)
        self.look("versions", window)
        if os.environ.get("SILENCE_REACH"):
            reach()

    def talk(self, window: Window) -> None:
        services = window._services
        until(lambda: services.models.loaded is not None)
        services.chat.send("Hello, who are you?")
        until(lambda: not services.chat.busy)
        self.reply = services.chat.page(limit=10)[-1].text
        self.engine = services.models._engine.last_words()

    def look(self, name: str, window: Window) -> None:
        """Open all that can be opened on a screen, and let it be painted."""
        for fold in window.findChildren(Fold):
            if fold.isVisible():
                fold._button.setChecked(True)
        bars = [each for each in window.findChildren(QTabBar) if each.isVisible()]
        for bar in [*bars, *window.findChildren(QTabWidget)]:
            for at in range(bar.count()):
                bar.setCurrentIndex(at)
                QCoreApplication.processEvents()
        window.grab()
        self.seen.append(name)


def main() -> int:
    alone = leave_the_network()
    application.make()
    sitting = Sitting()
    QTimer.singleShot(0, sitting.run)
    status = program.main(["--data-dir", sys.argv[1]])
    told = {
        "alone": alone,
        "refused": list(guard.refused),
        "seen": sitting.seen,
        "reply": sitting.reply,
        "engine": sitting.engine,
        "error": sitting.error,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return status


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main())
