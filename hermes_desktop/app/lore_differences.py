"""Knows how two versions of a lorebook differ: which entries came, went or changed; not how that is shown."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from hermes_desktop.domain.lore import Entry
from hermes_desktop.domain.lorebook import BookFields
from hermes_desktop.personas import lore_edit

_UNSAID = {"uid", "conditions"}  # a number that nobody reads, and what is told part by part
_CONDITIONS = ("for_whom", "triggers", "delay")  # all others are decorators and stand in the content


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that an entry or a book says of itself, before and after."""

    name: str  # of a field of Entry, Conditions or BookFields
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class EntryChange:
    """An entry that came, went or says something else now."""

    before: Entry | None
    after: Entry | None
    aspects: tuple[Aspect, ...] = ()

    @property
    def label(self) -> str:
        """Give the words that a person knows it by."""
        told = self.after or self.before
        return told.label if told is not None else ""


@dataclass(frozen=True, slots=True)
class BookChanges:
    """What differs between two versions of a book."""

    aspects: tuple[Aspect, ...] = ()
    entries: tuple[EntryChange, ...] = ()
    moved: bool = False  # what both have stands in another order

    @property
    def added(self) -> list[EntryChange]:
        """List the entries that came."""
        return [each for each in self.entries if each.before is None]

    @property
    def removed(self) -> list[EntryChange]:
        """List the entries that went."""
        return [each for each in self.entries if each.after is None]

    @property
    def changed(self) -> list[EntryChange]:
        """List the entries that were there before and say something else."""
        return [each for each in self.entries if each.before and each.after]

    @property
    def seen(self) -> bool:
        """Say whether there is anything to show before and after."""
        return bool(self.aspects or self.entries)


def between(before: Any, after: Any, names: tuple[str, str] = ("", "")) -> BookChanges:
    """Compare two documents; `names` are those of books that stand by themselves."""
    one, other, moved = lore_edit.differing(before, after)
    return BookChanges(
        tuple(_of_book(one.fields, other.fields, names)),
        tuple(_of_entries([each.entry for each in one.entries], [each.entry for each in other.entries])),
        moved,
    )


def _of_book(before: BookFields, after: BookFields, names: tuple[str, str]) -> Iterator[Aspect]:
    for field in fields(BookFields):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.name == "name" and all(names):  # a document may have none
            old, new = names
        if old != new:
            yield Aspect(field.name, old, new)


def _of_entries(before: Sequence[Entry], after: Sequence[Entry]) -> Iterator[EntryChange]:
    """Tell what became of each, in the order of what is there now; what went stands at the end."""
    old_of = _paired(before, after)
    for place, entry in enumerate(after):
        old = old_of.get(place)
        if old is None:
            yield EntryChange(None, entry)
        elif aspects := tuple(_aspects(before[old], entry)):
            yield EntryChange(before[old], entry, aspects)
    kept = set(old_of.values())
    yield from (EntryChange(entry, None) for place, entry in enumerate(before) if place not in kept)


def _aspects(before: Entry, after: Entry) -> Iterator[Aspect]:
    names = [field.name for field in fields(Entry) if field.name not in _UNSAID]
    pairs = [(name, before, after) for name in names]
    told = [*pairs, *((name, before.conditions, after.conditions) for name in _CONDITIONS)]
    for name, one, other in told:
        old, new = getattr(one, name), getattr(other, name)
        if old != new:
            yield Aspect(name, old, new)


# ---- which entry became which ---------------------------------------------------------------------

_MARKS: tuple[Callable[[Entry], Hashable], ...] = (
    lambda entry: entry.uid,
    lambda entry: entry.comment.strip() or entry.name.strip(),
    lambda entry: entry.keys,
    lambda entry: entry.content,
)


def _paired(before: Sequence[Entry], after: Sequence[Entry]) -> dict[int, int]:
    """Give to entries of now those that they were: by number, name, keys or text."""
    found: dict[int, int] = {}
    for mark in _MARKS:
        old = _by_mark(before, mark, set(found.values()))
        for key, place in _by_mark(after, mark, set(found)).items():
            if key in old:
                found[place] = old[key]
    return found


def _by_mark(
    entries: Sequence[Entry], mark: Callable[[Entry], Hashable], taken: set[int]
) -> dict[tuple[Hashable, int], int]:
    """Give the places of entries by their mark and by how many with the same one stand before them."""
    found: dict[tuple[Hashable, int], int] = {}
    before: Counter[Hashable] = Counter()
    for place, entry in enumerate(entries):
        if place not in taken and (key := mark(entry)):
            found[key, before[key]] = place
            before[key] += 1
    return found
