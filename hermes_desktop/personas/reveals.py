"""Knows what a card tells about people and computers to whoever reads it, as kinds and values; no words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.personas import card
from hermes_desktop.personas.notes import Note, NoteKind
from hermes_desktop.personas.private import LOCAL_PATH, shared

_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_ADDRESS = re.compile(r"https?://[^\s\"'<>)\]]{3,200}")
_FEW = 5
_SHORT = 60  # characters of one finding
_LETTERS_LIMIT = 4_000_000  # of all texts that are looked through
_SMALL = 3  # letters of a name that says nothing: "Jo" stands in many words


def reveals(document: dict[str, Any], *, own_names: tuple[str, ...], home: str) -> list[Note]:
    """List what a card says beside its persona. `home` is the name of the person's folder."""
    return list(_reveals(document, own_names, home))


def _reveals(document: dict[str, Any], own_names: tuple[str, ...], home: str) -> Iterator[Note]:
    said = card.fields_in(document)
    if said.creator.strip():
        yield Note(NoteKind.CREATOR, json_guard.without_surrogates(said.creator.strip())[:_SHORT])
    if said.creator_notes.strip():
        yield Note(NoteKind.CREATOR_NOTES, str(len(said.creator_notes.split())))
    text = _text_of(document)
    names = [name for name in own_names if len(name) >= _SMALL and _has_word(text, name)]
    if names:
        yield Note(NoteKind.OWN_NAME, ", ".join(names))
    if len(home) >= _SMALL and home not in names and _has_word(text, home):
        yield Note(NoteKind.HOME_NAME, home)
    for kind, pattern in (
        (NoteKind.MAIL, _MAIL),
        (NoteKind.LOCAL_PATHS, LOCAL_PATH),
        (NoteKind.ADDRESSES, _ADDRESS),
    ):
        found = list(dict.fromkeys(match[0].rstrip(".,;:!")[:_SHORT] for match in pattern.finditer(text)))
        if found:
            yield Note(kind, _listed(found))
    data = card.data_of(document)
    if card.lore_entries(data):
        yield Note(NoteKind.LORE, str(card.lore_entries(data)))
    yield from _of_others(document, data)


def _of_others(document: dict[str, Any], data: Mapping[str, Any]) -> Iterator[Note]:
    scripts = card.scripts_of(data.get("extensions"))
    if scripts:
        yield Note(NoteKind.SCRIPTS_TRAVEL, ", ".join(scripts))
    if any(data.get(key) for key in ("creation_date", "modification_date")) or document.get("create_date"):
        yield Note(NoteKind.DATES)
    if data.get("source"):
        yield Note(NoteKind.SOURCES)
    if shared(document) is not document:
        yield Note(NoteKind.PRIVATE)


def _listed(found: list[str]) -> str:
    more = f" (+{len(found) - _FEW})" if len(found) > _FEW else ""
    return ", ".join(found[:_FEW]) + more


def _has_word(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.I) is not None


def _text_of(document: object) -> str:
    """Put every text of a document into one, up to a limit; keys are no texts."""
    found: list[str] = []
    room, waiting = _LETTERS_LIMIT, [document]
    while waiting and room > 0:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(json_guard.without_surrogates(value[:room]))
            room -= len(value)
        elif isinstance(value, dict):
            waiting += reversed(list(value.values()))
        elif isinstance(value, list):
            waiting += reversed(value)
    return "\n".join(found)
