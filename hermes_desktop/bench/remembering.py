"""Knows how many planted messages of long stories are found again; not how.

The stories are chance with a seed: small talk in which the same things come up again and again, and facts
that are told once. A question comes 30 to 5,000 turns later and repeats some of their words at most.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from hermes_desktop.app.remembered import TELLING, worth_reading
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.recall import Recalled
from hermes_desktop.prompting.recall import turn_tokens, within
from hermes_desktop.storage import conversations, messages, personas, profiles, recall
from hermes_desktop.storage.database import Database, Session

STORIES = 4
TURNS = 6_000  # messages of a story
FACTS = 120  # of a story
BUDGETS = (512, 1_024)
_NEAR, _FAR = 30, 5_000  # turns between what was told and the question
_WINDOW = 20  # messages that are still remembered when it is asked
_DISTRACTORS = 3  # for each fact


def _words(text: str) -> list[str]:
    return text.split()


_SYLLABLES = _words("ka lo mer tin sha vor el an dri ne su ba qui ost rin fa the gal mo ur")
# Some of them come up all the time, most now and then.
_THINGS = _words(
    "boat lantern ledger key coat violin kettle garden window letter map clock ring knife candle chair "
    "horse barrel compass mirror basket blanket bell flute saddle anchor oven ladder wagon painting "
    "hammer locket drum goose scarf teapot spade pillow plough medal cradle rudder harp kite wheel "
    "curtain trunk anvil mask cage pipe brooch sledge quilt sundial bottle sword tapestry statue cape "
    "helmet goblet dagger lute puppet jar"
)
_OFTEN = list(accumulate(1 / (place + 3) for place in range(len(_THINGS))))
_PLACES = _words(
    "harbour mill chapel market cellar tower orchard bridge tavern library stable lighthouse quarry "
    "bakery school ferry forest square attic pier"
)
_KIN = _words("sister brother mother uncle cousin neighbour teacher grandmother friend daughter")
_MOODS = _words("quiet cold bright tired late strange gentle heavy slow warm empty busy")
_DOINGS = _words(
    "walked waited laughed listened slept worked painted cooked wandered argued rested whispered hurried sang"
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of fact. What is told may follow a question of the persona, which then holds the words."""

    told: tuple[str, ...]
    asked: tuple[str, ...]
    beside: tuple[str, ...]  # says similar things and does not tell it
    before: str = ""


_KINDS = (
    _Kind(
        ("My {kin}'s name is {name}, in case you wonder.", "They christened my {kin} {name}, after a saint."),
        ("What was my {kin} called again?", "Do you still know the name of my {kin}?"),
        ("Your {kin} would laugh at that.", "Every {kin} has a name for such weather.", "My {kin} called."),
    ),
    _Kind(
        (
            "I hid the {thing} behind the {place} before we left.",
            "The {thing} lies under a stone in the {place}.",
        ),
        ("Where did I put the {thing}? I hid it somewhere.", "I can't find the {thing}. Where is it lying?"),
        (
            "That {thing} was never worth much.",
            "We could look at the {thing} tomorrow.",
            "A {thing}, of all things.",
        ),
    ),
    _Kind(
        (
            "{name} paid {number} crowns for the {thing}.",
            "The {thing} has cost {name} exactly {number} crowns.",
        ),
        ("How much did {name} pay?", "What was the price {name} gave for it?"),
        ("The {thing} costs too much for us.", "Nobody pays such a price for a {thing}."),
    ),
    _Kind(
        (
            "I promise you I will repair the {thing} before the first snow.",
            "You have my word: the {thing} is mended by winter.",
        ),
        ("Didn't you promise something about the {thing}?", "You promised to mend the {thing}, remember?"),
        (
            "Promises are cheap in this town.",
            "The {thing} is broken again.",
            "You never promised me anything.",
        ),
    ),
    _Kind(
        (
            "{name} is the keeper of the {place}; he lost two fingers there.",
            "The old keeper of the {place} is {name}, and he has lost two fingers.",
        ),
        ("What happened to {name}'s hand?", "Who keeps the {place} these days?"),
        ("The {place} needs somebody who keeps it.", "Give me your hand, the {place} is dark."),
    ),
    _Kind(
        (
            "We'll meet {name} at the {place} on the {number}th.",
            "On the {number}th {name} waits for us at the {place}.",
        ),
        ("When were we meeting {name}?", "Is it today that {name} waits?", "Where do we meet {name}?"),
        ("Let us meet at the {place}.", "I wait at the {place} every day."),
    ),
    _Kind(
        (
            "I can't stand {thing}s painted green, since that day in {name}.",
            "Ever since {name} I hate a green {thing}.",
        ),
        ("Which colour of {thing}s did I hate?", "Would you buy me a green {thing}?"),
        ("What a lovely {thing} they are painting.", "I hate waiting."),
    ),
    _Kind(
        ("It is called {name}.", "{name}, after the river."),
        ("What was the name of my {thing}?", "Do you remember what I call my {thing}?"),
        ("Your {thing} is in the way.", "A {thing} needs no name."),
        before="And how do you call that {thing} of yours?",
    ),
    _Kind(
        ("{number}. I counted them twice.", "There were {number} of them."),
        (
            "How many {thing}s were in the {place}?",
            "Do you still know the number of {thing}s in the {place}?",
        ),
        ("Nobody counts the {thing}s here.", "In the {place} there was a {thing}."),
        before="How many {thing}s did you see in the {place}?",
    ),
    _Kind(
        ("The password of the {place} is {name}.", "Whisper {name} and they open the {place} to you."),
        (
            "How do we get into the {place}? There was a password.",
            "The guard at the {place} wants the password!",
        ),
        (
            "They have closed the {place} again.",
            "A guard stands at the {place}.",
            "No password helps you there.",
        ),
    ),
    _Kind(
        ("Meine Tante {name} wohnt über der Bäckerei in der {number}. Straße.",),
        ("Wo wohnte noch einmal {name}?", "Über welchem Laden lebt {name}s Familie?"),
        ("Die Tante kommt morgen.", "In der Straße ist eine Bäckerei."),
    ),
    _Kind(
        (
            "{name} was born in the year of the flood, at the {place}.",
            "In the year of the flood {name} came into the world, at the {place}.",
        ),
        ("How old might {name} be?", "Tell them about the birth of {name}.", "Who was born at the {place}?"),
        ("The flood reached the {place}.", "What a year this was for the {place}."),
    ),
)
_TALK = (
    "It is {mood} at the {place} tonight, and I {doing} there for an hour.",
    "Do you remember how we {doing} by the {place}?",
    "My {kin} {doing} all day, and the {thing} stood in the way.",
    "Let us take the {thing} and go to the {place}.",
    "I don't know what to say. It is so {mood} here.",
    "*{kin_} looks at the {thing}* Is that yours?",
    "What would you do if the {thing} were gone?",
    "She smiles, takes the {thing} and says nothing for a while.",
    "The {place} was {mood}; we {doing}, and then it rained.",
    "You are always so {mood} when we talk about the {place}.",
    "Tell me more about your {kin}.",
    "Where is the {place}? I want to see the {thing} there.",
    "How many times have we {doing} like this?",
    "I will keep it in mind.",
    "Somebody asked for a {thing} at the {place} yesterday, and my {kin} had none.",
    "Nobody knows what to call it, and the price does not matter.",
    "Maybe we meet again when it is less {mood}.",
    "Yes. And then?",
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, where in the story, and the message that has to be found."""

    text: str
    depth: int
    planted: int  # depth


@dataclass(frozen=True, slots=True)
class Remembered:
    """The share of planted messages that are among what fits, in percent, for each of the budgets."""

    percent: tuple[float, ...]
    in_prompt: float  # the same of the few that a prompt brings back
    prompt_tokens: float  # that these take on average
    noise_tokens: float  # that come for a question on average at the largest budget, without the planted ones
    questions: int


def remember(folder: Path) -> Remembered:
    """Write the stories, ask every question and count."""
    hits, noise, asked = [0] * len(BUDGETS), 0, 0
    brought, tokens = 0, 0
    opened = Database.open(folder)
    for seed in range(STORIES):
        told, questions = story(seed)
        with opened.session() as session:
            mira = personas.add(session, PersonaFields(f"Mira {seed}"), spec="own", card="{}")
            talk = conversations.create(session, mira, profiles.default(session), [])
            messages.extend(session, talk.id, ((_role(at), "Jonas", text) for at, text in enumerate(told, 1)))
        with opened.session() as session:
            for question in questions:
                found = recall.find(session, talk.id, question.text, below=question.depth - _WINDOW)
                asked += 1
                few = _few(session, talk.id, question)
                brought += question.planted in [one.message.depth for one in few]
                tokens += sum(turn_tokens(one.message) for one in few)
                for place, budget in enumerate(BUDGETS):
                    chosen = [one.message.depth for one in within(found, budget)]
                    hits[place] += question.planted in chosen
                noise += sum(
                    turn_tokens(one.message)
                    for one in within(found, BUDGETS[-1])
                    if one.message.depth != question.planted
                )
    opened.close()
    percent = tuple(100 * hit / asked for hit in hits)
    return Remembered(percent, 100 * brought / asked, tokens / asked, noise / asked, asked)


def _few(session: Session, conversation_id: int, question: Question) -> list[Recalled]:
    """Give what a prompt brings back."""
    below = question.depth - _WINDOW
    found = recall.find(session, conversation_id, question.text, below=below, telling=TELLING)
    return worth_reading(found, BUDGETS[-1])


def _role(depth: int) -> Role:
    return Role.USER if depth % 2 else Role.ASSISTANT


def story(seed: int) -> tuple[list[str], list[Question]]:
    """Give what is said, and what is asked of it."""
    chance = random.Random(seed)
    told = [_chat(chance) for _ in range(TURNS)]
    free = list(range(0, TURNS - _NEAR - _WINDOW - 1, 3))  # a fact and what was asked before it take two
    chance.shuffle(free)
    questions = []
    for number in range(FACTS):
        questions.append(_plant(chance, told, free.pop(), _KINDS[number % len(_KINDS)], free))
    return told, questions


def _plant(chance: random.Random, told: list[str], at: int, kind: _Kind, free: list[int]) -> Question:
    slots = _slots(chance)
    if kind.before:
        told[at] = _amid(chance, kind.before.format(**slots))
        at += 1
    told[at] = _amid(chance, chance.choice(kind.told).format(**slots))
    for _ in range(_DISTRACTORS):
        told[free.pop()] = _amid(chance, chance.choice(kind.beside).format(**slots))
    gap = min(int(_NEAR * (_FAR / _NEAR) ** chance.random()), TURNS - at - 1)
    text = chance.choice(kind.asked).format(**slots)
    return Question(text, at + 1 + max(gap, _WINDOW + 1), at + 1)


def _slots(chance: random.Random) -> dict[str, str]:
    kin = chance.choice(_KIN)
    return {
        "name": "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 3))).capitalize(),
        "thing": chance.choices(_THINGS, cum_weights=_OFTEN)[0],
        "place": chance.choice(_PLACES),
        "number": str(chance.randint(3, 97)),
        "kin": kin,
        "kin_": kin.capitalize(),
        "mood": chance.choice(_MOODS),
        "doing": chance.choice(_DOINGS),
    }


def _chat(chance: random.Random) -> str:
    return " ".join(_sentences(chance, chance.randint(1, 7)))


def _amid(chance: random.Random, text: str) -> str:
    """Put a sentence among others."""
    around = list(_sentences(chance, chance.randint(0, 4)))
    around.insert(chance.randint(0, len(around)), text)
    return " ".join(around)


def _sentences(chance: random.Random, number: int) -> Iterator[str]:
    for _ in range(number):
        yield chance.choice(_TALK).format(**_slots(chance))
