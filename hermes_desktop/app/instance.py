"""Knows how a second start finds the first window: a local socket beside the lock; it carries one word."""

import getpass
import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_RAISE = b"raise\n"
_TIMEOUT_MS = 1000


def _server_name(folder: Path) -> str:
    # Hashed, so that neither the user's name nor the folder stands in the socket's name.
    words = f"{getpass.getuser()}:{folder.resolve()}"
    return "hermes-desktop-" + hashlib.blake2b(words.encode(), digest_size=12).hexdigest()


def raise_first(folder: Path) -> bool:
    """Ask the window that holds the folder to come to the front; False where none answers."""
    socket = QLocalSocket()
    socket.connectToServer(_server_name(folder))
    if not socket.waitForConnected(_TIMEOUT_MS):
        return False
    socket.write(_RAISE)
    sent = socket.waitForBytesWritten(_TIMEOUT_MS)
    socket.disconnectFromServer()
    return sent


class Instance(QObject):
    """Listen for later starts. No data ever comes this way."""

    raised = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        name = _server_name(folder)
        QLocalServer.removeServer(name)  # left by a crash; the lock says that nobody else is here
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._server.listen(name)

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._on_word(socket))
            socket.disconnected.connect(socket.deleteLater)

    def _on_word(self, socket: QLocalSocket) -> None:
        if bytes(socket.read(len(_RAISE)).data()) == _RAISE:
            self.raised.emit()
        socket.disconnectFromServer()
