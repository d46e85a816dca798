"""Knows how card files are kept as they came: once each, under the hash of their bytes."""

import hashlib
from collections.abc import Iterator

from sqlmodel import Session, col, select

from hermes_desktop.storage.tables import CardFile


def put(session: Session, data: bytes, form: str) -> str:
    """Keep a file; give its key, the SHA-256 of its bytes."""
    key = hashlib.sha256(data).hexdigest()
    if session.get(CardFile, key) is None:
        session.add(CardFile(key=key, format=form, data=data))
        session.flush()
    return key


def get(session: Session, key: str) -> tuple[bytes, str] | None:
    """Give a file's bytes and the name of its format."""
    found = session.get(CardFile, key)
    return (found.data, found.format) if found else None


def all(session: Session) -> Iterator[tuple[str, str, bytes]]:
    """Give key, format and bytes of every file, one by one."""
    for key in session.exec(select(CardFile.key).order_by(col(CardFile.key))).all():
        form, data = session.exec(select(CardFile.format, CardFile.data).where(CardFile.key == key)).one()
        yield key, form, data
