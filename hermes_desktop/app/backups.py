"""Knows when backups are made and asked back; how one is copied and checked is in `storage.backup`."""

import errno
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.backup import Backup
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.paths import Folders
from hermes_desktop.storage import backup
from hermes_desktop.storage.database import refuse_foreign
from hermes_desktop.storage.lock import FolderLock

_DAILY = "daily"
_BEFORE_RESTORE = "before-restore"
_BY_HAND = "by-hand"


class BackupsService(QObject):
    """Make, list and restore verified copies of the database."""

    changed = Signal()
    restore_wanted = Signal()  # the program is to close its database, restore and start again

    def __init__(
        self, database_file: Path, folder: Path, tasks: Tasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._database_file = database_file
        self._folder = folder
        self._tasks = tasks
        self.wanted: Backup | None = None

    def all(self) -> list[Backup]:
        """List the backups, newest first."""
        return backup.all(self._folder)

    def make(self, reason: str) -> None:
        """Make a backup in the background."""
        self._tasks.run(
            lambda: backup.make(self._database_file, self._folder, reason), lambda _made: self.changed.emit()
        )

    def make_if_due(self) -> None:
        """Make the backup of the day where there is none yet, and thin the old ones."""
        if backup.due(self._folder, datetime.now(UTC)):
            self._tasks.run(self._daily, lambda _made: self.changed.emit())

    def _daily(self) -> Backup:
        made = backup.make(self._database_file, self._folder, _DAILY)
        backup.thin(self._folder, datetime.now(UTC))
        return made

    def restore(self, wanted: Backup) -> None:
        """Ask for a backup to take the place of the present data, after that was backed up itself."""
        self.wanted = wanted
        self.restore_wanted.emit()

    def restore_now(self) -> None:
        """Put the wanted backup in place; only while the database is closed. Raises BACKUP_DAMAGED."""
        wanted, self.wanted = self.wanted, None
        if wanted is not None:
            backup.make(self._database_file, self._folder, _BEFORE_RESTORE)
            backup.restore(wanted, self._database_file)


# For commands, which have no services.


def save(folders: Folders, file: Path) -> int:
    """Copy the database into a file, also while a window has it open, and check the copy; give its bytes.

    Raises FILE_MISSING where there is no database yet, FILE_UNWRITABLE, DATABASE_DAMAGED or DISK_FULL.
    """
    if not folders.database.exists():
        raise KnownError(ErrorKind.FILE_MISSING, path=str(folders.database))
    target = Path(os.path.realpath(file))  # a link stays one
    if not target.parent.is_dir():
        raise _unwritable(file, errno.ENOENT)
    if target.exists() and not target.is_file():
        raise _unwritable(file, errno.EISDIR if target.is_dir() else errno.EINVAL)
    if target.exists() and target.samefile(folders.database):  # a window may have it open
        raise _unwritable(file, errno.EBUSY)
    try:
        with tempfile.TemporaryDirectory(prefix=".hermes-", dir=target.parent) as place:
            copy = Path(place) / target.name
            backup.copy_verified(folders.database, copy)
            copy.replace(target)
    except OSError as error:
        raise _unwritable(file, error.errno or errno.EIO) from error
    return target.stat().st_size


def _unwritable(file: Path, reason: int) -> KnownError:
    return KnownError(ErrorKind.FILE_UNWRITABLE, path=str(file), reason=os.strerror(reason))


def bring_back(folders: Folders, file: Path) -> Path | None:
    """Put a file that `save` wrote, or any backup, in the place of the database.

    Gives where that is what was there before: a backup, or the file itself where it was too damaged for one.
    Raises FOLDER_IN_USE while a window is open, DISK_FULL, and FILE_MISSING, DATABASE_NEWER or
    BACKUP_DAMAGED before anything is touched.
    """
    refuse_foreign(file)
    lock = FolderLock.acquire(folders.data)
    try:
        kept = None
        try:
            if folders.database.exists():
                kept = backup.make(folders.database, folders.backups, _BEFORE_RESTORE).path
        except KnownError as error:
            if error.kind is not ErrorKind.DATABASE_DAMAGED:
                raise
        wanted = Backup(file, datetime.now(UTC), _BY_HAND, file.stat().st_size)
        aside = backup.restore(wanted, folders.database)
    finally:
        lock.release()
    return kept or aside


# For a database that is too damaged to be opened, so that there are no services.


def of(folders: Folders) -> list[Backup]:
    """List the backups of a data folder, newest first."""
    return backup.all(folders.backups)


def put_back(folders: Folders, wanted: Backup) -> None:
    """Put a backup in the place of the database, which is set aside. Raises BACKUP_DAMAGED."""
    backup.restore(wanted, folders.database)
