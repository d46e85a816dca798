"""Knows how card files are kept as they came: once each, under the hash of their bytes."""

import hashlib

from sqlmodel import Session

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
