"""Knows how a changed entry goes back into its document: what was touched and nothing else; no books.

What an entry says of itself twice, in the words of V2 and V3 and in SillyTavern's, is changed in both places.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hermes_desktop.domain.lore import Entry, Position
from hermes_desktop.personas import coercion
from hermes_desktop.personas.lore_entry import LOGICS, OWN, POSITIONS, ROLES, camel, written_entry

_Value = Callable[[Entry], Any]


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _level(entry: Entry) -> bool | int:
    return entry.recursion_level if entry.recursion_level > 1 else bool(entry.recursion_level)


# What stands in the entry itself: by the name in a card, and by that in a world info.
_ROOT: dict[str, tuple[str, _Value]] = {
    "content": ("content", lambda entry: entry.content),
    "keys": ("key", lambda entry: list(entry.keys)),
    "secondary_keys": ("keysecondary", lambda entry: list(entry.secondary_keys)),
    "name": ("name", lambda entry: entry.name),
    "comment": ("comment", lambda entry: entry.comment),
    "constant": ("constant", lambda entry: entry.constant),
    "insertion_order": ("order", lambda entry: _number(entry.order)),
}
# SillyTavern's settings: a card keeps them among an entry's extensions.
_SETTINGS: dict[str, _Value] = {
    "selectiveLogic": lambda entry: LOGICS.index(entry.logic),
    "depth": lambda entry: entry.depth,
    "role": lambda entry: ROLES.index(entry.role),
    "outlet_name": lambda entry: entry.outlet,
    "match_whole_words": lambda entry: entry.whole_words,
    "scan_depth": lambda entry: entry.scan_depth,
    "probability": lambda entry: _number(entry.probability),
    "sticky": lambda entry: entry.sticky,
    "cooldown": lambda entry: entry.cooldown,
    "delay": lambda entry: entry.conditions.delay,
    "ignore_budget": lambda entry: entry.ignore_budget,
    "group": lambda entry: ", ".join(entry.groups),
    "group_override": lambda entry: entry.group_override,
    "group_weight": lambda entry: _number(entry.group_weight),
    "exclude_recursion": lambda entry: entry.exclude_recursion,
    "prevent_recursion": lambda entry: entry.prevent_recursion,
    "delay_until_recursion": _level,
}


@dataclass(frozen=True, slots=True)
class _Page:
    """An entry's document, and where things stand in it."""

    raw: dict[str, Any]

    @property
    def own(self) -> bool:
        """Say whether it is an entry of a world info."""
        return "key" in self.raw

    @property
    def extensions(self) -> dict[str, Any]:
        """Give the extensions, empty where they are none."""
        found = self.raw.get("extensions")
        return found if isinstance(found, dict) else {}

    def places(self, name: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Give every place in which a setting stands now."""
        for holder in (self.raw, self.extensions):
            for written in dict.fromkeys((name, camel(name), _snake(name))):
                if written in holder:
                    yield holder, written

    def set(self, name: str, value: Any, *, at_root: bool = False) -> None:
        """Write a setting wherever it stands, or where it belongs if it stands nowhere."""
        places = list(self.places(name)) or [self._home(name, at_root)]
        for holder, written in places:
            holder[written] = value

    def room(self) -> dict[str, Any]:
        """Give what holds the settings of a card's entry; the entry itself where its extensions are none."""
        if self.raw.get("extensions") is None:
            self.raw["extensions"] = {}
        found = self.raw["extensions"]
        return found if isinstance(found, dict) else self.raw

    def _home(self, name: str, at_root: bool) -> tuple[dict[str, Any], str]:
        if self.own:
            return self.raw, camel(name)
        return (self.raw if at_root else self.room()), name


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def patch(raw: dict[str, Any], after: Entry) -> None:
    """Write into an entry's document what `after` says otherwise; an unchanged entry stays as it is."""
    before = written_entry(raw)
    page = _Page(raw)
    for name, (other, value) in _ROOT.items():
        if value(before) != value(after):
            _set_root(page, name, other, value(after))
    for name, value in _SETTINGS.items():
        if value(before) != value(after):
            page.set(name, value(after))
    if before.case_sensitive != after.case_sensitive:
        page.set("case_sensitive", after.case_sensitive, at_root=True)
    if before.enabled != after.enabled:
        _set_enabled(page, after.enabled)
    if before.position is not after.position:
        _set_position(page, after.position)
    if before.secondary_keys != after.secondary_keys and after.secondary_keys:
        _ask_secondary(page)
    if before.probability != after.probability and any(page.places("use_probability")):
        page.set("use_probability", True)


def _set_root(page: _Page, name: str, other: str, value: Any) -> None:
    first, second = (other, name) if page.own else (name, other)
    page.raw[first] = value
    if second in page.raw and second != "key":
        page.raw[second] = value


def _set_enabled(page: _Page, enabled: bool) -> None:
    if page.own or "disable" in page.raw:
        page.raw["disable"] = not enabled
    if not page.own or "enabled" in page.raw:
        page.raw["enabled"] = enabled


def _ask_secondary(page: _Page) -> None:
    """Make the entry selective, without which secondary keys mean nothing."""
    selective = coercion.flag(page.raw.get("selective"))
    if not (page.own if selective is None else selective):
        page.raw["selective"] = True


def _set_position(page: _Page, position: Position) -> None:
    """Write where an entry goes; a card's own word knows only before and after."""
    number, raw = POSITIONS.index(position), page.raw
    now = raw.get("position")
    worded = now is None or (isinstance(now, str) and not now.strip().isdigit())
    if page.own or not worded:
        page.set("position", number)
        return
    if "position" in page.extensions or number > 1:
        holder = page.room()
        holder["position"] = number
        if holder is raw:
            return
    if "position" in raw or number <= 1:
        raw["position"] = "after_char" if number else "before_char"


def new_entry(entry: Entry, *, own: bool, number: int) -> dict[str, Any]:
    """Write an entry that was not there before, in SillyTavern's words or in a card's."""
    raw: dict[str, Any]
    if own:
        raw = {"uid": number, "key": [], "keysecondary": [], "comment": "", "content": ""}
        raw |= {"constant": False, "selective": True, "selectiveLogic": 0, "addMemo": True}
        raw |= {"order": 100, "position": 0, "disable": False, "probability": 100, "useProbability": True}
        raw |= {"depth": 4, "excludeRecursion": False, "preventRecursion": False}
    else:
        raw = {"id": number, "keys": [], "content": "", "extensions": {}, "enabled": True}
        raw |= {"insertion_order": 100, "use_regex": False, "comment": "", "constant": False}
        raw |= {"selective": False, "secondary_keys": [], "position": "before_char"}
    patch(raw, entry)
    if entry.priority is not None:
        raw["priority"] = _number(entry.priority)
    if entry.scan_letters is not None:
        raw.setdefault("extensions", {})[OWN] = {"scan_letters": entry.scan_letters}
    return raw


def numbered(raw: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Give a copy's document another number, so that both can be told apart."""
    name = "uid" if "uid" in raw or "key" in raw else "id"
    return {**raw, name: number} if name in raw or "key" in raw else dict(raw)
