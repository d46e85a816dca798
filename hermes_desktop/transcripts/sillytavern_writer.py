"""Knows how a conversation is written for SillyTavern: the path that is shown, with versions, a line each.

A message that came from there goes out as the line it was, with what has changed since. The other branches
do not fit this format.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.containers.loose import items, mapping, text
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.history import Entry, History
from hermes_desktop.transcripts import dates
from hermes_desktop.transcripts.draft import kept
from hermes_desktop.transcripts.sillytavern import FORMAT, filled, noted, said_by


@dataclass(frozen=True, slots=True)
class _Turn:
    """A message of the path with its other versions."""

    shown: Entry
    versions: tuple[Entry, ...]  # the live ones, in order
    active: int
    frame: dict[str, Any]  # what was kept of the line; empty where there was none
    places: tuple[int | None, ...]  # where each version stood in the line


def write(head: History, entries: Iterable[Entry], persona: str, user: str) -> Iterator[bytes]:
    """Give the file in pieces; its last line has no end, as SillyTavern has it."""
    tree = _tree(entries)
    path = _path(head.tip, tree.known)
    yield json_guard.text_of(_header(head, path, persona, user)).encode()
    for turn in _turns(path, tree):
        yield b"\n" + json_guard.text_of(_line(turn)).encode()


def _header(head: History, path: Sequence[Entry], persona: str, user: str) -> dict[str, Any]:
    kept_header = mapping(_extra(head.extra).get("header"))
    header = kept_header or {
        "user_name": user,
        "character_name": persona,
        "create_date": dates.iso(head.created_at),
        "chat_metadata": {},
    }
    meta = mapping(header.get("chat_metadata"))
    changed = _note(meta, head) | _variables(meta, head, path)
    return header | {"chat_metadata": meta | changed} if changed else header


def _note(meta: Mapping[str, Any], head: History) -> dict[str, Any]:
    if kept(text(meta.get("note_prompt"))) == head.authors_note:
        return {}
    usual = {"note_interval": 1, "note_position": 1, "note_role": 0}
    own = {name: value for name, value in usual.items() if name not in meta}
    return own | {"note_prompt": head.authors_note, "note_depth": head.note_depth}


def _variables(meta: Mapping[str, Any], head: History, path: Sequence[Entry]) -> dict[str, Any]:
    """Give the variables at the end of the path where they are not those of the file any more."""
    told = [entry.variables for entry in path if entry.variables is not None and entry.deleted_at is None]
    now, before = dict(told[-1] if told else head.variables), noted(meta.get("variables"))
    if now == before:
        return {}
    said = mapping(meta.get("variables"))
    return {"variables": {name: said[name] if before.get(name) == now[name] else now[name] for name in now}}


def _extra(words: str) -> dict[str, Any]:
    return mapping(mapping(json.loads(words)).get(FORMAT)) if words else {}


# ---- the path -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Tree:
    """Every message, by its key, and those below each."""

    known: dict[int, Entry] = field(default_factory=dict)
    children: dict[int, list[Entry]] = field(default_factory=dict)


def _tree(entries: Iterable[Entry]) -> _Tree:
    tree = _Tree()
    for entry in entries:
        tree.known[entry.key] = entry
        tree.children.setdefault(entry.parent, []).append(entry)
    return tree


def _turns(path: Sequence[Entry], tree: _Tree) -> Iterator[_Turn]:
    for entry in path:
        if entry.deleted_at is None:
            yield _turn(entry, tree.children[entry.parent])


def _path(tip: int, known: Mapping[int, Entry]) -> list[Entry]:
    path, at = [], tip
    while at:
        path.append(known[at])
        at = known[at].parent
    return path[::-1]


def _turn(shown: Entry, siblings: Sequence[Entry]) -> _Turn:
    live = tuple(entry for entry in siblings if entry.deleted_at is None)
    extras = {entry.key: _extra(entry.extra) for entry in siblings}
    order = [shown, *siblings]
    frame = next((extras[entry.key] for entry in order if "line" in extras[entry.key]), {})
    places = tuple(_place(extras[entry.key]) for entry in live)
    return _Turn(shown, live, live.index(shown), frame, places)


def _place(extra: Mapping[str, Any]) -> int | None:
    found = extra.get("swipe")
    return found if isinstance(found, int) else None


# ---- a line ---------------------------------------------------------------------------------------


def _line(turn: _Turn) -> dict[str, Any]:
    texts = [entry.text for entry in turn.versions]
    line = mapping(turn.frame.get("line"))
    if not line:
        return _fresh(turn, texts)
    if turn.frame.get("whole") is True:
        said = said_by(line)
        same = tuple(map(kept, said.texts)) == tuple(texts) and said.active == turn.active
        if same and kept(text(line.get("name"))) == turn.shown.name:
            return line
        whole = line | {"mes": None} | ({"swipes": None} if "swipes" in line else {})
        return _named(_swiped(whole, texts, turn), turn)
    return _named(_swiped(line, texts, turn), turn)


def _named(line: dict[str, Any], turn: _Turn) -> dict[str, Any]:
    same = kept(text(line.get("name"))) == turn.shown.name
    return line if same else line | {"name": turn.shown.name}


def _swiped(frame: Mapping[str, Any], texts: list[str], turn: _Turn) -> dict[str, Any]:
    changed = turn.places != tuple(range(len(texts)))
    if len(texts) > 1 or ("swipes" in frame and changed):
        frame = dict(frame) | {"swipes": None, "swipe_id": None}
    line = filled(frame, texts, turn.active)
    info = line.get("swipe_info")
    if changed and isinstance(info, list):
        line["swipe_info"] = [
            _info(info, place, entry) for place, entry in zip(turn.places, turn.versions, strict=True)
        ]
    return line


def _info(info: list[Any], place: int | None, entry: Entry) -> Any:
    if place is not None and 0 <= place < len(info):
        return info[place]
    return {"send_date": dates.iso(entry.created_at), "extra": {}}


def _fresh(turn: _Turn, texts: list[str]) -> dict[str, Any]:
    shown = turn.shown
    narrator = shown.role in (Role.SYSTEM, Role.TOOL)
    line: dict[str, Any] = {
        "name": shown.name,
        "is_user": shown.role is Role.USER,
        "is_system": False,
        "send_date": dates.iso(shown.created_at),
        "mes": texts[turn.active],
        "extra": {"type": "narrator"} if narrator else {},
    }
    if len(texts) > 1:
        info = [_info(items(None), None, entry) for entry in turn.versions]
        line |= {"swipe_id": turn.active, "swipes": texts, "swipe_info": info}
    return line
