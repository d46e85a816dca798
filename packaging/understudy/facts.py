"""Knows kinds of facts, how one states them, asks for them and answers; not who is in a conversation.

A template is written once for every person: `{S}` is the subject, `~` the ending of its verb, `{P}` the
possessive, `{v}` the value. The answer has one form a kind, so that it can be marked exactly.
"""

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from understudy.draw import Draw, has_values, is_held_out_key, words


@dataclass(frozen=True)
class Person:
    """Who a fact is about, as the speaker names them."""

    subject: str  # "I", "you", "Ann", "she"
    possessive: str  # "my", "your", "Ann's", "her"
    third: bool  # whether verbs take an s

    def fill(self, template: str, value: str = "", noun: str = "") -> str:
        """Put the person and the value into a template; a value at its beginning keeps its own letter."""
        be = {"I": "am", "you": "are"}.get(self.subject, "is")
        text = template.replace("{am}", be).replace("{have}", "has" if self.third else "have")
        text = text.replace("{do}", "does" if self.third else "do")
        text = text.replace("go~", "goes" if self.third else "go")
        text = text.replace("~", "s" if self.third else "")
        text = text.replace("{S}", self.subject).replace("{P}", self.possessive)
        text = text.replace("{k}", noun).replace("{v}", value)
        text = _A.sub("an ", text)
        return text if template.startswith("{v}") else text[0].upper() + text[1:]


_A = re.compile(r"\ba (?=[aeiou])")
I = Person("I", "my", False)  # noqa: E741 - the word itself
YOU = Person("you", "your", False)


def named(name: str) -> Person:
    """Speak of somebody by name."""
    return Person(name, f"{name}'s", True)


HE, SHE = Person("he", "his", True), Person("she", "her", True)


@dataclass(frozen=True)
class Kind:
    """A kind of fact: all its phrasings, its answer, and where its values come from."""

    key: str  # what it is about: "dog", "favourite colour"; one a person
    values: str
    told: tuple[str, ...]
    asked: tuple[str, ...]
    answer: str
    noun: str = ""  # what {k} stands for in the templates


@dataclass(frozen=True)
class Fact:
    """A kind with its value."""

    kind: Kind
    value: str

    def told(self, draw: Draw, person: Person) -> str:
        """State it, in one of its phrasings, about a person."""
        return person.fill(draw.phrase(self.kind.told), self.value, self.kind.noun)

    def asked(self, draw: Draw, person: Person) -> str:
        """Ask for it."""
        return ask(draw, self.kind, person)

    def answer(self, person: Person) -> str:
        """Answer with it."""
        return person.fill(self.kind.answer, self.value, self.kind.noun)


def ask(draw: Draw, kind: Kind, person: Person) -> str:
    """Ask for a fact of a kind, plainly or with words around the question."""
    question = person.fill(draw.phrase(kind.asked), "", kind.noun)
    if draw.chance(0.25):
        frame = draw.phrase(_FRAMES)
        question = frame.replace("{q}", question).replace("{l}", question[0].lower() + question[1:])
    return question


WILD_NOUNS = 0.5  # of the things that facts are about are of no kind in training
_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_FRAMES: tuple[str, ...] = tuple(_DATA["frames"])
# (family, section of words.txt that has its things, kind of the values)
_FAMILIES = (
    ("called", "animals", "pets"),
    ("called", "relations", "names"),
    ("favourite", "favourites", ""),
    ("kept", "kept", "spots"),
    ("coloured", "owned", "colours"),
    ("when", "events", "times"),
)


@cache
def kinds(held: bool) -> tuple[tuple[Kind, ...], ...]:
    """List the kinds by family. Evaluation has all of them; training lacks one open key in five."""
    families = [_family(*entry, held=held) for entry in _FAMILIES]
    single = (_kind(entry["key"], entry["values"], entry) for entry in _DATA["single"])
    return (*families, *((kind,) for kind in single if has_values(kind.values, held=held)))


def _family(name: str, section: str, values: str, *, held: bool) -> tuple[Kind, ...]:
    words_of = _DATA["families"][name]
    found = []
    for entry in words(section):
        noun, _, own_values = entry.partition("=")
        key = f"favourite {noun}" if name == "favourite" else noun
        found.append(_kind(key, own_values or values, words_of, noun))
    return tuple(
        kind
        for kind in found
        if (held or not is_held_out_key(kind.key)) and has_values(kind.values, held=held)
    )


def _kind(key: str, values: str, entry: dict[str, Any], noun: str = "") -> Kind:
    return Kind(key, values, tuple(entry["told"]), tuple(entry["asked"]), entry["answer"], noun)


def _about_anything(draw: Draw, kind: Kind) -> Kind:
    """Put a thing of no kind in place of the one that a fact is about; never one that is held out."""
    while True:
        noun = draw.wild(2).lower()
        parts = (noun, *noun.split())
        if not any(is_held_out_key(key) for part in parts for key in (part, f"favourite {part}")):
            return replace(kind, key=noun, noun=noun)


def draw_facts(draw: Draw, count: int) -> list[Fact]:
    """Draw facts of different keys; those of one family are told apart by the key alone."""
    found: dict[str, Fact] = {}
    families = kinds(draw.held)
    while len(found) < count:
        # The single kinds have words of their own, which are learned one by one: training has more of them.
        family = draw.one(families[:6]) if draw.chance(0.7 if draw.held else 0.45) else draw.one(families)
        for _ in range(draw.number(1, 2)):
            kind = draw.one(family)
            if kind.noun and not draw.held and draw.chance(WILD_NOUNS):
                kind = _about_anything(draw, kind)
            found.setdefault(kind.key, Fact(kind, draw.value(kind.values)))
    facts = list(found.values())[:count]
    draw.random.shuffle(facts)
    return facts
