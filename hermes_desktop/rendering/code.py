"""Knows how a block of code is coloured and framed; it never runs any."""

import re
from functools import cache
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

PREFIX = "t-"
_LONGEST = 8_000  # letters that are coloured
# Many lexers look ahead from every letter, some over line ends. These bounds keep what they can see small;
# without them a few kilobytes of blank lines or of bare words take a lexer seconds.
_LONGEST_LINE = 160
_LONGEST_GAP = 80  # white space in one piece
_LONGEST_WORDS = 400  # words without a sign that ends an expression
_GAP = re.compile(r"\s++")
_PIECES = re.compile(r"\w++|\s++|[^\w\s]")
_PIECE_UNITS = 160  # of the work that a message may ask for; the slowest lexer on the worst signs
_WORDS = re.compile(r"[\w\s$.,?<>\[\]@&*:-]++")
# Lexers that stay fast within those bounds; others show plain.
_LANGUAGES = {
    "bash": "bash",
    "c": "c",
    "cpp": "cpp",
    "c++": "cpp",
    "csharp": "csharp",
    "css": "css",
    "diff": "diff",
    "go": "go",
    "html": "html",
    "ini": "ini",
    "java": "java",
    "javascript": "javascript",
    "js": "javascript",
    "json": "json",
    "kotlin": "kotlin",
    "lua": "lua",
    "php": "php",
    "py": "python",
    "python": "python",
    "r": "r",
    "ruby": "ruby",
    "rust": "rust",
    "sh": "bash",
    "shell": "bash",
    "sql": "sql",
    "swift": "swift",
    "toml": "toml",
    "ts": "typescript",
    "typescript": "typescript",
    "xml": "xml",
    "yaml": "yaml",
    "yml": "yaml",
}
_FORMATTER = HtmlFormatter(nowrap=True, classprefix=PREFIX)


def code_html(code: str, language: str) -> str:
    """Frame code, in colours where the language is known and the code is not too long."""
    name = language.split()[0].strip("{}.").casefold() if language.split() else ""
    lexer = _lexer(name) if _colourable(code) else None
    inside = highlight(code, lexer, _FORMATTER).rstrip("\n") if lexer else escape(code, quote=False)
    # A cell gives the room around the code that Qt's paragraphs cannot have.
    return (
        '<table class="code" width="100%" cellpadding="10" cellspacing="0" border="0"><tr><td class="code">'
        f"<pre>{inside}</pre></td></tr></table>"
    )


def colour_units(code: str) -> int:
    """Give the work that colouring code is at most, in the units of a message's budget."""
    return _PIECE_UNITS * len(_PIECES.findall(code)) if _colourable(code) else 0


def _colourable(code: str) -> bool:
    """Tell whether any lexer is done with the code in a time that goes with its length."""
    return (
        len(code) <= _LONGEST
        and max(map(len, code.split("\n"))) <= _LONGEST_LINE
        and max((len(gap) for gap in _GAP.findall(code)), default=0) <= _LONGEST_GAP
        and max((len(words) for words in _WORDS.findall(code)), default=0) <= _LONGEST_WORDS
    )


@cache
def _lexer(name: str) -> Lexer | None:
    if name not in _LANGUAGES:
        return None
    try:
        # Without an end of the last line, patterns that want one search to the end from every letter.
        return get_lexer_by_name(_LANGUAGES[name], stripnl=False, ensurenl=True)
    except ClassNotFound:
        return None
