"""Knows how a conversation in our own format is read, also where it was changed by hand or with bad will."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.containers.inflate import DamagedError
from hermes_desktop.containers.loose import dicts, mapping, text, whole
from hermes_desktop.domain.conversation import (
    FiredLore,
    GenerationRecord,
    MessageState,
    PromptOrder,
    Role,
    StopReason,
)
from hermes_desktop.domain.history import Entry, History
from hermes_desktop.transcripts import native, native_memory, native_people
from hermes_desktop.transcripts import native_values as values
from hermes_desktop.transcripts.draft import MESSAGES_LIMIT, Draft, TooManyError
from hermes_desktop.transcripts.notes import Note, NoteKind


def is_native(document: object) -> bool:
    """Say whether a document is in our own format."""
    return isinstance(document, dict) and document.get("format") == native.FORMAT


def read(document: Mapping[str, Any]) -> Draft:
    """Read a conversation; raises DamagedError or TooManyError."""
    version = document.get("version")
    newer = isinstance(version, int) and version > native.VERSION
    entries, keys = _entries(document.get("messages"))
    personas = tuple(native_people.persona(each) for each in dicts(document.get("personas")))
    profiles = tuple(native_people.profile(each) for each in dicts(document.get("profiles")))
    versions = {state.key for each in personas for state in each.versions}
    mine = {state.key for each in profiles for state in each.versions}
    head = _head(document, keys, entries)
    head = replace(
        head,
        persona=_one_of(head.persona, versions, "a persona"),
        profile=_one_of(head.profile, mine, "a profile"),
        personas=personas,
        profiles=profiles,
        pictures=tuple(filter(None, map(native_people.picture, dicts(document.get("pictures"))))),
    )
    return Draft(
        native.FORMAT,
        head,
        entries,
        notes=(Note(NoteKind.NEWER, str(version)),) if newer else (),
    )


def _head(document: Mapping[str, Any], keys: Mapping[int, int], entries: Sequence[Entry]) -> History:
    said = mapping(document.get("conversation"))

    def key(name: str) -> int:
        return keys.get(values.key(said.get(name)), 0)

    first = key("first")
    if first and entries[first - 1].parent:
        raise DamagedError("its first message is an answer to another one")
    return History(
        title=text(said.get("title")),
        created_at=values.time(said.get("created_at")),
        updated_at=values.time(said.get("updated_at")),
        began_at=values.time(said.get("began_at")),
        persona=values.key(said.get("persona")),
        profile=values.key(said.get("profile")),
        first=first,
        tip=0 if said.get("tip") == 0 else key("tip") or _leaf(entries, first),
        memory_line=key("memory_line"),
        view=key("view"),
        view_offset=whole(said.get("view_offset"), -values.LARGEST, values.LARGEST),
        favourite=said.get("favourite") is True,
        deleted_at=values.moment(said.get("deleted_at")),
        draft=text(said.get("draft")),
        authors_note=text(said.get("authors_note")),
        note_depth=whole(said.get("note_depth"), 0, 10_000, 1),
        prompt_order=values.choice(PromptOrder, said.get("prompt_order"), PromptOrder.STABLE),
        preset=text(said.get("preset")),
        extra=_extra(said, native.CONVERSATION, document),
        variables=values.variables(said.get("variables")) or {},
        digest=values.hashed(said.get("digest")),
        memories=native_memory.read(said.get("memory"), keys),
    )


def _leaf(entries: Sequence[Entry], start: int) -> int:
    at = start
    while at and entries[at - 1].active_child:
        at = entries[at - 1].active_child
    return at


def _one_of(key: int, known: set[int], what: str) -> int:
    if key not in known:
        raise DamagedError(f"it names {what} that it does not bring")
    return key


# ---- messages -------------------------------------------------------------------------------------


def _entries(value: object) -> tuple[tuple[Entry, ...], dict[int, int]]:
    """Read the messages, numbered anew; also what their keys in the file have become."""
    said = dicts(value)
    if len(said) > MESSAGES_LIMIT:
        raise TooManyError
    keys: dict[int, int] = {0: 0}
    for number, each in enumerate(said, 1):
        key = values.key(each.get("key"))
        if key in keys:
            raise DamagedError("two messages have the same key")
        if values.key(each.get("parent")) not in keys:
            raise DamagedError("a message comes before the one that it answers")
        keys[key] = number
    entries = tuple(_entry(each, keys) for each in said)
    for entry in entries:
        if entry.active_child and entries[entry.active_child - 1].parent != entry.key:
            raise DamagedError("a message goes on with one that does not answer it")
    return entries, keys


def _entry(said: Mapping[str, Any], keys: Mapping[int, int]) -> Entry:
    made = _record(said.get("generation"), keys)
    state = values.choice(MessageState, said.get("state"), MessageState.COMPLETE)
    return Entry(
        key=keys[values.key(said.get("key"))],
        parent=keys[values.key(said.get("parent"))],
        role=_role(said.get("role")),
        name=text(said.get("name")),
        text=text(said.get("text")),
        created_at=values.time(said.get("created_at")),
        state=MessageState.INTERRUPTED if state is MessageState.RUNNING else state,
        stop_reason=_stop(said.get("stop_reason")),
        active_child=keys.get(values.key(said.get("active_child")), 0),
        deleted_at=values.moment(said.get("deleted_at")),
        record=made,
        extra=_message_extra(said, made),
        variables=values.variables(said.get("variables")),
    )


def _message_extra(said: Mapping[str, Any], made: GenerationRecord | None) -> str:
    known = (*native.MESSAGE,)
    unknown = {name: value for name, value in said.items() if name not in known}
    record = said.get("generation")
    if made is None and record is not None:
        unknown["generation"] = record  # not of a kind that means anything here; it goes out as it came
    elif made is not None:
        more = {name: value for name, value in record.items() if name not in native.RECORD}  # type: ignore[union-attr]  # a record was read from it
        unknown |= {"generation": more} if more else {}
    return values.extra(said, unknown)


def _extra(said: Mapping[str, Any], known: Sequence[str], document: Mapping[str, Any]) -> str:
    own = {
        "conversation": {name: value for name, value in said.items() if name not in known},
        "document": {name: value for name, value in document.items() if name not in native.DOCUMENT},
    }
    return values.extra(said, {name: value for name, value in own.items() if value})


def _role(value: object) -> Role:
    try:
        return Role(text(value))
    except ValueError as error:
        raise DamagedError("a message has no known role") from error


def _stop(value: object) -> StopReason | None:
    return StopReason(value) if isinstance(value, str) and value in tuple(StopReason) else None


# ---- how a reply came to be -----------------------------------------------------------------------


def _int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -values.LARGEST < value < values.LARGEST


def _token(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31


def _float(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # Neither infinite, nor no number, nor whole and too long for a float.
    return abs(value) <= sys.float_info.max


def _list_of(each: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(each, value))


def _fired(value: object) -> FiredLore | None:
    said = mapping(value)
    names = [field.name for field in fields(FiredLore)]
    if set(said) != set(names) or not all(isinstance(said[name], str) for name in names):
        return None
    return FiredLore(*(json_guard.without_surrogates(said[name]) for name in names))


_KINDS: dict[object, Callable[[object], bool]] = {
    int: _int,
    str: lambda value: isinstance(value, str),
    bool: lambda value: isinstance(value, bool),
    float: _float,
    int | None: lambda value: value is None or _int(value),
    tuple[str, ...]: _list_of(lambda value: isinstance(value, str)),
    tuple[int, ...]: _list_of(_int),
    tuple[FiredLore, ...]: _list_of(lambda value: _fired(value) is not None),
    StopReason: lambda value: isinstance(value, str) and value in tuple(StopReason),
}


def _record(value: object, keys: Mapping[int, int]) -> GenerationRecord | None:
    said = mapping(value)
    if not _list_of(_token)(said.get("tokens")):
        return None
    known = [
        field
        for field in fields(GenerationRecord)
        if field.name in said or field.name not in native.RECORD_ADDED
    ]
    if not all(field.name in said and _KINDS[field.type](said[field.name]) for field in known):
        return None
    if any(depth < 1 for depth in said.get("recalled", ())):  # the first message has depth 1
        return None
    clean = {field.name: json_guard.cleaned(said[field.name]) for field in known}
    found: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in clean.items()
    }
    line = found["memory_line_id"]
    found["memory_line_id"] = None if line is None else keys.get(line, 0)
    found["stop_reason"] = StopReason(found["stop_reason"])
    found["lore"] = tuple(filter(None, map(_fired, found.get("lore", ()))))
    return GenerationRecord(**found)
