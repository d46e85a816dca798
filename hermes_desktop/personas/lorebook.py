"""Knows lorebooks in every form that is about, and reads them into one; the documents stay as they are.

Cards' own books (V2, V3), lorebook_v3, SillyTavern's world info, NovelAI, Agnai, Risu.
"""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from hermes_desktop.domain.lore import USUAL_ORDER, Book, Entry, Position, Scope
from hermes_desktop.personas import coercion
from hermes_desktop.personas.decorators import decorated
from hermes_desktop.personas.lore_entry import written_entry

ENTRIES_LIMIT = 10_000
_FAR = 100_000  # messages
_HIGH = 1_000_000_000
_FOLDER = "\uf000"  # begins the key of what is only a folder of Risu's

_Reader = Callable[[Mapping[str, Any]], Entry | None]


class Form(StrEnum):
    """Name the words in which a book's entries are written."""

    OWN = "own"  # V2's, V3's and SillyTavern's, which may stand in one entry
    NOVELAI = "novelai"
    AGNAI = "agnai"
    RISU = "risu"


def card_book(card: str) -> Book | None:
    """Read the book in a stored card; None where there is none."""
    book = document_in(card)
    return book_of(book) if book is not None else None


def document_in(card: str) -> dict[str, Any] | None:
    """Give the document of the book in a stored card; None where there is none."""
    document = json.loads(card)
    data = document.get("data") if isinstance(document, dict) else None
    holder = data if isinstance(data, dict) else document
    book = holder.get("character_book") if isinstance(holder, dict) else None
    return book if isinstance(book, dict) else None


def book_of(document: object, name: str = "", scope: Scope = Scope.PERSONA) -> Book | None:
    """Read a parsed document; None where it is no lorebook. `name` is for a book that has none of its own."""
    if isinstance(document, list):
        document = {"entries": document}
    if not isinstance(document, dict):
        return None
    holder, raw, form = recognised(document)
    if raw is None:
        return None
    read = (entry_in(item, form) for item in raw[:ENTRIES_LIMIT] if isinstance(item, dict))
    budget = coercion.whole(holder.get("token_budget"), 0, _HIGH)
    return Book(
        entries=tuple(decorated(entry) for entry in read if entry is not None),
        name=coercion.text(holder.get("name")) or name,
        scope=scope,
        scan_depth=coercion.whole(holder.get("scan_depth"), 0, _FAR),
        token_budget=budget or None,
        recursive=coercion.flag(holder.get("recursive_scanning")),
    )


def recognised(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any] | None, Form]:
    """Give what holds the book's own fields, its entries and the words they are written in."""
    data = document.get("data")
    if document.get("type") == "risu" and isinstance(data, list):
        return document, data, Form.RISU
    if isinstance(data, dict) and "entries" not in document:
        inner = (data, data.get("lorebook"), data.get("character_book"))
        holders = [holder for holder in inner if isinstance(holder, dict) and "entries" in holder]
        document = holders[0] if holders else data
    elif "scenarioVersion" in document and isinstance(document.get("lorebook"), dict):
        document = document["lorebook"]
    entries = document.get("entries")
    if isinstance(entries, dict):
        entries = list(entries.values())
    if not isinstance(entries, list):
        return document, None, Form.OWN
    if "lorebookVersion" in document:
        return document, entries, Form.NOVELAI
    if document.get("kind") == "memory" or _are_agnai(entries):
        return document, entries, Form.AGNAI
    return document, entries, Form.OWN


def entry_in(raw: Mapping[str, Any], form: Form) -> Entry | None:
    """Read an entry as it is written; None where it is only a folder."""
    return _READERS[form](raw)


def _are_agnai(entries: list[Any]) -> bool:
    return any(isinstance(item, dict) and {"keywords", "entry"} <= item.keys() for item in entries)


def _novelai(raw: Mapping[str, Any]) -> Entry:
    config = raw.get("contextConfig")
    order = config.get("budgetPriority") if isinstance(config, dict) else None
    return Entry(
        content=coercion.text(raw.get("text")),
        keys=coercion.words(raw.get("keys")),
        uid=coercion.text(raw.get("id")),
        name=coercion.text(raw.get("displayName")),
        enabled=coercion.flag(raw.get("enabled")) is not False,
        constant=coercion.flag(raw.get("forceActivation")) is True,
        order=_order(order),
        scan_letters=coercion.whole(raw.get("searchRange"), 0, _FAR),
    )


def _agnai(raw: Mapping[str, Any]) -> Entry:
    return Entry(
        content=coercion.text(raw.get("entry")),
        keys=coercion.words(raw.get("keywords")),
        uid=coercion.text(raw.get("id")),
        name=coercion.text(raw.get("name")),
        enabled=coercion.flag(raw.get("enabled")) is not False,
        order=_order(raw.get("weight")),
        priority=coercion.number(raw.get("priority"), -_HIGH, _HIGH),
        position=Position.BEFORE_CHAR,
    )


def _risu(raw: Mapping[str, Any]) -> Entry | None:
    key, mode = coercion.text(raw.get("key")), raw.get("mode")
    if mode == "folder" or key.startswith(_FOLDER):
        return None
    chance = coercion.number(raw.get("activationPercent"), 0, 100)
    selective = coercion.flag(raw.get("selective")) is True
    return Entry(
        content=coercion.text(raw.get("content")),
        keys=coercion.words(raw.get("key")),
        secondary_keys=coercion.words(raw.get("secondkey")) if selective else (),
        uid=coercion.text(raw.get("id")),
        comment=coercion.text(raw.get("comment")),
        constant=mode == "constant" or coercion.flag(raw.get("alwaysActive")) is True,
        order=_order(raw.get("insertorder")),
        probability=100 if chance is None else chance,
    )


_READERS: dict[Form, _Reader] = {
    Form.OWN: written_entry,
    Form.NOVELAI: _novelai,
    Form.AGNAI: _agnai,
    Form.RISU: _risu,
}


def _order(value: object) -> float:
    found = coercion.number(value, -_HIGH, _HIGH)
    return USUAL_ORDER if found is None else found
