"""Knows how a conversation is written in our own format, which docs/transcript-format.md describes."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.domain.conversation import GenerationRecord, MessageState
from hermes_desktop.domain.history import (
    Entry,
    History,
    MemoryState,
    PersonaHistory,
    PersonaState,
    PictureBytes,
    ProfileHistory,
    ProfileState,
)
from hermes_desktop.transcripts.native import CONVERSATION, FORMAT, OWN, RECORD, RECORD_ADDED, VERSION

_BY_HAND = ("variables", "memory", "extra")  # of a conversation; left out where they are empty
_CHUNK = 256 * 1024  # bytes that are given at once
_encode = json.JSONEncoder(ensure_ascii=False).encode


def write(head: History, entries: Iterable[Entry], writer: str = "") -> Iterator[bytes]:
    """Give the document in pieces; it is one JSON object, a message a line."""
    extra, unknown = _extras(head.extra)
    parts: dict[str, Any] = {"format": FORMAT, "version": VERSION, "writer": writer}
    parts |= {"conversation": _conversation(head, extra) | unknown.get("conversation", {})}
    parts |= {"personas": [persona(each) for each in head.personas]}
    parts |= {"profiles": [profile(each) for each in head.profiles]}
    parts |= {"pictures": [picture(each) for each in head.pictures]}
    parts |= unknown.get("document", {})
    yield b"{\n" + b"".join(_line(_encode(name) + ": ", value) for name, value in parts.items())
    yield b'"messages": ['
    pending, size, comma = [], 0, b"\n"
    for entry in entries:
        pending.append(comma + _bytes(_message(entry)))
        size += len(pending[-1])
        comma = b",\n"
        if size > _CHUNK:
            yield b"".join(pending)
            pending, size = [], 0
    yield b"".join(pending) + b"\n]\n}\n"


def _line(name: str, value: object) -> bytes:
    return name.encode() + _bytes(value) + b",\n"


def _bytes(value: object) -> bytes:
    text = _encode(value)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # what another program said may hold halves of letters
        return json.dumps(value).encode("ascii")


def _extras(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what other programs said of something, and what a newer version of this one did."""
    found: dict[str, Any] = json.loads(text) if text else {}
    return found, found.pop(OWN, {})


def _conversation(head: History, extra: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(head, name) for name in CONVERSATION if name not in _BY_HAND}
    said |= {"variables": dict(head.variables)} if head.variables else {}
    said |= {"memory": [_memory(one) for one in head.memories]} if head.memories else {}
    return said | ({"extra": extra} if extra else {})


def _memory(one: MemoryState) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": one.kind, "message": one.message}
    if one.first != one.message:
        said["first"] = one.first
    texts = {name: getattr(one, name) for name in ("who", "text", "by_hand", "created_at")}
    said |= {name: value for name, value in texts.items() if value}
    if one.deleted_at is not None:
        said["deleted_at"] = one.deleted_at
    extra, unknown = _extras(one.extra)
    return said | ({"extra": extra} if extra else {}) | unknown


def _message(entry: Entry) -> dict[str, Any]:
    said: dict[str, Any] = {
        "key": entry.key,
        "parent": entry.parent,
        "role": entry.role.value,
        "name": entry.name,
        "text": entry.text,
        "created_at": entry.created_at,
    }
    if entry.state is not MessageState.COMPLETE:
        said["state"] = entry.state.value
    if entry.stop_reason is not None:
        said["stop_reason"] = entry.stop_reason.value
    if entry.active_child:
        said["active_child"] = entry.active_child
    if entry.deleted_at is not None:
        said["deleted_at"] = entry.deleted_at
    if entry.variables is not None:
        said["variables"] = dict(entry.variables)
    extra, unknown = _extras(entry.extra)
    if extra:
        said["extra"] = extra
    if entry.record is not None:
        said["generation"] = _record(entry.record) | unknown.pop("generation", {})
    return said | unknown


def _record(made: GenerationRecord) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(made, name) for name in RECORD}
    said["lore"] = [asdict(each) for each in made.lore]
    return {name: value for name, value in said.items() if value or name not in RECORD_ADDED}


# ---- people ---------------------------------------------------------------------------------------


def persona(whole: PersonaHistory) -> dict[str, Any]:
    """Write a persona with its versions."""
    return {
        "shipped": whole.shipped,
        "favourite": whole.favourite,
        "deleted_at": whole.deleted_at,
        "versions": [_persona_version(state) for state in whole.versions],
    }


def _persona_version(state: PersonaState) -> dict[str, Any]:
    return asdict(state) | {"card": opened(state.card)}


def opened(document: str) -> Any:
    """Give a document as it is, so that others can read it; as a text where it would not come back so."""
    found = json.loads(document)
    # One that is as deep as may be would be too deep inside another one.
    plain = json_guard.depth_of(found) < json_guard.DEPTH_LIMIT // 2 and json_guard.text_of(found) == document
    return found if plain else document


def profile(whole: ProfileHistory) -> dict[str, Any]:
    """Write a profile with its versions."""
    return {
        "deleted_at": whole.deleted_at,
        "versions": [_profile_version(state) for state in whole.versions],
    }


def _profile_version(state: ProfileState) -> dict[str, Any]:
    said = asdict(state)
    original = said.pop("original")
    return said | ({"original": opened(original)} if original else {})


def picture(one: PictureBytes) -> dict[str, Any]:
    """Write a picture."""
    return {"key": one.key, "mime": one.mime, "data": base64.b64encode(one.data).decode("ascii")}
