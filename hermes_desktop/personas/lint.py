"""Knows what stands out in a persona: macros, greetings, weight; its lore is looked at by a neighbour."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from hermes_desktop.domain.persona import PersonaFields, Profile
from hermes_desktop.personas import lore_lint
from hermes_desktop.personas.findings import Finding, FindingKind, Report
from hermes_desktop.prompting import table
from hermes_desktop.prompting.macros import expand
from hermes_desktop.prompting.parsing import Head, Macro, Piece, Put, head, parse
from hermes_desktop.prompting.surroundings import Moment, steady

LETTERS_A_TOKEN = 4
_HEAVY = 2_000  # tokens in every prompt; a quarter of the context that most start with
_STRETCH = 60  # letters of a text that are shown
_LIMIT = 200  # findings of one persona
_READ = 400_000  # letters of one persona that are looked at
_SINGLE = re.compile(r"(?<!\{)\{(?:user|char|character)\}(?!\})", re.IGNORECASE)
_FOREIGN = re.compile(r"\{\{\s*(?:[#/?:]|(?:if|else|each)\b)", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^“”\n]*”|«[^«»\n]*»")
_SPEECH = "says?|said|asks?|asked|repl(?:y|ies|ied)|answers?|answered|whispers?|whispered|shouts?|shouted"
_WILL = "nods?|nodded|decides?|decided|agrees?|agreed|thinks?|thought|smiles?|smiled|laughs?|laughed"
_USER = r"(?:\{\{\s*user\s*\}\}|<user>)"
_SPOKEN = re.compile(
    rf"^[ \t*_]*{_USER}[ \t*_]*:"
    rf"|{_USER}[ \t]+(?:\w{{1,20}}ly[ \t]+)?(?:{_SPEECH}|{_WILL})\b"
    rf"|\byou[ \t]+(?:{_SPEECH})\b[^.!?\n,]{{0,60}},[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_STABLE = ("description", "personality", "scenario", "system_prompt", "mes_example")
_HOLE = Put("")  # what will be put in
_NOBODY = Profile(id=0, version_id=0, name="you", description="")
_OVERRIDING = ("system_prompt", "post_history_instructions")


def lint(persona: PersonaFields, card: Mapping[str, Any]) -> Report:
    """Look at everything in a persona; `card` is its document, for the lore in it."""
    tokens, found = 0, list(islice(_findings(persona, card), _LIMIT))
    book = lore_lint.book_of(card)
    steady_texts = (persona.description, persona.personality, persona.scenario, persona.system_prompt)
    late_texts = (persona.post_history_instructions, persona.note)
    for text in (*steady_texts, *late_texts, *lore_lint.constant_texts(book)):
        tokens += _tokens(text)
    if tokens > _HEAVY:
        found.append(Finding(FindingKind.HEAVY, value=tokens))
    greetings = max(map(_tokens, persona.greetings), default=0)
    return Report(tuple(found), tokens, greetings, _tokens(persona.example_dialogue))


def _findings(persona: PersonaFields, card: Mapping[str, Any]) -> Iterator[Finding]:
    for field, text in _bounded(_texts(persona)):
        yield from _macros(field, text)
    yield from _excess(persona)
    yield from _greetings(persona)
    yield from _system_prompt(persona)
    entries = list(lore_lint.entries_of(lore_lint.book_of(card)))
    for field, text in _bounded((entry.field, entry.content) for entry in entries):
        yield from _macros(field, text)
    for entry in entries:
        yield from lore_lint.findings(entry)


def _texts(persona: PersonaFields) -> Iterator[tuple[str, str]]:
    yield "description", persona.description
    yield "personality", persona.personality
    yield "scenario", persona.scenario
    yield "system_prompt", persona.system_prompt
    yield "post_history_instructions", persona.post_history_instructions
    yield "depth_prompt", persona.note
    yield "mes_example", persona.example_dialogue
    yield from _greeting_texts(persona)


def _greeting_texts(persona: PersonaFields) -> Iterator[tuple[str, str]]:
    yield "first_mes", persona.greeting
    for place, text in enumerate(persona.alternate_greetings):
        yield f"alternate_greetings[{place}]", text


def _bounded(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Stop where a card is so large that looking at it would keep somebody waiting."""
    left = _READ
    for field, text in texts:
        yield field, text[:left]
        left -= min(left, len(text))


def _tokens(text: str) -> int:
    return -(-len(text.strip()) // LETTERS_A_TOKEN)


# ---- macros ----------------------------------------------------------------------------------------


def _macros(field: str, text: str) -> Iterator[Finding]:
    parsed = parse(text)
    for macro in _walk(parsed.pieces):
        kind = _kind(field, macro, text)
        if kind is not None:
            yield Finding(kind, field, macro.start, _stretch(text, macro.start, macro.end))
    for place in parsed.loose:
        yield Finding(FindingKind.BRACES, field, place, _stretch(text, place, place + 24))
    for single in _SINGLE.finditer(text):
        yield Finding(FindingKind.MACRO_SINGLE, field, single.start(), single[0])


def _walk(pieces: tuple[Piece, ...]) -> Iterator[Macro]:
    for piece in pieces:
        if isinstance(piece, Macro) and not piece.is_comment:
            yield piece
            yield from _walk(piece.pieces)


def _kind(field: str, macro: Macro, text: str) -> FindingKind | None:
    found = _head(macro)
    if found is None or not table.is_known(found.name, alone=found.rest is None):
        is_foreign = _FOREIGN.match(text, macro.start) is not None
        return FindingKind.MACRO_FOREIGN if is_foreign else FindingKind.MACRO_UNKNOWN
    if found.name == "original" and field not in _OVERRIDING:
        return FindingKind.MACRO_MEANINGLESS
    if found.name in table.MOVING and field in _STABLE:
        return FindingKind.MACRO_STILL
    return None


def _head(macro: Macro) -> Head | None:
    """Read a macro's name as if its inner macros had been put in."""
    return head([piece if isinstance(piece, str) else _HOLE for piece in macro.pieces])


def _excess(persona: PersonaFields) -> Iterator[Finding]:
    """Expand the texts of every prompt as a prompt would, and see whether the room for macros was enough."""
    names = steady(persona, _NOBODY, Moment())
    assert names.slate is not None
    for field, text in _bounded(_texts(persona)):
        expand(text, names)
        if names.slate.spent:
            yield Finding(FindingKind.MACRO_EXCESS, field)
            return


# ---- greetings and instructions --------------------------------------------------------------------


def _greetings(persona: PersonaFields) -> Iterator[Finding]:
    if not persona.greetings:
        yield Finding(FindingKind.GREETING_NONE, "first_mes")
    for field, text in _bounded(_greeting_texts(persona)):
        narrated = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
        for spoken in _SPOKEN.finditer(narrated):
            yield Finding(
                FindingKind.GREETING_SPEAKS,
                field,
                spoken.start(),
                _stretch(text, spoken.start(), spoken.end() + 24),
            )


def _system_prompt(persona: PersonaFields) -> Iterator[Finding]:
    if not persona.system_prompt:
        yield Finding(FindingKind.SYSTEM_PROMPT, "system_prompt")
        return
    names = replace(steady(persona, _NOBODY, Moment()), original="something")
    if not expand(persona.system_prompt, names).strip():
        yield Finding(FindingKind.SYSTEM_PROMPT_BLANK, "system_prompt")


def _stretch(text: str, start: int, end: int) -> str:
    words = " ".join(text[start : min(end, start + 4 * _STRETCH)].split())
    return words if len(words) <= _STRETCH else words[: _STRETCH - 1].rstrip() + "…"
