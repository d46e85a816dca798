"""Knows one connection: how it is opened and how it fails; not what the bytes are.

Runs in the downloader process alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hermes_desktop.domain.errors import KnownError
from hermes_desktop.waiting import reason


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
