"""Tokens are estimated rather too high, by bytes."""

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.prompting.estimate import clipped, estimated


def test_estimates_follow_the_bytes() -> None:
    assert [estimated(text) for text in ("", "a", "a" * 35, "é" * 35, "\ud800")] == [0, 1, 10, 20, 1]


@given(st.text(max_size=80), st.integers(-3, 30))
def test_the_middle_is_left_out_of_what_is_too_long(text: str, tokens: int) -> None:
    cut = clipped(text, tokens)
    assert cut == text if estimated(text) <= tokens else estimated(cut) <= max(tokens, 2)
    if cut != text:
        first, _, last = cut.partition(" … ")
        assert text.startswith(first) and text.endswith(last)
