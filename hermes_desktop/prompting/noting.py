"""Knows the form in which a model notes facts, and reads what it wrote, also where that was cut off."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from hermes_desktop.prompting.json_form import LETTERS

MOST = 8  # facts of one answer
WHO_LETTERS, FACT_LETTERS = 60, 200
_LOOKED_AT = 65_536  # characters of an answer


@dataclass(frozen=True, slots=True)
class Noted:
    """A fact, and whom it is about; "" for nobody in particular."""

    who: str
    text: str


def grammar() -> str:
    """Write the grammar of a list of facts, which may be empty."""
    who, fact = (
        f'"\\"" letter{{{least},{most}}} "\\""' for least, most in ((0, WHO_LETTERS), (1, FACT_LETTERS))
    )
    entry = f'entry ::= "{{" gap "\\"who\\":" gap {who} gap "," gap "\\"fact\\":" gap {fact} gap "}}"'
    root = f'root ::= "[" gap (entry (gap "," gap entry){{0,{MOST - 1}}})? gap "]"'
    return "\n".join((root, entry)) + LETTERS


def read(answer: str) -> list[Noted]:
    """Read the facts of an answer, each once; what is no fact is left out."""
    found: dict[Noted, None] = {}
    for entry in _objects(answer[:_LOOKED_AT]):
        who, text = entry.get("who", ""), entry.get("fact")
        if isinstance(who, str) and isinstance(text, str) and text.strip():
            found[Noted(who.strip()[:WHO_LETTERS], text.strip()[:FACT_LETTERS])] = None
    return list(found)[:MOST]


def _objects(text: str) -> Iterator[dict[str, object]]:
    """Find whole objects, wherever they stand: the last one may lack its end."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
            yield value  # what begins so is an object
        except (ValueError, RecursionError):
            end = at + 1
        at = text.find("{", end)
