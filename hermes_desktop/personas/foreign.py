"""Knows the personas of other programs that are one flat document: TavernAI, Pygmalion, Agnai, Oobabooga."""

from dataclasses import replace
from typing import Any

from hermes_desktop.personas import card
from hermes_desktop.personas.card import ImportedCard
from hermes_desktop.personas.carried import book, carry, dicts, keys_of, text, texts

_PYGMALION = {
    "char_name": "name",
    "char_persona": "description",
    "char_greeting": "first_mes",
    "world_scenario": "scenario",
    "example_dialogue": "mes_example",
}
_AGNAI = {
    "name": "name",
    "greeting": "first_mes",
    "scenario": "scenario",
    "sampleChat": "mes_example",
    "systemPrompt": "system_prompt",
    "postHistoryInstructions": "post_history_instructions",
    "creator": "creator",
    "characterVersion": "character_version",
    "description": "creator_notes",  # there it is what others call notes
}
_AGNAI_SHAPE = ("name", "persona", "greeting", "scenario", "sampleChat")
_OOBA_NAMES = ("name", "bot", "<|bot|>", "char_name")
_OOBA_KEPT = ("your_name", "turn_template", "user_bio")


def of_document(document: object, source: str) -> ImportedCard | None:
    """Read a persona of another program; nothing where it is none of these."""
    if not isinstance(document, dict):
        return None
    for read in (_tavern, _pygmalion, _agnai):
        found = read(document, source)
        if found is not None:
            return found
    return None


def _tavern(document: dict[str, Any], source: str) -> ImportedCard | None:
    """Read what the newer TavernAI writes: a flat card, which stays what it is."""
    if document.get("spec") != "tavern_ai":
        return None
    found = card.of_document(document, source)
    return replace(found, spec="tavern_ai") if found is not None else None


def _pygmalion(document: dict[str, Any], source: str) -> ImportedCard | None:
    named = text(document.get("char_name")).strip()
    if not named or not (text(document.get("char_persona")) or text(document.get("char_greeting"))):
        return None
    if text(document.get("name")).strip() and text(document.get("first_mes")):
        return None  # editors that write for everybody put a whole V1 card beside it, which says more
    data = {ours: text(document.get(theirs)) for theirs, ours in _PYGMALION.items()}
    return carry("pygmalion", document, data, source=source, used=_PYGMALION)


# ---- Agnai ----------------------------------------------------------------------------------------


def _agnai(document: dict[str, Any], source: str) -> ImportedCard | None:
    if document.get("kind") != "character" and not all(key in document for key in _AGNAI_SHAPE):
        return None
    data: dict[str, Any] = {ours: text(document.get(theirs)) for theirs, ours in _AGNAI.items()}
    data["description"] = _persona(document.get("persona"))
    data["alternate_greetings"] = texts(document.get("alternateGreetings"))
    data["tags"] = texts(document.get("tags"))
    data["character_book"] = _memory(document.get("characterBook"))
    insert = document.get("insert")
    if isinstance(insert, dict) and text(insert.get("prompt")):
        depth = insert.get("depth")
        data["extensions"] = {"depth_prompt": {"prompt": insert["prompt"], "depth": depth, "role": "system"}}
    if not any(text(data[key]).strip() for key in ("description", "first_mes", "scenario", "mes_example")):
        return None
    used = {*_AGNAI, "persona", "alternateGreetings", "tags", "insert"}
    return carry("agnai", document, data, source=source, used=used, kept=("characterBook", "avatar"))


def _persona(persona: object) -> str:
    """Write a description: as it is where it is a text, a line for each attribute otherwise."""
    if isinstance(persona, str):
        return persona
    attributes = persona.get("attributes") if isinstance(persona, dict) else None
    if not isinstance(persona, dict) or not isinstance(attributes, dict):
        return ""
    if persona.get("kind") == "text":
        return "\n".join(line for value in attributes.values() for line in texts(value))
    return "\n".join(f"{key}: {', '.join(texts(value))}" for key, value in attributes.items() if texts(value))


def _memory(memory: object) -> dict[str, Any]:
    entries = dicts(memory.get("entries")) if isinstance(memory, dict) else []
    return book([_memory_entry(entry) for entry in entries])


def _memory_entry(entry: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"keys": keys_of(entry.get("keywords", entry.get("keys")))}
    made["content"] = text(entry.get("entry", entry.get("content")))
    for theirs, ours in (("name", "name"), ("priority", "priority"), ("weight", "insertion_order")):
        if theirs in entry:
            made[ours] = entry[theirs]
    made["enabled"] = entry.get("enabled") is not False
    return made


# ---- Oobabooga ------------------------------------------------------------------------------------


def of_character_file(document: object, source: str) -> ImportedCard | None:
    """Read a character of Oobabooga, which is known by little: a name, and a context or a greeting."""
    if not isinstance(document, dict):
        return None
    key = next((key for key in _OOBA_NAMES if text(document.get(key)).strip()), "")
    context, greeting = text(document.get("context")), text(document.get("greeting"))
    if not key or not (context.strip() or greeting.strip()):
        return None
    data = {"name": text(document[key]), "description": context, "first_mes": greeting}
    return carry("ooba", document, data, source=source, used=(key, "context", "greeting"), kept=_OOBA_KEPT)
