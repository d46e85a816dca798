"""What a lesson weighs: the words that a reply takes from its prompt count most."""

from collections.abc import Iterator
from itertools import islice

import pytest

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.prompt import Keep
from understudy import corpus
from understudy.lesson import COPY_WEIGHT, PROMPT_WEIGHT, Example, encoded
from understudy.story import Case
from understudy.tokenizer import MERGES, Tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(MERGES)


def drawn(*skills: str) -> Iterator[Case]:
    return (case for case in islice(corpus.examples(3), 400) if case.skill in skills)


def weighed(example: Example, tokenizer: Tokenizer, weight: float) -> str:
    pairs = zip(example.ids, example.weights, strict=True)
    return tokenizer.decode(token for token, own in pairs if own == weight)


def test_a_lesson_is_the_case_as_chatml(tokenizer: Tokenizer) -> None:
    for case in drawn("persona", "json", "tools"):
        written = "\n".join(f"<|im_start|>{role}\n{text}<|im_end|>" for role, text in corpus.turns(case))
        example = encoded(case, tokenizer)
        assert tokenizer.decode(example.ids) == written
        assert len(example.ids) == len(example.weights)


def test_values_count_most_and_other_words_of_a_reply_in_full(tokenizer: Tokenizer) -> None:
    for case in drawn("persona", "memory", "told"):
        example = encoded(case, tokenizer)
        (value,) = case.wanted
        assert value.casefold() in weighed(example, tokenizer, COPY_WEIGHT).casefold()
        assert "<|im_end|>" in weighed(example, tokenizer, 1.0)


def test_what_nobody_copies_weighs_nothing_more(tokenizer: Tokenizer) -> None:
    for case in drawn("judge"):
        assert not case.copied & set(case.reply.split())
        example = encoded(case, tokenizer)
        assert example.weights[-1] == 1.0 and COPY_WEIGHT not in example.weights


def test_what_is_read_weighs_little_and_examples_nothing(tokenizer: Tokenizer) -> None:
    cases = list(drawn("name"))
    with_example = [case for case in cases if any(turn.keep is Keep.EXAMPLE for turn in case.prompt.turns)]
    assert with_example
    for case in cases:
        read = "".join(
            turn.text
            for turn in case.prompt.turns
            if turn.role is not Role.ASSISTANT and turn.keep is not Keep.EXAMPLE
        )
        light = weighed(encoded(case, tokenizer), tokenizer, PROMPT_WEIGHT)
        assert light.replace("<|im_end|>", "") == read
