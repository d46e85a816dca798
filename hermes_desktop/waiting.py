"""Knows when a server that did not answer well may be asked again, and how its failure is told in a line."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_WAIT = 60.0  # seconds
WAITING = frozenset({408, 425, 429, 500, 502, 503, 504})  # statuses after which it may


def retry_after(answered: Any) -> float:
    """Read for how many seconds a server asks to be left alone: a number or a date; 0 where it is neither."""
    text = answered.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(float(text), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    if moment.tzinfo is None:  # "-0000": a server that does not know its zone means UTC
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT)


def reason(error: Exception) -> str:
    """Say in a few words why a connection failed."""
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__)[:200].rstrip(".")
