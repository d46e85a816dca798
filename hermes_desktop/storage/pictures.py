"""Knows how avatars are kept: once each, under the hash of their bytes."""

import hashlib
from collections.abc import Iterator

from sqlmodel import Session, col, select

from hermes_desktop.domain.history import PictureBytes
from hermes_desktop.storage.tables import Picture


def key(data: bytes) -> str:
    """Give the name that a picture is kept under."""
    return hashlib.sha256(data).hexdigest()


def put(session: Session, data: bytes, mime: str) -> str:
    """Keep a picture; give its key, the SHA-256 of its bytes."""
    named = key(data)
    if session.get(Picture, named) is None:
        session.add(Picture(key=named, mime=mime, data=data))
        session.flush()
    return named


def get(session: Session, key: str) -> tuple[bytes, str] | None:
    """Give a picture's bytes and MIME type."""
    found = session.get(Picture, key)
    return (found.data, found.mime) if found else None


def all(session: Session) -> Iterator[PictureBytes]:
    """Give every picture, one by one."""
    for key in session.exec(select(Picture.key).order_by(col(Picture.key))).all():
        found = session.exec(select(Picture.mime, Picture.data).where(Picture.key == key)).one()
        yield PictureBytes(key, *found)
