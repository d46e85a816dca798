"""Knows how a transcript becomes Markdown in which nobody can speak for another.

Headings of the levels 1 to 3 are the writer's alone, and a speaker's name is one of level 3. In what was
said, headings become smaller ones, underlines make none, no tag of HTML and no picture from elsewhere comes
through, and a block of code ends with its message. All else goes out as it was written.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from hermes_desktop.domain.transcript import Aside, Item, Labels, Leaf, Opening, Part, PartKind, Told
from hermes_desktop.transcripts.parts import one_line, plain

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~=])")
_CONTAINERS = re.compile(r"^(?:\s*(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s)))*\s*")
_CONTAINER = re.compile(r"\s*(?:>|[-*+]\s|\d{1,9}[.)]\s|#)")
_HEADING = re.compile(r"(#{1,6})(?=\s|$)")
_UNDERLINE = re.compile(r"^(\s*(?:>\s*)*)(=+|-+)\s*$")
_FENCE = re.compile(r"^([ ]*)(`{3,}(?=[^`]*$)|~{3,})")
_LANGUAGE = re.compile(r"\s*([\w+#.-]*)")
_FENCE_SIGNS = re.compile(r"`{3,}|~{3,}")
_DEFINITION = re.compile(r"\[[^\]]+\]:")
# With the backslashes before it: an odd number of them has made it harmless already.
_TAG = re.compile(r"(?<!\\)(\\*)<(?=[A-Za-z/!?])")
_PICTURE = re.compile(r"(?<!\\)(\\*)!(?=\[)")
# Signs without which there is nothing to take care of, and where such a text has its line ends.
_CAREFUL = re.compile(r"[<|]|!\[|```|~~~|^[ >*+\d.)-]*[#\[=-]", re.MULTILINE)
_BREAK = re.compile(r"(?<=\S)\n(?=[^\S\n]*\S)")
_RUN = re.compile(r"\\.|`+")
_FAR = 1_000  # lines of a block of code that is moved in
_MOST_TRIES = 200  # of those in a message
_MOST_RUNS = 400  # of backticks in a line that may be code
_DEEPER = 3  # levels that a heading in a message goes down


def write(opening: Opening, items: Iterable[Item], labels: Labels) -> Iterator[str]:
    """Write a transcript, piece by piece."""
    yield f"# {name(opening.title)}\n"
    if opening.about:
        yield "\n" + "  \n".join(name(line) for line in opening.about) + "\n"
    for leaf in opening.leaves:
        yield _leaf(leaf)
    for item in items:
        yield aside(item) if isinstance(item, Aside) else told(item, labels)


def told(item: Told, labels: Labels) -> str:
    """Write one message under its speaker's name."""
    beside = [name(text) for text in (item.version, item.time) if text]
    head = " · ".join([name(item.speaker.name) or "—", *beside])
    under = [f"*{name(text)}*" for text in (item.broken, item.note) if text]
    blocks = [f"### {head}", *(_part(part, labels) for part in item.parts), *under]
    return "\n" + "\n\n".join(block for block in blocks if block) + "\n"


def aside(item: Aside) -> str:
    """Write the heading of what lies beside the path."""
    return f"\n## {name(item.text)}\n"


@lru_cache(maxsize=256)
def name(text: str) -> str:
    """Write a name or a title so that it is nothing but words."""
    return _SIGNS.sub(r"\\\1", one_line(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _leaf(leaf: Leaf) -> str:
    return f"\n## {name(leaf.title)}\n\n{said(leaf.text)}\n"


def _part(part: Part, labels: Labels) -> str:
    if part.kind is PartKind.WORDS:
        return said(part.text)
    if part.kind is PartKind.TOOL:
        text = plain(part.text).strip("\n")
        longest = max((len(run[0]) for run in re.finditer("`+", text)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"{fence}\n{text}\n{fence}"
    inside = said(part.text).split("\n")
    return "\n".join([f"> **{name(labels.thought)}**", ">", *(f"> {line}".rstrip() for line in inside)])


def said(text: str) -> str:
    """Write what somebody said so that it stays within its message."""
    text = plain(text).expandtabs(4).strip("\n")
    if not _CAREFUL.search(text):
        return _BREAK.sub("  \n", text)
    cutter = _Cutter(text.split("\n"))
    return "\n".join(line for chunk in cutter.chunks() for line in chunk)


class _Cutter:
    """Tell apart code and what is none, in a text whose lines are tried a limited number of times."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._tries = _MOST_TRIES

    def chunks(self) -> Iterator[list[str]]:
        """Give what is to be written, block by block."""
        lines, at = self._lines, 0
        end = self._code_end(0)
        while at < len(lines):
            if end > at:
                yield _code_block(lines[at:end])
                at, end = end, self._code_end(end)
                continue
            after = at + 1
            end = self._code_end(after)
            while after < len(lines) and lines[after].strip() and end == after:
                after += 1
                end = self._code_end(after)
            yield _chunk(lines[at:after])
            at = after

    def _code_end(self, at: int) -> int:
        """Give where a block of code that begins here ends; here, where none does that all readers see."""
        lines = self._lines
        opening = _FENCE.match(lines[at]) if at < len(lines) else None
        if opening is None or len(opening[1]) > 3:
            return at
        indent, signs = len(opening[1]), opening[2]
        if indent and self._tries == 0:
            return at
        self._tries -= indent > 0
        for end in range(at + 1, min(len(lines), at + _FAR) if indent else len(lines)):
            line = lines[end]
            deep = len(line) - len(line.lstrip(" "))
            if line.strip() and deep < indent:
                return at  # some take this for the end, others do not
            if indent <= deep <= 3 and _closes(line, signs):
                return end + 1
        return at if indent else len(lines)


def _closes(line: str, signs: str) -> bool:
    bare = line.strip(" ")
    return len(bare) >= len(signs) and bare == signs[0] * len(bare)


def _code_block(lines: list[str]) -> list[str]:
    """Write a block of code so that its two fences are the same, and the second one is there."""
    opening = _FENCE.match(lines[0])
    assert opening is not None
    indent, signs = opening[1], opening[2]
    closed = len(lines) > 1 and _closes(lines[-1], signs) and not lines[-1].startswith("    ")
    language = _LANGUAGE.match(lines[0], opening.end())
    inside = lines[1:-1] if closed else lines[1:]
    return [f"{indent}{signs}{language[1] if language else ''}", *inside, indent + signs]


def _chunk(lines: list[str]) -> list[str]:
    """Write lines that follow each other without an empty one."""
    whole = all(_is_paired(line) for line in lines)
    written = [_line(line, whole) for line in lines]
    # A line ends where it ended; without two spaces behind it, it would run into the next one.
    return [
        f"{line}  " if line and "|" not in line and not _CONTAINER.match(below) else line
        for line, below in pairwise(written)
    ] + written[-1:]


def _line(line: str, paired: bool) -> str:
    underline = _UNDERLINE.match(line)
    if underline is not None:
        rule = underline[2].startswith("---")
        return underline[1] + ("***" if rule else "\\" + underline[2])
    prefix = _CONTAINERS.match(line)
    assert prefix is not None
    before, rest = prefix[0], line[prefix.end() :]
    if rest.startswith("#"):
        heading = _HEADING.match(rest)
        rest = "#" * min(len(heading[1]) + _DEEPER, 6) + rest[heading.end() :] if heading else "\\" + rest
    elif signs := _FENCE_SIGNS.match(rest):
        rest = "".join(f"\\{sign}" for sign in signs[0]) + rest[signs.end() :]
    elif _DEFINITION.match(rest):
        rest = "\\" + rest
    return before + _words(rest, paired)


def _words(text: str, paired: bool) -> str:
    """Take tags and pictures out of what is no code."""
    if "<" not in text and "![" not in text:
        return text
    written, at = [], 0
    for low, high in _code(text) if paired and "|" not in text else []:
        written += [_harmless(text[at:low]), text[low:high]]
        at = high
    return "".join([*written, _harmless(text[at:])])


def _harmless(text: str) -> str:
    text = _TAG.sub(lambda match: match[1][: len(match[1]) // 2 * 2] + "&lt;", text)
    return _PICTURE.sub(lambda match: match[1][: len(match[1]) // 2 * 2] + "\\!", text)


def _is_paired(line: str) -> bool:
    """Tell whether every run of backticks has its other end in the line, so that none reaches further."""
    covered = _code(line)
    return all(
        run[0].startswith("\\") or any(low <= run.start() < high for low, high in covered)
        for run in _RUN.finditer(line)
    )


def _code(text: str) -> list[tuple[int, int]]:
    """Find the stretches of code in a line, as every reader of Markdown does."""
    runs = [match.span() for match in re.finditer("`+", text)] if text.count("`") < _MOST_RUNS else []
    found: list[tuple[int, int]] = []
    at = 0
    while match := _RUN.search(text, at):
        at = match.end()
        if match[0].startswith("\\"):
            continue
        ends = (high for low, high in runs if low >= at and high - low == len(match[0]))
        if (end := next(ends, None)) is not None:
            found.append((match.start(), end))
            at = end
    return found
