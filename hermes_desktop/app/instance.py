"""Knows how a second start finds the first window, by a local socket beside the lock, and hands it files.

What comes over the socket is one word, or one line that names files. Nothing of a file comes this way: the
window opens them itself, as if they had been dropped on it.
"""

import getpass
import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger(__name__)
_RAISE = b"raise\n"
_OPEN = "open"
_TIMEOUT_MS = 1000
_PATIENCE_MS = 5000  # for a window that is busy
FILES_LIMIT = 64  # of one message; more are handed over in several
PATH_LIMIT = 4096  # characters, as in Linux
MESSAGE_LIMIT = FILES_LIMIT * (PATH_LIMIT * 6 + 4) + 64  # bytes, where every letter is an escape


def _server_name(folder: Path) -> str:
    # Hashed, so that neither the user's name nor the folder stands in the socket's name.
    words = f"{getpass.getuser()}:{folder.resolve()}"
    return "hermes-desktop-" + hashlib.blake2b(words.encode(), digest_size=12).hexdigest()


def raise_first(folder: Path, files: Sequence[Path] = ()) -> bool:
    """Ask the window that holds the folder to come to the front and open files; False where none answers."""
    paths = [str(file.absolute()) for file in files]
    messages = [
        json.dumps({_OPEN: paths[at : at + FILES_LIMIT]}).encode("ascii") + b"\n"
        for at in range(0, len(paths), FILES_LIMIT)
    ]
    return all(_sent(folder, message) for message in messages or [_RAISE])


def _sent(folder: Path, message: bytes) -> bool:
    socket = QLocalSocket()
    socket.connectToServer(_server_name(folder))
    if not socket.waitForConnected(_TIMEOUT_MS):
        return False
    socket.write(message)
    while socket.bytesToWrite() > 0:
        if not socket.waitForBytesWritten(_PATIENCE_MS):
            return False
    socket.disconnectFromServer()
    return True


class Instance(QObject):
    """Listen for later starts of the same person."""

    raised = Signal()
    handed = Signal(list)  # list[Path]: files to open

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        name = _server_name(folder)
        QLocalServer.removeServer(name)  # left by a crash; the lock says that nobody else is here
        self._sockets: list[QLocalSocket] = []
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._server.listen(name)

    def close(self) -> None:
        """Stop listening, also to whoever is speaking."""
        self._server.close()
        for socket in list(self._sockets):
            self._let_go(socket)

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.setReadBufferSize(MESSAGE_LIMIT + 1)
            self._sockets.append(socket)
            socket.readyRead.connect(self._on_words)
            socket.disconnected.connect(self._on_words)

    def _on_words(self) -> None:
        for socket in list(self._sockets):
            gone = socket.state() is not QLocalSocket.LocalSocketState.ConnectedState
            if socket.canReadLine():
                self._hear(socket)
            elif gone or socket.bytesAvailable() > MESSAGE_LIMIT:  # nobody of ours says so much
                self._let_go(socket)

    def _let_go(self, socket: QLocalSocket) -> None:
        """Forget a connection; it says nothing any more, also while it is being ended."""
        self._sockets.remove(socket)
        socket.blockSignals(True)
        socket.abort()
        socket.deleteLater()

    def _hear(self, socket: QLocalSocket) -> None:
        line = bytes(socket.readLine(MESSAGE_LIMIT + 1).data())
        self._let_go(socket)
        files = _files_in(line)
        if files is not None:
            self.raised.emit()
            if files:
                self.handed.emit(files)
        else:
            _log.warning("a later start said what nobody says")


def _files_in(line: bytes) -> list[Path] | None:
    """Read a message: the files to open, or nothing where it is none of ours."""
    if line == _RAISE:
        return []
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    paths = message.get(_OPEN) if isinstance(message, dict) else None
    if not isinstance(paths, list) or not 0 < len(paths) <= FILES_LIMIT:
        return None
    if not all(isinstance(path, str) and _is_path(path) for path in paths):
        return None
    return [Path(path) for path in paths]


def _is_path(text: str) -> bool:
    return len(text) <= PATH_LIMIT and "\0" not in text and Path(text).is_absolute()
