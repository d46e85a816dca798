"""Knows how long it takes to find what a large lorebook says, and to bear keys written to hold one up."""

import random
import time
from dataclasses import dataclass

from hermes_desktop.domain.conversation import Message, MessageState, Role
from hermes_desktop.domain.lore import Book, Entry, LoreSettings
from hermes_desktop.prompting import pattern
from hermes_desktop.prompting.allowance import Allowance
from hermes_desktop.prompting.estimate import estimated
from hermes_desktop.prompting.lore import match
from hermes_desktop.prompting.lore_index import LoreIndex, index_of
from hermes_desktop.prompting.macros import Names
from hermes_desktop.prompting.pattern import Patience, Pattern
from hermes_desktop.prompting.scene import Scene

_ENTRIES = 2_000
_LETTERS = 16_000  # of a window of 4,000 tokens
_MESSAGES = 10
_RUNS = 9
_NAMES = Names(char="Mira", user="Sam")
_SETTINGS = LoreSettings(scan_depth=_MESSAGES)
_SYLLABLES = ("ka", "to", "mi", "re", "sol", "fa", "ni", "bel", "gor", "an", "du", "ith", "ra", "el", "mor")
_COMMON = ("the", "and", "of", "she", "says", "lamp", "keeper", "water", "old", "slowly", "looks", "rain")
# Each takes longer than anyone lives on the text below.
_HOSTILE = (
    "/(a+)+#$/",
    "/^(([a-z])+.)+#[A-Z]([a-z])+$/",
    "/(?:(?:a{1,65535}){1,65535}){1,65535}#b/",
    "/(?:(a|aa)+)+#$/i",
    "/^(?:a?a?a+)*#$/m",
)
_HELD_UP = "a" * 4_000 + "!"


@dataclass(frozen=True, slots=True)
class Hostile:
    """What hostile patterns cost, in milliseconds."""

    slowest_ms: float  # of the processor
    together_ms: float  # of the clock, since a person waits


def match_ms() -> float:
    """Find what 2,000 entries say to a window of 4,000 tokens; give the best of several runs.

    Raises RuntimeError where none says anything. Keys are names, phrases, words of scripts without spaces and
    a few patterns; entries name each other.
    """
    chance = random.Random(2)
    names = ["".join(chance.choices(_SYLLABLES, k=chance.randint(3, 5))).capitalize() for _ in range(8_000)]
    entries = tuple(_entry(number, names, chance) for number in range(_ENTRIES))
    index = index_of([Book(entries)], _NAMES, _SETTINGS)
    scene = Scene(messages=_talk(names, chance))
    return min(_timed(index, scene) for _ in range(_RUNS))


def hostile() -> Hostile:
    """Let 40 hostile patterns loose, each with time of its own, and then all together."""
    single = [_search(made, Patience()) for made in _hostile()]
    shared = Patience()
    began = time.perf_counter()
    for made in _hostile():
        _search(made, shared)
    return Hostile(max(single), (time.perf_counter() - began) * 1000)


def _hostile() -> list[Pattern]:
    made = [pattern.compiled(written.replace("#", "c?" * n)) for written in _HOSTILE for n in range(8)]
    return [one for one in made if one is not None]


def _search(made: Pattern, patience: Patience) -> float:
    began = time.process_time()
    made.find(_HELD_UP, patience)
    return (time.process_time() - began) * 1000


def _timed(index: LoreIndex, scene: Scene) -> float:
    began = time.perf_counter()
    found = match(index, scene, _SETTINGS, Allowance(2_000, 1_000), estimated)
    ended = time.perf_counter()
    if not found.hits or not found.cut:
        raise RuntimeError("no entry fired")
    return (ended - began) * 1000


def _entry(number: int, names: list[str], chance: random.Random) -> Entry:
    words = chance.choices(_COMMON, k=60)
    words[10] = chance.choice(names)
    keys = [*chance.choices(names, k=3), f"{chance.choice(names)} {chance.choice(_COMMON)}"]
    if number % 20 == 0:
        keys.append(chr(0x4E00 + number) + chr(0x4E01 + number))
    if number % 100 == 0:
        keys.append(f"/{chance.choice(names)}(s|es)?/i")
    return Entry(" ".join(words), tuple(keys), uid=str(number))


def _talk(names: list[str], chance: random.Random) -> list[Message]:
    messages = []
    for number in range(1, _MESSAGES + 1):
        words: list[str] = []
        while sum(len(word) + 1 for word in words) < _LETTERS // _MESSAGES:
            words.append(chance.choice(names if chance.random() < 0.02 else _COMMON))
        role = Role.USER if number % 2 == 0 else Role.ASSISTANT
        messages.append(
            Message(
                id=number,
                conversation_id=1,
                parent_id=number - 1,
                depth=number,
                position=number,
                role=role,
                name="Mira",
                text=" ".join(words),
                state=MessageState.COMPLETE,
                created_at=0,
                version=1,
                versions=1,
            )
        )
    return messages
