"""The tokenizer of the Understudy, against that of real llama.cpp on the shipped file."""

from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.engine import llama
from hermes_desktop.hub import understudy
from understudy import corpus
from understudy.tokenizer import MERGES, SPECIALS, Tokenizer, learn

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60)
WORDS = st.text(st.sampled_from("abcdeABC 019'.,!?\n\"{}äöüß"), max_size=60)


@pytest.fixture(scope="module")
def own() -> Tokenizer:
    return Tokenizer.load(MERGES)


@pytest.fixture(scope="module")
def shipped() -> Iterator[llama.Llama]:
    path = understudy.shipped()
    assert path is not None
    llama.start()
    model = llama.Llama(path, LoadOptions(context=256, threads=1, gpu_layers=0), lambda _: True)
    yield model
    model.close()


def test_the_corpus_is_cut_as_llama_cpp_cuts_it(own: Tokenizer, shipped: llama.Llama) -> None:
    for case in islice(corpus.examples(8, long=0.05), 300):
        for _, text in corpus.turns(case):
            assert tuple(own.encode(text)) == shipped.tokenise(text, special=True)


@given(WORDS)
def test_words_are_cut_as_llama_cpp_cuts_them(own: Tokenizer, shipped: llama.Llama, text: str) -> None:
    assert tuple(own.encode(text)) == shipped.tokenise(text, special=True)


@given(TEXTS)
def test_every_text_comes_back(own: Tokenizer, shipped: llama.Llama, text: str) -> None:
    assert own.decode(own.encode(text)) == text
    assert b"".join(map(shipped.piece, shipped.tokenise(text))).decode() == text


@given(st.binary(max_size=40))
def test_every_byte_has_a_token(own: Tokenizer, data: bytes) -> None:
    assert set(own.tokens) >= set(tiny_gguf.spelled(data))


def test_chatml_and_tags_are_tokens(own: Tokenizer, shipped: llama.Llama) -> None:
    assert 2000 <= len(own.tokens) <= 4000
    for text in SPECIALS:
        assert own.encode(text) == [own.id(text)] == list(shipped.tokenise(text, special=True))
    assert shipped.text_of(shipped.eos()) == "<|im_end|>"


def test_a_name_is_cut_alike_after_a_space_a_quote_and_a_line(own: Tokenizer) -> None:
    for name in ("Bartholomew", "Qirstan", "Udgeo"):
        cuts = [own.encode(before + name)[-len(own.encode(name)) :] for before in ("", '"', "\n", "x ")]
        ends = {tuple(cut) for cut in cuts}
        assert len(ends) == 1, name


def test_learning_joins_what_is_frequent_and_never_digits() -> None:
    texts = ["the river and the bridge 1234 1234 the river"] * 50
    learned = learn(texts, entries=340, spaced=2)
    assert "river" in learned.tokens and "12" not in learned.tokens
    assert learned.decode(learned.encode("the river 1234")) == "the river 1234"
    assert len(learned.encode("river")) == 1
