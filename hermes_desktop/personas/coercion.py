"""Knows how values of the wrong type in documents of strangers are read; it never raises."""

import math

from hermes_desktop.prompting.pattern import is_delimited

WORDS_LIMIT = 500  # of one list
LETTERS_LIMIT = 200_000  # of one text
_WORD_LIMIT = 4_000  # letters of one word of a list
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def text(value: object) -> str:
    """Read a text; a number is one, too."""
    if isinstance(value, str):
        return value[:LETTERS_LIMIT]
    return f"{value:.12g}" if isinstance(value, int | float) and not isinstance(value, bool) else ""


def number(value: object, low: float, high: float) -> float | None:
    """Read a number within bounds, also from a text; None where there is none."""
    try:
        found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return None if found is None or math.isnan(found) else min(max(found, low), high)


def whole(value: object, low: int, high: int) -> int | None:
    """Read a whole number within bounds; None where there is none."""
    found = number(value, low, high)
    return None if found is None else int(found)


def flag(value: object) -> bool | None:
    """Read yes or no; None where neither is said."""
    if isinstance(value, str):
        said = value.strip().lower()
        return True if said in _TRUE else False if said in _FALSE else None
    return bool(value) if isinstance(value, bool | int | float) else None


def words(value: object) -> tuple[str, ...]:
    """Read a list of words; a single text is split at its commas, where it is no pattern."""
    if isinstance(value, str):
        value = [value] if is_delimited(value.strip()) else value[:LETTERS_LIMIT].split(",")
    if not isinstance(value, list):
        return ()
    found = (text(item).strip()[:_WORD_LIMIT] for item in value[:WORDS_LIMIT])
    return tuple(word for word in found if word)
