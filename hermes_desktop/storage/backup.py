"""Knows how the database file is copied, checked, thinned out and put back; not when."""

import os
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hermes_desktop.domain.backup import Backup
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.paths import sync_folder
from hermes_desktop.storage import soundness
from hermes_desktop.storage.failure import known

_NAME = re.compile(r"hermes-(\d{8}T\d{6}\d{6}Z)-([a-z-]+)\.db")
_STAMP = "%Y%m%dT%H%M%S%fZ"
_KEEP_ALL = timedelta(days=2)
_DAILY, _WEEKLY, _MONTHLY = 12, 10, 9
_CAP = 2 * 1000**3  # bytes of all backups together; the newest one always stays


def make(database_file: Path, folder: Path, reason: str) -> Backup:
    """Copy the database, check the copy, and only then give it its name; raises a KnownError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made_at = datetime.now(UTC)
    path = folder / f"hermes-{made_at.strftime(_STAMP)}-{reason}.db"
    copy_verified(database_file, path)
    return Backup(path, made_at, reason, path.stat().st_size)


def all(folder: Path) -> list[Backup]:
    """List the backups of a folder, newest first."""
    found = []
    for path in folder.glob("hermes-*.db"):
        if match := _NAME.fullmatch(path.name):
            made_at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
            found.append(Backup(path, made_at, match[2], path.stat().st_size))
    return sorted(found, key=lambda backup: backup.made_at, reverse=True)


def restore(backup: Backup, database_file: Path) -> Path | None:
    """Put a backup in the place of the database, which must be closed; give where the present file went.

    Raises BACKUP_DAMAGED or DISK_FULL before anything is touched.
    """
    fresh = database_file.with_name(database_file.name + ".restoring")
    try:
        copy_verified(backup.path, fresh)
    except KnownError as error:
        if error.kind is ErrorKind.DISK_FULL:
            raise
        raise KnownError(ErrorKind.BACKUP_DAMAGED, path=str(backup.path)) from error
    stamp = datetime.now(UTC).strftime(_STAMP)
    aside = None
    for suffix in ("-wal", "-shm", ""):
        present = database_file.with_name(database_file.name + suffix)
        if present.exists():
            aside = present.replace(database_file.with_name(f"{database_file.name}{suffix}.aside-{stamp}"))
    fresh.replace(database_file)
    sync_folder(database_file.parent)
    return aside


def due(folder: Path, now: datetime) -> bool:
    """Say whether there is no backup of this day yet."""
    return not any(backup.made_at.date() == now.date() for backup in all(folder))


def thin(folder: Path, now: datetime) -> list[Backup]:
    """Remove what is not needed any more: give the removed ones."""
    backups = all(folder)
    kept = set(_kept(backups, now))
    total = 0
    for index, backup in enumerate(backups):
        if backup.path in kept:
            total += backup.size
            if index > 0 and total > _CAP:
                kept.discard(backup.path)
    removed = [backup for backup in backups if backup.path not in kept]
    for backup in removed:
        backup.path.unlink()
    return removed


def _kept(backups: list[Backup], now: datetime) -> list[Path]:
    kept = [backup.path for backup in backups if now - backup.made_at <= _KEEP_ALL]
    older = [backup for backup in backups if now - backup.made_at > _KEEP_ALL]
    for pattern, count in (("%Y-%m-%d", _DAILY), ("%G-%V", _WEEKLY), ("%Y-%m", _MONTHLY)):
        newest: dict[str, Path] = {}
        for backup in older:  # newest first: the newest of its day, week or month stays
            newest.setdefault(backup.made_at.strftime(pattern), backup.path)
        kept += list(newest.values())[:count]
    return kept


def copy_verified(source: Path, target: Path) -> None:
    """Copy a database file, also while it is in use, and check the copy before it gets its name."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    with known(source):
        try:
            _copy(source, part)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    part.replace(target)
    sync_folder(target.parent)


def readable(file: Path) -> str:
    """Give the address for SQLite to read a file: where it cannot write beside it, it needs a promise."""
    alone = not file.with_name(file.name + "-wal").exists() and not os.access(file.parent, os.W_OK)
    return f"{file.absolute().as_uri()}?{'immutable=1' if alone else 'mode=ro'}"


def _copy(source: Path, part: Path) -> None:
    reading = sqlite3.connect(readable(source), uri=True)
    writing = sqlite3.connect(part)
    try:
        writing.execute("pragma synchronous = full")
        reading.backup(writing)
        # A copy stands alone: no file beside it may be needed to read it.
        writing.execute("pragma journal_mode = delete")
        result = soundness.quickly(writing)
        if result != soundness.OK or _rows(writing) != _rows(reading):
            raise KnownError(ErrorKind.DATABASE_DAMAGED, path=str(source), detail=result)
    finally:
        writing.close()
        reading.close()


def _rows(connection: sqlite3.Connection) -> int:
    tables = connection.execute("select count(*) from sqlite_master where name = 'message'").fetchone()[0]
    return int(connection.execute("select count(*) from message").fetchone()[0]) if tables else 0
