"""Knows how the beginning of a message is told in one line; not where there is room for it."""

import re

_READ = 4_000  # letters; whatever comes behind them is not the beginning
_ASIDE = re.compile(r"<(\w+)>.*?(</\1>|$)", re.DOTALL)  # what a persona thinks, which the transcript folds
_MARKS = re.compile(r"[*_`>#~|]+")


def beginning(text: str, letters: int) -> str:
    """Give the first words that are said, without thoughts and marks; a message of nothing else as it is."""
    read = text[:_READ]
    line = " ".join(_MARKS.sub("", _ASIDE.sub("", read)).split()) or " ".join(read.split())
    if len(line) <= letters:
        return line
    cut = line[:letters]
    kept = cut.rsplit(" ", 1)[0] if " " in cut[letters // 2 :] else cut
    return kept.rstrip(" ,;:.-") + "…"
