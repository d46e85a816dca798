"""Knows how an example of the corpus becomes numbers: its tokens, and how much each of them is learned."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.prompt import Keep
from understudy import corpus
from understudy.story import Case
from understudy.tokenizer import Tokenizer

PROSE = 120  # tokens; longer replies are the shipped personas' own prose, which is read and not learned
PROMPT_WEIGHT = 0.4  # of what the model only reads
COPY_WEIGHT = 3.0  # of what a reply takes from what was read, and of the token after it


@dataclass(frozen=True)
class Example:
    """An example as numbers: its tokens, and how much each counts as something to be predicted."""

    ids: list[int]
    weights: list[float]


def encoded(case: Case, tokenizer: Tokenizer) -> Example:
    """Write a case as ChatML; the replies and their ends count in full, examples not at all."""
    start, end, line = tokenizer.id("<|im_start|>"), tokenizer.id("<|im_end|>"), tokenizer.encode("\n")
    examples = [turn.keep is Keep.EXAMPLE for turn in case.prompt.turns]
    ids: list[int] = []
    weights: list[float] = []
    for (role, text), example in zip(corpus.turns(case), [*examples, False], strict=True):
        head = [start, *tokenizer.encode(f"{role}\n")]
        body = [*tokenizer.encode(text), end]
        ids += [*head, *body, *line]
        own = 1.0 if role is Role.ASSISTANT else PROMPT_WEIGHT
        if example or (own == 1.0 and text is not case.reply and len(body) > PROSE):
            own = 0.0
        learned = [own] * len(body)
        if own == 1.0:
            for at in copied(body[:-1], text, case, tokenizer):
                learned[at] = COPY_WEIGHT
        weights += [*[0.0] * len(head), *learned, *[0.0] * len(line)]
    return Example(ids[: -len(line)], weights[: -len(line)])


def copied(ids: list[int], text: str, case: Case, tokenizer: Tokenizer) -> Iterator[int]:
    """Give the places of a reply's tokens that are taken from what was read, and of what follows them."""
    if not case.copied:
        return
    wanted = "|".join(re.escape(value) for value in sorted(case.copied, key=len, reverse=True))
    found = re.finditer(rf"(?<!\w)(?:{wanted})(?!\w)", text, re.IGNORECASE)
    spans = [(len(text[: span.start()].encode()), len(text[: span.end()].encode())) for span in found]
    start = 0
    for place, token in enumerate(ids):
        stop = start + tokenizer.size(token)
        if any(start <= after and before < stop for before, after in spans):
            yield place
        start = stop
