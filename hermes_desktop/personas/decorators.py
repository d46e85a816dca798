"""Knows V3 decorators, lines with @@ at the beginning of an entry: what they change, and their fallbacks."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.lore import FOREVER, Entry, Position
from hermes_desktop.personas import coercion

_BLOCK = re.compile(r"\s*(?:@@[^\n]*(?:\n|\Z)){1,100}\n*")  # and what is blank around it
_FAR = 100_000
_FIRST_OUT = -1000.0  # priority of what leaves before all else

_POSITIONS = {
    "before_desc": Position.BEFORE_CHAR,
    "after_desc": Position.AFTER_CHAR,
    "personality": Position.AFTER_CHAR,
    "scenario": Position.AFTER_CHAR,
}
# What of a person's own prompts an entry keeps away; last instructions of one's own there are none here.
_MUTED: Mapping[str, dict[str, Any]] = {
    "system_prompt": {"mutes_default": True},
    "post_history_instructions": {},
}
# Decorators without a value.
_FLAGS: Mapping[str, dict[str, Any]] = {
    "activate": {"forced": True},
    "keep_activate_after_match": {"sticky": FOREVER},
    "dont_activate_after_match": {"cooldown": FOREVER},
    "ignore_on_max_context": {"priority": _FIRST_OUT},
    "end": {"position": Position.DEPTH, "depth": 0},
    "match_full_word": {"whole_words": True},
    "match_partial_word": {"whole_words": False},
    "unrecursive": {"exclude_recursion": True},
    "no_recursive_search": {"prevent_recursion": True},
}
_CONDITIONS = {
    "activate_only_after": "after_replies",
    "activate_only_every": "every_replies",
    "is_greeting": "greeting",
}


@dataclass(slots=True)
class _Found:
    """What the decorators of one entry change."""

    names: set[str] = field(default_factory=set)
    entry: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    extra: list[tuple[str, ...]] = field(default_factory=list)


def decorated(entry: Entry) -> Entry:
    """Take the decorators out of an entry's content and follow them."""
    block, rest = split(entry.content)
    if not block:
        return entry
    found = _Found()
    understood = False
    for line in block.strip().split("\n"):
        is_fallback = line.startswith("@@@")
        if not (is_fallback and understood):
            understood = _follow(line.lstrip("@"), found)
    if found.entry.get("position") in _POSITIONS.values():
        found.entry.pop("depth", None)
    conditions = replace(entry.conditions, **found.conditions, extra_keys=tuple(found.extra))
    content = rest.replace("\r\n", "\n").strip("\n")
    return replace(entry, content=content, conditions=conditions, **found.entry)


def split(content: str) -> tuple[str, str]:
    """Divide a content into its decorators, with what is blank around them, and the rest."""
    found = _BLOCK.match(content)
    end = found.end() if found else 0
    return content[:end], content[end:]


def _follow(line: str, found: _Found) -> bool:
    """Follow one decorator; say whether it was understood."""
    name, _, value = line.strip().partition(" ")
    name = name.lower()
    known = _read(name, value.strip())
    if known is None:
        return False
    if name not in found.names:
        known(found)
    if name != "additional_keys":  # of others the first one counts
        found.names.add(name)
    return True


def _read(name: str, value: str) -> Callable[[_Found], object] | None:
    """Give what a decorator does; None where nobody knows it, or its value makes no sense."""
    if name in _FLAGS:
        return lambda found: found.entry.update(_FLAGS[name])
    if name == "dont_activate":
        return lambda found: found.conditions.update(forbidden=True)
    if name in ("additional_keys", "exclude_keys"):
        return _keys(name, coercion.words(value))
    if name == "is_user_icon":
        return (lambda found: found.conditions.update(user_icon=value)) if value else None
    if name in _CONDITIONS:
        count = coercion.whole(value, 0, _FAR)
        return None if count is None else lambda found: found.conditions.update({_CONDITIONS[name]: count})
    changed = _value(name, value)
    return None if changed is None else lambda found: _change(found, changed)


def _change(found: _Found, changed: dict[str, Any]) -> None:
    """Follow a decorator with a value; a named position stays where one at a depth comes behind it."""
    if found.entry.get("position") in _POSITIONS.values():
        changed = {name: value for name, value in changed.items() if name not in ("position", "depth")}
    found.entry.update(changed)


def _keys(name: str, words: tuple[str, ...]) -> Callable[[_Found], object] | None:
    if not words:
        return None
    if name == "exclude_keys":
        return lambda found: found.conditions.update(exclude_keys=words)
    return lambda found: found.extra.append(words)


def _value(name: str, value: str) -> dict[str, Any] | None:
    if name == "role":
        return {"role": Role(value)} if value in ("system", "user", "assistant") else None
    if name == "position":
        return {"position": _POSITIONS[value]} if value in _POSITIONS else None
    if name == "disable_ui_prompt":
        return _MUTED.get(value)
    amount = coercion.number(value, -_FAR, _FAR)
    if amount is None:
        return None
    count = max(int(amount), 0)
    meanings: dict[str, dict[str, Any]] = {
        "depth": {"position": Position.DEPTH, "depth": count},
        "reverse_depth": {"position": Position.DEPTH, "depth": count, "from_top": True},
        "scan_depth": {"scan_depth": count},
        "probability": {"probability": min(max(amount, 0), 100)},
        "priority": {"priority": amount},
    }
    return meanings.get(name)
