"""Knows how a transcript becomes one HTML file that needs nothing else: no script, nothing from outside."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from html import escape

from hermes_desktop.domain.transcript import (
    Aside,
    Item,
    Labels,
    Leaf,
    Opening,
    Part,
    PartKind,
    Speaker,
    Told,
)
from hermes_desktop.rendering import markdown, monogram
from hermes_desktop.rendering.page import to_page
from hermes_desktop.transcripts.look import style
from hermes_desktop.transcripts.parts import one_line, plain

_POLICY = "default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"


def write(opening: Opening, items: Iterable[Item], labels: Labels) -> Iterator[str]:
    """Write a transcript, piece by piece."""
    yield _head(opening)
    for leaf in opening.leaves:
        yield _leaf(leaf, labels)
    page = _Page(opening.speakers, labels)
    for item in items:
        yield page.aside(item) if isinstance(item, Aside) else page.told(item)
    yield "</main>\n</body>\n</html>\n"


def fragment(items: Iterable[Item], labels: Labels) -> Iterator[str]:
    """Write messages as rich text, for other programs to paste: names and words, no style."""
    for item in items:
        if isinstance(item, Aside):
            yield f"<h2>{_text(item.text)}</h2>\n"
            continue
        beside = " · ".join(_text(text) for text in (item.version, item.time) if text)
        yield f"<h3>{_text(item.speaker.name)}{f' <small>{beside}</small>' if beside else ''}</h3>\n"
        yield "".join(_part(part, labels) for part in item.parts)
        yield "".join(f"<p><small>{_text(text)}</small></p>\n" for text in (item.broken, item.note) if text)


def _head(opening: Opening) -> str:
    sheet = f"\n{style(opening.speakers)}\n"
    policy = _POLICY.replace("{hash}", b64encode(sha256(sheet.encode()).digest()).decode("ascii"))
    about = "".join(f'<p class="about" dir="auto">{_text(line)}</p>\n' for line in opening.about)
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(opening.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(opening.title)}</title>\n<style>{sheet}</style>\n</head>\n<body>\n<main>\n"
        f'<header class="top">\n<h1 dir="auto">{_text(opening.title)}</h1>\n{about}</header>\n'
    )


def _leaf(leaf: Leaf, labels: Labels) -> str:
    return (
        f'<details class="leaf"><summary>{_text(leaf.title)}</summary>\n'
        f'<div class="said" dir="auto" lang="">{_words(leaf.text, labels)}</div></details>\n'
    )


class _Page:
    """Write what is said; the speakers that are known have their picture in the style sheet."""

    def __init__(self, speakers: Sequence[Speaker], labels: Labels) -> None:
        self._numbers = {speaker: number for number, speaker in enumerate(speakers) if speaker.picture}
        self._labels = labels

    def aside(self, item: Aside) -> str:
        return f'<h2 class="aside" id="{escape(item.anchor)}">{_text(item.text)}</h2>\n'

    def told(self, item: Told) -> str:
        anchor = escape(item.anchor)
        mine = " mine" if item.speaker.mine else ""
        body = "".join(_part(part, self._labels) for part in item.parts)
        return (
            f'<article class="turn{mine}" id="{anchor}">\n<header class="head">{self._avatar(item.speaker)}'
            f'<h2 dir="auto">{_text(item.speaker.name)}</h2>{_when(item, anchor)}</header>\n'
            f'<div class="said" dir="auto" lang="">{body}</div>\n{_under(item)}</article>\n'
        )

    def _avatar(self, speaker: Speaker) -> str:
        number = self._numbers.get(speaker)
        if number is not None:
            return f'<span class="avatar a{number}" aria-hidden="true"></span>'
        ground, letter = monogram.ground(speaker.name), _text(monogram.letter(speaker.name))
        return f'<span class="avatar g{ground}" aria-hidden="true">{letter}</span>'


def _when(item: Told, anchor: str) -> str:
    version = f'<span class="when">{_text(item.version)}</span>' if item.version else ""
    time = f'<time datetime="{escape(item.moment)}">{_text(item.time)}</time>' if item.time else f"#{anchor}"
    return f'{version}<a class="when" href="#{anchor}">{time}</a>'


def _under(item: Told) -> str:
    lines = (_text(text) for text in (item.broken, item.note) if text)
    return "".join(f'<p class="under" dir="auto">{line}</p>\n' for line in lines)


def _part(part: Part, labels: Labels) -> str:
    if part.kind is PartKind.WORDS:
        return _words(part.text, labels)
    if part.kind is PartKind.TOOL:
        return f'<pre class="code"><code>{escape(plain(part.text), quote=False)}</code></pre>\n'
    inside = _words(part.text, labels)
    return f'<details class="thought"><summary>{_text(labels.thought)}</summary>\n{inside}</details>\n'


def _words(text: str, labels: Labels) -> str:
    return to_page(text, markdown.Labels(thought=labels.thought))


@lru_cache(maxsize=256)
def _text(text: str) -> str:
    return escape(one_line(text))
