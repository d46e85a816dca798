"""Knows the form of a JSON object of texts, as a schema for the model and as a grammar for the sampler.

The grammar is GBNF, which llama.cpp reads. It takes the short escapes only: a text in another script stands
in the answer as it is, and half a surrogate pair cannot come up. Between the entries there is room for
little white space, so that a model cannot go on with blanks for ever; and "<|", with which the tokens between
turns begin, cannot be written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LETTERS = r"""
letter ::= [^"\\<\x00-\x1f\x7f] | "\\" ["\\/nt] | "<" [^"\\<|\x00-\x1f\x7f]
gap ::= (" " | "\n" " "{0,4})?
"""


@dataclass(frozen=True, slots=True)
class Slot:
    """One entry of the object: a text, or a list of short texts."""

    name: str
    about: str  # what the model is told about it
    letters: int = 0  # of each text, at most; 0: as many as there are tokens for
    items: int = 0  # of the list, at most; 0: it is one text

    @property
    def listed(self) -> bool:
        """Say whether it is a list."""
        return self.items > 0


def schema_of(slots: Sequence[Slot]) -> dict[str, Any]:
    """Write the JSON schema of an object with exactly these entries."""
    properties = {slot.name: _property(slot) for slot in slots}
    return {"type": "object", "properties": properties, "required": [slot.name for slot in slots]}


def _property(slot: Slot) -> dict[str, Any]:
    if slot.listed:
        about = {"type": "array", "items": {"type": "string"}, "maxItems": slot.items}
        return {**about, "description": slot.about}
    return {"type": "string", "description": slot.about}


def grammar_of(slots: Sequence[Slot]) -> str:
    """Write the grammar of an object with exactly these entries, in this order."""
    rules = [f"{_rule(number)} ::= {_value(slot)}" for number, slot in enumerate(slots)]
    entries = [f'"\\"{slot.name}\\":" gap {_rule(number)}' for number, slot in enumerate(slots)]
    root = 'root ::= "{" gap ' + ' gap "," gap '.join(entries) + ' gap "}"'
    return "\n".join((root, *rules)) + LETTERS


def _rule(number: int) -> str:
    return f"value-{number}"


def _value(slot: Slot) -> str:
    text = f'"\\"" letter{_times(slot.letters)} "\\""'
    if not slot.listed:
        return text
    more = f'(gap "," gap {text}){{0,{slot.items - 1}}}'
    return f'"[" gap {text} {more} gap "]"'


def _times(letters: int) -> str:
    return f"{{1,{letters}}}" if letters else "+"
