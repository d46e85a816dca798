"""Knows how a conversation is written for SillyTavern: the path that is shown, with versions, a line each.

A message that came from there goes out as the line it was, with what has changed since. The other branches
do not fit this format.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.containers.loose import items, mapping, text
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.history import Entry, History
from hermes_desktop.transcripts import dates
from hermes_desktop.transcripts.draft import kept
from hermes_desktop.transcripts.sillytavern import FORMAT, filled, said_by


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
    yield json_guard.text_of(_header(head, persona, user)).encode()
    for turn in _turns(head, entries):
        yield b"\n" + json_guard.text_of(_line(turn)).encode()


def _header(head: History, persona: str, user: str) -> dict[str, Any]:
    kept_header = mapping(_extra(head.extra).get("header"))
    header = kept_header or {
        "user_name": user,
        "character_name": persona,
        "create_date": dates.iso(head.created_at),
        "chat_metadata": {},
    }
    meta = mapping(header.get("chat_metadata"))
    if kept(text(meta.get("note_prompt"))) == head.authors_note:
        return header
    note = {"note_prompt": head.authors_note, "note_depth": head.note_depth}
    usual = {"note_interval": 1, "note_position": 1, "note_role": 0}
    return header | {"chat_metadata": usual | meta | note}


def _extra(words: str) -> dict[str, Any]:
    return mapping(mapping(json.loads(words)).get(FORMAT)) if words else {}


# ---- the path -------------------------------------------------------------------------------------


def _turns(head: History, entries: Iterable[Entry]) -> Iterator[_Turn]:
    known, children = {}, dict[int, list[Entry]]()
    for entry in entries:
        known[entry.key] = entry
        children.setdefault(entry.parent, []).append(entry)
    for key in _path(head.tip, known):
        entry = known[key]
        if entry.deleted_at is None:
            yield _turn(entry, children[entry.parent])


def _path(tip: int, known: Mapping[int, Entry]) -> list[int]:
    path, at = [], tip
    while at:
        path.append(at)
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
