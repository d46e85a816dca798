"""Knows which words and signs of a turn tell what it is about, and how much of them a text says.

It knows no language: what is rare tells more than what is frequent, and words that begin alike are kin.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hermes_desktop.storage.excerpts import plain
from hermes_desktop.storage.wanted import SCRIPTS

LONGEST = 6_000  # letters of a turn that are read: its end, which asks most often
MOST = 32  # words that are looked up
PAIRS = 60  # of signs in scripts without spaces
_WORD = re.compile(r"[^\W_]+")
_SIGNS = re.compile(f"[{SCRIPTS}]+")
_STEM = 4  # letters that kin have in common at least
_ENDING = 3  # letters behind these at most
# How a word counts that is said more than once, and one in a long text (as BM25 has it).
_SATED, _BY_LENGTH = 1.2, 0.6
# Short words are mostly the mortar of a language, also where few messages hold them yet.
_SHORT = {1: 0.5, 2: 0.5, 3: 0.7, 4: 0.9}


@dataclass(frozen=True, slots=True)
class Form:
    """A word as it may stand in a text, and what it is worth to find it."""

    word: str
    worth: float


@dataclass(frozen=True, slots=True)
class Clue:
    """What is looked for: the forms of a word, or two signs. The best form that a text holds counts."""

    forms: tuple[Form, ...]
    signs: bool = False


def words_of(turn: str) -> list[str]:
    """List the words of a turn in their plain form; where it has many, names, numbers and long ones."""
    found: dict[str, tuple[bool, int]] = {}
    for match in _WORD.finditer(_SIGNS.sub(" ", turn[-LONGEST:])):
        word = plain(match[0])
        if len(word) > 1 or word.isdigit():
            told = word[0].isdigit() or not match[0][0].islower()
            known = found.get(word, (False, 0))
            found[word] = (told or known[0], len(word))
    best = sorted(found, key=lambda word: found[word], reverse=True)[:MOST]
    return [word for word in found if word in set(best)]


def pairs_of(turn: str) -> list[str]:
    """List what stands side by side where no spaces do; a sign that stands alone is taken alone."""
    found: dict[str, None] = {}
    for match in _SIGNS.finditer(turn[-LONGEST:]):
        run = match[0]
        found |= dict.fromkeys((a + b for a, b in pairwise(run)) if len(run) > 1 else (run,))
    return list(found)[-PAIRS:]


def stem(word: str) -> str:
    """Give what kin of a word begin with; "" where it has none: numbers, and what is too short."""
    if len(word) < _STEM or any(sign.isdigit() for sign in word):
        return ""
    return (
        word[: max(_STEM, len(word) - _ENDING)] if len(word) > 2 * _STEM else word[: _STEM + (len(word) > 6)]
    )


def are_kin(one: str, other: str) -> bool:
    """Say whether two words differ in their endings only."""
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if same is None:
        same = min(len(one), len(other))
    return same >= _STEM and max(len(one), len(other)) - same <= min(_ENDING, same - 2)


def importance(word: str) -> float:
    """Say what a word counts for by its look alone."""
    return 1.0 if word.isdigit() else _SHORT.get(len(word), 1.0)


@dataclass(frozen=True, slots=True)
class Told:
    """How much a text tells of the clues, and what the most telling one in it is worth."""

    score: float
    peak: float


def told_by(texts: Sequence[str], clues: Iterable[Clue]) -> list[Told]:
    """Say how much each text tells of the clues."""
    clues = list(clues)
    words = [clue for clue in clues if not clue.signs]
    signs = [(clue.forms[0].word, clue.forms[0].worth) for clue in clues if clue.signs]
    worth: dict[str, list[tuple[int, float]]] = {}
    for number, clue in enumerate(words):
        for form in clue.forms:
            worth.setdefault(form.word, []).append((number, form.worth))
    usual = sum(map(len, texts)) / len(texts) if texts else 0
    return [_score(text, worth, signs, len(text) / usual if usual else 1) for text in texts]


def _score(
    text: str, worth: dict[str, list[tuple[int, float]]], signs: list[tuple[str, float]], length: float
) -> Told:
    counted = Counter(_WORD.findall(plain(text))) if worth else Counter()
    slow = _SATED * (1 - _BY_LENGTH + _BY_LENGTH * length)
    best: dict[int, float] = {}
    peak = max((value for word in counted.keys() & worth.keys() for _, value in worth[word]), default=0.0)
    for word in counted.keys() & worth.keys():
        often = counted[word]
        for number, value in worth[word]:
            best[number] = max(best.get(number, 0), value * often * (1 + _SATED) / (often + slow))
    lowered = text.lower() if signs else ""
    paired = [value for pair, value in signs if pair in lowered]
    score = sum(best.values()) + sum(paired) * (1 + _SATED) / (1 + slow)
    return Told(score, max([peak, *paired]))
