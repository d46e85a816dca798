"""Knows character cards of version 1, 2 and 3 in JSON, to and from the fields of a persona.

The stored card is the document as it came. An edit patches it and leaves everything else alone.
Sources: the V1, V2 and V3 card specifications.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import PersonaFields

SIZE_LIMIT = 8 * 1024 * 1024  # bytes
LIST_LIMIT = 1000  # greetings or tags that are used; more are kept in the card

# Our field, the card's key. The order is the order in which a new card lists them.
_TEXTS = {
    "name": "name",
    "description": "description",
    "personality": "personality",
    "scenario": "scenario",
    "greeting": "first_mes",
    "example_dialogue": "mes_example",
    "creator_notes": "creator_notes",
    "system_prompt": "system_prompt",
    "post_history_instructions": "post_history_instructions",
    "creator": "creator",
    "character_version": "character_version",
    "nickname": "nickname",
}
_LISTS = {"alternate_greetings": "alternate_greetings", "tags": "tags"}
_OLD_NOTES = "creatorcomment"  # early writers' key for the creator's notes; read where the newer one is empty
_V1_KEYS = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
# Keys whose meaning is known though this version does not use them.
_KEPT = (
    "character_book",
    "extensions",
    "assets",
    "group_only_greetings",
    "creator_notes_multilingual",
    "source",
)

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "PNG"),
    (b"PK\x03\x04", "CHARX"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"RIFF", "WebP"),
)


@dataclass(frozen=True, slots=True)
class ImportedCard:
    """A card that was understood."""

    fields: PersonaFields
    spec: str  # "v1", "v2" or "v3"
    lore_entries: int
    card: str  # the document as JSON text
    used: tuple[str, ...]
    kept: tuple[str, ...]
    ignored: tuple[str, ...]


def parse(data: bytes, source: str) -> ImportedCard:
    """Read a card; raises CARD_NOT_JSON, CARD_UNKNOWN, CARD_FORMAT_LATER or FILE_TOO_LARGE.

    `source` names the file in errors.
    """
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            raise KnownError(ErrorKind.CARD_FORMAT_LATER, path=source, format=name)
    if len(data) > SIZE_LIMIT:
        raise KnownError(ErrorKind.FILE_TOO_LARGE, path=source, limit=SIZE_LIMIT)
    try:
        document = json_guard.read(data, SIZE_LIMIT)
    except json_guard.BadJsonError as error:
        raise KnownError(ErrorKind.CARD_NOT_JSON, path=source, reason=str(error)) from error
    spec = _spec_of(document)
    if spec is None:
        raise KnownError(ErrorKind.CARD_UNKNOWN, path=source)
    return _imported(document, spec)


def patch(card: str, changed: PersonaFields) -> str:
    """Write changed fields into a card and leave everything else as it is; an untouched one comes back."""
    document: dict[str, Any] = json.loads(card)
    data = _data_of(document, _spec_of(document))
    before = _fields_of(data, document)
    for name, key in (_TEXTS | _LISTS).items():
        value = getattr(changed, name)
        if value == getattr(before, name):
            continue
        written = list(value) if isinstance(value, tuple) else value
        data[key] = written
        if key in document:  # the copy that some writers keep at the root
            document[key] = written
        if key == "creator_notes":
            _overwrite(_OLD_NOTES, written, data, document)
    return json.dumps(document, ensure_ascii=False)


def new(written: PersonaFields) -> str:
    """Write a V3 card for a persona that was written here."""
    data: dict[str, Any] = {key: getattr(written, name) for name, key in _TEXTS.items()}
    data |= {key: list(getattr(written, name)) for name, key in _LISTS.items()}
    data |= {"group_only_greetings": [], "extensions": {}}
    return json.dumps({"spec": "chara_card_v3", "spec_version": "3.0", "data": data}, ensure_ascii=False)


def _overwrite(key: str, written: object, *holders: dict[str, Any]) -> None:
    for holder in holders:
        if key in holder:
            holder[key] = written


# ---- what kind of card ----------------------------------------------------------------------------


def _spec_of(document: object) -> str | None:
    if not isinstance(document, dict):
        return None
    data = document.get("data")
    if isinstance(data, dict) and _named(data):
        if document.get("spec") == "chara_card_v3":
            return "v3"
        if document.get("spec") == "chara_card_v2":
            return "v2"
        if "first_mes" in data:
            newer = ("group_only_greetings", "assets", "nickname")
            return "v3" if any(key in data for key in newer) else "v2"
    if _named(document) and any(key in document for key in _V1_KEYS[1:]):
        return "v1"
    return None


def _named(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("name"), str) and bool(data["name"].strip())


def _data_of(document: dict[str, Any], spec: str | None) -> dict[str, Any]:
    data: dict[str, Any] = document["data"] if spec in ("v2", "v3") else document
    return data


# ---- the fields -----------------------------------------------------------------------------------


def _imported(document: dict[str, Any], spec: str) -> ImportedCard:
    data = _data_of(document, spec)
    known = {*_TEXTS.values(), *_LISTS.values()}
    used = [key for key in data if key in known and _read(key, data[key])]
    kept = [key for key in data if key in _KEPT and data[key]]
    named = {*used, *kept, "spec", "spec_version", "data"}
    ignored = [key for key in data if key not in named and data[key] not in ("", [], {}, None)]
    return ImportedCard(
        fields=_fields_of(data, document),
        spec=spec,
        lore_entries=_lore_entries(data),
        card=json.dumps(document, ensure_ascii=False),
        used=tuple(used),
        kept=tuple(kept),
        ignored=tuple(ignored),
    )


def _fields_of(data: Mapping[str, Any], document: Mapping[str, Any]) -> PersonaFields:
    values: dict[str, Any] = {name: _read(key, data.get(key)) for name, key in (_TEXTS | _LISTS).items()}
    if not values["creator_notes"]:
        values["creator_notes"] = _text(data.get(_OLD_NOTES)) or _text(document.get(_OLD_NOTES))
    return PersonaFields(**{field.name: values[field.name] for field in fields(PersonaFields)})


def _read(key: str, value: object) -> str | tuple[str, ...]:
    if key in _LISTS.values():
        return _texts(key, value)
    if key == "character_version" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)  # many writers have a number there
    return _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(key: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):  # one greeting; or tags as one line, as early writers have them
        found = value.split(",") if key == "tags" else [value]
        return tuple(part.strip() for part in found if part.strip())[:LIST_LIMIT]
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value[:LIST_LIMIT] if isinstance(item, str))


def _lore_entries(data: Mapping[str, Any]) -> int:
    book = data.get("character_book")
    entries = book.get("entries") if isinstance(book, dict) else None
    return len(entries) if isinstance(entries, list | dict) else 0
