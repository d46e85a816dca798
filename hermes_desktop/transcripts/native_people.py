"""Knows how everybody of our own formats is read: personas, profiles, pictures; it trusts nothing."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from hermes_desktop.containers.loose import dicts, mapping, text, texts, whole
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.history import (
    PersonaHistory,
    PersonaState,
    PictureBytes,
    ProfileHistory,
    ProfileState,
)
from hermes_desktop.domain.persona import NOTE_DEPTH, PersonaFields
from hermes_desktop.transcripts import native
from hermes_desktop.transcripts import native_values as values

_MIMES = ("image/png", "image/jpeg", "image/webp")
_DEPTH_LIMIT = 10_000  # messages that may follow a note
_LISTS = ("alternate_greetings", "tags", "group_greetings")


def persona(said: Mapping[str, Any]) -> PersonaHistory:
    """Read a persona with its versions; raises DamagedError."""
    versions = tuple(_persona_version(each) for each in dicts(said.get("versions")))
    values.check_versions([state.number for state in versions])
    return PersonaHistory(
        versions,
        text(said.get("shipped")),
        said.get("favourite") is True,
        values.moment(said.get("deleted_at")),
    )


def _persona_version(said: Mapping[str, Any]) -> PersonaState:
    return PersonaState(
        key=values.key(said.get("key")),
        number=values.key(said.get("number")),
        fields=_fields(mapping(said.get("fields"))),
        spec=text(said.get("spec")) or "own",
        card=values.document(said.get("card"), "the card of a persona"),
        avatar=values.hashed(said.get("avatar")),
        lore_entries=whole(said.get("lore_entries"), 0, values.LARGEST),
        created_at=values.time(said.get("created_at")),
        file=values.hashed(said.get("file")),
    )


def _fields(said: Mapping[str, Any]) -> PersonaFields:
    found: dict[str, Any] = {
        name: tuple(texts(said.get(name))) if name in _LISTS else text(said.get(name))
        for name in native.PERSONA_FIELDS
    }
    found["note_depth"] = whole(said.get("note_depth"), 0, _DEPTH_LIMIT, NOTE_DEPTH)
    found["note_role"] = values.choice(Role, said.get("note_role"), Role.SYSTEM)
    return PersonaFields(**found)


def profile(said: Mapping[str, Any]) -> ProfileHistory:
    """Read a profile with its versions; raises DamagedError."""
    versions = tuple(
        ProfileState(
            values.key(each.get("key")),
            values.key(each.get("number")),
            text(each.get("name")),
            text(each.get("description")),
            values.hashed(each.get("avatar")),
            values.time(each.get("created_at")),
            values.document(each.get("original"), "the document of a profile", ""),
        )
        for each in dicts(said.get("versions"))
    )
    values.check_versions([state.number for state in versions])
    return ProfileHistory(versions, values.moment(said.get("deleted_at")))


def picture(said: Mapping[str, Any]) -> PictureBytes | None:
    """Read a picture; nothing where it is not what its key says, or of no kind that can be shown."""
    try:
        data = base64.b64decode(text(said.get("data")), validate=True)
    except (binascii.Error, ValueError):
        return None
    key, mime = hashlib.sha256(data).hexdigest(), text(said.get("mime"))
    return PictureBytes(key, mime, data) if key == said.get("key") and mime in _MIMES else None
