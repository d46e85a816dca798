"""Knows character cards of version 1, 2 and 3 as JSON documents, to and from the fields of a persona.

The stored card is the document as it came. An edit patches it and leaves everything else alone.
Sources: the V1, V2 and V3 card specifications.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import PurePath
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import CardExtras, PersonaFields
from hermes_desktop.personas import depth_note
from hermes_desktop.personas.card_fields import LIST_LIMIT, LISTS, TEXTS, clean, text, texts, value_of
from hermes_desktop.personas.notes import Note, NoteKind

SIZE_LIMIT = 32 * 1024 * 1024  # bytes of a document
_OLD_NOTES = "creatorcomment"  # early writers' key for the creator's notes; read where the newer one is empty
_V1_KEYS = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
# Keys whose meaning is known though this version does not use them.
_BOOK = "character_book"  # used where it has entries
_KEPT = (
    _BOOK,
    "extensions",
    "assets",
    "group_only_greetings",
    "creator_notes_multilingual",
    "source",
)

_WRAPPED = {"chara_card_v3": "v3", "chara_card_v2": "v2"}
_NEWEST = 3.0
# Keys under which other programs keep what they would run.
_SCRIPTS = ("regex_scripts", "tavern_helper", "TavernHelper_scripts", "risuai")
_RISU_SCRIPTS = ("customScripts", "triggerscript", "virtualscript", "backgroundHTML")


@dataclass(frozen=True, slots=True)
class ImportedCard:
    """A card that was understood."""

    fields: PersonaFields
    spec: str  # "v1", "v2" or "v3", or the name of another format
    lore_entries: int
    card: str  # the document as JSON text
    used: tuple[str, ...]
    kept: tuple[str, ...]
    ignored: tuple[str, ...]
    notes: tuple[Note, ...] = ()


def parse(data: bytes, source: str) -> ImportedCard:
    """Read a card in JSON; raises CARD_NOT_JSON, CARD_UNKNOWN or FILE_TOO_LARGE.

    `source` names the file in errors, and a persona whose card has no name.
    """
    imported = of_document(document_of(data, source), source)
    if imported is None:
        raise KnownError(ErrorKind.CARD_UNKNOWN, path=source)
    return imported


def document_of(data: bytes, source: str) -> Any:
    """Read a JSON document as leniently as losslessness allows; raises CARD_NOT_JSON or FILE_TOO_LARGE."""
    if len(data) > SIZE_LIMIT:
        raise KnownError(ErrorKind.FILE_TOO_LARGE, path=source, limit=SIZE_LIMIT)
    try:
        return json_guard.read(data, SIZE_LIMIT, lenient=True)
    except json_guard.BadJsonError as error:
        raise KnownError(ErrorKind.CARD_NOT_JSON, path=source, reason=str(error)) from error


def of_document(document: object, source: str) -> ImportedCard | None:
    """Read a card from its document; nothing where it is none of version 1, 2 or 3."""
    spec = spec_of(document)
    if spec is None or not isinstance(document, dict):
        return None
    return _imported(document, spec, source)


def patch(card: str, changed: PersonaFields, before: PersonaFields | None = None) -> str:
    """Write changed fields into a card and leave everything else as it is; an untouched one comes back.

    `before` is what the persona said so far, where that may differ from the card: its file may have named it.
    """
    document: dict[str, Any] = json.loads(card)
    data = _data_of(document, spec_of(document))
    before = before or _fields_of(data, document)
    for name, key in (TEXTS | LISTS).items():
        value = getattr(changed, name)
        if value == getattr(before, name):
            continue
        written = list(value) if isinstance(value, tuple) else value
        data[key] = written
        if key in document:  # the copy that some writers keep at the root
            document[key] = written
        if key == "creator_notes":
            _overwrite(_OLD_NOTES, written, data, document)
    depth_note.write(data, changed, before)
    return json_guard.text_of(document)


def with_book(card: str, book: Mapping[str, Any]) -> tuple[str, int]:
    """Put another lorebook into a card and leave everything else; gives the card and its lore entries."""
    document: dict[str, Any] = json.loads(card)
    data = _data_of(document, spec_of(document))
    data[_BOOK] = book
    if _BOOK in document:  # the copy that some writers keep at the root
        document[_BOOK] = book
    return json_guard.text_of(document), lore_entries(data)


def world_of(card: str) -> str:
    """Give the lorebook that a card without one of its own asks for; "" where it asks for none."""
    document: dict[str, Any] = json.loads(card)
    data = _data_of(document, spec_of(document))
    extensions = data.get("extensions")
    world = extensions.get("world") if isinstance(extensions, dict) else None
    return text(world).strip() if not lore_entries(data) else ""


def note_of(card: str) -> str:
    """Give the note that a card wants among the messages; "" where it has none."""
    document: dict[str, Any] = json.loads(card)
    extensions = _data_of(document, spec_of(document)).get("extensions")
    prompt = extensions.get("depth_prompt") if isinstance(extensions, dict) else None
    return text(prompt.get("prompt")) if isinstance(prompt, dict) else ""


def digest(card: str) -> str:
    """Give the hash of what a card says, whatever the order of its keys."""
    ordered = json.dumps(json.loads(card), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(ordered.encode("ascii")).hexdigest()


def new(written: PersonaFields) -> str:
    """Write a V3 card for a persona that was written here."""
    data: dict[str, Any] = {key: getattr(written, name) for name, key in TEXTS.items()}
    data |= {key: list(getattr(written, name)) for name, key in LISTS.items()}
    data["extensions"] = {}
    depth_note.write(data, written, PersonaFields(""))
    return json_guard.text_of({"spec": "chara_card_v3", "spec_version": "3.0", "data": data})


def _overwrite(key: str, written: object, *holders: dict[str, Any]) -> None:
    for holder in holders:
        if key in holder:
            holder[key] = written


# ---- what kind of card ----------------------------------------------------------------------------


def spec_of(document: object) -> str | None:
    """Name the version whose form a document has; None where it is no card."""
    if not isinstance(document, dict):
        return None
    data = document.get("data")
    spec = document.get("spec")
    if isinstance(data, dict) and (_named(data) or _says_something(data)):
        if isinstance(spec, str) and spec in _WRAPPED:
            return _WRAPPED[spec]
        if "first_mes" in data:
            newer = ("group_only_greetings", "assets", "nickname")
            return "v3" if any(key in data for key in newer) else "v2"
    if _named(document) and any(key in document for key in _V1_KEYS[1:]):
        return "v1"
    return "v1" if isinstance(document.get("name"), str) and _says_something(document) else None


def _named(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("name"), str) and bool(data["name"].strip())


def _says_something(data: Mapping[str, Any]) -> bool:
    """Say whether a card is one though it has no name: its file can give it one."""
    return any(isinstance(data.get(key), str) and data[key].strip() for key in _V1_KEYS[1:])


def fields_in(document: dict[str, Any]) -> PersonaFields:
    """Read what a card says, whatever its version."""
    return _fields_of(data_of(document), document)


def data_of(document: dict[str, Any]) -> dict[str, Any]:
    """Give what holds a card's fields: its data, or itself where it is a flat one."""
    return _data_of(document, spec_of(document))


def _data_of(document: dict[str, Any], spec: str | None) -> dict[str, Any]:
    data: dict[str, Any] = document["data"] if spec in ("v2", "v3") else document
    return data


# ---- the fields -----------------------------------------------------------------------------------


def _imported(document: dict[str, Any], spec: str, source: str) -> ImportedCard:
    data = _data_of(document, spec)
    known = {*TEXTS.values(), *LISTS.values()} - {*_KEPT}
    entries = lore_entries(data)
    used = [key for key in data if (key in known and value_of(key, data[key])) or (key == _BOOK and entries)]
    kept = [key for key in data if key in _KEPT and data[key] and key not in used]
    named = {*used, *kept, "spec", "spec_version", "data"}
    ignored = [key for key in data if key not in named and data[key] not in ("", [], {}, None)]
    read = _fields_of(data, document)
    notes = tuple(_notes(document, data, spec))
    if not read.name.strip():
        read = replace(read, name=clean(PurePath(source).stem.strip()) or "?")
        notes = (Note(NoteKind.NAME_FROM_FILE, read.name), *notes)
    return ImportedCard(
        fields=read,
        spec=spec,
        lore_entries=entries,
        card=json_guard.text_of(document),
        used=tuple(clean(key) for key in used),
        kept=tuple(clean(key) for key in kept),
        ignored=tuple(clean(key) for key in ignored),
        notes=notes,
    )


def _notes(document: Mapping[str, Any], data: Mapping[str, Any], spec: str) -> Iterator[Note]:
    newer = _newer(document.get("spec_version")) if spec == "v3" else ""
    if newer:
        yield Note(NoteKind.NEWER, newer)
    if spec == "v1" and document.get("spec") in tuple(_WRAPPED):
        yield Note(NoteKind.UNWRAPPED)
    odd = [key for key in TEXTS.values() if _is_odd_text(key, data.get(key))]
    odd += [key for key in LISTS.values() if not isinstance(data.get(key), str | list | None)]
    if odd:
        yield Note(NoteKind.NOT_TEXT, ", ".join(odd))
    long = [key for key in LISTS.values() if _length(key, data.get(key)) > LIST_LIMIT]
    if long:
        yield Note(NoteKind.CUT, ", ".join(long))
    scripts = scripts_of(data.get("extensions"))
    if scripts:
        yield Note(NoteKind.SCRIPTS, ", ".join(scripts))
    remote = sum(_is_remote(asset) for asset in assets_of(data))
    if remote:
        yield Note(NoteKind.REMOTE_ASSETS, str(remote))


def assets_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the assets of a card's data that have the form of one."""
    assets = data.get("assets")
    return [item for item in assets if isinstance(item, dict)] if isinstance(assets, list) else []


def _is_remote(asset: Mapping[str, Any]) -> bool:
    return text(asset.get("uri")).lower().startswith(("http://", "https://"))


def _newer(version: object) -> str:
    try:
        return str(version) if float(str(version)) > _NEWEST else ""
    except ValueError:
        return ""


def _is_odd_text(key: str, value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return not isinstance(value, str | None) and not (key == "character_version" and number)


def _length(key: str, value: object) -> int:
    if isinstance(value, str):
        return value.count(",") + 1 if key == "tags" else 1
    return len(value) if isinstance(value, list) else 0


def scripts_of(extensions: object) -> tuple[str, ...]:
    """List which extensions hold something that another program would run."""
    return tuple(_scripts(extensions)) if isinstance(extensions, dict) else ()


def _scripts(extensions: Mapping[str, Any]) -> Iterator[str]:
    for key in _SCRIPTS:
        value = extensions.get(key)
        if key == "risuai":
            value = isinstance(value, dict) and any(value.get(name) for name in _RISU_SCRIPTS)
        if value:
            yield key


def _fields_of(data: Mapping[str, Any], document: Mapping[str, Any]) -> PersonaFields:
    values: dict[str, Any] = {name: value_of(key, data.get(key)) for name, key in (TEXTS | LISTS).items()}
    if not values["creator_notes"]:
        values["creator_notes"] = text(data.get(_OLD_NOTES)) or text(document.get(_OLD_NOTES))
    values |= depth_note.read(data)
    return PersonaFields(**{field.name: values[field.name] for field in fields(PersonaFields)})


def extras(card: str) -> CardExtras:
    """Give what a card says of its origin, and the creator's notes by language."""
    document = json.loads(card)
    data = _data_of(document, spec_of(document))
    source, notes = data.get("source"), data.get("creator_notes_multilingual")
    return CardExtras(
        sources=texts("source", source),
        notes=tuple(
            (clean(language), clean(said))
            for language, said in list(notes.items() if isinstance(notes, dict) else ())[:LIST_LIMIT]
            if isinstance(said, str) and said.strip()
        ),
    )


def lore_entries(data: Mapping[str, Any]) -> int:
    """Count the entries of a card's own lorebook."""
    book = data.get(_BOOK)
    entries = book.get("entries") if isinstance(book, dict) else None
    return len(entries) if isinstance(entries, list | dict) else 0
