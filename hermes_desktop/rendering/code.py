"""Knows how a block of code is coloured and framed; it never runs any."""

from functools import cache
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

PREFIX = "t-"
_LONGEST = 8_000  # letters that are coloured
# Lexers that stay fast on any text; others show plain.
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
    "make": "make",
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
    lexer = _lexer(name) if len(code) <= _LONGEST else None
    inside = highlight(code, lexer, _FORMATTER).rstrip("\n") if lexer else escape(code, quote=False)
    # A cell gives the room around the code that Qt's paragraphs cannot have.
    return (
        '<table class="code" width="100%" cellpadding="10" cellspacing="0" border="0"><tr><td class="code">'
        f"<pre>{inside}</pre></td></tr></table>"
    )


@cache
def _lexer(name: str) -> Lexer | None:
    if name not in _LANGUAGES:
        return None
    try:
        return get_lexer_by_name(_LANGUAGES[name], stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
