"""Knows which of the messages that were found fit into a number of tokens; not how they are found."""

import math
from collections.abc import Callable, Sequence

from hermes_desktop.domain.conversation import Message
from hermes_desktop.domain.recall import Recalled

_LETTERS_A_TOKEN = 4
_AROUND = 8  # tokens around the text of a turn


def turn_tokens(message: Message) -> int:
    """Say how many tokens a turn counts as where no model is there to count them."""
    return math.ceil(len(message.text) / _LETTERS_A_TOKEN) + _AROUND


def within(
    found: Sequence[Recalled], budget: int, count: Callable[[Message], int] = turn_tokens
) -> list[Recalled]:
    """Take the best as long as they fit, without those that are too large; in the conversation's order."""
    chosen = []
    for one in sorted(found, key=lambda each: (-each.score, each.message.depth)):
        tokens = count(one.message)
        if tokens <= budget:
            chosen.append(one)
            budget -= tokens
    return sorted(chosen, key=lambda each: each.message.depth)
