"""Every known error has a sentence with a hint, and its values reach it unharmed."""

import pytest

from hermes_desktop.app.sentences import byte_size, sentence
from hermes_desktop.domain.errors import ErrorKind, KnownError


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_every_kind_has_a_sentence_and_a_hint(kind: ErrorKind) -> None:
    words = sentence(KnownError(kind))
    assert words.text.endswith((".", ":", "}.")), words
    assert words.hint.endswith("."), words


def test_values_are_put_in_for_a_person() -> None:
    error = KnownError(ErrorKind.MODEL_TRUNCATED, path="m.gguf", size=1_500_000, expected=4_920_733_824)
    assert sentence(error).text == "m.gguf is cut short: it has 1.5 MB of 4.9 GB."


def test_braces_in_a_value_do_no_harm() -> None:
    error = KnownError(ErrorKind.FILE_MISSING, path="{0.__class__}{missing}")
    assert sentence(error).text == "There is no file {0.__class__}{missing}."


def test_a_process_id_is_not_grouped() -> None:
    error = KnownError(ErrorKind.FOLDER_IN_USE, path="d", pid=12345)
    assert "process 12345" in sentence(error).text


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (2_019_373_888, "2.0 GB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes_are_worded(size: int, words: str) -> None:
    assert byte_size(size) == words


def test_two_sizes_that_round_to_the_same_are_told_apart() -> None:
    cut = KnownError(ErrorKind.MODEL_TRUNCATED, path="a.gguf", expected=3_001, size=3_000)
    assert "3,001 bytes" in sentence(cut).text and "3,000 bytes" in sentence(cut).text
    half = KnownError(ErrorKind.MODEL_TRUNCATED, path="a.gguf", expected=4_000, size=2_000)
    assert "4.0 kB" in sentence(half).text and "2.0 kB" in sentence(half).text
