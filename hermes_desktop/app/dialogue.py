"""Knows example dialogue as blocks of turns, and gives the text back as it was; not how a prompt reads it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hermes_desktop.domain.conversation import Role
from hermes_desktop.prompting.examples import speakers_of

_START = re.compile(r"[ \t]*<START>[ \t]*\r?\n?", re.IGNORECASE)
_TAIL = re.compile(r"\s*\Z")


class Who(StrEnum):
    """Say who speaks in an example."""

    PERSONA = "persona"
    YOU = "you"
    NOBODY = "nobody"  # what stands before the first speaker


@dataclass(slots=True)
class Turn:
    """What one of the two says, with what stands around it in the text."""

    who: Who
    text: str
    head: str = ""  # the speaker and the colon, as written
    tail: str = "\n"  # blanks behind

    @classmethod
    def by(cls, who: Who, text: str = "") -> "Turn":
        """Make a new turn."""
        return cls(who, text, head=_HEADS[who])

    def let_speak(self, who: Who) -> None:
        """Give the turn to somebody else."""
        if who is not self.who:
            self.who, self.head = who, _HEADS[who]

    @property
    def written(self) -> str:
        """Give the turn as it stands in the text."""
        return self.head + self.text + self.tail


@dataclass(slots=True)
class Block:
    """One example."""

    mark: str = "<START>\n"  # the line that begins it; "" for what stands before the first
    turns: list[Turn] = field(default_factory=list)


_HEADS = {Who.PERSONA: "{{char}}: ", Who.YOU: "{{user}}: ", Who.NOBODY: ""}
_ROLES = {Role.ASSISTANT: Who.PERSONA, Role.USER: Who.YOU}


def read(text: str, char: str, user: str) -> list[Block]:
    """Read a text; `written` makes the same text of it again. Lines without a speaker go on with a turn."""
    speakers = speakers_of(char, user)
    blocks: list[Block] = []
    for line in _lines(text):
        if _START.fullmatch(line):
            blocks.append(Block(line))
            continue
        if not blocks:
            blocks.append(Block(""))
        turns = blocks[-1].turns
        name, colon, rest = line.partition(":")
        role = speakers.get(name.strip().casefold()) if colon else None
        if role is not None:
            said = rest.lstrip(" \t")
            turns.append(Turn(_ROLES[role], said, name + colon + rest[: len(rest) - len(said)], ""))
        elif turns:
            turns[-1].text += line
        else:
            turns.append(Turn(Who.NOBODY, line, "", ""))
    for block in blocks:
        for turn in block.turns:
            _part_tail(turn)
    return blocks


def written(blocks: Sequence[Block]) -> str:
    """Write blocks as one text; what is not the last line ends like one."""
    pieces = [
        piece for block in blocks for piece in (block.mark, *(turn.written for turn in block.turns)) if piece
    ]
    ended = [piece if piece.endswith("\n") else piece + "\n" for piece in pieces[:-1]]
    return "".join((*ended, *pieces[-1:]))


def _lines(text: str) -> Iterator[str]:
    """Give the lines with their ends; only a line feed ends one."""
    yield from re.findall(r"[^\n]*\n|[^\n]+", text)


def _part_tail(turn: Turn) -> None:
    found = _TAIL.search(turn.text)
    assert found is not None
    turn.text, turn.tail = turn.text[: found.start()], turn.text[found.start() :]
