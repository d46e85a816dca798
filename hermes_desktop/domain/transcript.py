"""Knows what a transcript for reading is made of, and what a person chooses of it; not how it is written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from hermes_desktop.domain.conversation import Role

_STRETCH = re.compile(r"([0-9]+)(?:\s*([-–])\s*([0-9]*))?")
_LAST = 10**18  # beyond every conversation


class Format(StrEnum):
    """Say what kind of file is written; the value is its ending."""

    MARKDOWN = "md"
    HTML = "html"
    TEXT = "txt"
    PDF = "pdf"
    JSON = "json"  # our own, without loss
    JSONL = "jsonl"  # SillyTavern's

    @property
    def whole(self) -> bool:
        """Say whether it carries all that it can hold, for a program to read; nothing of it is chosen."""
        return self in (Format.JSON, Format.JSONL)


@dataclass(frozen=True, slots=True)
class Choices:
    """What goes in and what stays out. Deleted messages never go in."""

    branches: bool = False  # all versions and branches, not only the path that is shown
    my_name: str = ""  # stands in the place of mine, also in what was said; "": as it is
    persona_name: str = ""  # the same for the persona's
    pictures: bool = True
    times: bool = True
    thoughts: bool = False
    tools: bool = False  # calls of tools and what they answered
    profile: bool = False  # what I say of myself
    system: bool = False  # what the model is told before the conversation
    models: bool = False  # which model wrote a reply, with which settings


# What can be put in or left out, by name.
CHOSEN_PARTS = ("branches", "pictures", "times", "thoughts", "tools", "profile", "system", "models")


@dataclass(frozen=True, slots=True)
class ChoicesPreset:
    """Choices under a name."""

    name: str
    choices: Choices


TO_READ, TO_SHARE, EVERYTHING = "read", "share", "everything"
# The shipped presets by the word that stands for them; the window has longer names.
SHIPPED_CHOICES = MappingProxyType(
    {
        TO_READ: Choices(),
        TO_SHARE: Choices(my_name="User", times=False),
        EVERYTHING: Choices(branches=True, thoughts=True, tools=True, profile=True, system=True, models=True),
    }
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Messages of the path from one position to another; both belong to it."""

    first: int
    last: int


def stretches_of(text: str) -> tuple[Stretch, ...]:
    """Read stretches as a person writes them, such as "1-20, 25, 30-"; nothing where it makes no sense."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _STRETCH.fullmatch(part)
        if match is None or len(part) > 40:
            return ()
        first = int(match[1])
        last = first if match[2] is None else int(match[3]) if match[3] else _LAST
        if first < 1 or last < first:
            return ()
        found.append(Stretch(first, last))
    return joined(found)


def joined(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Put stretches in order and make one of those that touch."""
    found: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda each: each.first):
        if found and stretch.first <= found[-1].last + 1:
            found[-1] = Stretch(found[-1].first, max(found[-1].last, stretch.last))
        else:
            found.append(stretch)
    return tuple(found)


def written(stretches: Iterable[Stretch]) -> str:
    """Write stretches as a person reads them."""
    return ", ".join(
        str(each.first)
        if each.first == each.last
        else f"{each.first}–{'' if each.last >= _LAST else each.last}"
        for each in stretches
    )


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks. Two speakers are the same where all of this is."""

    name: str
    mine: bool
    picture: bytes = b""  # a small PNG; nothing where a letter stands for it


class PartKind(StrEnum):
    """Say what a part of a message is."""

    WORDS = "words"
    THOUGHT = "thought"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a message."""

    kind: PartKind
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """A message as it goes into a transcript: everything that was chosen, ready to be shown."""

    anchor: str  # names its place in the file: letters and digits
    role: Role
    speaker: Speaker
    parts: tuple[Part, ...]
    time: str = ""  # for people
    moment: str = ""  # for machines: ISO 8601
    version: str = ""  # "2 of 3"
    broken: str = ""  # why it is not whole
    note: str = ""  # how it was made


@dataclass(frozen=True, slots=True)
class Aside:
    """The heading of a run of messages that lies beside the path."""

    anchor: str
    text: str


Item = Told | Aside


@dataclass(frozen=True, slots=True)
class Leaf:
    """Something that stands before the first message under a heading of its own: a profile, instructions."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands above a transcript."""

    title: str
    about: tuple[str, ...]  # lines under it
    leaves: tuple[Leaf, ...]
    speakers: tuple[Speaker, ...]  # those that are known before the first message
    language: str = "en"  # of the words that the app adds


@dataclass(frozen=True, slots=True)
class Labels:
    """Words that writers add, in the person's language."""

    thought: str = "Inner monologue"
    tool: str = "Tool"


class RevealKind(StrEnum):
    """Name something private that a transcript tells."""

    WHOLE = "whole"  # all that there is
    VERSIONS = "versions"  # all versions of what is shown
    NAME = "name"
    PROFILE = "profile"
    SYSTEM = "system"
    TIMES = "times"
    MODELS = "models"
    THOUGHTS = "thoughts"
    TOOLS = "tools"
    BRANCHES = "branches"
    PICTURES = "pictures"
    MAIL = "mail"
    PATHS = "paths"


@dataclass(frozen=True, slots=True)
class Reveal:
    """Something private, and as much of it as makes clear what is meant."""

    kind: RevealKind
    shown: str = ""
    count: int = 0
