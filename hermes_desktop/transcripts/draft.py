"""Knows what a chat of another program is made of before anybody knows who is in it here; no format."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.history import LATEST, Entry, History
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.transcripts.notes import Note

MESSAGES_LIMIT = 500_000  # of one chat, with all versions
CHATS_LIMIT = 20_000  # of one file
KNOWN_LIMIT = 200_000  # letters of a text about the persona; longer than any context
_TITLE_LENGTH = 200
_NOTHING_KNOWN = PersonaFields("")


@dataclass(frozen=True, slots=True)
class Draft:
    """One chat that was read."""

    format: str
    head: History  # without people, unless it is of our own format
    entries: tuple[Entry, ...]
    persona: str = ""  # what the persona is called there
    user: str = ""
    greeting: int | None = (
        None  # the greeting of the card that goes before the first message; 0 is the main one
    )
    notes: tuple[Note, ...] = ()
    book: str = ""  # what the lorebook that speaks in it is called there
    profile: str = ""  # what the user's persona in it is called there: the file of its picture
    known: PersonaFields = _NOTHING_KNOWN  # what it says of the persona, should there be none here

    @property
    def tells(self) -> bool:
        """Say whether it says anything of the persona."""
        return self.known != _NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a message."""

    text: str
    created_at: int = 0
    extra: dict[str, Any] | None = None


@dataclass(slots=True)
class Growth:
    """Grow a tree message by message; each stands under the active version of the one before."""

    format: str
    entries: list[Entry] = field(default_factory=list)
    first: int = 0
    tip: int = 0

    def say(self, role: Role, name: str, *versions: Version, active: int = 0) -> None:
        """Add a message with its versions; raises CHAT_TOO_MUCH."""
        if len(self.entries) + len(versions) > MESSAGES_LIMIT:
            raise TooManyError
        parent, before = self.tip, len(self.entries)
        for number, version in enumerate(versions, before + 1):
            extra = json.dumps({self.format: version.extra}) if version.extra else ""
            at = min(max(version.created_at, 0), LATEST)
            self.entries.append(Entry(number, parent, role, kept(name), kept(version.text), at, extra=extra))
        if versions:
            self.tip = before + 1 + min(max(active, 0), len(versions) - 1)
            self._activate(parent, self.tip)

    def _activate(self, parent: int, child: int) -> None:
        if not parent:
            self.first = child
            return
        self.entries[parent - 1] = replace(self.entries[parent - 1], active_child=child)

    def head(
        self,
        title: str,
        created_at: int = 0,
        *,
        note: str = "",
        note_depth: int = 1,
        extra: dict[str, Any] | None = None,
    ) -> History:
        """Give the conversation around what has grown; times come from its messages."""
        times = [entry.created_at for entry in self.entries if entry.created_at]
        began = min(max(created_at, 0), LATEST) or min(times, default=0)
        return History(
            title=titled(title),
            created_at=began,
            updated_at=max([began, *times]),
            began_at=began,
            first=self.first,
            tip=self.tip,
            authors_note=note,
            note_depth=note_depth,
            extra=json.dumps({self.format: extra}) if extra else "",
        )


def kept(words: str) -> str:
    """Give a text as a database keeps it: without halves of letters and without NUL."""
    bare = words.replace("\0", "\ufffd") if "\0" in words else words
    return bare if bare.isascii() else json_guard.without_surrogates(bare)


def about(
    *,
    description: str = "",
    scenario: str = "",
    system_prompt: str = "",
    greeting: str = "",
    example_dialogue: str = "",
) -> PersonaFields:
    """Give what a file says of its persona; nothing where a text is longer than any persona's."""
    texts = (description, scenario, system_prompt, greeting, example_dialogue)
    if any(len(words) > KNOWN_LIMIT for words in texts):
        return _NOTHING_KNOWN
    description, scenario, system_prompt, greeting, example_dialogue = (
        kept(words).strip() for words in texts
    )
    return PersonaFields(
        "",
        description=description,
        scenario=scenario,
        system_prompt=system_prompt,
        greeting=greeting,
        example_dialogue=example_dialogue,
    )


def greeted(draft: Draft, greetings: Sequence[str]) -> Draft:
    """Put the greeting of the card, with the others as its versions, before the first message."""
    texts = [words for words in greetings if words.strip()]
    if draft.greeting is None or not texts:
        return draft
    wanted = greetings[draft.greeting] if draft.greeting < len(greetings) else texts[0]
    active = texts.index(wanted) if wanted in texts else 0
    moved, head = len(texts), draft.head
    at = draft.entries[0].created_at
    first = [Entry(number, 0, Role.ASSISTANT, "", words, at) for number, words in enumerate(texts, 1)]
    first[active] = replace(first[active], active_child=head.first + moved)
    rest = [_moved(entry, moved, active + 1) for entry in draft.entries]
    head = replace(head, first=active + 1, tip=head.tip + moved)
    return replace(draft, head=head, entries=(*first, *rest), greeting=None)


def _moved(entry: Entry, by: int, above: int) -> Entry:
    child = entry.active_child + by if entry.active_child else 0
    parent = entry.parent + by if entry.parent else above
    return replace(entry, key=entry.key + by, parent=parent, active_child=child)


def named(entries: Iterable[Entry], persona: str, user: str, now: int) -> Iterator[Entry]:
    """Fill in names that a file leaves out, and times: that of the message before, or now."""
    at = now
    for entry in entries:
        at = entry.created_at or at
        name = entry.name or {Role.USER: user, Role.ASSISTANT: persona}.get(entry.role, "")
        same = (name, at) == (entry.name, entry.created_at)
        yield entry if same else replace(entry, name=name, created_at=at)


class TooManyError(Exception):
    """Say that a chat has more messages than anybody ever wrote."""


def titled(text: str) -> str:
    """Give a title on one line, not too long for a list."""
    line = " ".join(text.split())
    return line if len(line) <= _TITLE_LENGTH else line[: _TITLE_LENGTH - 1] + "…"


def unknown(source: str) -> KnownError:
    """Give the error of a file that is no chat."""
    return KnownError(ErrorKind.CHAT_UNKNOWN, path=source)
