"""Knows in which formats a conversation can be written, and how a file comes whole; not the formats."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hermes_desktop import __version__
from hermes_desktop.app.store import Store
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.history import History
from hermes_desktop.storage import histories
from hermes_desktop.storage.database import Session
from hermes_desktop.transcripts import native_writer, sillytavern_writer

WRITER = f"Hermes Desktop {__version__}"


@dataclass(frozen=True, slots=True)
class ChatForm:
    """One format: what its files end in, and who writes it, piece by piece."""

    ending: str
    write: Callable[[Session, int], Iterator[bytes]]


def _json(session: Session, conversation_id: int) -> Iterator[bytes]:
    head, _count, entries = histories.read(session, conversation_id)
    return native_writer.write(head, entries, WRITER)


def _jsonl(session: Session, conversation_id: int) -> Iterator[bytes]:
    head, _count, entries = histories.read(session, conversation_id, pictures=False)
    persona, user = _names(head)
    return sillytavern_writer.write(head, entries, persona, user)


def _names(head: History) -> tuple[str, str]:
    personas = {state.key: state.fields.spoken_name for each in head.personas for state in each.versions}
    profiles = {state.key: state.name for each in head.profiles for state in each.versions}
    return personas[head.persona], profiles[head.profile]


FORMS = {"json": ChatForm(".json", _json), "jsonl": ChatForm(".jsonl", _jsonl)}


def export(store: Store, conversation_id: int, form: str, target: BinaryIO) -> None:
    """Write a conversation, in any thread; raises CONVERSATION_UNKNOWN or FORMAT_UNKNOWN."""
    if form not in FORMS:
        raise KnownError(ErrorKind.FORMAT_UNKNOWN, name=form, known=", ".join(FORMS))
    with store.apart() as session:
        for piece in FORMS[form].write(session, conversation_id):
            target.write(piece)


def export_to(store: Store, conversation_id: int, form: str, file: Path) -> None:
    """Write a conversation into a file: whole, or not at all; raises DISK_FULL or FILE_UNWRITABLE, too."""
    written_whole(file, lambda target: export(store, conversation_id, form, target))


def written_whole(file: Path, write: Callable[[BinaryIO], None]) -> None:
    """Let a file be written beside its place and put it there at the end."""
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as target:
            write(target)
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise KnownError(ErrorKind.FILE_UNWRITABLE, path=str(file), reason=reason) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
