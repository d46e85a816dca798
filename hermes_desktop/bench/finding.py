"""Knows how long it takes to find messages among very many, and what the index of their words costs."""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hermes_desktop.domain.conversation import MessageState, Role, StopReason
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.storage import conversations, database, hits, messages, personas, profiles, recall
from hermes_desktop.storage.database import Database, Session

MESSAGES = 100_000
_CHINESE = 10  # one of so many is written without spaces
_SYLLABLES = ("ka", "lo", "mer", "tin", "sha", "vor", "el", "an", "dri", "ne", "su", "ba", "qui", "ost")
_SIGNS = "我的灯塔很好水手船海风雨夜明月星天地人心路门窗书信话声光影"
_WORDS = 20_000
_LENGTH = 80  # words of a message, in the middle
_REPLY = 4_000  # letters
_RUNS = 3


@dataclass(frozen=True, slots=True)
class Sought:
    """What was measured among 100,000 messages."""

    common_ms: float  # a word that most of them hold
    two_ms: float  # two that many hold
    rare_ms: float
    sign_ms: float  # a word without spaces around it
    recall_ms: float  # what matters for a turn of 40 words, frequent and rare ones
    checkpoint_ms: float  # of a reply of 4,000 letters, on the disk
    end_ms: float  # of that reply, when its words come into the index
    upgrade_s: float  # of a database that has no index yet, without the copy that is made before
    index_percent: float  # of what the database takes without it


def seek(folder: Path) -> Sought:
    """Fill a database, search in it, and bring one of the day before the index up to it."""
    vocabulary = _vocabulary()
    _fill(folder, vocabulary)
    opened = Database.open(folder)
    searches = (vocabulary[0], f"{vocabulary[5]} {vocabulary[60]}", vocabulary[3_000], "灯塔")
    common, two, rare, sign = (_best(partial(_find, opened, line)) for line in searches)
    turn = " ".join([*vocabulary[:20], *vocabulary[60:70], *vocabulary[3_000:3_010]])
    recalled = _best(partial(_recall, opened, turn))
    checkpoint, end = _reply(opened)
    opened.close()
    whole = _size(folder)
    _forget(folder)
    bare = _size(folder)
    upgrade = _best(lambda: _upgrade(folder), runs=1) / 1000
    return Sought(common, two, rare, sign, recalled, checkpoint, end, upgrade, 100 * (whole - bare) / bare)


def _best(work: Callable[[], object], runs: int = _RUNS) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


def _find(opened: Database, line: str) -> None:
    with opened.session() as session:
        assert hits.find(session, line)


def _recall(opened: Database, turn: str) -> None:
    with opened.session() as session:
        assert recall.find(session, 1, turn)


def _reply(opened: Database) -> tuple[float, float]:
    """Save a reply as it grows, and end it."""
    text = ("The lamps along the harbour burned low, and nobody wrote down why. " * 99)[:_REPLY]
    with opened.session() as session:
        made = messages.append(session, 1, Role.ASSISTANT, "Mira", "", state=MessageState.RUNNING)

    def save(work: Callable[[Session, str], None], number: int) -> None:
        with opened.session() as session:
            work(session, text[: -1 - number])  # each says something else

    def end(session: Session, words: str) -> None:
        messages.finish(session, made.id, words, MessageState.COMPLETE, StopReason.END, None)

    numbers = itertools.count()
    checkpoint = _best(lambda: save(lambda s, words: messages.checkpoint(s, made.id, words), next(numbers)))
    return checkpoint, _best(lambda: save(end, next(numbers)))


def _size(folder: Path) -> float:
    """Give the bytes that the database needs, without what is free in it."""
    opened = Database.open(folder, read_only=True)
    with opened.session() as session:
        pragma = session.connection().exec_driver_sql
        names = ("page_count", "freelist_count", "page_size")
        pages, free, size = (int(pragma(f"pragma {name}").scalar_one()) for name in names)
    opened.close()
    return float((pages - free) * size)


def _upgrade(folder: Path) -> None:
    """Take the one step that makes the index, as a database of earlier days does when it is opened."""
    step = next(step for step in database.steps() if "message_words" in step)
    opened = Database.open(folder)
    with opened.session() as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.executescript(f"begin immediate;\n{step}\ncommit;")
    opened.close()


def _forget(folder: Path) -> None:
    """Take the index away, as if the database came from the day before there was one."""
    opened = Database.open(folder)
    with opened.session() as session:
        run = session.connection().exec_driver_sql
        for name in ("added", "changed", "removed"):
            run(f"drop trigger message_said_{name}")
        for what in ("table message_words", "view message_said", "index message_unspaced"):
            run(f"drop {what}")
    opened.close()


# ---- what is said ---------------------------------------------------------------------------------


def _vocabulary() -> list[str]:
    chance = random.Random(5)
    found: dict[str, None] = {}
    while len(found) < _WORDS:
        found["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 5)))] = None
    words = list(found)
    chance.shuffle(words)
    return words


def _fill(folder: Path, vocabulary: list[str]) -> None:
    opened = Database.open(folder)
    with opened.session() as session:
        mira = personas.add(session, PersonaFields("Mira"), spec="own", card="{}")
        talk = conversations.create(session, mira, profiles.default(session), ["Hello."])
        messages.extend(session, talk.id, _said(vocabulary))
    opened.close()


def _said(vocabulary: list[str]) -> Iterator[tuple[Role, str, str]]:
    """Give messages in which words are as frequent as in a language."""
    chance = random.Random(7)
    weights = list(itertools.accumulate(1 / (number + 2.7) for number in range(len(vocabulary))))
    for number in range(MESSAGES):
        length = max(3, int(_LENGTH * chance.lognormvariate(-0.3, 0.8)))
        if number % _CHINESE:
            text = " ".join(chance.choices(vocabulary, cum_weights=weights, k=length))
        else:
            text = "".join(chance.choices(_SIGNS, k=length))
        yield (Role.USER if number % 2 else Role.ASSISTANT), "Jonas", text
