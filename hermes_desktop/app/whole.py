"""Knows files that carry a whole conversation: how they begin, what they tell; not the formats themselves."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from hermes_desktop.app import chat_forms
from hermes_desktop.app.chat_forms import Seen
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.history import Entry
from hermes_desktop.domain.transcript import Choices, Format, Leaf, Reveal, RevealKind
from hermes_desktop.storage import conversations, histories, profiles, remembered
from hermes_desktop.storage.database import Session
from hermes_desktop.transcripts.reveals import Watch

_LINES = 60  # of a preview
_LETTERS = 240  # of one of them
_PIECES = 100  # of a file, between two times that it may be stopped


def beginning(session: Session, conversation_id: int, form: Format) -> str:
    """Give the first lines of the file; long ones are cut, and say so."""
    text = b""
    for piece in chat_forms.FORMS[form].write(session, conversation_id, chat_forms.unseen):
        text += piece
        if text.count(b"\n") > _LINES:
            break
    lines = text.decode("utf-8", "replace").split("\n")
    shown = [line if len(line) <= _LETTERS else line[:_LETTERS] + " …" for line in lines[:_LINES]]
    return "\n".join([*shown, *(["…"] if len(lines) > _LINES else [])])


def write(
    session: Session, conversation_id: int, form: Format, target: BinaryIO, seen: Seen
) -> tuple[Reveal, ...]:
    """Write the file and say what is private in it; `seen` may raise to stop."""
    watched = _Watched(session, conversation_id, form)
    reached = (0, 0)

    def note(done: int, total: int) -> None:
        nonlocal reached
        reached = done, total
        seen(done, total)

    pieces = chat_forms.FORMS[form].write(session, conversation_id, note, watched.entries)
    for number, piece in enumerate(pieces):
        target.write(piece)
        if reached[1] and number % _PIECES == 0:  # a writer may read all before it writes anything
            seen(*reached)
    return watched.reveals()


def reveals(session: Session, conversation_id: int, form: Format, seen: Seen) -> tuple[Reveal, ...]:
    """Read it whole and say what is private in it; `seen` may raise to stop."""
    watched = _Watched(session, conversation_id, form)
    _head, count, entries = histories.read(session, conversation_id, pictures=False)
    for _entry in watched.entries(chat_forms.noted(entries, count, seen)):
        pass
    return watched.reveals()


class _Watched:
    """Look at the messages while they pass."""

    def __init__(self, session: Session, conversation_id: int, form: Format) -> None:
        self._watch, self._form = Watch(Choices()), form
        if form is Format.JSON:
            for said in remembered.texts(session, conversation_id):
                self._watch.see_text(said)
        version = conversations.get(session, conversation_id).profile_version_id
        self._profile = profiles.get_version(session, version)
        self._watch.see_name(self._profile.name)

    def entries(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Give the messages."""
        for entry in entries:
            if entry.role is Role.USER:
                self._watch.see_name(entry.name)
            self._watch.see_text(entry.text)
            yield entry

    def reveals(self) -> tuple[Reveal, ...]:
        """Say what they tell; what is always part of such a file comes first."""
        ours = self._form is Format.JSON
        said = self._profile.description if ours else ""
        profile = Leaf(self._profile.name, said) if said.strip() else None
        kind = RevealKind.WHOLE if ours else RevealKind.VERSIONS
        return Reveal(kind), *self._watch.reveals(profile, ())
