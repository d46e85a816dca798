"""Knows which of SQLite's errors are the world's fault; the rest are bugs and pass through."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from hermes_desktop.domain.errors import ErrorKind, KnownError

# Primary result codes, https://www.sqlite.org/rescode.html
_FULL, _IO = 13, 10
_DAMAGED = frozenset({11, 26})
_BUSY = frozenset({5, 6})
_READ_ONLY = frozenset({8, 14, 23})


@contextmanager
def known(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about disk, lock and damage into known ones."""
    try:
        yield
    except DBAPIError as error:
        if not isinstance(error.orig, sqlite3.Error):
            raise
        raise _worded(error.orig, path) or error from error
    except sqlite3.Error as error:
        raise _worded(error, path) or error from error


def _worded(error: sqlite3.Error, path: Path) -> KnownError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (_FULL, _IO):
        return KnownError(ErrorKind.DISK_FULL, path=str(path), needed=0)
    if code in _READ_ONLY:
        return KnownError(ErrorKind.FOLDER_READ_ONLY, path=str(path.parent))
    if code in _BUSY:
        return KnownError(ErrorKind.DATABASE_BUSY, path=str(path))
    if code in _DAMAGED:
        return KnownError(ErrorKind.DATABASE_DAMAGED, path=str(path), detail=str(error))
    return None
