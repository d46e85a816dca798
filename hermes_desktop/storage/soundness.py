"""Knows what SQLite's own checks say of a file; not when they are made, nor what is done then."""

import sqlite3
from collections.abc import Callable, Iterable

OK = "ok"
QUICK, WHOLE = "quick_check", "integrity_check"
# WORKAROUND: where a connection only reads, SQLite 3.44 cannot look into an index of words, and says so as if
# that were damage; 3.45 can. https://www.sqlite.org/releaselog/3_45_0.html
_UNABLE = "unable to validate the inverted index"
_MORE = 9  # findings that are read where the first is none


def examined(run: Callable[[str], Iterable[object]], check: str) -> str:
    """Make one of the checks and give the first thing that it finds, "ok" for nothing."""
    first = str(next(iter(run(f"pragma {check}(1)"))))  # to go on behind damage may raise
    if not first.startswith(_UNABLE):
        return first
    lines = (str(line) for line in run(f"pragma {check}({_MORE})"))
    return next((line for line in lines if not line.startswith(_UNABLE)), OK)


def quickly(connection: sqlite3.Connection) -> str:
    """Check the structure of an open file."""
    return examined(lambda words: (line for (line,) in connection.execute(words)), QUICK)
