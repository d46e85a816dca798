"""Knows what people call the settings of an entry and of a book, and what these can be; no control."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QLocale

from hermes_desktop.app.lore_words import keys_line
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.lore import Filter, Logic, Position, Source

_CONTEXT = "EntryWords"
_POSITIONS = {
    Position.BEFORE_CHAR: QT_TRANSLATE_NOOP("EntryWords", "Before the persona"),
    Position.AFTER_CHAR: QT_TRANSLATE_NOOP("EntryWords", "After the persona"),
    Position.BEFORE_EXAMPLES: QT_TRANSLATE_NOOP("EntryWords", "Before the examples"),
    Position.AFTER_EXAMPLES: QT_TRANSLATE_NOOP("EntryWords", "After the examples"),
    Position.NOTE_TOP: QT_TRANSLATE_NOOP("EntryWords", "Above the author’s note"),
    Position.NOTE_BOTTOM: QT_TRANSLATE_NOOP("EntryWords", "Below the author’s note"),
    Position.DEPTH: QT_TRANSLATE_NOOP("EntryWords", "Among the messages"),
    Position.OUTLET: QT_TRANSLATE_NOOP("EntryWords", "Where a macro asks for it"),
}
_ROLES = {
    Role.SYSTEM: QT_TRANSLATE_NOOP("EntryWords", "System"),
    Role.USER: QT_TRANSLATE_NOOP("EntryWords", "Me"),
    Role.ASSISTANT: QT_TRANSLATE_NOOP("EntryWords", "Persona"),
}
_LOGICS = {
    Logic.AND_ANY: QT_TRANSLATE_NOOP("EntryWords", "and any of"),
    Logic.NOT_ALL: QT_TRANSLATE_NOOP("EntryWords", "and not all of"),
    Logic.NOT_ANY: QT_TRANSLATE_NOOP("EntryWords", "and none of"),
    Logic.AND_ALL: QT_TRANSLATE_NOOP("EntryWords", "and all of"),
}
_SOURCES = {
    Source.PROFILE: QT_TRANSLATE_NOOP("EntryWords", "my profile"),
    Source.DESCRIPTION: QT_TRANSLATE_NOOP("EntryWords", "description"),
    Source.PERSONALITY: QT_TRANSLATE_NOOP("EntryWords", "personality"),
    Source.PERSONA_NOTE: QT_TRANSLATE_NOOP("EntryWords", "character’s note"),
    Source.SCENARIO: QT_TRANSLATE_NOOP("EntryWords", "scenario"),
    Source.CREATOR_NOTES: QT_TRANSLATE_NOOP("EntryWords", "notes of the creator"),
}
# By the names in Entry, Conditions and BookFields.
_NAMES = {
    "content": QT_TRANSLATE_NOOP("EntryWords", "text"),
    "keys": QT_TRANSLATE_NOOP("EntryWords", "keys"),
    "secondary_keys": QT_TRANSLATE_NOOP("EntryWords", "other keys"),
    "logic": QT_TRANSLATE_NOOP("EntryWords", "what the other keys have to do"),
    "name": QT_TRANSLATE_NOOP("EntryWords", "name"),
    "comment": QT_TRANSLATE_NOOP("EntryWords", "name"),  # SillyTavern's word for it
    "enabled": QT_TRANSLATE_NOOP("EntryWords", "on"),
    "constant": QT_TRANSLATE_NOOP("EntryWords", "always in the prompt"),
    "order": QT_TRANSLATE_NOOP("EntryWords", "order"),
    "priority": QT_TRANSLATE_NOOP("EntryWords", "priority"),
    "ignore_budget": QT_TRANSLATE_NOOP("EntryWords", "counts against no budget"),
    "position": QT_TRANSLATE_NOOP("EntryWords", "place"),
    "depth": QT_TRANSLATE_NOOP("EntryWords", "messages that follow it"),
    "role": QT_TRANSLATE_NOOP("EntryWords", "spoken as"),
    "outlet": QT_TRANSLATE_NOOP("EntryWords", "name of the outlet"),
    "case_sensitive": QT_TRANSLATE_NOOP("EntryWords", "capitals matter"),
    "whole_words": QT_TRANSLATE_NOOP("EntryWords", "whole words only"),
    "scan_depth": QT_TRANSLATE_NOOP("EntryWords", "last messages that are looked through"),
    "scan_letters": QT_TRANSLATE_NOOP("EntryWords", "last letters that are looked through"),
    "sources": QT_TRANSLATE_NOOP("EntryWords", "also looked for in"),
    "probability": QT_TRANSLATE_NOOP("EntryWords", "probability"),
    "groups": QT_TRANSLATE_NOOP("EntryWords", "groups"),
    "group_override": QT_TRANSLATE_NOOP("EntryWords", "goes before others of its group"),
    "group_weight": QT_TRANSLATE_NOOP("EntryWords", "weight of the draw"),
    "group_scoring": QT_TRANSLATE_NOOP("EntryWords", "the one with most keys is chosen"),
    "exclude_recursion": QT_TRANSLATE_NOOP("EntryWords", "other entries do not bring it up"),
    "prevent_recursion": QT_TRANSLATE_NOOP("EntryWords", "it brings up no others"),
    "recursion_level": QT_TRANSLATE_NOOP("EntryWords", "recursion level"),
    "sticky": QT_TRANSLATE_NOOP("EntryWords", "stays for"),
    "cooldown": QT_TRANSLATE_NOOP("EntryWords", "then rests for"),
    "delay": QT_TRANSLATE_NOOP("EntryWords", "not before message"),
    "for_whom": QT_TRANSLATE_NOOP("EntryWords", "personas that it is for"),
    "triggers": QT_TRANSLATE_NOOP("EntryWords", "kinds of reply"),
    "description": QT_TRANSLATE_NOOP("EntryWords", "description"),
    "token_budget": QT_TRANSLATE_NOOP("EntryWords", "tokens that its entries may take"),
    "recursive": QT_TRANSLATE_NOOP("EntryWords", "what fires may bring up other entries"),
}
_AS_USUAL = QT_TRANSLATE_NOOP("EntryWords", "as usual")
_YES, _NO = QT_TRANSLATE_NOOP("EntryWords", "yes"), QT_TRANSLATE_NOOP("EntryWords", "no")
_ALL_BUT = QT_TRANSLATE_NOOP("EntryWords", "all but {names}")


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)


def setting_name(name: str) -> str:
    """Name a field of Entry, Conditions or BookFields in small letters."""
    return _tr(_NAMES[name])


def position_names() -> dict[Position, str]:
    """Name every place that an entry can have."""
    return {position: _tr(name) for position, name in _POSITIONS.items()}


def role_names() -> dict[Role, str]:
    """Name everybody in whose name an entry among the messages can be spoken."""
    return {role: _tr(name) for role, name in _ROLES.items()}


def logic_names() -> dict[Logic, str]:
    """Name what other keys can have to do, in Logic's own order."""
    return {logic: _tr(name) for logic, name in _LOGICS.items()}


def value_words(value: object) -> str:
    """Say what a setting is."""
    if value is None:
        return _tr(_AS_USUAL)
    return next((say(value) for kind, say in _SAYING if isinstance(value, kind)), str(value))


def _of_filter(value: Filter) -> str:
    said = keys_line((*value.names, *value.tags))
    return _tr(_ALL_BUT).replace("{names}", said) if value.excludes and said else said


def _of_many(value: tuple[object, ...]) -> str:
    return keys_line(tuple(value_words(each) for each in value))


def _of_number(value: float) -> str:
    return QLocale().toString(int(value)) if value == int(value) else QLocale().toString(value)


# The first kind that fits: a flag is a number too, and each enumeration is a text.
_SAYING: tuple[tuple[type | tuple[type, ...], Callable[..., str]], ...] = (
    (bool, lambda value: _tr(_YES if value else _NO)),
    ((int, float), _of_number),
    (Position, lambda value: _tr(_POSITIONS[value])),
    (Role, lambda value: _tr(_ROLES[value])),
    (Logic, lambda value: _tr(_LOGICS[value])),
    (Source, lambda value: _tr(_SOURCES[value])),
    (Filter, _of_filter),
    (tuple, _of_many),
)
