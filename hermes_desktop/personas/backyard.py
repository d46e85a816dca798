"""Knows the characters of Backyard (once Faraday): the document in its pictures, and its archive BYAF."""

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from hermes_desktop.containers.archive import Archive
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.personas import card
from hermes_desktop.personas.card import ImportedCard
from hermes_desktop.personas.carried import book, carry, dicts, keys_of, text, texts
from hermes_desktop.personas.notes import Note, NoteKind

MANIFEST = "manifest.json"
SCENARIOS_LIMIT = 200
_PART_LIMIT = 16 * 1024 * 1024  # bytes of one document in an archive
# Their single braces; a sign before them opens a turn in examples. Twice the braces are somebody else's.
_MACRO = re.compile(r"#?(?<!\{)\{(user|character)\}(?!\})")
_MACROS = {"user": "{{user}}", "character": "{{char}}"}
_PICTURE_USED = {
    "aiName": "name",
    "aiPersona": "description",
    "firstMessage": "first_mes",
    "scenario": "scenario",
    "customDialogue": "mes_example",
    "basePrompt": "system_prompt",
}


def of_document(document: object, source: str) -> ImportedCard | None:
    """Read the document of a picture; nothing where it is none."""
    character = document.get("character") if isinstance(document, dict) else None
    if not isinstance(character, dict) or not text(character.get("aiName") or character.get("aiDisplayName")):
        return None
    data: dict[str, Any] = {
        ours: _macros(text(character.get(theirs))) for theirs, ours in _PICTURE_USED.items()
    }
    data["name"] = data["name"] or text(character.get("aiDisplayName"))
    data["mes_example"] = _example(data["mes_example"])
    data["character_book"] = _lore(character.get("loreItems"))
    chats = dicts(character.get("Chat"))
    used = {*_PICTURE_USED, "aiDisplayName"} if not text(character.get("aiName")) else {*_PICTURE_USED}
    made = carry(
        "backyard", character, data, source=source, used=used, kept=("loreItems", "Chat"), keep_original=False
    )
    return replace(made, notes=(*made.notes, *_chats(len(chats))))


def of_archive(archive: Archive, source: str) -> tuple[ImportedCard, bytes]:
    """Read a BYAF archive: the character and its picture; raises CARD_UNKNOWN or what reading raises."""
    manifest = _part(archive, MANIFEST, source)
    path = next(iter(texts(manifest.get("characters"))), "")
    character = _part(archive, path, source)
    scenarios = [
        _part(archive, name, source)
        for name in texts(manifest.get("scenarios"))[:SCENARIOS_LIMIT]
        if name in archive.members
    ]
    data = _archived(character, scenarios)
    if not any(text(data[key]).strip() for key in ("description", "first_mes", "scenario", "mes_example")):
        raise KnownError(ErrorKind.CARD_UNKNOWN, path=source)
    used = ("name", "persona", "isNSFW")
    # The scenarios are conversations, too; they stay in the file that came and do not enter the card.
    made = carry(
        "byaf", character, data, source=source, used=used, kept=("loreItems", "displayName", "images")
    )
    chats = sum(bool(dicts(scenario.get("messages"))) for scenario in scenarios)
    return replace(made, notes=(*made.notes, *_chats(chats))), _picture(archive, path, character)


def _part(archive: Archive, name: str, source: str) -> dict[str, Any]:
    if name not in archive.members:
        raise KnownError(ErrorKind.CARD_DAMAGED, path=source, reason="a file that its list names is missing")
    document = card.document_of(archive.read(name, _PART_LIMIT), source)
    if not isinstance(document, dict):
        raise KnownError(ErrorKind.CARD_UNKNOWN, path=source)
    return document


def _archived(character: dict[str, Any], scenarios: list[dict[str, Any]]) -> dict[str, Any]:
    first = scenarios[0] if scenarios else {}
    greetings = [
        _macros(text(message.get("text")))
        for scenario in scenarios
        for message in dicts(scenario.get("firstMessages"))[:1]
    ]
    examples = [_turn(_macros(text(each.get("text")))) for each in dicts(first.get("exampleMessages"))]
    return {
        "name": text(character.get("name")) or text(character.get("displayName")),
        "description": _macros(text(character.get("persona"))),
        "scenario": _macros(text(first.get("narrative"))),
        "system_prompt": _macros(text(first.get("formattingInstructions"))),
        "first_mes": greetings[0] if greetings else "",
        "alternate_greetings": [greeting for greeting in greetings[1:] if greeting.strip()],
        "mes_example": _example("\n".join(turn for turn in examples if turn)),
        "tags": ["nsfw"] if character.get("isNSFW") is True else [],
        "character_book": _lore(character.get("loreItems")),
    }


def _picture(archive: Archive, path: str, character: dict[str, Any]) -> bytes:
    """Give the first listed picture; paths are relative to the character's folder."""
    for image in dicts(character.get("images"))[:1]:
        name = str(PurePosixPath(path).parent / text(image.get("path")))
        if name in archive.members:
            return archive.read(name, card.SIZE_LIMIT)
    return b""


def _chats(number: int) -> tuple[Note, ...]:
    return (Note(NoteKind.CHATS, str(number)),) if number else ()


def _lore(items: object) -> dict[str, Any]:
    return book(
        [
            {"keys": keys_of(item.get("key")), "content": _macros(text(item.get("value")))}
            for item in dicts(items)
        ]
    )


def _macros(words: str) -> str:
    return _MACRO.sub(lambda found: _MACROS[found[1]], words)


def _turn(words: str) -> str:
    spoken = words.startswith(("{{char}}:", "{{user}}:"))
    return words if spoken or not words.strip() else "{{char}}: " + words


def _example(words: str) -> str:
    return "<START>\n" + words if words.strip() and not words.lstrip().startswith("<START>") else words
