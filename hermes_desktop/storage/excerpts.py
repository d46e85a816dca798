"""Knows which stretch of a text shows best what was looked for; not which texts were found."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from hermes_desktop.domain.hit import Excerpt
from hermes_desktop.rendering.blocks import THOUGHT_TAGS
from hermes_desktop.storage.wanted import Term

WIDTH = 160  # letters of an excerpt
_BEFORE = 40  # of these before the first place, where there are more
_PLACES = 200  # that are looked at in one text
_SPACE = re.compile(r"\s+")
_TAGS = re.compile(rf"</?(?:{'|'.join(THOUGHT_TAGS)})>", re.IGNORECASE | re.ASCII)
_EDGE = 16  # letters that are given up so that no word is cut


class _Plain(dict[int, str]):
    """Give each letter its plain form, small and without accents: one letter for one, so that places stay."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        plain = unicodedata.normalize("NFKD", sign)[:1].lower()
        self[code] = found = plain if len(plain) == 1 else sign
        return found


_PLAIN = _Plain()


def plain(text: str) -> str:
    """Give a text of the same length in small letters without accents."""
    return text.translate(_PLAIN)


def excerpt(text: str, terms: Sequence[Term]) -> Excerpt:
    """Cut out what shows most of the terms, the earliest of such places; signs of a monologue stay out."""
    if "<" in text:
        text = _TAGS.sub(lambda tag: " " * len(tag[0]), text)
    places = _places(plain(text), terms)
    start = _start(places)
    shown = [(low, high) for low, high, _term in places if low >= start and high <= start + WIDTH]
    first = max(_edge(text, min(start - _BEFORE, len(text) - WIDTH)), 0)
    return _joined(text, first, _edge(text, first + WIDTH), shown)


def _places(text: str, terms: Sequence[Term]) -> list[tuple[int, int, Term]]:
    found = []
    for term in terms:
        matches = list(_matches(text, term))
        found += [(match.start(), match.end(), term) for match in matches]
    return sorted(found, key=lambda place: place[:2])


def _matches(text: str, term: Term) -> Iterator[re.Match[str]]:
    word, anywhere = _patterns(term)
    whole = list(islice(word.finditer(text), _PLACES))
    yield from whole or islice(anywhere.finditer(text), _PLACES)


@lru_cache(maxsize=64)
def _patterns(term: Term) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Give how a term looks as a word, and how where words cannot be told."""
    anywhere = re.compile(re.escape(plain(term.text)))
    if term.literal or term.unspaced:
        return anywhere, anywhere
    words = r"[\W_]+".join(re.escape(plain(word)) for word in term.words)
    return re.compile(rf"(?<![^\W_]){words}" + (r"(?![^\W_])" if term.phrase else "")), anywhere


def _start(places: Sequence[tuple[int, int, Term]]) -> int:
    """Give the place from which on the most different terms stand within one excerpt."""
    best, most = 0, 0
    for number, (low, _high, _term) in enumerate(places[:_PLACES]):
        near = {term for at, high, term in places[number : number + _PLACES] if high <= low + WIDTH - _BEFORE}
        if len(near) > most:
            best, most = low, len(near)
    return best


def _edge(text: str, at: int) -> int:
    """Give the beginning of a word near a place; the place itself where a word is that long."""
    if at <= 0 or at >= len(text):
        return at
    space = _SPACE.search(text, at, at + _EDGE)
    return space.end() if space else at


def _joined(text: str, first: int, last: int, shown: Sequence[tuple[int, int]]) -> Excerpt:
    """Put the stretch into one line, with marks where the places come to stand."""
    line, marks, at = "", [], first
    for low, high in shown:
        if low < at or high > last:
            continue  # it overlaps the one before, or the end
        line += _SPACE.sub(" ", text[at:low])
        word = _SPACE.sub(" ", text[low:high])
        marks.append((len(line), len(line) + len(word)))
        line, at = line + word, high
    line += _SPACE.sub(" ", text[at:last])
    before = "… " if first > 0 else ""
    lead = len(line) - len(line.lstrip())
    shift = len(before) - lead
    whole = before + line.strip() + (" …" if last < len(text) else "")
    return Excerpt(whole, tuple((low + shift, high + shift) for low, high in marks))
