"""Knows how one field of a persona is named and changed, a greeting in a list, too; not how it is kept."""

import re
from dataclasses import fields, replace
from typing import Any

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.personas.depth_note import DEPTH_LIMIT

_PLACE = re.compile(r"(\w+)(?:\[(\d{1,9})\])?")
# Names of a card's keys that are not ours; ours are understood, too.
_OURS = {
    "first_mes": "greeting",
    "mes_example": "example_dialogue",
    "group_only_greetings": "group_greetings",
    "depth_prompt": "note",
    "depth_prompt_depth": "note_depth",
    "depth_prompt_role": "note_role",
}
_THEIRS = {ours: theirs for theirs, ours in _OURS.items()}


def changed(persona: PersonaFields, field: str, text: str) -> PersonaFields:
    """Change one field; raises FIELD_UNKNOWN, FIELD_LIST, FIELD_PLACE or FIELD_VALUE.

    `field` is a card's key, as in `first_mes`, or a place in a list, from 0, as in `alternate_greetings[1]`;
    the place behind the last one adds to the list. `tags` alone takes them all, with commas between.
    """
    found = _PLACE.fullmatch(field.strip())
    name = _OURS.get(found[1], found[1]) if found else ""
    if found is None or name not in {known.name for known in fields(PersonaFields)}:
        raise KnownError(ErrorKind.FIELD_UNKNOWN, field=field, known=", ".join(names()))
    before = getattr(persona, name)
    values: dict[str, Any] = {
        name: _chosen(field, before, text.strip())
        if found[2] is None and isinstance(before, int | Role)
        else _value(before, found[1], found[2], text)
    }
    return replace(persona, **values)


def names() -> list[str]:
    """List the fields by the names that a card has for them."""
    return [_THEIRS.get(field.name, field.name) for field in fields(PersonaFields)]


def _chosen(field: str, before: int | Role, text: str) -> int | Role:
    """Read a value that cannot be any text: a number, or who speaks."""
    allowed = [role.value for role in Role if role is not Role.TOOL]
    if isinstance(before, Role):
        if text.lower() in allowed:
            return Role(text.lower())
        raise KnownError(ErrorKind.FIELD_VALUE, field=field, text=text, known=", ".join(allowed))
    if text.isascii() and text.isdecimal() and int(text[:9]) <= DEPTH_LIMIT:
        return int(text)
    raise KnownError(ErrorKind.FIELD_VALUE, field=field, text=text, known=f"0–{DEPTH_LIMIT}")


def _value(before: str | tuple[str, ...], name: str, place: str | None, text: str) -> str | tuple[str, ...]:
    if place is None:
        if isinstance(before, str):
            return text
        if name == "tags":
            return tuple(tag.strip() for tag in text.split(",") if tag.strip())
        raise KnownError(ErrorKind.FIELD_LIST, field=name, count=len(before))
    if not isinstance(before, tuple) or int(place) > len(before):
        places = len(before) if isinstance(before, tuple) else 0
        raise KnownError(ErrorKind.FIELD_PLACE, field=name, place=place, count=places)
    return (*before[: int(place)], text, *before[int(place) + 1 :])
