"""Knows which connections this app has opened: when, who asked, where to, how much came; it opens none."""

import json
import logging
from collections import deque
from dataclasses import asdict
from pathlib import Path

from PySide6.QtCore import QDateTime, QObject, Signal

from hermes_desktop import paths
from hermes_desktop.domain.connection import Connection
from hermes_desktop.engine.wire import BadFrameError, build

_log = logging.getLogger(__name__)
KEPT = 500  # the newest ones
_SIZE_LIMIT = 4 * 1024 * 1024  # bytes


class Ledger(QObject):
    """Keep what was opened, newest last, in a file of one line each; far older ones are dropped."""

    changed = Signal()

    def __init__(self, file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = file
        self._entries = deque(_read(file), maxlen=KEPT)
        self._seen = _stamp(file)
        self._lines = len(self._entries)

    def all(self) -> list[Connection]:
        """List the connections, newest first."""
        return list(reversed(self._entries))

    def note(self, asked_by: str, hosts: tuple[str, ...], received: int, outcome: str) -> None:
        """Write down what was opened."""
        self._take_others()
        entry = Connection(QDateTime.currentMSecsSinceEpoch(), asked_by, hosts, received, outcome)
        self._entries.append(entry)
        try:
            self._write(entry)
        except OSError as error:
            _log.warning("the ledger could not be written: %s", error)
        self._seen = _stamp(self._file)
        self.changed.emit()

    def _write(self, entry: Connection) -> None:
        """Add a line; nobody waits for the disk, which may be busy with the very download that is noted."""
        self._lines += 1
        if self._lines > 2 * KEPT:
            paths.atomic_write(self._file, b"".join(_line(each) for each in self._entries))
            self._lines = len(self._entries)
            return
        with self._file.open("ab+") as file:
            file.seek(max(0, file.tell() - 1))
            cut = file.read(1) not in (b"", b"\n")  # by a crash in the middle of a line
            file.write(b"\n" * cut + _line(entry))

    def _take_others(self) -> None:
        """Take over what a command beside this window has written meanwhile."""
        if _stamp(self._file) != self._seen:
            known = set(self._entries)
            self._entries.extend(entry for entry in _read(self._file) if entry not in known)


def _line(entry: Connection) -> bytes:
    return json.dumps(asdict(entry), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_ino


def _read(file: Path) -> list[Connection]:
    try:
        if file.stat().st_size > _SIZE_LIMIT:
            return []
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(build(Connection, json.loads(line)))
        except (ValueError, RecursionError, BadFrameError):
            continue  # a line that a full disk has cut
    return found
