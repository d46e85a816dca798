"""Knows where the blocks of model-written Markdown begin and end, in one forward pass; not their inside.

Python-Markdown cuts at blank lines. Models put a list right under a sentence, fences inside list items and
no blank line after a list, so the cut is made here, by kinds. A cut depends on one later line at most (the
one under a table's head): that is what lets a streaming reply keep the blocks it has finished.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class BlockKind(StrEnum):
    """Name what a block is, from its first line."""

    THOUGHT = "thought"
    FENCE = "fence"
    HEADING = "heading"
    RULE = "rule"
    LIST = "list"
    QUOTE = "quote"
    TABLE = "table"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of lines and where it starts in the scanned text (characters)."""

    kind: BlockKind
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Marker:
    """What opens a list item. Items with the same family make one list."""

    indent: int
    family: str  # "•" for bullets, else the character after the number
    number: int
    content: int  # column where the item's own text begins


# What Hermes 3 and its relatives put around thinking that is not part of what a character says.
THOUGHT_TAGS = ("inner_monologue", "scratchpad", "thinking", "think", "thought", "reflection")
MOST_BLOCKS = 500  # of one text; the rest is a single block
TABLE_ROW_LIMIT = 2_000  # characters of a table's line; longer ones stay text
_USUAL_LINE = 500  # characters of a line whose marker is remembered
_THOUGHT = re.compile(rf"^[ ]*<({'|'.join(THOUGHT_TAGS)})>", re.IGNORECASE | re.ASCII)
# Found in the text as it stands: folding its case first would move the places behind "ß" or "İ".
_THOUGHT_ENDS = {tag: re.compile(f"</{tag}>", re.IGNORECASE | re.ASCII) for tag in THOUGHT_TAGS}
_NO_SPACE = re.compile(r"\S")
_FENCE = re.compile(r"^([ ]*)(`{3,}(?=[^`]*$)|~{3,})")
_HEADING = re.compile(r"^[ ]{0,3}#{1,6}[ ]")
_RULE = re.compile(r"^[ ]{0,3}([-*_])(?:[ ]*\1){2,}[ ]*$")
_MARKER = re.compile(r"^([ ]*)(?:([-*+•])|(\d{1,3})([.)]))(?:[ ]+|$)")
_QUOTE = re.compile(r"^[ ]{0,3}>")
_SEPARATOR = re.compile(r"^[ ]*+\|?[ ]*+:?-++:?[ ]*+(?:\|[ ]*+:?-++:?[ ]*+)*+\|?[ ]*+$")


def split(text: str, most: int = MOST_BLOCKS) -> Iterator[Block]:
    """Cut text into its outermost blocks, in order; blank lines between them are left out.

    Where there are more than `most`, the rest is one.
    """
    lines = text.split("\n")
    at = start = count = 0
    while at < len(lines):
        if not lines[at].strip():
            start += len(lines[at]) + 1
            at += 1
            continue
        count += 1
        if count > most:
            yield Block(BlockKind.PARAGRAPH, "\n".join(lines[at:]), start)
            return
        kind = _kind(lines, at)
        end = _ENDS[kind](lines, at)
        inside = "\n".join(lines[at:end])
        if kind is BlockKind.THOUGHT and (after := _after_thought(inside)) < len(inside):
            rest, inside = inside[after:], inside[:after]
            end -= 1
            lines[end] = rest
            yield Block(kind, inside, start)
            start, at = start + len(inside), end
            continue
        yield Block(kind, inside, start)
        start, at = start + len(inside) + 1, end


def thought(text: str) -> tuple[str, bool]:
    """Give the inside of a thought block, and whether it is closed."""
    opening = _THOUGHT.match(text)
    inside = text[opening.end() :] if opening else text
    closing = _closing(opening).search(inside) if opening else None
    return (inside[: closing.start()], True) if closing else (inside, False)


def items(text: str) -> Iterator[tuple[Marker, str]]:
    """Cut a list block into its items, each with its own text moved to the left margin."""
    lines = text.split("\n")
    first = marker(lines[0])
    current, kept = first, [lines[0][first.content :]] if first else []
    open_fence = _opened(kept[0], None) if kept else None
    for line in lines[1:]:
        found = marker(line) if open_fence is None else None
        if current and first and found and _sibling(found, first, current):
            yield current, "\n".join(kept)
            current, kept = found, [line[found.content :]]
        elif current:
            kept.append(dedent(line, current.content))
        open_fence = _opened(kept[-1], open_fence)
    if current:
        yield current, "\n".join(kept)


def marker(line: str) -> Marker | None:
    """Read the list marker a line begins with."""
    return _usual_marker(line) if len(line) <= _USUAL_LINE else _marker(line)


@lru_cache(256)
def _usual_marker(line: str) -> Marker | None:
    """Remember the last ones: each line of a list is asked about by several of those who cut it."""
    return _marker(line)


def _marker(line: str) -> Marker | None:
    match = _MARKER.match(line)
    if match is None or _RULE.match(line):
        return None
    indent, bullet, number, point = match.groups()
    # Five spaces and more after the marker are the item's own (code); so is a marker without text.
    text_at = match.end() if 0 < match.end() - match.end(4 if number else 2) < 5 else -1
    after = match.end(4 if number else 2) + 1
    content = text_at if text_at > 0 and match.end() < len(line) else after
    return Marker(len(indent), "•" if bullet else point, int(number or 0), content)


def fence(line: str) -> tuple[int, str, str] | None:
    """Read an opening fence: its indentation, its characters and what follows them."""
    match = _FENCE.match(line)
    return (len(match[1]), match[2], line[match.end() :].strip()) if match else None


def closes(line: str, opening: str) -> bool:
    """Tell whether a line closes the fence that was opened with these characters."""
    line = line.strip()
    return len(line) >= len(opening) and line == opening[0] * len(line)


def dedent(line: str, columns: int) -> str:
    """Take up to so many leading spaces away."""
    return line[min(columns, len(line) - len(line.lstrip(" "))) :]


def _kind(lines: list[str], at: int) -> BlockKind:
    line = lines[at]
    first = line.lstrip(" ")[0]
    if first == "<" and _THOUGHT.match(line):
        return BlockKind.THOUGHT
    if first in "`~" and _FENCE.match(line):
        return BlockKind.FENCE
    if first == "#" and _HEADING.match(line):
        return BlockKind.HEADING
    if first in "-*_" and _RULE.match(line):
        return BlockKind.RULE
    if first == ">" and _QUOTE.match(line):
        return BlockKind.QUOTE
    if (first in "-*+•" or first.isdecimal()) and marker(line):
        return BlockKind.LIST
    if "|" in line and _heads_table(lines, at):
        return BlockKind.TABLE
    return BlockKind.PARAGRAPH


def _heads_table(lines: list[str], at: int) -> bool:
    if at + 1 >= len(lines):
        return False
    row, below = lines[at].strip(), lines[at + 1]
    if "-" not in below or "|" not in below or max(len(row), len(below)) > TABLE_ROW_LIMIT:
        return False
    return bool(_SEPARATOR.match(below)) and row.strip("|").count("|") >= below.strip().strip("|").count("|")


def _thought_end(lines: list[str], at: int) -> int:
    opening = _THOUGHT.match(lines[at])
    while opening and at < len(lines) and not _closing(opening).search(lines[at]):
        at += 1
    return min(at + 1, len(lines))


def _after_thought(text: str) -> int:
    """Give where the text after the closing tag begins; the length where there is none."""
    opening = _THOUGHT.match(text)
    closing = _closing(opening).search(text) if opening else None
    return closing.end() if closing and _NO_SPACE.search(text, closing.end()) else len(text)


def _closing(opening: re.Match[str]) -> re.Pattern[str]:
    return _THOUGHT_ENDS[opening[1].lower()]


def _fence_end(lines: list[str], at: int) -> int:
    opening = fence(lines[at])
    end = at + 1
    while opening and end < len(lines):
        end += 1
        if closes(lines[end - 1], opening[1]):
            break
    return end


def _one_line(_lines: list[str], at: int) -> int:
    return at + 1


def _quote_end(lines: list[str], at: int) -> int:
    while at < len(lines) and _QUOTE.match(lines[at]):
        at += 1
    return at


def _table_end(lines: list[str], at: int) -> int:
    at += 2
    while at < len(lines) and "|" in lines[at] and len(lines[at]) <= TABLE_ROW_LIMIT:
        at += 1
    return at


def _paragraph_end(lines: list[str], at: int) -> int:
    at += 1
    while at < len(lines) and lines[at].strip() and _kind(lines, at) is BlockKind.PARAGRAPH:
        at += 1
    return at


def _list_end(lines: list[str], at: int) -> int:
    first = current = marker(lines[at])
    open_fence = _opened(lines[at][first.content :], None) if first else None
    end, at = at + 1, at + 1
    while first and current and at < len(lines):
        line = lines[at]
        if open_fence is None and not line.strip():
            at += 1
            continue
        found = marker(line) if open_fence is None else None
        if found and _sibling(found, first, current):
            current = found
            open_fence = _opened(line[found.content :], None)
        elif open_fence is not None or _belongs(line, current):
            open_fence = _opened(dedent(line, current.content), open_fence)
        else:
            break
        at += 1
        end = at
    return end


def _sibling(found: Marker, first: Marker, current: Marker) -> bool:
    """Tell whether a marker begins the next item of the list, rather than a list inside its item."""
    return (
        found.family == first.family
        and found.indent < max(current.content, first.indent + 2)
        and not (
            # Numbers are often followed by bullets only two columns in, and bullets by bullets.
            found.indent >= current.indent + 2
        )
    )


def _belongs(line: str, current: Marker) -> bool:
    """Tell whether a line which begins no item is part of the current one."""
    indent = len(line) - len(line.lstrip(" "))
    return indent >= min(current.content, current.indent + 2)


def _opened(line: str, opening: str | None) -> str | None:
    """Follow the fences of a list item: return the characters of the one open after this line."""
    if opening is not None:
        return None if closes(line, opening) else opening
    found = fence(line)
    return found[1] if found else None


_ENDS = {
    BlockKind.THOUGHT: _thought_end,
    BlockKind.FENCE: _fence_end,
    BlockKind.HEADING: _one_line,
    BlockKind.RULE: _one_line,
    BlockKind.QUOTE: _quote_end,
    BlockKind.TABLE: _table_end,
    BlockKind.PARAGRAPH: _paragraph_end,
    BlockKind.LIST: _list_end,
}
