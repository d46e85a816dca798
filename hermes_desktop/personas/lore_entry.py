"""Knows one entry of a lorebook in the words of V2 and V3 and in SillyTavern's; not the books around it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.lore import (
    USUAL_DEPTH,
    USUAL_ORDER,
    Conditions,
    Entry,
    Filter,
    Logic,
    Position,
    Source,
)
from hermes_desktop.personas import coercion
from hermes_desktop.personas.decorators import decorated

_T = TypeVar("_T")

OWN = "hermes_desktop"  # our room among an entry's extensions

_FAR = 100_000  # messages
_HIGH = 1_000_000_000

POSITIONS = (
    Position.BEFORE_CHAR,
    Position.AFTER_CHAR,
    Position.NOTE_TOP,
    Position.NOTE_BOTTOM,
    Position.DEPTH,
    Position.BEFORE_EXAMPLES,
    Position.AFTER_EXAMPLES,
    Position.OUTLET,
)
LOGICS = (Logic.AND_ANY, Logic.NOT_ALL, Logic.NOT_ANY, Logic.AND_ALL)
ROLES = (Role.SYSTEM, Role.USER, Role.ASSISTANT)
_SOURCES = {
    "match_persona_description": Source.PROFILE,
    "match_character_description": Source.DESCRIPTION,
    "match_character_personality": Source.PERSONALITY,
    "match_character_depth_prompt": Source.PERSONA_NOTE,
    "match_scenario": Source.SCENARIO,
    "match_creator_notes": Source.CREATOR_NOTES,
}


class _Settings:
    """Finds SillyTavern's settings: in a world info in camel case, in a card among the extensions."""

    def __init__(self, raw: Mapping[str, Any], own: bool) -> None:
        """Take an entry; `own` says that it is of a world info."""
        extensions = raw.get("extensions")
        others: list[Mapping[str, Any]] = [extensions] if isinstance(extensions, dict) else []
        self._holders = [raw, *others] if own else [*others, raw]

    def get(self, name: str) -> object:
        for holder in self._holders:
            for written in _both(name):
                if (value := holder.get(written)) is not None:
                    return value
        return None

    def number(self, name: str, usual: int, low: int = 0, high: int = _FAR) -> int:
        found = coercion.whole(self.get(name), low, high)
        return usual if found is None else found

    def flag(self, name: str) -> bool | None:
        return coercion.flag(self.get(name))


@cache
def _both(name: str) -> tuple[str, ...]:
    """Give the ways in which a setting's name is written; only names in this module come here."""
    return tuple(dict.fromkeys((name, camel(name))))


def camel(name: str) -> str:
    """Write a name of several words as SillyTavern's world info does."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def entry_of(raw: Mapping[str, Any]) -> Entry:
    """Read an entry, whichever words it uses, and do what its decorators say."""
    return decorated(written_entry(raw))


def written_entry(raw: Mapping[str, Any]) -> Entry:
    """Read an entry as it is written, decorators and all; SillyTavern's words count where both are there."""
    own = "key" in raw
    settings = _Settings(raw, own)
    enabled = (
        coercion.flag(raw.get("disable")) is not True
        if own
        else coercion.flag(raw.get("enabled")) is not False
    )
    order = coercion.number(raw.get("order" if own else "insertion_order"), -_HIGH, _HIGH)
    entry = Entry(
        content=coercion.text(raw.get("content")),
        keys=coercion.words(raw.get("key" if own else "keys")),
        secondary_keys=_secondary(raw, own),
        logic=_one_of(LOGICS, settings.get("selective_logic"), Logic.AND_ANY),
        uid=coercion.text(raw.get("uid" if own else "id")),
        name=coercion.text(raw.get("name")),
        comment=coercion.text(raw.get("comment")),
        enabled=enabled,
        constant=coercion.flag(raw.get("constant")) is True,
        order=USUAL_ORDER if order is None else order,
        priority=None if own else coercion.number(raw.get("priority"), -_HIGH, _HIGH),
        position=_position(settings, own),
        depth=settings.number("depth", USUAL_DEPTH),
        role=_role(settings.get("role")),
        outlet=coercion.text(settings.get("outlet_name")),
        case_sensitive=settings.flag("case_sensitive"),
        whole_words=settings.flag("match_whole_words"),
        scan_depth=coercion.whole(settings.get("scan_depth"), 0, _FAR),
        scan_letters=coercion.whole(_own_room(raw).get("scan_letters"), 0, _FAR),
        sources=tuple(source for name, source in _SOURCES.items() if settings.flag(name)),
        probability=_probability(settings),
        sticky=settings.number("sticky", 0),
        cooldown=settings.number("cooldown", 0),
        conditions=_conditions(settings),
    )
    return _grouped(entry, settings)


def _grouped(entry: Entry, settings: _Settings) -> Entry:
    """Read what an entry has to do with others: budget, groups, recursion."""
    level = settings.get("delay_until_recursion")
    return replace(
        entry,
        ignore_budget=settings.flag("ignore_budget") is True,
        groups=coercion.words(settings.get("group")),
        group_override=settings.flag("group_override") is True,
        group_weight=settings.number("group_weight", 100, 0, _HIGH),
        group_scoring=settings.flag("use_group_scoring"),
        exclude_recursion=settings.flag("exclude_recursion") is True,
        prevent_recursion=settings.flag("prevent_recursion") is True,
        recursion_level=int(level) if isinstance(level, bool) else coercion.whole(level, 0, 100) or 0,
    )


def _own_room(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what we keep with an entry that came from another program."""
    extensions = raw.get("extensions")
    room = extensions.get(OWN) if isinstance(extensions, dict) else None
    return room if isinstance(room, dict) else {}


def _secondary(raw: Mapping[str, Any], own: bool) -> tuple[str, ...]:
    """Read the secondary keys; where the entry is not selective they mean nothing."""
    selective = coercion.flag(raw.get("selective"))
    if not (own if selective is None else selective):
        return ()
    return coercion.words(raw.get("keysecondary" if own else "secondary_keys"))


def _position(settings: _Settings, own: bool) -> Position:
    """Read where an entry goes; a word in a card says less than the number among its extensions."""
    value = settings.get("position")
    if isinstance(value, str) and not value.strip().isdigit():
        return Position.BEFORE_CHAR if value.startswith("before") else Position.AFTER_CHAR
    return _one_of(POSITIONS, value, Position.BEFORE_CHAR if own else Position.AFTER_CHAR)


def number_of(position: Position) -> int:
    """Give SillyTavern's number of a place."""
    return POSITIONS.index(position)


def _role(value: object) -> Role:
    if isinstance(value, str) and value in ("system", "user", "assistant"):
        return Role(value)
    return _one_of(ROLES, value, Role.SYSTEM)


def _one_of(values: tuple[_T, ...], number: object, usual: _T) -> _T:
    at = coercion.whole(number, -1, len(values))
    return values[at] if at is not None and 0 <= at < len(values) else usual


def _probability(settings: _Settings) -> float:
    found = coercion.number(settings.get("probability"), 0, 100)
    unused = settings.flag("use_probability") is False
    return 100 if found is None or unused else found


def _conditions(settings: _Settings) -> Conditions:
    asked = settings.get("character_filter")
    asked = asked if isinstance(asked, dict) else {}
    names = asked.get("names") or settings.get("character_filter_names")
    tags = asked.get("tags") or settings.get("character_filter_tags")
    excludes = asked.get("isExclude") or settings.get("character_filter_exclude")
    return Conditions(
        for_whom=Filter(coercion.words(names), coercion.words(tags), coercion.flag(excludes) is True),
        triggers=coercion.words(settings.get("triggers")),
        delay=settings.number("delay", 0),
    )
