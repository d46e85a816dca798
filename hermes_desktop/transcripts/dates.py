"""Knows the forms in which other programs say when something was said; the raw form is kept elsewhere.

Forms without a zone were written in the time of the place; so they are read, the ones with an @, too.
"""

import re
from datetime import UTC, datetime

from hermes_desktop.domain.history import LATEST

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LENGTH = 60  # letters of the longest form, with room
_DIGITS = re.compile(r"\d{9,17}(?:\.\d{1,9})?", re.ASCII)
_SECONDS_BELOW = 100_000_000_000  # as milliseconds that would be March 1973
_WORDED = re.compile(
    r"([a-z]{3,9})\.? (\d{1,2}),? (\d{4}),? (\d{1,2}):(\d{2})(?::(\d{2}))? ?(am|pm)?",
    re.ASCII | re.IGNORECASE,
)
_AT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2}) ?@ ?(\d{1,2})h ?(\d{1,2})m ?(\d{1,2})s ?(?:(\d{1,3})ms)?", re.ASCII
)


def milliseconds(value: object) -> int:
    """Give a time in milliseconds since 1970; 0 where nothing can be made of it."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, int | float):
        return _epoch(value)
    if not isinstance(value, str) or len(value) > _LENGTH:
        return 0
    words = value.strip()
    if _DIGITS.fullmatch(words):
        return _epoch(float(words))
    try:
        return _bounded(_moment(words).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return 0


def _epoch(value: float) -> int:
    return _bounded(value * 1000 if abs(value) < _SECONDS_BELOW else value)


def _bounded(value: float) -> int:
    return round(value) if 0 < value <= LATEST else 0


def _moment(words: str) -> datetime:
    """Read a form with words or signs; raises ValueError."""
    if match := _WORDED.fullmatch(words):
        month, day, year, hour, minute, second, half = match.groups()
        at = int(hour) % 12 + (12 if half.lower() == "pm" else 0) if half else int(hour)
        number = _MONTHS.index(month[:3].lower()) + 1
        return datetime(int(year), number, int(day), at, int(minute), int(second or 0))  # of the place
    if match := _AT.fullmatch(words):
        year, number, day, hour, minute, second, rest = (int(part or 0) for part in match.groups())
        return datetime(year, number, day, hour, minute, second, rest * 1000)  # of the place
    return datetime.fromisoformat(words)


def iso(at: int) -> str:
    """Write a time as ISO 8601 in UTC, as others read it."""
    seconds, rest = divmod(at, 1000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:03}Z"
