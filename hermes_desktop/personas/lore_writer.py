"""Knows how a lorebook is written for other programs: SillyTavern's world info, and lorebook_v3.

A book that came from one of the two and goes back is what it was, but for what was changed meanwhile: the
form it came in travels with it, and only differences are put in. `lore_mapping` turns one entry into another.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.personas import lorebook
from hermes_desktop.personas.carried import OWN
from hermes_desktop.personas.lore_mapping import from_domain, merged, to_v3, to_world
from hermes_desktop.personas.lore_origin import ORIGINAL, in_step

_SPEC = "lorebook_v3"
_STASH = "world_info"  # where we keep the world info that a book was made of
_Entry = dict[str, Any]


def world_info(book: dict[str, Any]) -> str:
    """Write a book, or the book of a card, as a file of SillyTavern's world info."""
    found = book_in(book)
    return json_guard.text_of(found if is_world_info(found) else _to_world(_plain(found)), indent=4)


def lorebook_v3(book: dict[str, Any]) -> str:
    """Write a book, or the book of a card, as a lorebook on its own."""
    if book.get("spec") == _SPEC:
        return json_guard.text_of(book, indent=4)
    found = book_in(book)
    plain = _from_world(found) if is_world_info(found) else _plain(found)
    if not isinstance(plain.get("extensions"), dict):
        plain = plain | {"extensions": {}}
    return json_guard.text_of({"spec": _SPEC, "data": plain}, indent=4)


def book_in(document: dict[str, Any]) -> dict[str, Any]:
    """Give the book that a document is, or that it carries; an empty one where there is none."""
    data = document.get("data")
    if "entries" in document or isinstance(data, list):
        return document
    data = data if isinstance(data, dict) else document
    for holder in (data, data.get("character_book"), data.get("lorebook"), document.get("character_book")):
        if isinstance(holder, dict) and "entries" in holder:
            return holder
    return {"extensions": {}, "entries": []}


def is_world_info(book: Mapping[str, Any]) -> bool:
    """Say whether a book is written in SillyTavern's words."""
    entries = book.get("entries")
    if entries == {}:
        return True
    return any("key" in entry and "content" in entry for _place, entry in _entries(entries))


def _entries(entries: object) -> list[tuple[str, _Entry]]:
    """List entries with their places, whether they stand in a list or under names."""
    if isinstance(entries, dict):
        return [(str(place), entry) for place, entry in entries.items() if isinstance(entry, dict)]
    listed = enumerate(entries) if isinstance(entries, list) else ()
    return [(str(place), entry) for place, entry in listed if isinstance(entry, dict)]


def _plain(book: dict[str, Any]) -> dict[str, Any]:
    """Give a book in the words of V2 and V3; one of another program is read as it is read here."""
    entries = _entries(book.get("entries"))
    if all("keys" in entry and "content" in entry for _place, entry in entries) and "data" not in book:
        return book
    read = lorebook.book_of(book)
    if read is None:
        return book
    made: dict[str, Any] = {"name": read.name} if read.name else {}
    numbers = {
        "scan_depth": read.scan_depth,
        "token_budget": read.token_budget,
        "recursive_scanning": read.recursive,
    }
    made |= {key: value for key, value in numbers.items() if value is not None}
    return made | {"extensions": {}, "entries": [from_domain(entry) for entry in read.entries]}


# ---- to world info --------------------------------------------------------------------------------


def _to_world(book: dict[str, Any]) -> dict[str, Any]:
    stash = _stash(book)
    if stash is None:
        made = {key: book[key] for key in ("name", "description") if isinstance(book.get(key), str)}
        entries = [to_world(entry, place) for place, (_, entry) in enumerate(_entries(book.get("entries")))]
        return made | {"entries": _numbered(entries), ORIGINAL: book}
    named: dict[str, _Entry] = {}
    stashed: dict[str, _Entry] = {}
    listed: list[_Entry] = []
    for number, (_, entry) in enumerate(_entries(book.get("entries"))):
        kept = _stash(entry)
        came = kept.get("entry") if kept else None
        if kept is None or not isinstance(came, dict):
            made = to_world(entry, number)
        else:
            named_as = {"id": came.get("uid")}  # SillyTavern's number stays, whatever ours is
            made = merged(came, to_world(to_v3(came), number), to_world(entry | named_as, number))
        place = _free(str(kept.get("place")) if kept else str(made["uid"]), named)
        named[place] = made
        if isinstance(came, dict):
            stashed[place] = came
        listed.append(made)
    rest = stash.get("book")
    rest = rest if isinstance(rest, dict) else {}
    original = rest.get(ORIGINAL)  # where a world info has no name, the book has that of its original
    usual = (original if isinstance(original, dict) else {}) | rest
    whole = rest | {
        key: book[key] for key in ("name", "description") if book.get(key, usual.get(key)) != usual.get(key)
    }
    return in_step(
        rest | {"entries": stashed}, whole | {"entries": listed if stash.get("listed") is True else named}
    )


def _numbered(entries: list[_Entry]) -> dict[str, _Entry]:
    """Put entries under numbers of their own, which is how SillyTavern knows them."""
    taken: set[int] = set()
    for entry in entries:
        number = entry["uid"]
        if number in taken:
            number = entry["uid"] = max(taken) + 1
        taken.add(number)
    return {str(entry["uid"]): entry for entry in entries}


def _free(place: str, taken: Mapping[str, object]) -> str:
    number = len(taken)
    while place in taken:
        place, number = str(number), number + 1
    return place


def _stash(holder: Mapping[str, Any]) -> dict[str, Any] | None:
    extensions = holder.get("extensions")
    own = extensions.get(OWN) if isinstance(extensions, dict) else None
    kept = own.get(_STASH) if isinstance(own, dict) else None
    return kept if isinstance(kept, dict) else None


# ---- from world info ------------------------------------------------------------------------------


def _from_world(book: dict[str, Any]) -> dict[str, Any]:
    original = book.get(ORIGINAL)
    entries = _entries(book.get("entries"))
    if isinstance(original, dict) and not is_world_info(original):
        before = dict(enumerate(entry for _, entry in _entries(original.get("entries"))))
        worlds = _numbered([to_world(entry, place) for place, entry in before.items()])
        known = {world["uid"]: (before[place], world) for place, world in enumerate(worlds.values())}
        made, read = dict(original), [_synchronised(entry, known) for _, entry in entries]
    else:
        made = {key: book[key] for key in ("name", "description") if isinstance(book.get(key), str)}
        read = [to_v3(entry) for _, entry in entries]
    rest = {key: value for key, value in book.items() if key != "entries"}
    stash = {"book": rest, "listed": isinstance(book.get("entries"), list)}
    stashed = [
        _with_stash(entry, {"place": place, "entry": came})
        for entry, (place, came) in zip(read, entries, strict=True)
    ]
    return _with_stash(made, stash) | {"entries": stashed}


def _with_stash(holder: Mapping[str, Any], stash: dict[str, Any]) -> dict[str, Any]:
    extensions = holder.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    own = extensions.get(OWN)
    own = own if isinstance(own, dict) else {}
    return {**holder, "extensions": extensions | {OWN: own | {_STASH: stash}}}


def _synchronised(entry: _Entry, known: Mapping[Any, tuple[_Entry, _Entry]]) -> _Entry:
    """Put into an entry's original what was changed in SillyTavern's words since."""
    uid = entry.get("uid")
    original, world = known.get(uid if isinstance(uid, int) else None, (None, None))
    if original is None or world is None:
        return to_v3(entry)
    return merged(original, to_v3(world), to_v3(entry))


Writer = Callable[[dict[str, Any]], str]
WRITERS: Mapping[str, Writer] = {"st": world_info, "v3": lorebook_v3}
