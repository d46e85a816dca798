"""Knows what keeps an entry of lore from ever being used, or from being used as its writer meant; fires none.

Fields as in the V2 and V3 specifications; what SillyTavern keeps in an entry's `extensions` comes first.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hermes_desktop.personas.findings import Finding, FindingKind
from hermes_desktop.prompting import pattern

_ENTRY_LIMIT = 5_000
_DELAY_LIMIT = 1_000  # messages; hardly a conversation gets there
_STRETCH = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as its card has it, wrong kinds read as nothing."""

    field: str
    content: str
    keys: tuple[str, ...]
    secondary: tuple[str, ...]
    enabled: bool
    constant: bool
    selective: bool
    extensions: Mapping[str, Any]

    def flag(self, *names: str) -> bool:
        """Say whether one of these extensions is set."""
        return any(bool(self.extensions.get(name)) for name in names)

    def number(self, name: str) -> float | None:
        """Give an extension that is a number."""
        value = self.extensions.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    @property
    def is_activated(self) -> bool:
        """Say whether it is used without a key: by a decorator or by likeness."""
        decorated = any(line.strip() == "@@activate" for line in self.content.split("\n", 8)[:8])
        return decorated or self.flag("vectorized")


def book_of(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the lorebook inside a card, empty where there is none."""
    data = card.get("data")
    holder = data if isinstance(data, dict) and "character_book" in data else card
    book = holder.get("character_book")
    return book if isinstance(book, dict) else {}


def entries_of(book: Mapping[str, Any]) -> Iterator[Entry]:
    """Read the entries of a book, a list or a map of them."""
    entries = book.get("entries")
    found = list(entries.items()) if isinstance(entries, dict) else []
    if isinstance(entries, list):
        found = [(str(place), entry) for place, entry in enumerate(entries)]
    for place, entry in found[:_ENTRY_LIMIT]:
        if isinstance(entry, dict):
            yield _entry(f"character_book.entries[{place}]", entry)


def _entry(field: str, entry: Mapping[str, Any]) -> Entry:
    extensions = entry.get("extensions")
    own = extensions if isinstance(extensions, dict) else {}
    content = entry.get("content")
    return Entry(
        field=field,
        content=content if isinstance(content, str) else "",
        keys=_texts(entry.get("keys", entry.get("key"))),
        secondary=_texts(entry.get("secondary_keys", entry.get("keysecondary"))),
        enabled=entry.get("enabled") is not False and entry.get("disable") is not True,
        constant=entry.get("constant") is True,
        selective=entry.get("selective") is not False,
        extensions={**entry, **own},
    )


def _texts(value: object) -> tuple[str, ...]:
    found = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(text.strip() for text in found if isinstance(text, str) and text.strip())


def constant_texts(book: Mapping[str, Any]) -> Iterator[str]:
    """Give what stands in every prompt."""
    return (entry.content for entry in entries_of(book) if entry.constant and entry.enabled)


def findings(entry: Entry) -> Iterator[Finding]:
    """Look at one entry; of one that is switched off nothing else is said."""
    if not entry.enabled:
        yield _found(FindingKind.LORE_DISABLED, entry)
        return
    if not entry.content.strip():
        yield _found(FindingKind.LORE_NO_CONTENT, entry)
    if not entry.constant and not entry.is_activated:
        yield from _keys(entry)
    yield from _chances(entry)
    yield from _contradictions(entry)


def _keys(entry: Entry) -> Iterator[Finding]:
    if not entry.keys:
        yield _found(FindingKind.LORE_NO_KEYS, entry)
    for key in (*entry.keys, *entry.secondary):
        if _is_short(key):
            yield _found(FindingKind.LORE_SHORT_KEY, entry, key)
        elif _is_broken(key):
            yield _found(FindingKind.LORE_PATTERN, entry, key)


def _is_short(key: str) -> bool:
    """Say whether a key is one letter of a script that writes words with several."""
    return len(key) < 2 and unicodedata.category(key) != "Lo"


def _is_broken(key: str) -> bool:
    """Say whether a key is written as a pattern that nobody understands, or that is refused for its size."""
    return pattern.is_delimited(key) and pattern.compiled(key) is None


def _chances(entry: Entry) -> Iterator[Finding]:
    percent = entry.number("probability")
    unused = entry.extensions.get("useProbability", entry.extensions.get("use_probability")) is False
    if percent is not None and percent <= 0 and not unused:
        yield _found(FindingKind.LORE_IMPOSSIBLE, entry)
    if percent is not None and percent < 100 and unused:
        yield _found(FindingKind.LORE_PROBABILITY, entry, value=int(max(percent, 0)))


def _contradictions(entry: Entry) -> Iterator[Finding]:
    late = entry.flag("delay_until_recursion", "delayUntilRecursion")
    if late and entry.flag("exclude_recursion", "excludeRecursion"):
        yield _found(FindingKind.LORE_RECURSION, entry)
    if entry.secondary and (entry.constant or not entry.selective):
        yield _found(FindingKind.LORE_SECONDARY, entry, entry.secondary[0])
    delay = entry.number("delay") or 0
    if delay >= _DELAY_LIMIT:
        yield _found(FindingKind.LORE_DELAY, entry, value=int(min(delay, 10**9)))
    if entry.constant and (entry.number("sticky") or 0) > 0:
        yield _found(FindingKind.LORE_STICKY, entry)


def _found(kind: FindingKind, entry: Entry, words: str = "", value: int = 0) -> Finding:
    said = words or " ".join((entry.keys[0] if entry.keys else entry.content[: 4 * _STRETCH]).split())
    return Finding(kind, entry.field, 0, said if len(said) <= _STRETCH else said[: _STRETCH - 1] + "…", value)
