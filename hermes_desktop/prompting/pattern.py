"""Knows patterns that strangers wrote in JavaScript's way, /…/flags: how they are read, and run for how long.

They never meet `re`, which cannot be stopped.
"""

import re
import time
from dataclasses import dataclass, field

import regex

LENGTH_LIMIT = 2_000  # letters of a pattern
SEARCH_LIMIT = 0.04  # seconds of the processor that one search may take; it ends a little later
TOTAL_LIMIT = 0.25  # seconds that all searches for one prompt may take
_WORD_LIMIT = 60  # letters of what was found that are shown
_DELIMITED = re.compile(r"/(.+)/([dgimsuvy]*)", re.DOTALL)
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}
# What means something else in Python. A backslash takes its letter along.
_TOKENS = re.compile(
    r"\\u\{([0-9A-Fa-f]{1,6})\}|\\k<(\w+)>|\\(.)|(\[\^\])|(\[\])|(\[)|(\])|(\$)|(\{)(?!\d+(?:,\d*)?\})",
    re.DOTALL,
)
# Groups that JavaScript knows; what else begins with a question mark or a star is Python's own.
_FOREIGN_GROUP = re.compile(r"\((?:\*|\?(?!:|=|!|<=|<!|<\w+>|P=\w+\)|[ims]*(?:-[ims]+)?:))")
_PARTS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|(\()|(\))|\{(\d+)(?:,\d*)?\}|.", re.DOTALL)
_UNROLLED_LIMIT = 20_000  # items, about 5 MB
_KEPT_ESCAPES = frozenset("dDwWsSbBnrtfvxucpP0123456789")


@dataclass(slots=True)
class Patience:
    """How long patterns may still be searched for, in seconds."""

    left: float = TOTAL_LIMIT


@dataclass(slots=True)
class Pattern:
    """A pattern that is searched for; one that once took too long is not any more."""

    compiled: "regex.Pattern[str]"
    tired: bool = field(default=False)

    def find(self, text: str, patience: Patience) -> str:
        """Give what is found first; "" where nothing is, or where time is up."""
        if self.tired or patience.left <= 0:
            return ""
        began = time.perf_counter()
        try:
            found = self.compiled.search(text, timeout=min(SEARCH_LIMIT, patience.left))
        except (TimeoutError, MemoryError):
            self.tired = True
            return ""
        finally:
            patience.left -= time.perf_counter() - began
        return (" ".join(found[0].replace("\x01", " ").split())[:_WORD_LIMIT] or "…") if found else ""


def is_delimited(key: str) -> bool:
    """Say whether a key is written as a pattern; one with a bare slash inside is a plain word."""
    return _split(key) is not None


def compiled(key: str) -> Pattern | None:
    """Read a pattern; None where it is none, is too long, or nobody understands it."""
    parts = _split(key)
    if parts is None or len(key) > LENGTH_LIMIT:
        return None
    written, letters = parts
    flags = regex.VERSION0
    for letter in letters:
        flags |= _FLAGS.get(letter, 0)
    if written.isascii() and "u" not in letters and "v" not in letters:
        flags |= regex.ASCII  # what \w, \d and \b are in JavaScript
    translated = _translated(written, "m" in letters)
    if _FOREIGN_GROUP.search(re.sub(r"\\.", "", translated)) or _unrolled(translated) > _UNROLLED_LIMIT:
        return None
    try:
        return Pattern(regex.compile(translated, flags, cache_pattern=False))
    except (regex.error, ValueError, OverflowError, RecursionError, MemoryError):
        return None


def _split(key: str) -> tuple[str, str] | None:
    found = _DELIMITED.fullmatch(key)
    if found is None or "/" in re.sub(r"\\.", "", found[1], flags=re.DOTALL):
        return None
    return found[1], found[2]


def _translated(written: str, multiline: bool) -> str:
    """Write a pattern in Python's way."""
    parts: list[str] = []
    end, in_class = 0, False
    for token in _TOKENS.finditer(written):
        parts.append(written[end : token.start()])
        end = token.end()
        parts.append(_token(token, in_class, multiline))
        in_class = (in_class or token[6] is not None) and token[7] is None
    parts.append(written[end:])
    return "".join(parts)


def _token(token: "re.Match[str]", in_class: bool, multiline: bool) -> str:
    if token[1]:
        return f"\\U{min(int(token[1], 16), 0x10FFFF):08x}"
    if token[2]:
        return f"(?P={token[2]})"
    if token[3]:
        kept = token[3] in _KEPT_ESCAPES or not token[3].isalnum()
        return "/" if token[3] == "/" else token[0] if kept else token[3]
    if in_class:
        return "\\[" if token[0] == "[" else token[0]
    if token[9]:  # here it is a brace; there it would ask for words that are only nearly the same
        return "\\{"
    return {"[^]": r"[\s\S]", "[]": "(?!)", "$": "$" if multiline else r"\Z"}.get(token[0], token[0])


def _unrolled(written: str) -> int:
    """Count the items of a pattern after each is written as often as it has to be there at least.

    That is how `regex` compiles it: some letters with counts within counts would fill the memory.
    """
    sums, last = [0], 0
    for part in _PARTS.finditer(written):
        if part[1]:
            sums.append(1)
            continue
        if part[3]:
            last, added = last * max(int(part[3]), 1), last * (max(int(part[3]), 1) - 1)
        elif part[2] and len(sums) > 1:
            last = added = sums.pop()
        else:
            last = added = 1
        sums[-1] += added
    return sum(sums)
