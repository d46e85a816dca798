"""Knows how a lorebook's document is opened for writing and changed; the words of an entry are beside it.

Documents of other programs are carried into a V3 book, with the original in it. In all others only what was
touched is changed.
"""

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.domain.lorebook import BookFields, Manuscript, Written
from hermes_desktop.personas import coercion
from hermes_desktop.personas.lore_entry import OWN, written_entry
from hermes_desktop.personas.lore_origin import in_step
from hermes_desktop.personas.lore_writing import new_entry, numbered, patch
from hermes_desktop.personas.lorebook import ENTRIES_LIMIT, Form, entry_in, recognised

_FAR = 100_000  # messages
_HIGH = 1_000_000_000
_BOOK: dict[str, Callable[[BookFields], Any]] = {
    "name": lambda fields: fields.name,
    "description": lambda fields: fields.description,
    "scan_depth": lambda fields: fields.scan_depth,
    "token_budget": lambda fields: fields.token_budget,
    "recursive_scanning": lambda fields: fields.recursive,
}


def new_book(name: str) -> dict[str, Any]:
    """Begin a book; it has the form that V3 describes."""
    return {"name": name, "extensions": {}, "entries": []}


def native(document: Any) -> dict[str, Any]:
    """Carry the book of another program into a V3 one; all others are given back as they are."""
    if not isinstance(document, dict):
        return {"entries": document}
    holder, items, form = recognised(document)
    if items is None or form is Form.OWN:
        return document
    entries = [entry_in(item, form) for item in items[:ENTRIES_LIMIT] if isinstance(item, dict)]
    book = new_book(coercion.text(holder.get("name")))
    book["extensions"] = {OWN: {"format": form.value, "original": document}}
    book["entries"] = [
        new_entry(entry, own=False, number=number)
        for number, entry in enumerate((each for each in entries if each is not None), 1)
    ]
    return book


def opened(document: Any) -> Manuscript:
    """Read a document for writing."""
    holder, items = _parts(native(document))
    entries = [
        Written(written_entry(item), place)
        for place, item in enumerate(items[:ENTRIES_LIMIT])
        if isinstance(item, dict)
    ]
    return Manuscript(_fields(holder), tuple(entries))


def differing(before: Any, after: Any) -> tuple[Manuscript, Manuscript, bool]:
    """Read two documents, of both only the entries that the other one does not have word for word.

    Gives as well whether those that both have stand in another order.
    """
    sides = [_parts(native(document)) for document in (before, after)]
    texts = [[_without_order(item) for item in items[:ENTRIES_LIMIT]] for _, items in sides]
    scripts, shared = [], []
    for (holder, items), here, there in zip(sides, texts, reversed(texts), strict=True):
        left = Counter(there)
        alone: set[int] = set()
        for place, text in enumerate(here):
            left[text] -= 1
            if left[text] < 0:
                alone.add(place)
        told = [Written(written_entry(items[at]), at) for at in sorted(alone) if isinstance(items[at], dict)]
        scripts.append(Manuscript(_fields(holder), tuple(told)))
        shared.append([text for place, text in enumerate(here) if place not in alone])
    return scripts[0], scripts[1], shared[0] != shared[1]


def _without_order(item: Any) -> str:
    """Give an entry as text, but for SillyTavern's own order of showing."""
    if isinstance(item, dict):
        item = {key: value for key, value in item.items() if key != "displayIndex"}
        if isinstance(extensions := item.get("extensions"), dict) and "display_index" in extensions:
            item["extensions"] = {k: v for k, v in extensions.items() if k != "display_index"}
    return json_guard.text_of(item)


def changed(document: Any, manuscript: Manuscript) -> Any:
    """Write a manuscript into the document that it began with; gives a new one."""
    before = opened(document)
    if (before.fields, before.entries) == (manuscript.fields, manuscript.entries):
        return document
    written = native(copy.deepcopy(document))
    holder, items = _parts(written)
    for name, value in _BOOK.items():
        if value(before.fields) != value(manuscript.fields):
            holder[name] = value(manuscript.fields)
    origins = [each.origin for each in manuscript.entries]
    same = origins == [each.origin for each in before.entries]
    for now, then in zip(manuscript.entries, before.entries, strict=same) if same else ():
        if now.entry != then.entry and now.origin is not None:
            patch(items[now.origin], now.entry)
    if not same:
        holder["entries"] = _rebuilt(holder["entries"], manuscript.entries, before.entries)
    return in_step(document, written) if isinstance(document, dict) and holder is written else written


def _parts(document: Any) -> tuple[dict[str, Any], list[Any]]:
    """Give the holder of a native document's fields, and its entries."""
    holder, items, _ = recognised(document)
    assert isinstance(holder, dict)
    if items is None:
        items = holder["entries"] = []
    return holder, items


def _fields(holder: Mapping[str, Any]) -> BookFields:
    return BookFields(
        name=coercion.text(holder.get("name")),
        description=coercion.text(holder.get("description")),
        scan_depth=coercion.whole(holder.get("scan_depth"), 0, _FAR),
        token_budget=coercion.whole(holder.get("token_budget"), 0, _HIGH) or None,
        recursive=coercion.flag(holder.get("recursive_scanning")),
    )


def _rebuilt(entries: Any, after: Sequence[Written], before: Sequence[Written]) -> Any:
    """Put entries into another order, without those that went and with those that came.

    What nobody was shown, since it is no entry or beyond the limit, stays behind the others.
    """
    keyed = isinstance(entries, dict)
    pairs: list[tuple[str, Any]] = list(entries.items()) if keyed else [("", item) for item in entries]
    shown = {each.origin: each.entry for each in before}
    own = keyed or any(isinstance(item, dict) and "key" in item for _, item in pairs)
    number = _highest(pairs)
    used: set[int] = set()
    made: list[tuple[str, Any]] = []
    for each in after:
        if each.origin is None:
            number += 1
            made.append((str(number), new_entry(each.entry, own=own, number=number)))
            continue
        key, raw = pairs[each.origin]
        raw = copy.deepcopy(raw)
        if each.origin in used:
            number += 1
            key, raw = str(number), numbered(raw, number)
        used.add(each.origin)
        if each.entry != shown[each.origin]:
            patch(raw, each.entry)
        made.append((key, raw))
    kept = [each.origin for each in after if each.origin is not None]
    if kept != sorted(kept):
        _show_in_order([raw for _, raw in made])
    made += [pair for place, pair in enumerate(pairs) if place not in shown]
    return dict(made) if keyed else [raw for _, raw in made]


def _highest(pairs: Sequence[tuple[str, Any]]) -> int:
    """Give the highest number that an entry has, so that the next one is free."""
    numbers = [coercion.whole(key, 0, _HIGH) for key, _ in pairs]
    numbers += [
        coercion.whole(item.get(name), 0, _HIGH)
        for _, item in pairs
        if isinstance(item, dict)
        for name in ("uid", "id")
    ]
    return max((number for number in numbers if number is not None), default=len(pairs))


def _show_in_order(entries: Sequence[dict[str, Any]]) -> None:
    """Number entries anew where SillyTavern's own order of showing stands in them."""
    for place, raw in enumerate(entries):
        extensions = raw.get("extensions")
        if "displayIndex" in raw:
            raw["displayIndex"] = place
        if isinstance(extensions, dict) and "display_index" in extensions:
            extensions["display_index"] = place
