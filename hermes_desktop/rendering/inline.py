"""Knows how the words of one paragraph become HTML: emphasis, code, links; a Python-Markdown set of its own.

Every pattern here is bounded in what it looks at. Python-Markdown's own ones are not: a run of 12 kB of "["
takes them seconds. Raw HTML, images, references and entities stay text.
"""

import re
from html import unescape
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor, SimpleTagInlineProcessor

_DROPPED_BLOCKS = (
    "indent",
    "code",
    "hashheader",
    "setextheader",
    "hr",
    "olist",
    "ulist",
    "quote",
    "reference",
)
_DROPPED_INLINE = (
    *("reference", "link", "image_link", "image_reference", "short_reference", "short_image_ref"),
    *("autolink", "automail", "html", "entity", "em_strong", "linebreak"),
)
_AMPERSAND = "\x04"  # no text holds it: control characters are taken out before
_STRONG_EM = r"(?<![\\*])(\*\*\*)(?![\s*])((?:[^*\\]|\\.){1,2000}?)(?<![\s])\*\*\*(?!\*)"
_STRONG = r"(?<![\\*])(\*\*)(?![\s*])((?:[^*\\]|\\.|\*(?!\*)){1,4000}?)(?<![\s])\*\*(?!\*)"
_EM = (
    r"(?<![\\*0-9A-Za-z])(\*)(?![\s*])((?:[^*\\]|\\.|\*\*(?:[^*\\]|\\.){1,500}?\*\*){1,4000}?)"
    r"(?<![\s])\*(?![*0-9A-Za-z])"
)
_STRONG_LOW = r"(?<![\\\w])(__)(?![\s_])((?:[^_\\]|\\.|_(?!_)){1,4000}?)(?<![\s])__(?!\w)"
_EM_LOW = r"(?<![\\\w])(_)(?![\s_])((?:[^_\\]|\\.|(?<=\w)_(?=\w)){1,4000}?)(?<![\s])_(?!\w)"
_STRIKE = r"(?<![\\~])(~~)(?![\s~])([^~]{1,2000}?)(?<![\s])~~(?!~)"
_CODE = r"(?<![\\`])(`{1,3})(?!`)([^\n]{1,2000}?)(?<!`)\1(?!`)"
_LINK = (
    r"(?<!\\)!?\[([^\[\]\n]{1,300})\]\("
    r"\s{0,3}<?((?:https?://|mailto:)[^\s<>()]{1,1000}(?:\([^\s<>()]{0,200}\)[^\s<>()]{0,500})?)>?"
    r"(?:\s{1,3}[\"'][^\"'\n]{0,300}[\"'])?\s{0,3}\)"
)
_BARE = r"(?<![\w/\"'=])<?(https?://[^\s<>\"'\]\[`*]{1,1000})>?"
_TAIL = re.compile(r"[.,;:!?…]+$")


class _Code(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # as the library's own classes do
        self, m: re.Match[str], _data: str
    ) -> tuple[Element, int, int]:
        element = Element("code")
        element.text = self.md.htmlStash.store(_escaped(m[2].strip()))
        return element, m.start(0), m.end(0)


class _Link(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # as the library's own classes do
        self, m: re.Match[str], _data: str
    ) -> tuple[Element, int, int]:
        element = Element("a")
        element.set("href", m[2])
        element.text = m[1]
        return element, m.start(0), m.end(0)


class _Bare(InlineProcessor):
    """Link an address that stands in the text; what ends the sentence is not part of it."""

    def handleMatch(  # type: ignore[override]  # as the library's own classes do
        self, m: re.Match[str], _data: str
    ) -> tuple[Element, int, int]:
        address = m[1]
        if address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1]
        address = _TAIL.sub("", address)
        element = Element("a")
        element.set("href", address)
        element.text = self.md.htmlStash.store(_escaped(address))
        whole = m.end(0) if m[0].startswith("<") and m[0].endswith(">") else m.start(1) + len(address)
        return element, m.start(0), whole


class _Nested(SimpleTagInlineProcessor):
    """Wrap the second group in a tag, and a tag in that where two are named: "strong,em"."""

    def handleMatch(  # type: ignore[override]  # as the library's own classes do
        self, m: re.Match[str], _data: str
    ) -> tuple[Element, int, int]:
        outer, _, inner = self.tag.partition(",")
        element = Element(outer)
        if inner:
            child = Element(inner)
            child.text = m[2]
            element.append(child)
        else:
            element.text = m[2]
        return element, m.start(0), m.end(0)


class House(Extension):
    """Leave out what a message may not do, and put bounded patterns in the place of the others."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the patterns, the eager ones first."""
        md.preprocessors.deregister("html_block")
        for name in _DROPPED_BLOCKS:
            md.parser.blockprocessors.deregister(name)
        for name in _DROPPED_INLINE:
            md.inlinePatterns.deregister(name)
        inline = md.inlinePatterns
        inline.register(_Code(_CODE, md), "backtick", 190)
        inline.register(_Link(_LINK, md), "link", 160)
        inline.register(_Bare(_BARE, md), "autolink", 120)
        for priority, (name, pattern, tag) in enumerate(
            (
                ("strike", _STRIKE, "s"),
                ("em_low", _EM_LOW, "em"),
                ("strong_low", _STRONG_LOW, "strong"),
                ("em", _EM, "em"),
                ("strong", _STRONG, "strong"),
                ("strong_em", _STRONG_EM, "strong,em"),
            )
        ):
            inline.register(_Nested(pattern, tag), name, 50 + priority)


_WORDS = Markdown(extensions=["nl2br", House()], output_format="html")
_TABLES = Markdown(extensions=["tables", "nl2br", House()], output_format="html")
_ALIGNED = re.compile(r' style="text-align: (left|right|center);"')


_NOT_PLAIN = re.compile(r"[_`~\[\\\x02-\x04]|://|  |\n |^\s|\s$|\n\n|[^\S \n]")
_STARS = tuple(
    (re.compile(pattern, re.DOTALL), opening, closing)
    for pattern, opening, closing in (
        (_STRONG_EM, "<strong><em>", "</em></strong>"),
        (_STRONG, "<strong>", "</strong>"),
        (_EM, "<em>", "</em>"),
    )
)
_PLAIN_LIMIT = 2_000  # letters; the bounds of the patterns are not met below it
_KEPT = re.compile("\x02(\\d+)\x03")


def words(text: str) -> str:
    """Turn the words of a paragraph into HTML, without the paragraph around them."""
    if len(text) <= _PLAIN_LIMIT and not _NOT_PLAIN.search(text):
        return _starred(text)
    return _worked(text)


def _starred(text: str) -> str:
    """Do what Python-Markdown does with a text that has no marks but stars, in a tenth of the time."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (_emphasised(text, 0, []) if "*" in text else text).replace("\n", "<br>")


def _emphasised(text: str, first: int, kept: list[str]) -> str:
    """Put tags around what stands between stars; what is done is kept aside: no later mark cuts it."""

    def keep(match: re.Match[str]) -> str:
        kept.append(opening + _emphasised(match[2], number + 1, kept) + closing)
        return f"\x02{len(kept) - 1}\x03"

    for number in range(first, len(_STARS)):
        pattern, opening, closing = _STARS[number]
        text = pattern.sub(keep, text)
    return text if first else _restored(text, kept)


def _restored(text: str, kept: list[str]) -> str:
    while "\x02" in text:
        text = _KEPT.sub(lambda match: kept[int(match[1])], text)
    return text


def _worked(text: str) -> str:
    html = _convert(_WORDS, text).replace("</p>\n<p>", "<br>")
    return html.removeprefix("<p>").removesuffix("</p>").replace("<br>\n", "<br>")


def table(text: str) -> str:
    """Turn a table into HTML with the alignment that Qt reads."""
    return _ALIGNED.sub(r' align="\1"', _convert(_TABLES, text))


def _convert(markdown: Markdown, text: str) -> str:
    markdown.reset()
    return markdown.convert(text.replace("&", _AMPERSAND)).replace(_AMPERSAND, "&amp;")


def _escaped(text: str) -> str:
    return unescape(text).replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
