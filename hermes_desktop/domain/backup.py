"""Knows what a backup of the database is; not how one is made."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the database that was checked when it was made."""

    path: Path
    made_at: datetime  # in UTC
    reason: str  # "daily", "by-hand", "before-restore" or "before-upgrade"
    size: int  # bytes
