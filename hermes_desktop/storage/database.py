"""Knows how the database file is opened, brought to the newest schema and used in transactions."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from time import time_ns

from sqlalchemy import Engine, StaticPool, create_engine, event
from sqlalchemy.engine import Connection
from sqlmodel import Session

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.storage import backup, soundness
from hermes_desktop.storage.failure import known

__all__ = ["Database", "Session", "now"]

NAME = "hermes.db"
_BUSY_MS = 5000
_PRAGMAS = (
    "pragma journal_mode = wal",
    # FULL: a commit that was acknowledged survives a power cut; NORMAL loses the last ones.
    "pragma synchronous = full",
    "pragma foreign_keys = on",
    "pragma secure_delete = on",
    f"pragma busy_timeout = {_BUSY_MS}",
)


def sqlite_version() -> str:
    """Give the version of the SQLite library that is in use."""
    return sqlite3.sqlite_version


def now() -> int:
    """Give the time in milliseconds since 1970, UTC."""
    return time_ns() // 1_000_000


class Database:
    """One connection to the database file; one thread at a time may use it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self._connection = connection
        self._engine = _engine_of(connection, read_only=read_only)

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False) -> "Database":
        """Open the database of a folder, making it where there is none.

        Raises DATABASE_NEWER (not a byte was written), DATABASE_DAMAGED (the file was left alone),
        FOLDER_READ_ONLY, DISK_FULL or DATABASE_BUSY.
        """
        path = folder / NAME
        with known(path):
            if read_only:
                return cls(path, _open_to_read(path), read_only=True)
            _refuse_unfit(path)
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                for pragma in _PRAGMAS:
                    connection.execute(pragma)
                _walk_steps(connection, path)
            except BaseException:
                connection.close()
                raise
            return cls(path, connection, read_only=False)

    def reader(self) -> "Database":
        """Open the same file for reading, for another thread."""
        return Database.open(self.path.parent, read_only=True)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Run one transaction: committed when the block ends, rolled back when it raises."""
        with known(self.path), Session(self._engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()
        self._connection.close()


def _engine_of(connection: sqlite3.Connection, *, read_only: bool) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    begin = "begin" if read_only else "begin immediate"

    @event.listens_for(engine, "begin")
    def _begin(opened: Connection) -> None:
        # The sqlite3 module would begin too late: only before the first change, and never for DDL.
        opened.exec_driver_sql(begin)

    return engine


def _open_to_read(path: Path) -> sqlite3.Connection:
    if not path.exists():
        raise KnownError(ErrorKind.FOLDER_READ_ONLY, path=str(path.parent))
    mode = "mode=ro"
    if not os.access(path.parent, os.W_OK) and not path.with_name(NAME + "-wal").exists():
        mode = "immutable=1"  # WAL needs to write beside the file, even for reading
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute(f"pragma busy_timeout = {_BUSY_MS}")
        _refuse_newer(path, _version_of(connection))
    except BaseException:
        connection.close()
        raise
    return connection


def refuse_foreign(file: Path) -> None:
    """Look whether a file is a database of this program that can be opened; it is only read.

    Raises FILE_MISSING, DATABASE_NEWER, or BACKUP_DAMAGED for whatever else it is.
    """
    if not file.is_file():
        raise KnownError(ErrorKind.FILE_MISSING, path=str(file))
    tables = "select count(*) from sqlite_master where name = 'conversation'"
    try:
        with contextlib.closing(sqlite3.connect(backup.readable(file), uri=True)) as connection:
            found = _version_of(connection)
            ours = connection.execute(tables).fetchone()
    except sqlite3.Error as error:
        raise KnownError(ErrorKind.BACKUP_DAMAGED, path=str(file)) from error
    _refuse_newer(file, found)
    if not found or not ours[0]:
        raise KnownError(ErrorKind.BACKUP_DAMAGED, path=str(file))


# ---- the schema -----------------------------------------------------------------------------------


def steps() -> list[str]:
    """List the SQL steps in order; step n leads to schema n."""
    folder = resources.files("hermes_desktop.storage") / "steps"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda i: i.name)
    return [item.read_text("utf-8") for item in files]


def _version_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])


def _refuse_newer(path: Path, found: int) -> None:
    newest = len(steps())
    if found > newest:
        raise KnownError(ErrorKind.DATABASE_NEWER, path=str(path), found=found, known=newest)


def _refuse_unfit(path: Path) -> None:
    """Look at the file without writing a byte: damaged and newer ones are left as they are."""
    if not path.exists() or path.stat().st_size == 0:
        return
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        _refuse_newer(path, _version_of(connection))
        result = soundness.quickly(connection)
    finally:
        connection.close()
    if result != soundness.OK:
        raise KnownError(ErrorKind.DATABASE_DAMAGED, path=str(path), detail=result)


def _walk_steps(connection: sqlite3.Connection, path: Path) -> None:
    version = _version_of(connection)
    ahead = steps()[version:]
    if version and ahead:
        backup.make(path, path.with_name("backups"), "before-upgrade")
    for number, step in enumerate(ahead, version + 1):
        _take_step(connection, path, number, step)


def _take_step(connection: sqlite3.Connection, path: Path, number: int, step: str) -> None:
    try:
        # One script, so that the sqlite3 module cannot commit between its statements.
        connection.executescript(f"begin immediate;\n{step}\npragma user_version = {number};")
        broken = connection.execute("pragma foreign_key_check").fetchall()
        if broken:
            detail = f"{len(broken)} broken references"
            raise KnownError(ErrorKind.DATABASE_DAMAGED, path=str(path), detail=detail)
        connection.execute("commit")
    except BaseException:
        connection.rollback()
        raise
