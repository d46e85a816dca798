"""Knows the keys of a card's fields, and what is read where anything may stand; not what makes a card."""

from hermes_desktop.containers import json_guard

LIST_LIMIT = 1000  # greetings or tags that are used; more are kept in the card

# Our field, the card's key. The order is the order in which a new card lists them.
TEXTS = {
    "name": "name",
    "description": "description",
    "personality": "personality",
    "scenario": "scenario",
    "greeting": "first_mes",
    "example_dialogue": "mes_example",
    "creator_notes": "creator_notes",
    "system_prompt": "system_prompt",
    "post_history_instructions": "post_history_instructions",
    "creator": "creator",
    "character_version": "character_version",
    "nickname": "nickname",
}
LISTS = {
    "alternate_greetings": "alternate_greetings",
    "tags": "tags",
    "group_greetings": "group_only_greetings",
}


def value_of(key: str, value: object) -> str | tuple[str, ...]:
    """Read one of a card's fields, whatever stands in it."""
    if key in LISTS.values():
        return texts(key, value)
    if key == "character_version" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)  # many writers have a number there
    return text(value)


def text(value: object) -> str:
    """Read a text; "" where there is none."""
    return clean(value) if isinstance(value, str) else ""


def clean(written: str) -> str:
    """Replace halves of letters, which nothing can show; the card keeps them as they came."""
    return written if written.isascii() else json_guard.without_surrogates(written)


def texts(key: str, value: object) -> tuple[str, ...]:
    """Read several texts, also where a single one stands in their place."""
    if isinstance(value, str):  # one greeting; or tags as one line, as early writers have them
        found = value.split(",") if key == "tags" else [value]
        return tuple(clean(part.strip()) for part in found if part.strip())[:LIST_LIMIT]
    if not isinstance(value, list):
        return ()
    return tuple(clean(item) for item in value[:LIST_LIMIT] if isinstance(item, str))
