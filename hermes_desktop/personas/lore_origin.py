"""Knows how the book that a world info was made of, which SillyTavern keeps in it, stays in step with edits.

Its entries are known by their numbers. Of an entry that was changed only what was changed is changed there.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from hermes_desktop.personas import coercion
from hermes_desktop.personas.lore_mapping import merged, same, to_v3

ORIGINAL = "originalData"
_BOOK = ("name", "description", "scan_depth", "token_budget", "recursive_scanning")
_HIGH = 1_000_000_000
_NONE = -1  # the number of what has none


def in_step(before: Mapping[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Give a world info whose original says what is said otherwise in `after` than `before`."""
    original = after.get(ORIGINAL)
    entries = original.get("entries") if isinstance(original, dict) else None
    if not isinstance(entries, list) or not isinstance(original, dict):
        return after
    old, new = _by_number(before), _by_number(after)
    kept = [
        merged(entry, to_v3(old[number]), to_v3(new[number])) if number in old else entry
        for number, entry in _numbered(entries)
        if number not in old or number in new
    ]
    came = [to_v3(entry) for number, entry in new.items() if number not in old]
    book = {
        name: after[name]
        for name in _BOOK
        if name in after and not same(before.get(name), after[name])
    }  # fmt: skip
    if same(kept + came, entries) and not book:
        return after
    return {**after, ORIGINAL: {**original, **book, "entries": kept + came}}


def _numbered(entries: list[Any]) -> list[tuple[int, Any]]:
    """Give entries of a card with their numbers; of several with one number only the first has it."""
    found: list[tuple[int, Any]] = []
    seen: set[int] = set()
    for place, entry in enumerate(entries):
        number = _number(entry, place) if isinstance(entry, dict) else _NONE
        found.append((_NONE if number in seen else number, entry))
        seen.add(number)
    return found


def _by_number(world: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """Give the entries in SillyTavern's words by their numbers, but for those that share one."""
    entries = world.get("entries")
    pairs = (
        entries.items()
        if isinstance(entries, dict)
        else enumerate(entries if isinstance(entries, list) else ())
    )
    found = [(_number(entry, key), entry) for key, entry in pairs if _is_own(entry)]
    often = Counter(number for number, _ in found)
    return {number: entry for number, entry in found if number != _NONE and often[number] == 1}


def _is_own(entry: object) -> bool:
    return isinstance(entry, dict) and "key" in entry


def _number(entry: Mapping[str, Any], place: object) -> int:
    """Read the number; SillyTavern takes an entry's place where it has none."""
    for value in (entry.get("uid"), entry.get("id"), place):
        number = coercion.whole(value, 0, _HIGH)
        if number is not None:
            return number
    return _NONE
