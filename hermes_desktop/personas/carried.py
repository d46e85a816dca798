"""Knows how a persona of another format is carried into a V3 card that keeps the original."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.containers.loose import dicts as dicts
from hermes_desktop.containers.loose import text as text
from hermes_desktop.containers.loose import texts as texts
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.personas import card
from hermes_desktop.personas.card import ImportedCard
from hermes_desktop.personas.notes import Note, NoteKind

OWN = "hermes_desktop"  # our room among a card's extensions
_EMPTY: tuple[object, ...] = ("", [], {}, None)


def carry(
    form: str,
    original: Mapping[str, Any],
    data: Mapping[str, Any],
    *,
    source: str,
    used: Collection[str],
    kept: Collection[str] = (),
    keep_original: bool = True,
) -> ImportedCard:
    """Make a card of `data`, V3's fields; `used` and `kept` are keys of the original, the rest is ignored.

    Raises CARD_UNKNOWN where nothing of it says anything.
    """
    document: dict[str, Any] = json.loads(card.new(PersonaFields("")))
    own: dict[str, Any] = {"format": form}
    if keep_original:
        own["original"] = dict(original)
    extensions = {**data.get("extensions", {}), OWN: own}
    document["data"] |= {key: value for key, value in data.items() if value not in _EMPTY}
    document["data"]["extensions"] = extensions
    made = card.of_document(document, source)
    if made is None:  # a name of blanks, and nothing beside it
        raise KnownError(ErrorKind.CARD_UNKNOWN, path=source)
    full = [str(key) for key, value in original.items() if value not in _EMPTY]
    return replace(
        made,
        spec=form,
        used=tuple(json_guard.without_surrogates(key) for key in full if key in used),
        kept=tuple(json_guard.without_surrogates(key) for key in full if key in kept and key not in used),
        ignored=tuple(
            json_guard.without_surrogates(key) for key in full if key not in used and key not in kept
        ),
        notes=(*made.notes, Note(NoteKind.CONVERTED, form)),
    )


def keys_of(value: object) -> list[str]:
    """Split the triggers of a lore entry, which many formats write in one line."""
    words = value.split(",") if isinstance(value, str) else texts(value)
    return [word.strip() for word in words if word.strip()]


def book(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Make a lorebook of entries that have at least keys and content."""
    whole = [
        {"extensions": {}, "enabled": True, "insertion_order": number, "use_regex": False} | entry
        for number, entry in enumerate(entries)
    ]
    return {"extensions": {}, "entries": whole} if whole else {}
