"""Knows how two texts or two versions of a persona differ; not how that is shown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from enum import StrEnum

from hermes_desktop.domain.persona import Persona, PersonaFields

_WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_WORK = 250_000  # pairs of pieces that are compared at most: some tenths of a second


class Change(StrEnum):
    """Say what became of a stretch."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Letters that stayed, came or went."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What differs in one field."""

    field: str  # of PersonaFields, or "picture"
    place: int  # in a list, from 0; -1 for what is no list
    before: str
    after: str


def changes(before: Persona, after: Persona) -> list[FieldChange]:
    """List the fields in which two versions differ, in the order of the form; not what their books say."""
    found = [change for field in fields(PersonaFields) for change in _of_field(field.name, before, after)]
    if before.avatar != after.avatar:
        found.append(FieldChange("picture", -1, "", ""))
    return found


def _of_field(name: str, before: Persona, after: Persona) -> Iterator[FieldChange]:
    old, new = getattr(before.fields, name), getattr(after.fields, name)
    if old == new:
        return
    if not isinstance(old, tuple):
        yield FieldChange(name, -1, str(old), str(new))
    elif name == "tags":
        yield FieldChange(name, -1, ", ".join(old), ", ".join(new))
    else:
        for place in range(max(len(old), len(new))):
            one, other = "".join(old[place : place + 1]), "".join(new[place : place + 1])
            if one != other:
                yield FieldChange(name, place, one, other)


def stretches(before: str, after: str) -> list[Stretch]:
    """Tell two texts apart by lines, and lines by words; what is too long for that is told as a whole."""
    start, end = _shared(before, after)
    start = before.rfind("\n", 0, start) + 1
    end = len(_last(before, end).partition("\n")[2])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    told = [Stretch(Change.SAME, before[:start])]
    for one, other in _matched(_LINES, old, new):
        told += [Stretch(Change.SAME, one)] if one == other else _by_words(one, other)
    told.append(Stretch(Change.SAME, _last(before, end)))
    return _joined([stretch for stretch in told if stretch.text])


def _by_words(before: str, after: str) -> Iterator[Stretch]:
    start, end = _shared(before, after)
    yield Stretch(Change.SAME, before[:start])
    for word, instead in _matched(_WORDS, before[start : len(before) - end], after[start : len(after) - end]):
        if word == instead:
            yield Stretch(Change.SAME, word)
        else:
            yield Stretch(Change.REMOVED, word)
            yield Stretch(Change.ADDED, instead)
    yield Stretch(Change.SAME, _last(before, end))


def _last(text: str, letters: int) -> str:
    return text[len(text) - letters :]


def _shared(before: str, after: str) -> tuple[int, int]:
    """Count the letters that both have at the beginning and at the end, up to whole words."""
    most = min(len(before), len(after))
    start = next((at for at in range(most) if before[at] != after[at]), most)
    while 0 < start < max(len(before), len(after)) and before[start - 1].isalnum():
        start -= 1
    most -= start
    end = next((at for at in range(most) if before[-1 - at] != after[-1 - at]), most)
    while end > 0 and before[len(before) - end].isalnum():
        end -= 1
    return start, end


def _matched(pieces: re.Pattern[str], before: str, after: str) -> Iterator[tuple[str, str]]:
    """Give what stands in the place of what; the same where it stayed."""
    old, new = pieces.findall(before), pieces.findall(after)
    if len(old) * len(new) > _WORK:
        yield before, after
        return
    for _tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield "".join(old[a:b]), "".join(new[c:d])


def _joined(found: Sequence[Stretch]) -> list[Stretch]:
    """Join neighbours of one kind."""
    joined: list[Stretch] = []
    for now in found:
        if joined and joined[-1].change is now.change:
            joined[-1] = Stretch(now.change, joined[-1].text + now.text)
        else:
            joined.append(now)
    return joined
