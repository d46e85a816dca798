"""Knows logs that are nothing but lines of “Name: text”; what follows such a line belongs to it."""

import re
from collections import Counter
from collections.abc import Collection
from pathlib import PurePath

from hermes_desktop.domain.conversation import Role
from hermes_desktop.transcripts.draft import Draft, Growth, Version
from hermes_desktop.transcripts.notes import Note, NoteKind

FORMAT = "text"
_TURN = re.compile(r"^([^\s:][^:\n]{0,49}):(?:[ \t]+|$)", re.MULTILINE)
_SPEAKERS_LIMIT = 20
_USERS = ("you", "user", "me", "human", "{{user}}")


def read(words: str, source: str) -> Draft | None:
    """Read a log; nothing where it is none: two people have to speak in turns, from the first line on."""
    turns = split(words)
    counted = Counter(name for name, _text in turns)
    # In a list of settings every name is another one.
    if (
        len(turns) < 3
        or not turns[0][0]
        or not 2 <= len(counted) <= min(_SPEAKERS_LIMIT, len(turns) // 2 + 1)
    ):
        return None
    names = list(counted)
    user = next((name for name in names if name.casefold() in _USERS), names[1])
    others = [name for name in names if name != user]
    growth = Growth(FORMAT)
    for name, text in turns:
        growth.say(Role.USER if name == user else Role.ASSISTANT, name, Version(text))
    notes = [Note(NoteKind.GUESSED), Note(NoteKind.NO_DATES)]
    if len(others) > 1:
        notes.append(Note(NoteKind.GROUP, ", ".join(others[:8])))
    head = growth.head(PurePath(source).stem)
    return Draft(FORMAT, head, tuple(growth.entries), persona=others[0], user=user, notes=tuple(notes))


def split(words: str, names: Collection[str] = ()) -> list[tuple[str, str]]:
    """Split a text at its speakers, at these alone where they are named; what nobody says comes first."""
    text = words.replace("\r\n", "\n").strip()
    starts = [match for match in _TURN.finditer(text) if not names or match[1].strip() in names]
    found: list[tuple[str, str]] = []
    before = text[: starts[0].start()] if starts else text
    if before.strip():
        found.append(("", before.strip()))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    for match, end in zip(starts, ends, strict=False):
        found.append((match[1].strip(), text[match.end() : end].strip()))
    return found
