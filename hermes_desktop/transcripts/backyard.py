"""Knows the chats of Backyard (once Faraday): in its pictures, and as scenarios in its archive BYAF."""

from pathlib import PurePath
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.containers.archive import Archive
from hermes_desktop.containers.inflate import DamagedError
from hermes_desktop.containers.loose import dicts, items, mapping, text, texts
from hermes_desktop.domain.conversation import Role
from hermes_desktop.transcripts import dates
from hermes_desktop.transcripts.draft import Draft, Growth, Version
from hermes_desktop.transcripts.notes import Note, NoteKind

FORMAT = "backyard"
MANIFEST = "manifest.json"
SCENARIOS_LIMIT = 200
_PART_LIMIT = 64 * 1024 * 1024  # bytes of one document in an archive


def is_archive(archive: Archive) -> bool:
    """Say whether an archive is a BYAF: its list names characters and scenarios."""
    if MANIFEST not in archive.members:
        return False
    manifest = _part(archive, MANIFEST)
    return isinstance(manifest.get("characters"), list) and isinstance(manifest.get("scenarios"), list)


def of_archive(archive: Archive, source: str) -> list[Draft]:
    """Read the chats of a BYAF; raises DamagedError or TooMuchError."""
    manifest = _part(archive, MANIFEST)
    path = next(iter(texts(manifest.get("characters"))), "")
    character = _part(archive, path) if path in archive.members else {}
    persona = text(character.get("name")) or text(character.get("displayName")) or PurePath(source).stem
    names = [name for name in texts(manifest.get("scenarios"))[:SCENARIOS_LIMIT] if name in archive.members]
    return [_scenario(_part(archive, name), persona, source) for name in names]


def _part(archive: Archive, name: str) -> dict[str, Any]:
    try:
        return mapping(json_guard.read(archive.read(name, _PART_LIMIT), _PART_LIMIT, lenient=True))
    except json_guard.BadJsonError as error:
        raise DamagedError(f"a document in it is {error}") from error


def _scenario(scenario: dict[str, Any], persona: str, source: str) -> Draft:
    growth = Growth(FORMAT)
    for first in dicts(scenario.get("firstMessages"))[:1]:
        if text(first.get("text")).strip() and dicts(scenario.get("messages")):
            growth.say(Role.ASSISTANT, "", Version(text(first.get("text"))))
    for said in dicts(scenario.get("messages")):
        if said.get("type") == "human":
            at = dates.milliseconds(said.get("createdAt"))
            growth.say(Role.USER, "", Version(text(said.get("text")), at))
        else:
            _outputs(growth, dicts(said.get("outputs")))
    notes = (Note(NoteKind.SCENARIO),) if text(scenario.get("narrative")).strip() else ()
    title = text(scenario.get("title")) or persona or PurePath(source).stem
    return Draft(FORMAT, growth.head(title), tuple(growth.entries), persona=persona, notes=notes)


def _outputs(growth: Growth, outputs: list[dict[str, Any]]) -> None:
    """Say an answer with its versions; the one that was shown last is the one that counts."""
    versions = [
        Version(text(each.get("text")), dates.milliseconds(each.get("createdAt"))) for each in outputs
    ]
    shown = [dates.milliseconds(each.get("activeTimestamp")) for each in outputs]
    active = max(range(len(shown)), key=lambda number: shown[number], default=0)
    growth.say(Role.ASSISTANT, "", *versions, active=active)


def of_document(document: object, _source: str) -> list[Draft] | None:
    """Read the chats in the document of a picture; nothing where it is none of Backyard's."""
    character = mapping(document).get("character")
    if not isinstance(character, dict) or not text(character.get("aiName") or character.get("aiDisplayName")):
        return None
    persona = text(character.get("aiName")) or text(character.get("aiDisplayName"))
    return [_pictured(chat, character, persona) for chat in dicts(character.get("Chat"))[:SCENARIOS_LIMIT]]


def _pictured(chat: dict[str, Any], character: dict[str, Any], persona: str) -> Draft:
    growth = Growth(FORMAT)
    greeting = text(chat.get("greetingDialogue")) or text(character.get("firstMessage"))
    turns = dicts(chat.get("ChatItems"))
    if greeting.strip() and turns:
        growth.say(Role.ASSISTANT, "", Version(greeting))
    for turn in turns:
        at = dates.milliseconds(turn.get("createdAt"))
        if text(turn.get("input")).strip():
            growth.say(Role.USER, "", Version(text(turn.get("input")), at))
        said = text(turn.get("output"))
        others = [_swipe(each) for each in items(turn.get("RegenSwipes")) if _swipe(each) not in ("", said)]
        if said.strip():
            growth.say(
                Role.ASSISTANT, "", *(Version(other, at) for other in (*others, said)), active=len(others)
            )
    title = text(chat.get("name")) or persona
    return Draft(
        FORMAT,
        growth.head(title, dates.milliseconds(chat.get("createdAt"))),
        tuple(growth.entries),
        persona=persona,
    )


def _swipe(value: object) -> str:
    return (
        text(mapping(value).get("output") or mapping(value).get("text"))
        if isinstance(value, dict)
        else text(value)
    )
