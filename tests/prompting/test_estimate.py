"""Tokens are estimated rather too high, by bytes."""

from hermes_desktop.prompting.estimate import estimated


def test_estimates_follow_the_bytes() -> None:
    assert [estimated(text) for text in ("", "a", "a" * 35, "é" * 35, "\ud800")] == [0, 1, 10, 20, 1]
