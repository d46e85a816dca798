"""Knows how one field of a persona is named and changed, a greeting in a list, too; not how it is kept."""

import re
from dataclasses import fields, replace
from typing import Any

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import PersonaFields

_PLACE = re.compile(r"(\w+)(?:\[(\d{1,9})\])?")
# Names of a card's keys that are not ours; ours are understood, too.
_OURS = {"first_mes": "greeting", "mes_example": "example_dialogue"}
_THEIRS = {ours: theirs for theirs, ours in _OURS.items()}


def changed(persona: PersonaFields, field: str, text: str) -> PersonaFields:
    """Change one field; raises FIELD_UNKNOWN, FIELD_LIST or FIELD_PLACE.

    `field` is a card's key, as in `first_mes`, or a place in a list, from 0, as in `alternate_greetings[1]`;
    the place behind the last one adds to the list. `tags` alone takes them all, with commas between.
    """
    found = _PLACE.fullmatch(field.strip())
    name = _OURS.get(found[1], found[1]) if found else ""
    if found is None or name not in {known.name for known in fields(PersonaFields)}:
        raise KnownError(ErrorKind.FIELD_UNKNOWN, field=field, known=", ".join(names()))
    values: dict[str, Any] = {name: _value(getattr(persona, name), found[1], found[2], text)}
    return replace(persona, **values)


def names() -> list[str]:
    """List the fields by the names that a card has for them."""
    return [_THEIRS.get(field.name, field.name) for field in fields(PersonaFields)]


def _value(before: str | tuple[str, ...], name: str, place: str | None, text: str) -> str | tuple[str, ...]:
    if place is None:
        if isinstance(before, str):
            return text
        if name == "tags":
            return tuple(tag.strip() for tag in text.split(",") if tag.strip())
        raise KnownError(ErrorKind.FIELD_LIST, field=name, count=len(before))
    if isinstance(before, str) or int(place) > len(before):
        places = 0 if isinstance(before, str) else len(before)
        raise KnownError(ErrorKind.FIELD_PLACE, field=name, place=place, count=places)
    return (*before[: int(place)], text, *before[int(place) + 1 :])
