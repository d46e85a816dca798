"""Knows where in a message thoughts and calls of tools stand, and how names in it are replaced."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.transcript import Part, PartKind
from hermes_desktop.rendering import blocks
from hermes_desktop.rendering.blocks import Block, BlockKind

# What a view or a file could take for the end of a line, or what nobody sees; a text keeps its tabs.
_LINES = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Signs that turn the direction of what follows; a name has none, so that it cannot turn what is beside it.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TOOL = re.compile(r"^[ ]*<(tool_call|tool_response)>.*?(?:</\1>|\Z)", re.DOTALL | re.MULTILINE)
# Scripts without spaces between words: there a name stands among letters.
_JOINED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_COMMON = frozenset({"you", "user", "me", "i", "a"})  # words that many sentences have
_AT_ONCE = 5_000  # blocks


def plain(text: str) -> str:
    """Give a text with one kind of line end, and without signs that no display should get."""
    return _UNSEEN.sub("", _LINES.sub("\n", text)) if _ODD.search(text) else text


@lru_cache(maxsize=256)
def one_line(text: str) -> str:
    """Give a name or a title as it may stand in a heading."""
    return " ".join(_TURNING.sub("", plain(text)).split())


def parts_of(text: str, *, thoughts: bool, tools: bool) -> tuple[Part, ...]:
    """Cut a message; what is not wanted is left out."""
    wanted = {PartKind.WORDS, *([PartKind.THOUGHT] if thoughts else []), *([PartKind.TOOL] if tools else [])}
    if "<" not in text:
        return (Part(PartKind.WORDS, text),)
    found: list[Part] = []
    for part in _cut(text):
        if part.kind not in wanted or not part.text.strip():
            continue
        if found and found[-1].kind is PartKind.WORDS is part.kind:
            joined = f"{found[-1].text.rstrip()}\n\n{part.text.lstrip()}"
            found[-1] = Part(PartKind.WORDS, joined)
        else:
            found.append(part)
    return tuple(found)


def _cut(text: str) -> Iterator[Part]:
    at = 0
    fences: list[tuple[int, int]] = []
    for block in _blocks(text):
        end = block.start + len(block.text)
        if block.kind is BlockKind.FENCE:
            fences.append((block.start, end))
        if block.kind is not BlockKind.THOUGHT:
            continue
        yield from _cut_tools(text, at, block.start, fences)
        yield Part(PartKind.THOUGHT, blocks.thought(block.text)[0].strip("\n"))
        at, fences = end, []
    yield from _cut_tools(text, at, len(text), fences)


def _blocks(text: str) -> Iterator[Block]:
    """Cut a text into blocks, however many there are."""
    passed = 0
    while passed < len(text):
        for number, block in enumerate(blocks.split(text[passed:], _AT_ONCE)):
            if number == _AT_ONCE:  # all that is left, in one piece
                passed += block.start
                break
            yield Block(block.kind, block.text, passed + block.start)
        else:
            return


def _cut_tools(text: str, at: int, end: int, fences: Sequence[tuple[int, int]]) -> Iterator[Part]:
    for match in _TOOL.finditer(text, at, end):
        fence = bisect_right(fences, (match.start(), end))
        if fence and match.start() < fences[fence - 1][1]:
            continue  # somebody shows how it is done
        yield Part(PartKind.WORDS, text[at : match.start()].strip("\n"))
        yield Part(PartKind.TOOL, match[0].strip())
        at = match.end()
    yield Part(PartKind.WORDS, text[at:end].strip("\n"))


class Names:
    """Put other names in the place of some, in labels and in texts."""

    def __init__(self, mine: Sequence[str], my_name: str, persona: Sequence[str], persona_name: str) -> None:
        self._my_name, self._persona_name = one_line(my_name), one_line(persona_name)
        # In labels every turn of mine has the new name; in texts only names that are no common words.
        wanted = dict.fromkeys(persona, self._persona_name) if self._persona_name else {}
        wanted |= dict.fromkeys(mine, self._my_name) if self._my_name else {}
        self._by_name = {
            name.casefold(): new
            for name, new in wanted.items()
            if name.strip() and name.casefold() not in _COMMON
        }
        longest_first = sorted(self._by_name, key=len, reverse=True)
        pattern = "|".join(_bounded(name) for name in longest_first)
        self._pattern = re.compile(pattern, re.IGNORECASE) if pattern else None

    def label(self, name: str, role: Role) -> str:
        """Give the name that stands over a message."""
        new = {Role.USER: self._my_name, Role.ASSISTANT: self._persona_name}.get(role, "")
        return new or self.text(one_line(name))

    def text(self, text: str) -> str:
        """Replace the names where they stand as words."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._by_name.get(match[0].casefold(), match[0]), text)


def _bounded(name: str) -> str:
    before = "" if _JOINED.match(name[0]) else r"(?<!\w)"
    after = "" if _JOINED.match(name[-1]) else r"(?!\w)"
    return before + re.escape(name) + after
