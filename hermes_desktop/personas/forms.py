"""Knows the V2 and the V3 form of a card, and how each becomes the other without a loss; no files.

What V2 has no place for is parked among its extensions, in a room of our own, and found there again.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.personas import card, decorators
from hermes_desktop.personas.card_fields import LISTS, TEXTS, value_of
from hermes_desktop.personas.carried import OWN

V2, V3 = "chara_card_v2", "chara_card_v3"
NEWER = (
    "nickname",
    "group_only_greetings",
    "assets",
    "source",
    "creation_date",
    "modification_date",
    "creator_notes_multilingual",
)
WARNING = "Made for version 3 of the card format; programs that read version 2 do not show all of it.\n\n"
_TEXTS = (
    *("name", "description", "personality", "scenario", "first_mes", "mes_example", "creator_notes"),
    *("system_prompt", "post_history_instructions", "creator", "character_version"),
)
_LISTS = ("alternate_greetings", "tags")
_LIFTED = ("character_book", "extensions", *NEWER)  # what flat cards have at their root, if anywhere
_DEEP = json_guard.DEPTH_LIMIT - 20  # what is nested deeper than this stays where it is
_HEAD = {"spec": V2, "spec_version": "2.0"}
_BOOKKEEPING = "v2_form"  # beside the parked fields: what else this form has changed


# ---- version 3 ------------------------------------------------------------------------------------


def as_v3(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Give the V3 form; a V3 card is that already. `name` is for a flat card that has none."""
    if document.get("spec") == V3 and card.spec_of(document) == "v3":
        return document
    whole = _wrapped(document, name)
    data = whole["data"]
    if "group_only_greetings" not in data:
        data = data | {"group_only_greetings": []}
    return {"spec": V3, "spec_version": "3.0"} | whole | {"spec": V3, "spec_version": "3.0", "data": data}


def _wrapped(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Give a card that has `data`; a flat one is put into it, and keeps its root."""
    if card.spec_of(document) in ("v2", "v3"):
        return document
    said = card.fields_in(document)
    data: dict[str, Any] = {key: getattr(said, field) for field, key in TEXTS.items() if key in _TEXTS}
    data["name"] = data["name"] or name
    data |= {key: list(getattr(said, field)) for field, key in LISTS.items() if key in _LISTS}
    lifted = {key: document[key] for key in _LIFTED if key in document}
    data |= {key: value for key, value in lifted.items() if json_guard.depth_of(value) < _DEEP}
    data.setdefault("extensions", {})
    before = {key: document[key] for key in ("spec", "spec_version", "data") if key in document}
    if before and json_guard.depth_of(before) < _DEEP:
        data["extensions"] = dict(data["extensions"]) if isinstance(data["extensions"], dict) else {}
        data["extensions"][OWN] = {"before": before}
    return document | _HEAD | {"data": data}


# ---- version 2 ------------------------------------------------------------------------------------


def as_v2(document: dict[str, Any], name: str, *, warned: bool = False) -> dict[str, Any]:
    """Give the V2 form, in which every field of V2 is there and of its kind.

    `name` is for a card that has none. With `warned` a card that says more in V3 says so in its notes.
    """
    whole = _wrapped(document, name)
    data = dict(whole["data"])
    parked, kept = _newer(data), _completed(data, name)
    kept |= {key: whole[key] for key, value in _HEAD.items() if whole.get(key, value) != value}
    decorated = _undecorate(data)
    notes = data["creator_notes"]
    if warned and isinstance(notes, str) and (decorated or _says_more(parked)):
        data["creator_notes"] = WARNING + notes
        kept["warned"] = True
    if parked or kept or decorated:
        _park(data, {"v3": parked, _BOOKKEEPING: kept})
    return _HEAD | whole | _HEAD | {"data": data}


def _newer(data: dict[str, Any]) -> dict[str, Any]:
    """Take out what V2 does not know, or what its readers would stumble over."""
    keys = [key for key in data if key in NEWER or (key == "character_book" and not _is_book(data[key]))]
    return {key: data.pop(key) for key in keys if json_guard.depth_of(data[key]) < _DEEP}


def _is_book(value: object) -> bool:
    return isinstance(value, dict)


def _says_more(parked: Mapping[str, Any]) -> bool:
    """Say whether a reader of V2 misses something; dates, sources and the picture itself are nothing."""
    assets = parked.get("assets")
    others = len(assets) > 1 if isinstance(assets, list) else False
    keys = ("nickname", "group_only_greetings", "creator_notes_multilingual")
    return others or any(bool(parked.get(key)) for key in keys)


def _completed(data: dict[str, Any], name: str) -> dict[str, Any]:
    """Put in what is missing or of another kind; tell what was added, and what was changed to what."""
    added: dict[str, Any] = {}
    changed: dict[str, list[Any]] = {}
    for key in (*_TEXTS, *_LISTS):
        before = data.get(key)
        if _fits(key, before):
            continue
        after: Any = value_of(key, before)
        after = list(after) if isinstance(after, tuple) else after
        if key == "name" and not after.strip():
            after = name
        if key not in data:
            added[key] = after
        elif json_guard.depth_of(before) >= _DEEP:
            continue
        else:
            changed[key] = [before, after]
        data[key] = after
    kept: dict[str, Any] = {"added": added} if added else {}
    return kept | ({"changed": changed} if changed else {})


def _fits(key: str, value: object) -> bool:
    if key in _LISTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str) and (key != "name" or bool(value.strip()))


def _undecorate(data: dict[str, Any]) -> bool:
    """Take decorators out of the lore, which readers of V2 would read aloud; say whether there were any."""
    book = data.get("character_book")
    if not isinstance(book, dict):
        return False
    entries = book.get("entries")
    found = False
    fresh: dict[Any, Any] = {}
    for place, entry in _placed(entries):
        block, rest = decorators.split(entry["content"])
        if block:
            found = True
            entry = entry | {"content": rest}
            _park(entry, {"decorators": block})
            fresh[place] = entry
    if found:
        data["character_book"] = book | {"entries": _replaced(entries, fresh)}
    return found


def _placed(entries: object) -> Iterator[tuple[Any, dict[str, Any]]]:
    pairs = list(entries.items()) if isinstance(entries, dict) else []
    for place, entry in enumerate(entries) if isinstance(entries, list) else pairs:
        if isinstance(entry, dict) and isinstance(entry.get("content"), str):
            yield place, entry


def _replaced(entries: Any, fresh: dict[Any, Any]) -> Any:
    if isinstance(entries, dict):
        return entries | fresh
    return [fresh.get(place, entry) for place, entry in enumerate(entries)]


# ---- a room of our own ----------------------------------------------------------------------------


def _park(holder: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Put values into our room among the extensions; what is no room there steps aside."""
    aside: dict[str, Any] = {}
    extensions = holder.get("extensions")
    if not isinstance(extensions, dict):
        aside["extensions"] = [extensions] if "extensions" in holder else []
        extensions = {}
    own = extensions.get(OWN)
    if not isinstance(own, dict):
        aside[OWN] = [own] if OWN in extensions else []
        own = {}
    taken = {key: own[key] for key in (*values, "aside") if key in own}
    if taken:
        aside["taken"] = taken
    holder["extensions"] = extensions | {OWN: own | dict(values) | ({"aside": aside} if aside else {})}


def _room(holder: Mapping[str, Any]) -> dict[str, Any]:
    extensions = holder.get("extensions")
    own = extensions.get(OWN) if isinstance(extensions, dict) else None
    return own if isinstance(own, dict) else {}


def _leave(holder: dict[str, Any], *names: str) -> None:
    """Take what was parked out of our room, and put back what had stepped aside."""
    own = _room(holder)
    aside = own.get("aside")
    aside = aside if isinstance(aside, dict) else {}
    taken = aside.get("taken")
    rest = {key: value for key, value in own.items() if key not in (*names, "aside")}
    rest |= taken if isinstance(taken, dict) else {}
    extensions = dict(holder["extensions"])
    extensions[OWN] = rest
    _step_back(extensions, OWN, rest, aside)
    holder["extensions"] = extensions
    _step_back(holder, "extensions", extensions, aside)


def _step_back(holder: dict[str, Any], key: str, left: dict[str, Any], aside: Mapping[str, Any]) -> None:
    """Put back what had stood in the place of a room that is empty now; it may have been nothing."""
    before = aside.get(key)
    if left or not isinstance(before, list):
        return
    if before:
        holder[key] = before[0]
    else:
        del holder[key]


# ---- and back -------------------------------------------------------------------------------------


def restored(document: object) -> object:
    """Give the card whose V2 form this is, with what was changed in it since; or the card as it is."""
    if not isinstance(document, dict) or document.get("spec") != V2:
        return document
    data = document.get("data")
    room = _room(data) if isinstance(data, dict) else {}
    parked, kept = room.get("v3"), room.get(_BOOKKEEPING)
    if not isinstance(data, dict) or not isinstance(parked, dict) or not isinstance(kept, dict):
        return document
    data = dict(data)
    _leave(data, "v3", _BOOKKEEPING)
    _decorate(data)
    _take_back(data, kept)
    for key, value in parked.items():
        if key in NEWER or key == "character_book":
            data.setdefault(key, value)
    heads = {key: kept[key] for key in _HEAD if isinstance(kept.get(key), str | int | float)}
    return document | heads | {"data": data}


def _take_back(data: dict[str, Any], kept: Mapping[str, Any]) -> None:
    """Undo what the form has completed, as far as nobody has written there since."""
    notes = data.get("creator_notes")
    if kept.get("warned") is True and isinstance(notes, str):
        data["creator_notes"] = notes.removeprefix(WARNING)
    added, changed = kept.get("added"), kept.get("changed")
    for key, value in added.items() if isinstance(added, dict) else ():
        if key in (*_TEXTS, *_LISTS) and data.get(key) == value:
            data.pop(key, None)
    for key, pair in changed.items() if isinstance(changed, dict) else ():
        usual = key in (*_TEXTS, *_LISTS) and isinstance(pair, list) and len(pair) == 2
        if usual and data.get(key) == pair[1]:
            data[key] = pair[0]


def _decorate(data: dict[str, Any]) -> None:
    book = data.get("character_book")
    if not isinstance(book, dict):
        return
    fresh: dict[Any, Any] = {}
    for place, entry in _placed(book.get("entries")):
        block = _room(entry).get("decorators")
        if isinstance(block, str):
            entry = entry | {"content": block + entry["content"]}
            _leave(entry, "decorators")
            fresh[place] = entry
    if fresh:
        data["character_book"] = book | {"entries": _replaced(book["entries"], fresh)}
