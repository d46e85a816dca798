"""Knows how the desktop is shown how far a download is: by the window's title, and on Linux by its launchers.

Launchers (GNOME's docks, KDE, Unity) listen on the session bus for `com.canonical.Unity.LauncherEntry`. Where
there is no bus, or none that answers, the title is all; the window never waits for one.
"""

import logging
import os
import socket
import sys
import zlib
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from hermes_desktop.app.downloads import DownloadsService
from hermes_desktop.domain.download import Download, DownloadState

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection

_log = logging.getLogger(__name__)
_INTERFACE = "com.canonical.Unity.LauncherEntry"


class Bar(Protocol):
    """A place of the desktop that shows a progress."""

    def show(self, percent: int | None) -> None:
        """Show so much, or nothing."""


class Taskbar(QObject):
    """Follow the model that is on its way, as long as one is."""

    def __init__(self, downloads: DownloadsService, window: QWidget, bar: Bar | None = None) -> None:
        super().__init__(window)
        self._downloads, self._window = downloads, window
        self._title = window.windowTitle()
        self._bar: Bar = bar or LauncherEntry(self)
        self._shown: int | None = None
        downloads.changed.connect(self._on_changed)

    def _on_changed(self) -> None:
        running = (percent_of(download) for download in self._downloads.all())
        percent = next((each for each in running if each is not None), None)
        if percent == self._shown:
            return
        self._shown = percent
        words = self.tr("{n} % · {title}").replace("{n}", str(percent)).replace("{title}", self._title)
        self._window.setWindowTitle(self._title if percent is None else words)
        self._bar.show(percent)


def percent_of(download: Download) -> int | None:
    """Give how much of a download is there, rounded down; None where it does not run or nobody knows."""
    if download.is_over or download.state is DownloadState.QUEUED or not download.total:
        return None
    return 100 * download.done // download.total


class LauncherEntry(QObject):
    """Tell the launchers. The bus is looked for when there is first something to tell."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._percent: int | None = None
        self._knock: _Knock | None = None
        self._bus: QDBusConnection | None = None

    def show(self, percent: int | None) -> None:
        """Show so much, or nothing; at the latest when the bus has answered."""
        self._percent = percent
        if self._bus is not None:
            self._send()
        elif self._knock is None and percent is not None:
            self._knock = _Knock(self)

    def connect_bus(self) -> None:
        """Take the bus, which is known to answer."""
        try:
            from PySide6.QtDBus import QDBusConnection
        except ImportError as error:  # a system without libdbus
            _log.info("no progress in the launcher: %s", error)
            return
        bus = QDBusConnection.sessionBus()
        if bus.isConnected():
            self._bus = bus
            self._send()

    def _send(self) -> None:
        from PySide6.QtDBus import QDBusMessage

        assert self._bus is not None
        uri = f"application://{QGuiApplication.desktopFileName()}.desktop"
        place = f"/com/canonical/unity/launcherentry/{zlib.crc32(uri.encode())}"
        signal = QDBusMessage.createSignal(place, _INTERFACE, "Update")
        shown = self._percent is not None
        signal.setArguments([uri, {"progress": (self._percent or 0) / 100, "progress-visible": shown}])
        self._bus.send(signal)


class _Knock(QObject):
    """Ask at the bus's door whether anybody is in: Qt would wait half a minute for one that hangs.

    Only a socket of this machine is asked: an address of a network may stand in the variable, too.
    """

    def __init__(self, entry: LauncherEntry) -> None:
        super().__init__(entry)
        self._entry = entry
        self._line: socket.socket | None = None
        place = socket_of(os.environ.get("DBUS_SESSION_BUS_ADDRESS", ""))
        if not place or not sys.platform.startswith("linux"):
            return
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            self._line.connect(place)
            self._line.send(b"\0AUTH EXTERNAL %s\r\n" % str(os.getuid()).encode().hex().encode())
        except OSError as error:
            _log.info("no progress in the launcher: %s", error)
            self._line.close()
            return
        self._answered = QSocketNotifier(self._line.fileno(), QSocketNotifier.Type.Read, self)
        self._answered.activated.connect(self._on_answered)

    def _on_answered(self) -> None:
        self._answered.setEnabled(False)
        assert self._line is not None
        try:
            said = self._line.recv(64)
        except OSError:
            said = b""
        self._line.close()
        if said.startswith(b"OK "):
            self._entry.connect_bus()


def socket_of(address: str) -> str:
    """Give the socket that a D-Bus address names first; "" where it is none of this machine's files."""
    kind, _, rest = address.partition(";")[0].partition(":")
    pairs = dict(pair.split("=", 1) for pair in rest.split(",") if "=" in pair) if kind == "unix" else {}
    if "abstract" in pairs:
        return "\0" + unquote(pairs["abstract"])
    return unquote(pairs.get("path", ""))
