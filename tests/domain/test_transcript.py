"""Stretches of messages, as a person writes and reads them."""

import pytest

from hermes_desktop.domain.transcript import Stretch, joined, stretches_of, written


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("7", (Stretch(7, 7),)),
        ("1-3, 9", (Stretch(1, 3), Stretch(9, 9))),
        ("9, 1 – 3,", (Stretch(1, 3), Stretch(9, 9))),
        ("1-3, 2-5, 6", (Stretch(1, 6),)),
        *((wrong, ()) for wrong in ("x", "0", "3-1", "-3", "1-2-3", "1" * 41, "1, x")),
    ],
)
def test_what_makes_sense_is_read(text: str, found: tuple[Stretch, ...]) -> None:
    assert stretches_of(text) == found


def test_what_is_written_can_be_read_again() -> None:
    found = stretches_of("30-, 4, 6-8")
    assert written(found) == "4, 6–8, 30–" and stretches_of(written(found)) == found


def test_stretches_that_touch_become_one() -> None:
    assert joined([Stretch(4, 9), Stretch(1, 3), Stretch(5, 6)]) == (Stretch(1, 9),)
