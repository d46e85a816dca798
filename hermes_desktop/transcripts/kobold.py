"""Knows the saves of Kobold Lite and of the KoboldAI client: one long text, cut into actions."""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from hermes_desktop.containers.loose import items, mapping, text, texts
from hermes_desktop.domain.conversation import Role
from hermes_desktop.transcripts import logs
from hermes_desktop.transcripts.draft import Draft, Growth, Version, about
from hermes_desktop.transcripts.notes import Note, NoteKind

LITE, CLIENT = "koboldlite", "koboldai"
_MARK = re.compile(r"\{\{\[(INPUT|OUTPUT|SYSTEM)(_END)?\]\}\}")
_SPEAKERS = "||$||"
_ROLES = {"INPUT": Role.USER, "OUTPUT": Role.ASSISTANT, "SYSTEM": Role.SYSTEM}


def read(document: dict[str, Any], source: str) -> list[Draft] | None:
    """Read a save; nothing where the document is none."""
    if "savedsettings" not in document and "gamestarted" not in document:
        return None
    settings = mapping(document.get("savedsettings"))
    lite = bool(settings)
    user = text(settings.get("chatname")).strip()
    personas = [name.strip() for name in text(settings.get("chatopponent")).split(_SPEAKERS) if name.strip()]
    growth = Growth(LITE if lite else CLIENT)
    parts = [text(document.get("prompt")), *map(_action, items(document.get("actions")))]
    story = not _grow(growth, parts, user, personas)
    name = PurePath(source).stem
    kept = {key: value for key, value in document.items() if key not in ("prompt", "actions")}
    head = growth.head(name, note=text(document.get("authorsnote")).strip(), extra=kept)
    notes = tuple(_notes(document, personas, story=story))
    persona = personas[0] if personas else name
    # The memory stands over the story in every prompt, as a description does.
    known = about(description=text(document.get("memory")))
    said = tuple(growth.entries)
    return [Draft(growth.format, head, said, persona=persona, user=user, notes=notes, known=known)]


def _action(value: object) -> str:
    """Give the text of an action, which the client writes as an object in its newer versions."""
    found = mapping(value)
    return text(found.get("Selected Text")) if found else text(value)


def _grow(growth: Growth, parts: list[str], user: str, personas: list[str]) -> bool:
    """Say everything in order; say whether anybody spoke."""
    whole = "".join(parts)
    if _MARK.search(whole):
        for role, said in _marked(whole):
            growth.say(role, personas[0] if role is Role.ASSISTANT and personas else "", Version(said))
        return True
    names = [name for name in (user, *personas) if name]
    turns = logs.split(whole, names) if names else []
    if len([name for name, _said in turns if name]) > 1:
        for name, said in turns:
            growth.say(Role.USER if name == user and user else Role.ASSISTANT, name, Version(said))
        return True
    for part in parts:
        if part.strip():
            growth.say(Role.ASSISTANT, "", Version(part.strip()))
    return False


def _marked(whole: str) -> Iterator[tuple[Role, str]]:
    role, at = Role.ASSISTANT, 0
    for match in [*_MARK.finditer(whole), None]:
        said = whole[at : match.start() if match else len(whole)].strip()
        if said:
            yield role, said
        if match:
            role, at = _ROLES[match[1]] if not match[2] else Role.ASSISTANT, match.end()


def _notes(document: dict[str, Any], personas: list[str], *, story: bool) -> Iterator[Note]:
    yield Note(NoteKind.NO_DATES)
    if story:
        yield Note(NoteKind.STORY)
    if len(personas) > 1:
        yield Note(NoteKind.GROUP, ", ".join(personas[:8]))
    if text(document.get("memory")).strip():
        yield Note(NoteKind.MEMORY)
    if lore := len(items(document.get("worldinfo"))):
        yield Note(NoteKind.LOREBOOK, str(lore))
    if texts(document.get("images")):
        yield Note(NoteKind.ATTACHMENTS, str(len(texts(document.get("images")))))
