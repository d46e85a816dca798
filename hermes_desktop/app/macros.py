"""Knows how macros are explained to a writer and where they stand in a text; what they give is elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.prompting import table
from hermes_desktop.prompting.parsing import Head, Macro, Name, Piece, Put, head, parse

_CONTEXT = "Macros"
# Name as it is written, arguments, what it stands for. The common ones stand first.
_WORDS: tuple[tuple[str, str, str], ...] = (
    ("char", "", QT_TRANSLATE_NOOP("Macros", "the persona’s name")),
    ("user", "", QT_TRANSLATE_NOOP("Macros", "your name")),
    ("original", "", QT_TRANSLATE_NOOP("Macros", "what this text takes the place of")),
    ("description", "", QT_TRANSLATE_NOOP("Macros", "the persona’s description")),
    ("personality", "", QT_TRANSLATE_NOOP("Macros", "the persona’s personality")),
    ("scenario", "", QT_TRANSLATE_NOOP("Macros", "the scenario")),
    ("persona", "", QT_TRANSLATE_NOOP("Macros", "who you are: your profile")),
    ("mesExamples", "", QT_TRANSLATE_NOOP("Macros", "the example dialogue")),
    ("charVersion", "", QT_TRANSLATE_NOOP("Macros", "the card’s version")),
    ("random", "::one::two", QT_TRANSLATE_NOOP("Macros", "one of these, chosen anew each time")),
    ("pick", "::one::two", QT_TRANSLATE_NOOP("Macros", "one of these, the same for a whole conversation")),
    ("roll", ":2d6", QT_TRANSLATE_NOOP("Macros", "the sum of dice")),
    ("// ", "", QT_TRANSLATE_NOOP("Macros", "a remark for readers; the model never sees it")),
    ("comment", ": ", QT_TRANSLATE_NOOP("Macros", "a remark for readers; the model never sees it")),
    ("hidden_key", ": ", QT_TRANSLATE_NOOP("Macros", "unseen words that lore is looked for in")),
    ("time", "", QT_TRANSLATE_NOOP("Macros", "the time")),
    ("time", "_UTC+2", QT_TRANSLATE_NOOP("Macros", "the time at an offset")),
    ("date", "", QT_TRANSLATE_NOOP("Macros", "the date")),
    ("weekday", "", QT_TRANSLATE_NOOP("Macros", "the day of the week")),
    ("isotime", "", QT_TRANSLATE_NOOP("Macros", "the time as 16:05")),
    ("isodate", "", QT_TRANSLATE_NOOP("Macros", "the date as 2026-01-31")),
    ("datetimeformat", " DD.MM.YYYY", QT_TRANSLATE_NOOP("Macros", "date and time in a form of your own")),
    ("idle_duration", "", QT_TRANSLATE_NOOP("Macros", "how long you have said nothing")),
    ("lastMessage", "", QT_TRANSLATE_NOOP("Macros", "the last message")),
    ("lastUserMessage", "", QT_TRANSLATE_NOOP("Macros", "your last message")),
    ("lastCharMessage", "", QT_TRANSLATE_NOOP("Macros", "the persona’s last message")),
    ("lastMessageId", "", QT_TRANSLATE_NOOP("Macros", "the number of the last message, from 0")),
    ("input", "", QT_TRANSLATE_NOOP("Macros", "what you are writing")),
    ("space", "", QT_TRANSLATE_NOOP("Macros", "a space")),
    ("newline", "", QT_TRANSLATE_NOOP("Macros", "a new line")),
    ("trim", "", QT_TRANSLATE_NOOP("Macros", "takes the line ends around it away")),
    ("noop", "", QT_TRANSLATE_NOOP("Macros", "nothing")),
    ("reverse", ":text", QT_TRANSLATE_NOOP("Macros", "a text backwards")),
    ("getvar", "::name", QT_TRANSLATE_NOOP("Macros", "what a variable holds")),
    ("setvar", "::name::value", QT_TRANSLATE_NOOP("Macros", "puts something into a variable")),
    ("addvar", "::name::more", QT_TRANSLATE_NOOP("Macros", "adds to a variable")),
    ("incvar", "::name", QT_TRANSLATE_NOOP("Macros", "counts a variable up")),
    ("decvar", "::name", QT_TRANSLATE_NOOP("Macros", "counts a variable down")),
    ("getglobalvar", "::name", QT_TRANSLATE_NOOP("Macros", "what a global variable holds")),
    ("setglobalvar", "::name::value", QT_TRANSLATE_NOOP("Macros", "puts something into a global variable")),
    ("addglobalvar", "::name::more", QT_TRANSLATE_NOOP("Macros", "adds to a global variable")),
    ("incglobalvar", "::name", QT_TRANSLATE_NOOP("Macros", "counts a global variable up")),
    ("decglobalvar", "::name", QT_TRANSLATE_NOOP("Macros", "counts a global variable down")),
    ("outlet", "::name", QT_TRANSLATE_NOOP("Macros", "the lore whose place has this name")),
    ("group", "", QT_TRANSLATE_NOOP("Macros", "who is there; the persona’s name where it is alone")),
    ("charIfNotGroup", "", QT_TRANSLATE_NOOP("Macros", "the same")),
    ("groupNotMuted", "", QT_TRANSLATE_NOOP("Macros", "the same")),
    ("notChar", "", QT_TRANSLATE_NOOP("Macros", "your name, as everybody else who is there")),
    ("bot", "", QT_TRANSLATE_NOOP("Macros", "the persona’s name, in older cards")),
    ("idleDuration", "", QT_TRANSLATE_NOOP("Macros", "how long you have said nothing")),
    ("banned", " word", QT_TRANSLATE_NOOP("Macros", "nothing; other programs forbid a word by it")),
)
_HOLE = Put("")  # what will be put in
TEXT_LIMIT = 200_000  # letters that are looked through


@dataclass(frozen=True, slots=True)
class MacroWords:
    """A macro as a writer sees it."""

    name: str  # what is typed after the braces
    arguments: str  # an example of what follows it
    explanation: str


class MarkKind(StrEnum):
    """Say what a stretch with braces is."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    REMARK = "remark"
    LOOSE = "loose"  # braces without a partner


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something stands that a writer should see."""

    kind: MarkKind
    start: int
    end: int


def macros() -> list[MacroWords]:
    """List the macros, the common ones first."""
    return [
        MacroWords(name, arguments, QCoreApplication.translate(_CONTEXT, said))
        for name, arguments, said in _WORDS
    ]


def marks(text: str) -> list[Mark]:
    """Find the macros in a text, outer ones before those in them, and braces without a partner."""
    if len(text) > TEXT_LIMIT or not any(sign in text for sign in ("{{", "}}", "<")):
        return []
    parsed = parse(text)
    found = list(_marks(parsed.pieces))
    return [*found, *(Mark(MarkKind.LOOSE, place, place + 2) for place in parsed.loose)]


def _marks(pieces: tuple[Piece, ...]) -> Iterator[Mark]:
    for piece in pieces:
        if isinstance(piece, Macro):
            yield Mark(_kind(piece), piece.start, piece.end)
            yield from _marks(piece.pieces)
        elif isinstance(piece, Name):
            yield Mark(MarkKind.KNOWN, piece.start, piece.start + len(piece.source))


def _kind(macro: Macro) -> MarkKind:
    if macro.is_comment:
        return MarkKind.REMARK
    found: Head | None = head([piece if isinstance(piece, str) else _HOLE for piece in macro.pieces])
    known = found is not None and table.is_known(found.name, alone=found.rest is None)
    return MarkKind.KNOWN if known else MarkKind.UNKNOWN
