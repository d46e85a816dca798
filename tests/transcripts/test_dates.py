"""Every form in which other programs write a time; what is no time is 0."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.transcripts import dates


def here(*parts: int) -> int:
    """A time of this place, in milliseconds."""
    return round(datetime(*parts).timestamp() * 1000)  # type: ignore[arg-type]  # of this place


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (1_687_184_400_123, 1_687_184_400_123),
        ("1687184400123", 1_687_184_400_123),
        (1_687_184_400.5, 1_687_184_400_500),
        ("June 19, 2023 2:20pm", here(2023, 6, 19, 14, 20)),
        ("Jun 19, 2023 12:05am", here(2023, 6, 19, 0, 5)),
        ("December 1, 2024 12:00pm", here(2024, 12, 1, 12)),
        ("2023-4-21 @20h 02m 47s 124ms", here(2023, 4, 21, 20, 2, 47, 124_000)),
        ("2024-7-12@01h31m37s", here(2024, 7, 12, 1, 31, 37)),
        ("2024-7-12@01h31m37s123ms", here(2024, 7, 12, 1, 31, 37, 123_000)),
        ("2024-05-01T10:00:00.250Z", 1_714_557_600_250),
        ("2024-05-01T12:00:00+02:00", 1_714_557_600_000),
        ("2024-05-01T10:00:00", here(2024, 5, 1, 10)),
    ],
)
def test_a_form_is_read(written: object, meant: int) -> None:
    assert dates.milliseconds(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "garbage",
        True,
        [],
        -5,
        "Foo 19, 2023 2:20pm",
        "2024-13-40@01h31m37s",
        1e300,
        float("nan"),
        "9" * 70,
    ],
)
def test_what_is_none_is_nothing(written: object) -> None:
    assert dates.milliseconds(written) == 0


@given(st.one_of(st.text(), st.floats(), st.integers()))
def test_nothing_raises(written: object) -> None:
    assert 0 <= dates.milliseconds(written) <= 250_000_000_000_000


@given(st.integers(1, 4_000_000_000_000))
def test_what_is_written_is_read(at: int) -> None:
    assert dates.milliseconds(dates.iso(at)) == at
