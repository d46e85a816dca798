"""Knows how example dialogue, written as one text with <START> lines, becomes turns."""

import re

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.prompt import Keep, PromptTurn, Span, SpanKind
from hermes_desktop.prompting.macros import Names, expand
from hermes_desktop.prompting.system import cleaned

TITLE = "An example of how {{char}} talks, not part of this conversation:"
_START = re.compile(r"^[ \t]*<START>[ \t]*$", re.IGNORECASE | re.MULTILINE)
_USER_MACROS = ("{{user}}", "<user>")
_CHAR_MACROS = ("{{char}}", "<bot>", "<char>")


def example_turns(text: str, names: Names) -> tuple[PromptTurn, ...]:
    """Read blocks of dialogue. Text before the first <START> counts as a block of its own.

    A line that begins with a speaker and a colon opens a turn, the following lines go on with it; what
    stands before the first speaker becomes part of the block's title.
    """
    turns: list[PromptTurn] = []
    blocks = [block for block in _START.split(cleaned(text)) if block.strip()]
    for number, block in enumerate(blocks, 1):
        turns += _block(block, names, number)
    return tuple(turns)


def _block(block: str, names: Names, number: int) -> list[PromptTurn]:
    speakers = speakers_of(names.char, names.user)
    spoken: list[tuple[Role, list[str]]] = [(Role.SYSTEM, [TITLE])]
    for line in block.strip().split("\n"):
        name, colon, rest = line.partition(":")
        role = speakers.get(name.strip().casefold()) if colon else None
        if role is None:
            spoken[-1][1].append(line)
        else:
            spoken.append((role, [rest]))
    return [_turn(role, lines, names, number) for role, lines in spoken]


def speakers_of(char: str, user: str) -> dict[str, Role]:
    """Name who may open a turn, in small letters, and whose turn that is."""
    mine = dict.fromkeys((*_USER_MACROS, user.casefold()), Role.USER)
    return mine | dict.fromkeys((*_CHAR_MACROS, char.casefold()), Role.ASSISTANT)


def _turn(role: Role, lines: list[str], names: Names, number: int) -> PromptTurn:
    text = cleaned(expand("\n".join(lines), names))
    return PromptTurn(role, (Span(SpanKind.EXAMPLES, text),), keep=Keep.EXAMPLE, block=number)
