"""Knows the chats of Oobabooga, Agnai, RisuAI and Character.AI, each a JSON document."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from hermes_desktop.containers.loose import dicts, items, mapping, text, texts, whole
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.transcripts import dates
from hermes_desktop.transcripts.draft import Draft, Growth, Version, about
from hermes_desktop.transcripts.notes import Note, NoteKind

OOBA, AGNAI, RISU, CAI = "oobabooga", "agnai", "risu", "characterai"
_BEGIN = "<|BEGIN-VISIBLE-CHAT|>"
_DATED = re.compile(r"\d{6,}[\d_-]*")


# ---- Oobabooga ------------------------------------------------------------------------------------


def ooba(document: dict[str, Any], source: str) -> list[Draft] | None:
    """Read a log of Oobabooga: pairs of what was said and what was answered."""
    newer = "internal" in document and "visible" in document
    if not newer and "data_visible" not in document:
        return None
    pairs = items(document.get("internal" if newer else "data"))
    escaped = not pairs
    pairs = pairs or items(document.get("visible" if newer else "data_visible"))
    described = mapping(document.get("metadata"))
    growth = Growth(OOBA)
    for number, pair in enumerate(pairs):
        said = [text(each) for each in items(pair)[:2]]
        said = [html.unescape(each) for each in said] if escaped else said
        for role, key, words in zip((Role.USER, Role.ASSISTANT), ("user", "assistant"), said, strict=False):
            if words.strip() and words != _BEGIN:
                versions, active = _ooba_versions(words, mapping(described.get(f"{key}_{number}")))
                growth.say(role, "", *versions, active=active)
    dated = any(entry.created_at for entry in growth.entries)
    notes = () if dated else (Note(NoteKind.NO_DATES),)
    head = growth.head(PurePath(source).stem)
    return [Draft(OOBA, head, tuple(growth.entries), persona=_ooba_persona(source), notes=notes)]


def _ooba_versions(words: str, described: dict[str, Any]) -> tuple[list[Version], int]:
    at = dates.milliseconds(described.get("timestamp"))
    found = [
        Version(text(each.get("content")), dates.milliseconds(each.get("timestamp")) or at)
        for each in dicts(described.get("versions"))
    ]
    active = whole(described.get("current_version_index"), 0, max(len(found) - 1, 0))
    if not found or found[active].text != words:  # what the pair says is what was shown
        return [*found, Version(words, at)], len(found)
    return found, active


def _ooba_persona(source: str) -> str:
    """Name the persona by its folder, where the file is named by a day, or by the file."""
    path = PurePath(source)
    return path.parent.name if _DATED.fullmatch(path.stem) else path.stem.removesuffix("_persistent")


# ---- Agnai ----------------------------------------------------------------------------------------


def agnai(document: dict[str, Any], source: str) -> list[Draft] | None:
    """Read an exported chat of Agnai."""
    said = dicts(document.get("messages"))
    if not said or not any("msg" in each for each in said):
        return None
    growth = Growth(AGNAI)
    named = text(document.get("name")).strip()
    marked = any(each.get("userId") for each in said)
    user, spoken = "", ""
    for each in said:
        name = (text(each.get("name")) or text(each.get("handle"))).strip()
        mine = bool(each.get("userId")) if marked else bool(name) and name != named
        user, spoken = (name or user, spoken) if mine else (user, spoken or name)
        at = dates.milliseconds(each.get("createdAt"))
        versions = [
            Version(other, at) for other in texts(each.get("retries")) if other != text(each.get("msg"))
        ]
        versions.append(Version(text(each.get("msg")), at))
        growth.say(Role.USER if mine else Role.ASSISTANT, name, *versions, active=len(versions) - 1)
    notes = [] if marked else [Note(NoteKind.GUESSED)]
    if text(document.get("scenario")).strip():
        notes.append(Note(NoteKind.SCENARIO))
    head = growth.head(named or PurePath(source).stem)
    persona = spoken or named or PurePath(source).stem
    known = about(
        scenario=text(document.get("scenario")),
        greeting=text(document.get("greeting")),
        example_dialogue=text(document.get("sampleChat")),
    )
    said_here, told = tuple(growth.entries), tuple(notes)
    return [Draft(AGNAI, head, said_here, persona=persona, user=user, notes=told, known=known)]


# ---- RisuAI ---------------------------------------------------------------------------------------


def risu(document: dict[str, Any], source: str) -> list[Draft] | None:
    """Read a chat of RisuAI, or all of a character. The greeting is not among the messages."""
    kind, data = document.get("type"), document.get("data")
    if kind not in ("risuChat", "risuAllChats"):
        return None
    chats = dicts(data if isinstance(data, list) else [data])
    stem = PurePath(source).stem
    persona = re.sub(r"_?\d{4}-?\d\d.*$|_chat$", "", stem).strip("_- ") or stem
    return [_risu_chat(chat, persona, text(chat.get("name")) or stem) for chat in chats]


def _risu_chat(chat: dict[str, Any], persona: str, title: str) -> Draft:
    growth = Growth(RISU)
    for said in dicts(chat.get("message")):
        at = dates.milliseconds(said.get("time"))
        role = Role.USER if said.get("role") == "user" else Role.ASSISTANT
        words = text(said.get("data"))
        versions = [Version(other, at) for other in texts(said.get("swipes"))]
        active = next((number for number, each in enumerate(versions) if each.text == words), len(versions))
        versions += [Version(words, at)] if active == len(versions) else []
        growth.say(role, "", *versions, active=active)
    lore = len(items(chat.get("localLore")))
    notes = (Note(NoteKind.LOREBOOK, str(lore)),) if lore else ()
    kept = {key: value for key, value in chat.items() if key != "message"}
    head = growth.head(title, note=text(chat.get("note")), extra=kept)
    greeting = whole(chat.get("fmIndex"), -1, 10_000, -1) + 1
    return Draft(RISU, head, tuple(growth.entries), persona=persona, greeting=greeting, notes=notes)


# ---- Character.AI ---------------------------------------------------------------------------------


def character_ai(document: dict[str, Any], source: str) -> list[Draft] | None:
    """Read the chats that CAI Tools writes of one character."""
    outer = document.get("histories")
    histories = dicts(mapping(outer).get("histories")) or dicts(outer)
    if "histories" not in document or (outer and not histories):
        return None
    stem = PurePath(source).stem
    info = mapping(mapping(document.get("info")).get("character")) or mapping(document.get("info"))
    named = text(info.get("name")).strip()
    known = _cai_known(info)
    return [replace(_cai_chat(chat, named, stem), known=known) for chat in histories]


def _cai_known(info: dict[str, Any]) -> PersonaFields:
    described = (text(info.get(key)).strip() for key in ("title", "description", "definition"))
    return about(
        description="\n\n".join(dict.fromkeys(filter(None, described))), greeting=text(info.get("greeting"))
    )


def _cai_chat(chat: dict[str, Any], named: str, stem: str) -> Draft:
    growth = Growth(CAI)
    names: dict[bool, str] = {}
    for said in dicts(chat.get("msgs")):
        speaker = mapping(said.get("src"))
        human = speaker.get("is_human") is True
        name = (text(speaker.get("name")) or text(mapping(speaker.get("character")).get("name"))).strip()
        names.setdefault(human, name)
        at = next(_cai_times(said), 0)
        growth.say(Role.USER if human else Role.ASSISTANT, name, Version(text(said.get("text")), at))
    dated = any(entry.created_at for entry in growth.entries)
    return Draft(
        CAI,
        growth.head(text(chat.get("title")) or stem, dates.milliseconds(chat.get("created"))),
        tuple(growth.entries),
        persona=named or names.get(False, "") or stem,
        user=names.get(True, ""),
        notes=() if dated else (Note(NoteKind.NO_DATES),),
    )


def _cai_times(said: dict[str, Any]) -> Iterator[int]:
    for key in ("created", "create_time", "created_at"):
        if at := dates.milliseconds(said.get(key)):
            yield at
