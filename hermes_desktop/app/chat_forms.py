"""Knows in which formats a conversation can be written, and how a file comes whole; not the formats."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from hermes_desktop import __version__
from hermes_desktop.app.store import Store
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.history import Entry, History
from hermes_desktop.domain.transcript import Format
from hermes_desktop.storage import histories
from hermes_desktop.storage.database import Session
from hermes_desktop.transcripts import native_writer, sillytavern_writer

WRITER = f"Hermes Desktop {__version__}"


_AT_ONCE = 200  # messages between two notes of how far it is


class Seen(Protocol):
    """Take note of how far it is."""

    def __call__(self, done: int, total: int) -> None:
        """Take note; may raise to stop."""


Passing = Callable[[Iterable[Entry]], Iterable[Entry]]


@dataclass(frozen=True, slots=True)
class ChatForm:
    """One format: what its files end in, and who writes it, piece by piece."""

    ending: str
    pictures: bool
    writer: Callable[[History, Iterable[Entry]], Iterator[bytes]]

    def write(
        self, session: Session, conversation_id: int, seen: Seen, passing: Passing = iter
    ) -> Iterator[bytes]:
        """Give the file in pieces; every message goes through `passing`. Raises CONVERSATION_UNKNOWN."""
        head, count, entries = histories.read(session, conversation_id, pictures=self.pictures)
        return self.writer(head, passing(noted(entries, count, seen)))


def noted(entries: Iterable[Entry], count: int, seen: Seen) -> Iterator[Entry]:
    """Give the messages and say from time to time how far it is."""
    for number, entry in enumerate(entries):
        if number % _AT_ONCE == 0:
            seen(number, count)
        yield entry


def _json(head: History, entries: Iterable[Entry]) -> Iterator[bytes]:
    return native_writer.write(head, entries, WRITER)


def _jsonl(head: History, entries: Iterable[Entry]) -> Iterator[bytes]:
    persona, user = _names(head)
    return sillytavern_writer.write(head, entries, persona, user)


def _names(head: History) -> tuple[str, str]:
    personas = {state.key: state.fields.spoken_name for each in head.personas for state in each.versions}
    profiles = {state.key: state.name for each in head.profiles for state in each.versions}
    return personas[head.persona], profiles[head.profile]


# Those of `Format` that carry a conversation whole.
FORMS: dict[str, ChatForm] = {
    Format.JSON: ChatForm(".json", pictures=True, writer=_json),
    Format.JSONL: ChatForm(".jsonl", pictures=False, writer=_jsonl),
}


def unseen(done: int, total: int) -> None:
    """Take no note."""


def export(store: Store, conversation_id: int, form: str, target: BinaryIO) -> None:
    """Write a conversation, in any thread; raises CONVERSATION_UNKNOWN or FORMAT_UNKNOWN."""
    if form not in FORMS:
        raise KnownError(ErrorKind.FORMAT_UNKNOWN, name=form, known=", ".join(FORMS))
    with store.apart() as session:
        for piece in FORMS[form].write(session, conversation_id, unseen):
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
