"""Knows how one process claims a data folder; the kernel frees the claim whatever happens to the process."""

import errno
import os
from pathlib import Path

from hermes_desktop.domain.errors import ErrorKind, KnownError

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows only
    fcntl = None  # type: ignore[assignment]  # the only way to say that a module is absent

_NAME = "lock"


class FolderLock:
    """A claim on a data folder."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def acquire(cls, folder: Path) -> "FolderLock":
        """Claim a folder; raises FOLDER_IN_USE with the holder's process id, or FOLDER_READ_ONLY."""
        path = folder / _NAME
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise KnownError(ErrorKind.FOLDER_READ_ONLY, path=str(folder)) from error
        try:
            _lock(handle)
        except OSError as error:
            os.close(handle)
            if error.errno in (errno.EACCES, errno.EAGAIN):
                raise KnownError(ErrorKind.FOLDER_IN_USE, path=str(folder), pid=_holder(path)) from error
            raise
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        return cls(handle)

    def release(self) -> None:
        """Give the folder free."""
        os.close(self._handle)


def _lock(handle: int) -> None:
    if fcntl is not None:  # pragma: no branch  # Windows only
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt  # pragma: no cover  # Windows only

    msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # pragma: no cover  # Windows only


def _holder(path: Path) -> int:
    try:
        return int(path.read_text().strip())
    except (OSError, ValueError):
        return 0
