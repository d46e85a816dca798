"""Knows one connection: how it is opened, how it fails, what a server asks for; not what the bytes are.

Runs in the downloader process alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from hermes_desktop.domain.errors import KnownError

LONGEST_WAIT = 60.0  # seconds
WAITING = frozenset({408, 425, 429, 500, 502, 503, 504})


class LineError(Exception):
    """Say why a connection brought nothing more; `wait` is what the server asked for, in seconds."""

    def __init__(self, reason: str, wait: float = 0.0, *, moved: bool = False, wrong: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.wait, self.moved, self.wrong = reason, wait, moved, wrong


@contextmanager
def answer(url: str, headers: dict[str, str], seconds: float, *, follow: bool = True) -> Iterator[Any]:
    """Open a connection; whatever its library raises becomes a LineError. At the end it is closed."""
    from huggingface_hub import get_session

    try:
        session = get_session()
        with session.stream(
            "GET", url, headers=headers, timeout=seconds, follow_redirects=follow
        ) as answered:
            yield answered
    except (KnownError, LineError):
        raise
    except Exception as error:  # the transport's own kinds change with its version
        raise LineError(reason(error)) from error


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
