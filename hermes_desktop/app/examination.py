"""Knows how a data folder is examined beside an open window; the checks themselves are in storage."""

from pathlib import Path

from hermes_desktop.storage.check import CheckReport as Examination
from hermes_desktop.storage.check import check
from hermes_desktop.storage.database import Database, sqlite_version

__all__ = ["Examination", "examine", "sqlite_version"]


def examine(folder: Path) -> Examination:
    """Check a folder's database without writing a byte; raises a KnownError of the database kind."""
    database = Database.open(folder, read_only=True)
    try:
        with database.session() as session:
            return check(session)
    finally:
        database.close()
