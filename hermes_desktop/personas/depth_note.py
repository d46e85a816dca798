"""Knows the character's note as cards keep it, in `extensions.depth_prompt`; not where prompts put it."""

from collections.abc import Mapping
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import NOTE_DEPTH, PersonaFields
from hermes_desktop.personas import coercion

DEPTH_LIMIT = 9_999
_HOLDER, _KEY = "extensions", "depth_prompt"
_ROLES = {"system": Role.SYSTEM, "user": Role.USER, "assistant": Role.ASSISTANT}
_NOTHING = {"prompt": "", "depth": NOTE_DEPTH, "role": "system"}
_NUMBERED = (Role.SYSTEM, Role.USER, Role.ASSISTANT)  # some writers have a number there


def read(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give the note's text, depth and role by our fields' names; what is of an odd kind counts as nothing."""
    found = _found(data)
    depth = coercion.whole(found.get("depth"), 0, DEPTH_LIMIT)
    text = found.get("prompt")
    return {
        "note": json_guard.without_surrogates(text) if isinstance(text, str) else "",
        "note_depth": NOTE_DEPTH if depth is None else depth,
        "note_role": role_of(found.get("role")),
    }


def role_of(value: object) -> Role:
    """Read who is made to say a note; the system where nobody known is named."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(_NUMBERED):
        return _NUMBERED[value]
    return _ROLES.get(value.strip().lower(), Role.SYSTEM) if isinstance(value, str) else Role.SYSTEM


def write(data: dict[str, Any], changed: PersonaFields, before: PersonaFields) -> None:
    """Write what has changed of a note and leave everything beside it as it is."""
    values = {
        "prompt": (changed.note, before.note),
        "depth": (changed.note_depth, before.note_depth),
        "role": (changed.note_role.value, before.note_role.value),
    }
    fresh = {key: new for key, (new, old) in values.items() if new != old}
    if not fresh:
        return
    holder = data.get(_HOLDER)
    if not isinstance(holder, dict):
        holder = data[_HOLDER] = {}
    if not isinstance(holder.get(_KEY), dict):
        holder[_KEY] = {key: new for key, (new, _old) in values.items()}
    holder[_KEY].update(fresh)
    if holder[_KEY] == _NOTHING:
        del holder[_KEY]


def _found(data: Mapping[str, Any]) -> Mapping[str, Any]:
    holder = data.get(_HOLDER)
    found = holder.get(_KEY) if isinstance(holder, dict) else None
    return found if isinstance(found, dict) else {}
