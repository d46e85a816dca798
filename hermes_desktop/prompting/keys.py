"""Knows how one key is looked for in a text, and thousands without looking for each; not what they open."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import regex

from hermes_desktop.prompting import pattern
from hermes_desktop.prompting.pattern import Patience, Pattern

TEXT_LIMIT = 200_000  # letters that are looked through: the first ones, which are the newest
SEAM = "\n\x01"  # between two messages: no key reaches across, and patterns may hold on to it
_GRAM = 4  # letters; a key is not looked for where a run of so many of it is nowhere

# Scripts that put no space between words, where whole words cannot be told by what stands beside them.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u19e0-\u19ff\u1a20-\u1aad\u2e80-\u30ff\u3100-\u312f"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff"
    "\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
# Particles stand behind a Korean word without a space: only its beginning can be told.
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
_WHOLE = regex.compile(rf"[[\p{{L}}\p{{M}}\p{{N}}_]--{_UNSPACED.pattern}]+", regex.VERSION1)


@dataclass(slots=True)
class Text:
    """What keys are looked for in; it may grow. The newest message stands first."""

    parts: list[str]
    patience: Patience = field(default_factory=Patience)
    plain: str = ""
    lower: str = ""
    # What was found already, and for words that were not, how far they were looked for.
    found: "set[Word]" = field(default_factory=set)
    ends: "dict[Word, int]" = field(default_factory=dict)
    _grams: dict[tuple[bool, int], set[str]] = field(default_factory=dict)
    _words: dict[bool, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._join()

    def grow(self, more: Sequence[str]) -> None:
        """Add texts at the end."""
        self.parts += more
        self._join()
        added = SEAM.join(more)
        forms = {True: added, False: added.lower()}
        for (sensitive, size), grams in self._grams.items():
            grams |= _grams(forms[sensitive], size)
        for sensitive, words in self._words.items():
            words.update(_WHOLE.findall(forms[sensitive]))

    def grams(self, sensitive: bool, size: int) -> set[str]:
        """Give every run of so many letters, in lower case or as they are."""
        kind = sensitive, size
        if kind not in self._grams:
            self._grams[kind] = _grams(self.plain if sensitive else self.lower, size)
        return self._grams[kind]

    def words(self, sensitive: bool) -> set[str]:
        """Give every whole word, in lower case or as it is."""
        if sensitive not in self._words:
            self._words[sensitive] = set(_WHOLE.findall(self.plain if sensitive else self.lower))
        return self._words[sensitive]

    def _join(self) -> None:
        self.plain = SEAM.join(self.parts)[:TEXT_LIMIT]
        self.lower = self.plain.lower()


def _grams(text: str, size: int) -> set[str]:
    return {text[at : at + size] for at in range(len(text) - size + 1)}


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A key that stands for itself."""

    shown: str
    sought: str
    sensitive: bool
    starts: bool  # nothing of a word may stand before it
    ends: bool
    whole: bool  # it is one word, and only that word counts
    grams: frozenset[str]

    @property
    def size(self) -> int:
        """Give how many letters its runs have."""
        return min(len(self.sought), _GRAM)

    def find(self, text: Text) -> str:
        """Give the key where it is there, else ""."""
        if self.whole:
            return self.shown if self.sought in text.words(self.sensitive) else ""
        if self not in text.found:
            if not self.grams <= text.grams(self.sensitive, self.size) or not self._stands_in(text):
                return ""
            text.found.add(self)
        return self.shown

    def _stands_in(self, text: Text) -> bool:
        """Look for the word in what has grown since it was looked for last."""
        inside = text.plain if self.sensitive else text.lower
        at = inside.find(self.sought, text.ends.get(self, 0))
        text.ends[self] = len(inside)
        while at >= 0:
            end = at + len(self.sought)
            begins = not self.starts or at == 0 or not _joins(inside[at - 1])
            if begins and (not self.ends or end == len(inside) or not _joins(inside[end])):
                return True
            at = inside.find(self.sought, at + 1)
        return False


@dataclass(frozen=True, slots=True)
class Search:
    """A key that is a pattern; None is one that nobody understands, and that finds nothing."""

    pattern: Pattern | None

    def find(self, text: Text) -> str:
        """Give what it found, else ""."""
        return self.pattern.find(text.plain, text.patience) if self.pattern else ""


Key = Word | Search


def key_of(written: str, *, sensitive: bool, whole: bool) -> Key | None:
    """Read a key whose macros are expanded; None where nothing is left of it."""
    shown = written.strip()
    if not shown:
        return None
    if pattern.is_delimited(shown):
        return Search(pattern.compiled(shown))
    whole = whole and not any(letter.isspace() for letter in shown)
    sought = shown if sensitive else shown.lower()
    starts = whole and _joins(sought[0])
    ends = whole and _joins(sought[-1]) and not _HANGUL.match(sought[-1])
    return Word(
        shown=shown,
        sought=sought,
        sensitive=sensitive,
        starts=starts,
        ends=ends,
        whole=starts and ends and _WHOLE.fullmatch(sought) is not None,
        grams=frozenset(_grams(sought, min(len(sought), _GRAM))),
    )


def _joins(letter: str) -> bool:
    """Say whether a letter makes one word with another beside it."""
    if letter.isascii():
        return letter.isalnum() or letter == "_"
    return not _UNSPACED.match(letter) and unicodedata.category(letter)[0] in "LMN"


class Sieve:
    """Find those of many keys that a text may hold, by words and runs of letters that both have."""

    def __init__(self, keys: Iterable[tuple[int, Key]]) -> None:
        """Take keys with the number that each is known by."""
        self._always: set[int] = set()
        self._whole: dict[bool, dict[str, list[int]]] = {}
        self._by_gram: dict[tuple[bool, int], dict[str, list[tuple[int, Word]]]] = {}
        for number, key in keys:
            if isinstance(key, Search):
                self._always.add(number)
            elif key.whole:
                self._whole.setdefault(key.sensitive, {}).setdefault(key.sought, []).append(number)
            else:
                same = self._by_gram.setdefault((key.sensitive, key.size), {})
                same.setdefault(key.sought[:_GRAM], []).append((number, key))

    def candidates(self, text: Text) -> set[int]:
        """Give the numbers of the keys that may be there; no other one is."""
        found = set(self._always)
        for sensitive, numbers in self._whole.items():
            for word in numbers.keys() & text.words(sensitive):
                found.update(numbers[word])
        for kind, words in self._by_gram.items():
            grams = text.grams(*kind)
            for gram in words.keys() & grams:
                found.update(number for number, word in words[gram] if word.grams <= grams)
        return found
