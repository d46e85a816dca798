"""Knows books made ready to be searched: keys read, macros expanded, beginnings of keys in a table."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from hermes_desktop.domain.lore import Book, Entry, LoreSettings, Position, Scope, Source
from hermes_desktop.prompting.keys import Key, Search, Sieve, key_of
from hermes_desktop.prompting.macros import Names, expand, hidden_keys
from hermes_desktop.prompting.pattern import Pattern

_VARIABLE = re.compile(r"var|\{\{\s*[.$]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reach:
    """What of a scene an entry looks through."""

    depth: int  # messages
    fixed: bool  # the depth is the entry's own, and never widened
    letters: int | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """An entry that can be looked for."""

    number: int  # its place among all entries of all books
    entry: Entry
    book: Book
    place: int  # of the book
    content: str  # with macros expanded
    hidden: str  # words by which others are found, and which no prompt holds
    keys: tuple[Key, ...]
    secondary: tuple[Key, ...]
    extra: tuple[tuple[Key, ...], ...]
    exclude: tuple[Key, ...]
    reach: Reach
    recursive: bool
    scoring: bool
    mark: str  # names it among what has an effect in time; "" where it has none

    @property
    def echo(self) -> str:
        """Give the words in which the keys of other entries are looked for."""
        return f"{self.content}\n{self.hidden}" if self.hidden else self.content

    @property
    def patterns(self) -> list[Pattern]:
        """List the patterns among its keys."""
        every = (*self.keys, *self.secondary, *chain(*self.extra), *self.exclude)
        return [key.pattern for key in every if isinstance(key, Search) and key.pattern is not None]


class LoreIndex:
    """Hold the entries of some books that may ever fire. It can be kept for many replies."""

    def __init__(self, ready: Iterable[Ready]) -> None:
        """Take entries in the order of their numbers."""
        self.ready = {one.number: one for one in ready}
        self.always = frozenset(n for n, one in self.ready.items() if one.entry.constant or one.entry.forced)
        self.levels = sorted({one.entry.recursion_level for one in self.ready.values()} - {0})
        self.timed = tuple(one for one in self.ready.values() if one.mark)
        self._patterns = [(one, one.patterns) for one in self.ready.values() if one.patterns]
        by_reach: dict[Reach, list[tuple[int, Key]]] = {}
        for one in self.ready.values():
            by_reach.setdefault(one.reach, []).extend((one.number, key) for key in one.keys)
        self.sieves = {reach: Sieve(keys) for reach, keys in by_reach.items()}

    def slow(self) -> tuple[str, ...]:
        """Name the entries with a pattern that once took too long."""
        tired = [one for one, patterns in self._patterns if any(pattern.tired for pattern in patterns)]
        return tuple(one.entry.label for one in tired)


def index_of(books: Sequence[Book], names: Names, settings: LoreSettings) -> LoreIndex:
    """Make books ready; those of a narrower scope come first."""
    scopes = list(Scope)
    placed = sorted(books, key=lambda book: scopes.index(book.scope))
    every = [(place, book, entry) for place, book in enumerate(placed) for entry in book.entries]
    return LoreIndex(
        _ready(number, place, book, entry, names, settings)
        for number, (place, book, entry) in enumerate(every)
        if entry.enabled and (entry.position is not Position.OUTLET or entry.outlet.strip())
    )


def names_variables(book: Book) -> bool:
    """Say whether what a book fires on may change with variables."""
    return any("{{" in text and _VARIABLE.search(text) for entry in book.entries for text in _texts(entry))


def _texts(entry: Entry) -> Iterator[str]:
    yield entry.content
    yield from (*entry.keys, *entry.secondary_keys)
    yield from chain(*entry.conditions.extra_keys, entry.conditions.exclude_keys)


def _ready(number: int, place: int, book: Book, entry: Entry, names: Names, settings: LoreSettings) -> Ready:
    sensitive, whole = entry.case_sensitive, entry.whole_words
    sensitive = settings.case_sensitive if sensitive is None else sensitive
    whole = settings.whole_words if whole is None else whole

    def keys(written: Sequence[str]) -> tuple[Key, ...]:
        found = (key_of(expand(key, names), sensitive=sensitive, whole=whole) for key in written)
        return tuple(key for key in found if key is not None)

    return Ready(
        number=number,
        entry=entry,
        book=book,
        place=place,
        content=expand(entry.content, names).strip(),
        hidden=hidden_keys(entry.content, names),
        keys=keys(entry.keys),
        secondary=keys(entry.secondary_keys),
        extra=tuple(keys(group) for group in entry.conditions.extra_keys),
        exclude=keys(entry.conditions.exclude_keys),
        reach=_reach(book, entry, settings),
        recursive=settings.recursive if book.recursive is None else book.recursive,
        scoring=settings.group_scoring if entry.group_scoring is None else entry.group_scoring,
        mark=_mark(book, entry) if entry.sticky or entry.cooldown else "",
    )


def _reach(book: Book, entry: Entry, settings: LoreSettings) -> Reach:
    usual = settings.scan_depth if book.scan_depth is None else book.scan_depth
    own = entry.scan_depth
    depth = usual if own is None else own
    return Reach(max(depth, 0), own is not None, entry.scan_letters, entry.sources)


def _mark(book: Book, entry: Entry) -> str:
    """Name an entry; an edited one is another."""
    return hashlib.blake2b(repr((book.scope, book.name, entry)).encode(), digest_size=12).hexdigest()
