"""Knows how the command line speaks: results to stdout, words to stderr, JSON on request; not what."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.errors import KnownError


class Reported(Protocol):
    """What became of a file."""

    @property
    def ok(self) -> bool:
        """Say whether it could be used."""

    @property
    def error(self) -> str:
        """Say why not."""


R = TypeVar("R", bound=Reported)


STDOUT = "-"


class Output:
    """Print for a person or for a program."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def takes_file(self, named: str | None) -> bool:
        """Say whether a file that was made is the result itself: asked for, or piped on without a name."""
        return named == STDOUT or (named is None and not self.as_json and not sys.stdout.isatty())

    def document(self, value: Any) -> None:
        """Print one JSON document."""
        sys.stdout.write(_json(value, indent=2) + "\n")
        sys.stdout.flush()

    def document_line(self, value: Any) -> None:
        """Print one JSON document in a line, as where several are streamed."""
        sys.stdout.write(_json(value) + "\n")
        sys.stdout.flush()

    def line(self, text: str) -> None:
        """Print a line of the result."""
        sys.stdout.write(printable(text) + "\n")
        sys.stdout.flush()

    def stream(self, text: str) -> None:
        """Print a stretch of a reply without ending the line."""
        sys.stdout.write(printable(text))
        sys.stdout.flush()

    def words(self, text: str) -> None:
        """Tell the person something that is not part of the result."""
        sys.stderr.write(printable(text) + "\n")
        sys.stderr.flush()

    def status(self, text: str) -> None:
        """Show progress on one line that the next one overwrites; silent where nobody looks."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K" + printable(text))
            sys.stderr.flush()

    def error(self, error: KnownError) -> None:
        """Say what went wrong and what to do."""
        words = sentence(error)
        self.words(f"{words.text} {words.hint}")

    def reports(self, reports: Sequence[R], described: Callable[[R], Any], say: Callable[[R], None]) -> int:
        """Tell what became of files; give 1 where one was refused."""
        if self.as_json:
            self.document([described(report) for report in reports])
        for report in reports:
            if not report.ok:
                self.words(report.error)
            elif not self.as_json:
                say(report)
        return 0 if all(report.ok for report in reports) else 1

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Print rows in columns as wide as they need."""
        if not rows:
            return
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.line("  ".join(cells).rstrip())


def _json(value: Any, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a card may hold halves of letters; as escapes they pass
        return json.dumps(value, ensure_ascii=True, indent=indent)
    return text


def iso(milliseconds: int) -> str:
    """Write a time as ISO 8601 in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def printable(text: str) -> str:
    """Drop control characters and halves of letters, so that foreign text cannot steer the terminal."""
    return "".join(sign for sign in text if sign in "\n\t" or _is_shown(sign))


def _is_shown(sign: str) -> bool:
    if "\u202a" <= sign <= "\u202e" or "\u2066" <= sign <= "\u2069":  # they turn what follows round
        return False
    return sign >= " " and not "\x7f" <= sign <= "\x9f" and not "\ud800" <= sign <= "\udfff"
