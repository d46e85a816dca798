"""Proves that nothing is shown that may have to be taken back, and that loops are noticed."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.engine.stream import LOOP_TOKENS, ReplyText, is_endless


def played(stops: Sequence[str], pieces: Sequence[bytes]) -> tuple[ReplyText, list[str]]:
    """Add pieces until the text says stop."""
    reply, shown = ReplyText(stops), []
    for piece in pieces:
        shown.append(reply.add(piece))
        if reply.stop:
            break
    return reply, [*shown, reply.finish()]


def test_split_characters_wait_for_their_other_half() -> None:
    _, shown = played((), [b"caf", b"\xc3", b"\xa9", b"\xf0\x9f", b"\x98", b"\x80!"])
    assert shown == ["caf", "", "é", "", "", "😀!", ""]


def test_half_a_character_at_the_end_is_dropped_with_its_token() -> None:
    reply, shown = played((), [b"a", b"\xf0\x9f\x98"])
    assert ("".join(shown), reply.text, reply.tokens([1, 2])) == ("a", "a", (1,))


def test_bytes_that_are_no_text_are_marked_and_their_tokens_kept() -> None:
    reply, _ = played((), [b"a\xff", b"b"])
    assert (reply.text, reply.tokens([1, 2])) == ("a\ufffdb", (1, 2))


def test_a_stop_text_is_never_shown_and_ends_the_reply() -> None:
    reply, shown = played(["\nUser:"], [b"Hi", b"\n", b"Us", b"er", b": more"])
    assert shown == ["Hi", "", "", "", "", ""]
    assert (reply.stop, reply.text, reply.tokens([1, 2, 3, 4, 5])) == ("\nUser:", "Hi", (1,))


def test_what_only_looked_like_a_stop_text_is_shown_later() -> None:
    reply, shown = played(["\nUser:"], [b"Hi\n", b"Use", b"d to it", b"\n"])
    assert shown == ["Hi", "", "\nUsed to it", "", "\n"]
    assert reply.tokens([1, 2, 3, 4]) == (1, 2, 3, 4)


def test_a_stop_text_within_a_token_leaves_no_tokens() -> None:
    reply, _ = played(["END"], [b"a", b"bENDc"])
    assert (reply.text, reply.tokens([1, 2])) == ("ab", ())


def test_the_earliest_stop_text_counts() -> None:
    reply, _ = played(["two", "one"], [b"zero one two"])
    assert (reply.stop, reply.text) == ("one", "zero ")


def test_a_stop_text_at_once_leaves_nothing() -> None:
    reply, _ = played(["<|im_end|>"], [b"<|im", b"_end|>"])
    assert (reply.text, reply.tokens([1, 2])) == ("", ())


@given(
    text=st.text(st.sampled_from("ab<é😀")),
    cuts=st.lists(st.integers(0, 200)),
    stops=st.lists(st.text(st.sampled_from("ab<é"), min_size=1, max_size=4), max_size=3),
)
def test_however_it_is_cut_the_text_is_the_same(text: str, cuts: list[int], stops: list[str]) -> None:
    raw = text.encode()
    places = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    pieces = [raw[start:stop] for start, stop in pairwise(places)]
    reply, shown = played(stops, pieces)
    # The first stop text that is complete ends the reply, so a longer one that began earlier may lose.
    expected = text
    for end in range(1, len(pieces) + 1):
        so_far = b"".join(pieces[:end]).decode(errors="ignore")
        found = [so_far.find(stop) for stop in stops if stop in so_far]
        if found:
            expected = so_far[: min(found)]
            break
    assert "".join(shown) == reply.text == expected
    assert "\ufffd" not in reply.text


@given(
    pieces=st.lists(st.binary(min_size=1, max_size=3), max_size=20),
    stops=st.lists(st.text("ab", min_size=1, max_size=3), max_size=2),
)
def test_tokens_make_the_text_or_there_are_none(pieces: list[bytes], stops: list[str]) -> None:
    reply, _ = played(stops, pieces)
    kept = reply.tokens(range(len(pieces)))
    if kept:
        assert b"".join(pieces[: len(kept)]).decode(errors="replace") == reply.text


@pytest.mark.parametrize("period", [1, 2, 7, 12, 100, 128])
def test_a_block_again_and_again_is_endless(period: int) -> None:
    block = list(range(1000, 1000 + period))
    repeats = max(8, -(-LOOP_TOKENS // period))
    assert is_endless([1, 2, 3, *block * repeats])
    assert not is_endless([1, 2, 3, *block * (repeats - 1), 4])
    assert not is_endless(block * (min(repeats, 7)))


def test_an_ordinary_reply_is_not_endless() -> None:
    assert not is_endless([number * number % 1009 for number in range(1008)])
    assert not is_endless([])
