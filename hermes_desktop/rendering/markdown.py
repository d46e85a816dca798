"""Knows how the Markdown of a message becomes HTML that Qt shows; it loads nothing and trusts nothing.

The cuts between blocks are `blocks`, the words inside are `inline`. Work is counted in units before it is
done; a message that asks for too much is shown plain from there on, so that a hostile one holds nothing up.
"""

import re
from dataclasses import dataclass
from html import escape

import nh3

from hermes_desktop.rendering import blocks, inline
from hermes_desktop.rendering.blocks import Block, BlockKind
from hermes_desktop.rendering.code import code_html, colour_units

_BUDGET = 700_000  # units; one is about the work of 50 to 80 ns on the machine where they were measured
_KEPT_UNITS = 300_000  # not for colours, so that much code does not make the text after it plain
_BLOCK_UNITS = 1_500
_LETTER_UNITS = 4
_DEEPEST = 8
_MARKS = re.compile(r"[*_`~\[\\\n|]|https?://")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("em", "strong", "s", "a", "span", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "p": {"class"},
    "span": {"class"},
    "table": {"class", "width", "cellpadding", "cellspacing", "border"},
    "td": {"align", "class"},
    "th": {"align"},
}
_SCHEMES = {"http", "https", "mailto", "hermes"}  # the last is the app's own and never comes from a text

_CLEANER = nh3.Cleaner(tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)


@dataclass(frozen=True, slots=True)
class Labels:
    """Words that the renderer adds, in the person's language."""

    thought: str = "Inner monologue · {n} words"


@dataclass(slots=True)
class Work:
    """What is left of the units, and what the blocks have to know of the message."""

    labels: Labels
    open_thoughts: frozenset[int] = frozenset()
    units: int = _BUDGET
    thoughts: int = 0
    streaming: bool = False  # the last block is still being written
    folds: bool = True  # thoughts are folded behind a link that only the app follows

    def take(self, units: int) -> bool:
        """Take units for a piece of work; False where too few are left."""
        self.units -= units
        return self.units >= 0

    def afford(self, units: int) -> bool:
        """Take units for what can be left out; take none, and give False, where others need them more."""
        return self.units - units >= _KEPT_UNITS and self.take(units)


def to_html(
    text: str,
    *,
    streaming: bool = False,
    open_thoughts: frozenset[int] = frozenset(),
    labels: Labels = Labels(),  # frozen
    folds: bool = True,
) -> str:
    """Turn a message into safe HTML; `open_thoughts` holds the numbers of the thoughts that are unfolded.

    Without `folds` all are, and none has a link.
    """
    work = Work(labels, open_thoughts, streaming=streaming, folds=folds)
    return clean(render(list(blocks.split(prepared(text))), work))


def prepared(text: str) -> str:
    """Take out what no display should get: control characters, broken halves of letters, tabs."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).expandtabs(4)


def clean(html: str) -> str:
    """Let only known tags, attributes and schemes through; the last gate."""
    return _CLEANER.clean(html)


def render(parts: list[Block], work: Work, depth: int = 0) -> str:
    """Turn blocks into HTML that is not cleaned yet."""
    written = []
    for number, part in enumerate(parts):
        if work.units < 0:  # plain from here on, in one piece
            written.append(_plain("\n\n".join(each.text for each in parts[number:])))
            break
        last = work.streaming and depth == 0 and number == len(parts) - 1
        written.append(_block(part, work, depth, open_end=last))
    return "\n".join(written)


def _block(part: Block, work: Work, depth: int, *, open_end: bool) -> str:
    if depth > _DEEPEST or not work.take(_cost(part)):
        return _plain(part.text)
    match part.kind:
        case BlockKind.FENCE:
            return _fence(part.text, work, open_end=open_end)
        case BlockKind.LIST:
            return _list(part.text, work, depth)
        case BlockKind.QUOTE:
            inside = re.sub(r"(?m)^ {0,3}> ?", "", part.text)
            return f"<blockquote>{render(list(blocks.split(inside)), work, depth + 1)}</blockquote>"
        case BlockKind.HEADING:
            return _heading(part.text)
        case BlockKind.RULE:
            return "<hr>"
        case BlockKind.TABLE:
            table = inline.table(part.text)
            return table.replace("<table>", '<table class="grid" cellpadding="5" cellspacing="0" border="1">')
        case BlockKind.THOUGHT:
            return _thought(part.text, work, depth)
        case _:
            return f"<p>{inline.words(_closed(part.text) if open_end else part.text)}</p>"


def _cost(part: Block) -> int:
    size = len(part.text)
    if part.kind in (BlockKind.FENCE, BlockKind.RULE):
        return _BLOCK_UNITS + size
    marks = len(_MARKS.findall(part.text))
    # Every mark makes a pattern look ahead, and every match copies the paragraph.
    return _BLOCK_UNITS + _LETTER_UNITS * size + marks * (40 + min(size, 4_000) // 8)


def _plain(text: str) -> str:
    return "<p>" + escape(text, quote=False).replace("\n", "<br>") + "</p>"


def _heading(text: str) -> str:
    marks, _, words = text.strip().partition(" ")
    level = min(len(marks), 6)
    return f"<h{level}>{inline.words(words.strip().rstrip('#').strip())}</h{level}>"


def _fence(text: str, work: Work, *, open_end: bool) -> str:
    first, _, rest = text.partition("\n")
    opening = blocks.fence(first)
    assert opening is not None
    indent, signs, language = opening
    lines = [blocks.dedent(line, indent) for line in rest.split("\n")] if rest else []
    if lines and blocks.closes(lines[-1], signs):
        lines.pop()
    code = "\n".join(lines)
    # While it grows, code stays uncoloured: to colour it anew with every token would be work for nothing.
    coloured = not open_end and work.afford(colour_units(code))
    return code_html(code, language if coloured else "")


def _list(text: str, work: Work, depth: int) -> str:
    items = list(blocks.items(text))
    if not items or not work.take(len(items) * _BLOCK_UNITS):
        return _plain(text)
    first = items[0][0]
    written = []
    for _marker, inside in items:
        html = render(list(blocks.split(inside)), work, depth + 1)
        if html.startswith("<p>"):  # a paragraph in an item needs no room of its own
            html = html[3:].replace("</p>", "", 1)
        written.append(f"<li>{html}</li>")
    if first.family == "•":
        return f"<ul>{''.join(written)}</ul>"
    return f'<ol start="{first.number}">{"".join(written)}</ol>'


def _thought(text: str, work: Work, depth: int) -> str:
    inside, _closed_tag = blocks.thought(text)
    number, work.thoughts = work.thoughts, work.thoughts + 1
    unfolded = number in work.open_thoughts or not work.folds
    label = escape(work.labels.thought.replace("{n}", str(len(inside.split()))))
    sign = "▾" if unfolded else "▸"
    words = f'<a href="hermes:thought/{number}">{sign} {label}</a>' if work.folds else label
    head = f'<p class="thought">{words}</p>'
    if not unfolded:
        return head
    return f"{head}<blockquote>{render(list(blocks.split(inside)), work, depth + 1)}</blockquote>"


def _closed(text: str) -> str:
    """Close the emphasis that a growing paragraph has open, so that it does not flicker."""
    bare = text.rstrip()
    if bare.endswith(("*", "_", "`", "\\")) or len(text) > 4_000:
        return text
    if bare.count("`") % 2:
        return bare + "`"
    strong = bare.count("**")
    single = bare.count("*") - 2 * strong
    return bare + ("*" if single % 2 else "") + ("**" if strong % 2 else "")
