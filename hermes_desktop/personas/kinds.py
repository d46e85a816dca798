"""Knows by its shape what comes in the place of a card: lorebooks, conversations, one's own persona."""

import json
from typing import Any

from hermes_desktop.domain.errors import ErrorKind

PROFILES = "hermes_desktop_profiles"  # what our own files of profiles call themselves
_LINE_LIMIT = 65_536  # bytes of a first line that are looked at
_CHAT_HEAD = ("user_name", "character_name", "chat_metadata", "mes")
_SPOKEN = ("first_mes", "char_greeting", "personality", "scenario", "mes_example", "char_persona", "context")
_CHAT_KEYS = ("histories", "savedsettings", "gamestarted", "data_visible")
_CHAT_ITEMS = ("mapping", "chat_messages", "conversations", "mes")


def other_kind(document: object) -> ErrorKind | None:
    """Name what a document says it is, where that is no card."""
    if isinstance(document, list):
        first = document[0] if document else None
        if isinstance(first, dict) and "content" in first and ("keys" in first or "key" in first):
            return ErrorKind.CARD_LOREBOOK
        chat = isinstance(first, dict) and any(key in first for key in _CHAT_ITEMS)
        return ErrorKind.CARD_CHAT if chat else None
    if not isinstance(document, dict):
        return None
    if document.get("spec") == "lorebook_v3" or document.get("kind") == "memory":
        return ErrorKind.CARD_LOREBOOK
    if is_profiles(document):
        return ErrorKind.CARD_PROFILE
    if "lorebookVersion" in document or "scenarioVersion" in document:
        return ErrorKind.CARD_LOREBOOK
    if isinstance(document.get("entries"), list | dict) and not any(document.get(key) for key in _SPOKEN):
        return ErrorKind.CARD_LOREBOOK  # many have a name and a description, as a card has
    return _of_type(document.get("type"), document)


def _of_type(name: object, document: dict[str, Any]) -> ErrorKind | None:
    if name == "risu" and "data" in document:
        return ErrorKind.CARD_LOREBOOK
    return ErrorKind.CARD_CHAT if name in ("risuChat", "risuAllChats") else None


def is_profiles(document: dict[str, Any]) -> bool:
    """Tell our own file of profiles, a backup of SillyTavern's personas, and its settings."""
    if document.get("spec") == PROFILES:
        return True
    inside = document.get("power_user")
    if isinstance(inside, dict):  # old ones have names only
        return isinstance(inside.get("personas"), dict)
    return all(isinstance(document.get(key), dict) for key in ("personas", "persona_descriptions"))


def weak_kind(document: object) -> ErrorKind:
    """Name what a document seems to be, after every form of a card was tried."""
    if not isinstance(document, dict):
        return ErrorKind.CARD_UNKNOWN
    if isinstance(document.get("entries"), list | dict):
        return ErrorKind.CARD_LOREBOOK
    if "user_bio" in document or "personaPrompt" in document:
        return ErrorKind.CARD_PROFILE
    pairs = "internal" in document and "visible" in document
    if pairs or isinstance(document.get("messages"), list) or any(key in document for key in _CHAT_KEYS):
        return ErrorKind.CARD_CHAT
    return ErrorKind.CARD_UNKNOWN


def begins_a_chat(data: bytes) -> bool:
    """Say whether the first of several lines is that of a conversation."""
    line, end, _rest = data[:_LINE_LIMIT].partition(b"\n")
    try:
        first = json.loads(line.removeprefix(b"\xef\xbb\xbf")) if end else None
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and any(key in first for key in _CHAT_HEAD)
