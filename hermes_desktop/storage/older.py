"""Knows what a database of an older version lacks, which may only be read and stays as it is."""

from sqlalchemy import text
from sqlmodel import Session

_THERE = text("select count(*) from sqlite_master where name = :name")


def has_table(session: Session, name: str) -> bool:
    """Say whether there is a table of this name."""
    return bool(session.connection().execute(_THERE, {"name": name}).scalar_one())
