"""Knows the words of what stands out in a persona, stored or in a file; not how it is found."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication

from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.sources import bytes_of
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.containers import json_guard
from hermes_desktop.domain.lore import Entry
from hermes_desktop.domain.persona import Persona
from hermes_desktop.personas import lore_lint, reader
from hermes_desktop.personas.findings import Finding, FindingKind, Report, Weight
from hermes_desktop.personas.lint import lint
from hermes_desktop.personas.lore_writing import new_entry

_CONTEXT = "Linting"
_WORDS: dict[FindingKind, str] = {
    FindingKind.MACRO_UNKNOWN: QT_TRANSLATE_NOOP(
        "Linting", "{text} is no macro that is known here; it stays as it is written."
    ),
    FindingKind.MACRO_FOREIGN: QT_TRANSLATE_NOOP(
        "Linting", "{text} is a script of another program; it is not run."
    ),
    FindingKind.MACRO_SINGLE: QT_TRANSLATE_NOOP(
        "Linting", "{text} has one brace on each side; a macro has two."
    ),
    FindingKind.MACRO_STILL: QT_TRANSLATE_NOOP(
        "Linting", "{text} stays what it was when the conversation began; in the author's note it would move."
    ),
    FindingKind.MACRO_MEANINGLESS: QT_TRANSLATE_NOOP(
        "Linting", "{text} overrides nothing here and gives nothing."
    ),
    FindingKind.MACRO_EXCESS: QT_TRANSLATE_NOOP(
        "Linting", "The macros put in more than a prompt may hold; some stay as they are written."
    ),
    FindingKind.BRACES: QT_TRANSLATE_NOOP("Linting", "Braces without a partner: {text}"),
    FindingKind.GREETING_NONE: QT_TRANSLATE_NOOP("Linting", "There is no greeting; you will have to begin."),
    FindingKind.GREETING_SPEAKS: QT_TRANSLATE_NOOP("Linting", "The greeting speaks for you: {text}"),
    FindingKind.SYSTEM_PROMPT: QT_TRANSLATE_NOOP(
        "Linting", "It has no system prompt of its own; yours or the usual one is taken."
    ),
    FindingKind.SYSTEM_PROMPT_BLANK: QT_TRANSLATE_NOOP(
        "Linting", "Nothing is left of its system prompt; yours or the usual one is taken."
    ),
    FindingKind.HEAVY: QT_TRANSLATE_NOOP(
        "Linting",
        "It is heavy: about {n} tokens stand in every prompt and leave less room for the conversation.",
    ),
    FindingKind.LORE_NO_KEYS: QT_TRANSLATE_NOOP("Linting", "No key leads to this entry: {text}"),
    FindingKind.LORE_NO_CONTENT: QT_TRANSLATE_NOOP("Linting", "This entry says nothing: {text}"),
    FindingKind.LORE_DISABLED: QT_TRANSLATE_NOOP("Linting", "This entry is switched off: {text}"),
    FindingKind.LORE_SHORT_KEY: QT_TRANSLATE_NOOP(
        "Linting", "The key “{text}” is a single letter; it will be found nearly everywhere, or never."
    ),
    FindingKind.LORE_PATTERN: QT_TRANSLATE_NOOP(
        "Linting", "The pattern “{text}” cannot be read; it finds nothing."
    ),
    FindingKind.LORE_IMPOSSIBLE: QT_TRANSLATE_NOOP("Linting", "This entry has a probability of 0: {text}"),
    FindingKind.LORE_RECURSION: QT_TRANSLATE_NOOP(
        "Linting", "This entry waits for other entries to lead to it and forbids them to: {text}"
    ),
    FindingKind.LORE_SECONDARY: QT_TRANSLATE_NOOP(
        "Linting", "Its secondary keys are never asked for, since it is constant or not selective: {text}"
    ),
    FindingKind.LORE_PROBABILITY: QT_TRANSLATE_NOOP(
        "Linting", "A probability of {n} % is set and switched off: {text}"
    ),
    FindingKind.LORE_DELAY: QT_TRANSLATE_NOOP("Linting", "This entry waits for {n} messages: {text}"),
    FindingKind.LORE_STICKY: QT_TRANSLATE_NOOP(
        "Linting", "This entry is always there, so that it cannot stay for some messages: {text}"
    ),
}

_FIELDS = {
    "description": QT_TRANSLATE_NOOP("Linting", "Description"),
    "personality": QT_TRANSLATE_NOOP("Linting", "Personality"),
    "scenario": QT_TRANSLATE_NOOP("Linting", "Scenario"),
    "system_prompt": QT_TRANSLATE_NOOP("Linting", "System prompt"),
    "post_history_instructions": QT_TRANSLATE_NOOP("Linting", "Last instructions"),
    "depth_prompt": QT_TRANSLATE_NOOP("Linting", "Character’s note"),
    "mes_example": QT_TRANSLATE_NOOP("Linting", "Example dialogue"),
    "first_mes": QT_TRANSLATE_NOOP("Linting", "Greeting"),
    "alternate_greetings": QT_TRANSLATE_NOOP("Linting", "Greeting {n}"),
    "entries": QT_TRANSLATE_NOOP("Linting", "Lore entry {n}"),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A persona that was looked at."""

    name: str
    report: Report


def named(personas: PersonasService, name: str) -> Checked:
    """Look at a persona by its name or id, or at a card's file; raises what `find` and `parse` raise."""
    file = Path(name)
    if file.is_file() or file.suffix.lower() in (".json", ".png", ".charx"):
        imported = reader.read(bytes_of(file, name, reader.FILE_LIMIT), name).card
        return Checked(imported.fields.name, lint(imported.fields, _document(imported.card)))
    persona = personas.find(name)
    return Checked(persona.name, of(personas, persona))


def _document(card: str) -> Any:
    """Read a stored card for showing; it may hold halves of letters, which nothing can show."""
    return json_guard.cleaned(json.loads(card))


def of(personas: PersonasService, persona: Persona) -> Report:
    """Look at a stored persona."""
    return lint(persona.fields, _document(personas.card(persona)))


def remarks(personas: PersonasService, persona: Persona) -> list[str]:
    """Word what a person should know before a conversation; notes are left out, repetitions said once."""
    findings = of(personas, persona).findings
    ordered = [f for weight in (Weight.ERROR, Weight.WARNING) for f in findings if f.weight is weight]
    return list(dict.fromkeys(f"{_where(f.field)}: {words(f)}" if f.field else words(f) for f in ordered))


def entry_remarks(entry: Entry) -> list[str]:
    """Word what stands out in one entry of lore as it is written."""
    raw = new_entry(entry, own=False, number=1)
    found = [f for each in lore_lint.entries_of({"entries": [raw]}) for f in lore_lint.findings(each)]
    return list(dict.fromkeys(words(finding) for finding in found))


def words(finding: Finding) -> str:
    """Say what was found."""
    said = QCoreApplication.translate(_CONTEXT, _WORDS[finding.kind])
    return said.replace("{n}", f"{finding.value:,}").replace("{text}", finding.stretch or "—")


def _where(field: str) -> str:
    """Name a field as a person knows it; places in lists count from 1, and the main greeting is the first."""
    name, _, place = field.removeprefix("character_book.").partition("[")
    number = place.rstrip("]")
    if name == "alternate_greetings":
        number = str(int(number) + 2)
    elif number.isdecimal():
        number = str(int(number) + 1)
    return QCoreApplication.translate(_CONTEXT, _FIELDS.get(name, name)).replace("{n}", number)


def weighed(report: Report) -> str:
    """Say how much room a persona takes."""
    said = QCoreApplication.translate(
        _CONTEXT,
        "About {n} tokens stand in every prompt; the longest greeting has {greeting}, examples {examples}.",
    )
    said = said.replace("{n}", f"{report.tokens:,}").replace("{greeting}", f"{report.greeting_tokens:,}")
    return said.replace("{examples}", f"{report.example_tokens:,}")
