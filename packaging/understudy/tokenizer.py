"""Knows the byte-level BPE of the Understudy: how it is learned from the corpus, and how it cuts text.

A name that training never saw must be cut alike after a space, a quote or a line's end, since it is copied
from one to another. So words are learned without their leading space, and a space is joined only to whole
lower-case words, by the last merges. Digits are never joined.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import regex

from hermes_desktop.bench.tiny_gguf import CONTROL, NORMAL, USER_DEFINED, byte_letters, spelled

MERGES = Path(__file__).with_name("merges.json")  # the vocabulary of the shipped file
_TAGS = (
    "SCRATCHPAD", "REASONING", "INNER_MONOLOGUE", "PLAN", "EXECUTION", "REFLECTION", "THINKING", "SOLUTION",
    "EXPLANATION", "UNIT_TEST", "tools", "tool_call", "tool_response", "schema",
)  # fmt: skip
CONTROLS = ("<|begin_of_text|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>")
SPECIALS = (*CONTROLS, *(f"<{slash}{tag}>" for tag in _TAGS for slash in ("", "/")))
# The pre-tokeniser that llama.cpp calls "gpt-2"; its last branch is what llama.cpp does with the rest.
_WORDS = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
_SPECIAL = regex.compile("(" + "|".join(regex.escape(text) for text in SPECIALS) + ")")
_SPACE = byte_letters()[0x20]
_NAME_CAP = 1  # a capitalised word counts this often at most, so that names stay in pieces
_OPENING = ('"', '{"', '["', "<", "</", "{")  # marks that are joined with a space before them, too


@dataclass
class Tokenizer:
    """The vocabulary in the order of its ids, and the merges in the order of their ranks."""

    merges: list[tuple[str, str]]
    tokens: list[str] = field(init=False)
    types: list[int] = field(init=False)

    def __post_init__(self) -> None:
        letters = byte_letters()
        pieces = [letters[byte] for byte in range(256)] + ["".join(merge) for merge in self.merges]
        self.tokens = [*dict.fromkeys(pieces), *SPECIALS]
        kinds = [CONTROL if token in CONTROLS else USER_DEFINED for token in SPECIALS]
        self.types = [NORMAL] * (len(self.tokens) - len(SPECIALS)) + kinds
        self._ids = {token: at for at, token in enumerate(self.tokens)}
        self._ranks = {merge: at for at, merge in enumerate(self.merges)}
        self._cache: dict[str, tuple[int, ...]] = {}

    def id(self, token: str) -> int:
        """Give the id of a token as the vocabulary spells it."""
        return self._ids[token]

    def encode(self, text: str) -> list[int]:
        """Cut a text; special tokens in it count as such."""
        ids: list[int] = []
        for at, part in enumerate(_SPECIAL.split(text)):
            if at % 2:
                ids.append(self._ids[part])
            else:
                for word in _WORDS.findall(part):
                    ids += self._word(word)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Join tokens to text again."""
        bytes_of = {letter: byte for byte, letter in byte_letters().items()}
        data = b"".join(
            self.tokens[i].encode()
            if self.tokens[i] in SPECIALS
            else bytes(bytes_of[c] for c in self.tokens[i])
            for i in ids
        )
        return data.decode("utf-8", "replace")

    def size(self, token: int) -> int:
        """Give how many bytes a token stands for."""
        text = self.tokens[token]
        return len(text.encode()) if text in SPECIALS else len(text)

    def _word(self, word: str) -> tuple[int, ...]:
        found = self._cache.get(word)
        if found is None:
            parts = _merged(list(spelled(word.encode())), self._ranks)
            found = self._cache[word] = tuple(self._ids[part] for part in parts)
        return found

    def save(self, path: Path) -> None:
        """Write the merges; the rest follows from them."""
        path.write_text(
            json.dumps([" ".join(merge) for merge in self.merges], ensure_ascii=False, indent=0) + "\n"
        )

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Read what `save` wrote."""
        pairs = (line.split(" ") for line in json.loads(path.read_text()))
        return cls([(left, right) for left, right in pairs])


def _merged(parts: list[str], ranks: dict[tuple[str, str], int]) -> list[str]:
    """Apply the merges of lowest rank first, as every BPE does."""
    while len(parts) > 1:
        pairs = [(ranks.get(pair, len(ranks)), at) for at, pair in enumerate(pairwise(parts))]
        rank, at = min(pairs)
        if rank == len(ranks):
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts


def learn(texts: Iterable[str], entries: int, spaced: int) -> Tokenizer:
    """Learn a vocabulary of `entries` tokens, of which `spaced` are a space with a whole word."""
    plain: Counter[str] = Counter()
    after_space: Counter[str] = Counter()
    for text in texts:
        for at, part in enumerate(_SPECIAL.split(text)):
            for word in _WORDS.findall(part) if at % 2 == 0 else ():
                bare = word.lstrip(" ") or word
                plain[bare] += 1
                after_space[bare] += word != bare
    counts = {
        word: min(count, _NAME_CAP) if _is_name(word, count) else count for word, count in plain.items()
    }
    words = {spelled(word.encode()): count for word, count in counts.items() if not _digits(word)}
    merges = _learn_merges(words, entries - 256 - len(SPECIALS) - spaced)
    known = {"".join(merge) for merge in merges}
    whole = [word for word, _ in after_space.most_common() if word in _OPENING or _whole(word, known)]
    return Tokenizer(merges + [(_SPACE, word) for word in whole[:spaced]])


def _whole(word: str, known: set[str]) -> bool:
    return word == "a" or (word in known and word.isalpha() and word.islower())


def _is_name(word: str, count: int) -> bool:
    return word[:1].isupper() and count < 400


def _digits(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def _learn_merges(words: dict[str, int], count: int) -> list[tuple[str, str]]:
    """Join the most frequent pair again and again; only the words that hold it are counted anew."""
    cut: list[tuple[list[str], int]] = [(list(word), n) for word, n in words.items()]
    pairs: Counter[tuple[str, str]] = Counter()
    places: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for at, (parts, n) in enumerate(cut):
        _count(pairs, places, parts, n, at)
    merges: list[tuple[str, str]] = []
    while pairs and len(merges) < count:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        for at in list(places[best]):
            parts, n = cut[at]
            for pair in pairwise(parts):
                pairs[pair] -= n
            _join(parts, best)
            _count(pairs, places, parts, n, at)
        del pairs[best]
    return merges


def _count(
    pairs: Counter[tuple[str, str]],
    places: defaultdict[tuple[str, str], set[int]],
    parts: Sequence[str],
    n: int,
    at: int,
) -> None:
    for pair in pairwise(parts):
        pairs[pair] += n
        places[pair].add(at)


def _join(parts: list[str], pair: tuple[str, str]) -> None:
    at = 0
    while at < len(parts) - 1:
        if (parts[at], parts[at + 1]) == pair:
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        at += 1
