"""Knows how words, names and phrasings are drawn, and which of them training never sees; not what is said.

A value is held out by its own checksum, so that the split is the same in every run and on every machine.
"""

import random
import string
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar
from zlib import crc32

_WORDS = Path(__file__).with_name("words.txt")
WILD = 0.6  # of the values in training are of no kind
_STRICT = frozenset({"names", "numbers", "dates", "times", "codes"})  # they always have their own form
_WILD = ("names", "places", "pets", "things", "foods", "trades", "adjectives", "colours", "objects")
_HELD_OUT_OF = 5  # one value in five is in no training example
_T = TypeVar("_T")


@cache
def words(section: str) -> tuple[str, ...]:
    """List the words of a section of `words.txt`."""
    return _sections()[section]


@cache
def _sections() -> dict[str, tuple[str, ...]]:
    sections: dict[str, list[str]] = {}
    name = ""
    for line in _WORDS.read_text("utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            sections[name] = []
        elif line and not line.startswith("#"):
            sections[name] += [word.replace("_", " ") for word in line.split()]
    return {key: tuple(dict.fromkeys(found)) for key, found in sections.items()}


def is_held_out(value: str) -> bool:
    """Say whether a value is kept for the evaluation; case does not matter."""
    return crc32(value.casefold().encode()) % _HELD_OUT_OF == 0


def is_held_out_key(key: str) -> bool:
    """Say whether a kind of fact is kept for the evaluation.

    The salt was chosen so that the everyday ones (a dog, a sister, a favourite colour) are in training.
    """
    return crc32(f"292{key}".encode()) % _HELD_OUT_OF == 0


@cache
def _split(options: tuple[str, ...]) -> frozenset[str]:
    """Choose the third of the phrasings that training never sees; the first one always stays in."""
    ranked = sorted(options[1:], key=lambda text: crc32(text.encode()))
    return frozenset(ranked[: len(options) // 3])


def has_values(kind: str, *, held: bool) -> bool:
    """Say whether a kind has values on this side of the split; four seasons may all be on one side."""
    return kind in _MAKERS or any(is_held_out(word) == held for word in words(kind))


class Draw:
    """A seeded source of everything that varies. `held` draws values from what training never sees."""

    def __init__(self, seed: int, *, held: bool = False, simple: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.held = held
        self.simple = simple  # how often the plainest phrasing is drawn
        self.new_phrasing = False  # whether a phrasing was drawn that is held out from training

    def chance(self, probability: float) -> bool:
        """Toss a coin."""
        return self.random.random() < probability

    def one(self, options: Sequence[_T]) -> _T:
        """Draw one of what is never held out: what the model itself says, and kinds of things."""
        return options[int(self.random.random() * len(options))]

    def some(self, options: Sequence[_T], count: int) -> list[_T]:
        """Draw several different ones."""
        return self.random.sample(list(options), min(count, len(options)))

    def phrase(self, options: tuple[str, ...]) -> str:
        """Draw a phrasing of what the model reads; a third of them are held out from training."""
        if self.simple and self.chance(self.simple):
            return options[0]
        kept = _split(options)
        while True:
            text = self.one(options)
            if text not in kept:
                return text
            if self.held:
                self.new_phrasing = True
                return text

    def number(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return self.random.randint(low, high)

    def value(self, kind: str) -> str:
        """Draw a value of a kind, from the side of the split that this source may see."""
        while True:
            value = self._any(kind)
            if is_held_out(value) == self.held:
                return value

    def _any(self, kind: str) -> str:
        if not self.held and kind not in _STRICT and self.chance(WILD):
            return self.wild()
        maker = _MAKERS.get(kind)
        return maker(self.random) if maker else self.one(words(kind))

    def wild(self, words_at_most: int = 3) -> str:
        """Make up words of no kind at all: what they are must say nothing about where they stand."""
        sections = _sections()
        found: list[str] = []
        count = min(self.one((1, 1, 2, 3)), words_at_most)
        while len(found) < count:
            word = invented(self.random) if self.chance(0.3) else self.one(sections[self.one(_WILD)])
            word = word.split("=")[0]
            if not is_held_out(word) and not any(map(is_held_out, word.split())):
                found.append(word)
        return " ".join(found)


def _listed(random: random.Random, section: str) -> str:
    options = words(section)
    return options[int(random.random() * len(options))]


def invented(random: random.Random) -> str:
    """Make up a name, in one of three ways, so that every piece of the vocabulary is copied now and then."""
    way = random.random()
    if way < 0.5:
        parts = [_listed(random, "syllables") for _ in range(random.choice((2, 2, 3)))]
        return "".join(parts).capitalize()
    if way < 0.85:
        return _pieces(random).capitalize()
    letters = random.choices(string.ascii_lowercase, k=random.randint(3, 7))
    return "".join(letters).capitalize()


def _pieces(random: random.Random) -> str:
    """Join pieces that were cut out of listed words."""
    made = ""
    for _ in range(random.choice((2, 2, 3))):
        word = _listed(random, random.choice(("names", "places", "things", "foods", "trades"))).replace(
            " ", ""
        )
        word = word.replace("'", "").replace("-", "").lower()
        length = random.randint(2, 5)
        start = random.randint(0, max(len(word) - length, 0))
        made += word[start : start + length]
    return made


def _name(random: random.Random) -> str:
    return invented(random) if random.random() < 0.5 else _listed(random, "names")


def _pet(random: random.Random) -> str:
    section = random.choice(("pets", "pets", "names"))
    return invented(random) if random.random() < 0.4 else _listed(random, section)


def _place(random: random.Random) -> str:
    place = invented(random) if random.random() < 0.45 else _listed(random, "places")
    if random.random() < 0.12:
        place = f"{random.choice(('Port', 'New', 'Upper', 'Little', 'Saint', 'Old'))} {place}"
    return place


def _number(random: random.Random) -> str:
    return str(random.randint(2, 99) if random.random() < 0.8 else random.randint(100, 9999))


def _title(random: random.Random) -> str:
    if random.random() < 0.4:
        return f"The {invented(random)}"
    options = [word for word in words("title_words") if " " in word]
    first = random.choice(options)
    return (
        f"{first} {random.choice(('of', 'in', 'near', 'and'))} {invented(random)}"
        if len(first) < 12
        else first
    )


def _colour(random: random.Random) -> str:
    if random.random() < 0.25:
        return f"{random.choice(('light', 'dark', 'pale', 'bright', 'deep'))} {_listed(random, 'colours')}"
    return _listed(random, "colours")


def _thing(random: random.Random) -> str:
    if random.random() < 0.15:
        return invented(random).lower()
    return _listed(random, "things")


def _food(random: random.Random) -> str:
    if random.random() < 0.15:
        return f"{invented(random).lower()} {random.choice(('soup', 'cake', 'pie', 'bread', 'tea'))}"
    return _listed(random, "foods")


def _role(random: random.Random) -> str:
    trade = _listed(random, "trades") if random.random() < 0.85 else invented(random).lower()
    return f"{_listed(random, 'adjectives')} {trade}" if random.random() < 0.6 else trade


def _time(random: random.Random) -> str:
    hour = random.randint(1, 12)
    ways = (
        f"at {hour} o'clock",
        f"at {random.randint(0, 23)}:{random.randint(0, 59):02}",
        f"on {_listed(random, 'days')} at {hour}",
        f"on {_listed(random, 'days')}",
        f"on {random.randint(1, 28)} {_listed(random, 'months')}",
        f"on {_listed(random, 'days')} at {random.randint(0, 23)}:{random.randint(0, 59):02}",
    )
    return random.choice(ways)


def _date(random: random.Random) -> str:
    return f"{random.randint(1, 28)} {_listed(random, 'months')}"


def _code(random: random.Random) -> str:
    letters = "".join(random.choices(string.ascii_uppercase, k=random.randint(1, 3)))
    return f"{letters}{random.randint(10, 9999)}"


_MAKERS = {
    "names": _name,
    "pets": _pet,
    "places": _place,
    "numbers": _number,
    "titles": _title,
    "colours": _colour,
    "things": _thing,
    "foods": _food,
    "roles": _role,
    "times": _time,
    "dates": _date,
    "codes": _code,
}
