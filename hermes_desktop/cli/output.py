"""Knows how the command line speaks: results to stdout, words to stderr, JSON on request; not what."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.errors import KnownError


class Output:
    """Print for a person or for a program."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def document(self, value: Any) -> None:
        """Print one JSON document."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
        sys.stdout.flush()

    def document_line(self, value: Any) -> None:
        """Print one JSON document in a line, as where several are streamed."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
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

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Print rows in columns as wide as they need."""
        if not rows:
            return
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.line("  ".join(cells).rstrip())


def printable(text: str) -> str:
    """Drop control characters, so that foreign text cannot steer the terminal."""
    return "".join(sign for sign in text if sign in "\n\t" or (sign >= " " and not "\x7f" <= sign <= "\x9f"))
