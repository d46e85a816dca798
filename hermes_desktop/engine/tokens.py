"""Knows how turns become runs of tokens, in ChatML or in a model's own template; not which turns fit."""

import hashlib
import re
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Protocol

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.prompt import END, START, Keep, PromptTurn, Span
from hermes_desktop.engine import template
from hermes_desktop.engine.kv import Run

TURN_TEXTS = (END, START)  # what ends a turn even where it comes as plain letters
CACHED_TOKENS = 300_000  # about 12 MB
_CACHED_COUNTS = 200_000
_CACHED_REPLIES = 64
_CACHED_SKELETONS = 16


class Vocabulary(Protocol):
    """What has to be known of a model to write its tokens."""

    vocabulary: int

    def tokenise(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """Cut a text into tokens; only with `special` are special tokens read from it."""

    def token(self, text: str) -> int | None:
        """Give the id of a special token."""

    def controls(self) -> dict[str, int]:
        """Give every special token."""

    def piece(self, token: int) -> bytes:
        """Give the bytes of a token."""

    def bos(self) -> int | None:
        """Give the token that begins a text."""

    def eos(self) -> int | None:
        """Give the token that ends a text."""

    def text_of(self, token: int | None) -> str:
        """Spell a token."""

    def adds_bos(self) -> bool:
        """Say whether plain texts begin with BOS."""


class Texts:
    """Tokenise plain texts, each once as long as there is room; and remember what replies were made of."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._runs: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        self._held = 0
        self._counts: dict[bytes, int] = {}
        self._replies: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    def plain(self, text: str) -> tuple[int, ...]:
        """Cut a text into tokens, special ones excluded."""
        tokens = self._runs.get(text)
        if tokens is not None:
            self._runs.move_to_end(text)
            return tokens
        tokens = self._vocabulary.tokenise(text)
        self._runs[text] = tokens
        self._held += len(tokens)
        while self._held > CACHED_TOKENS and len(self._runs) > 1:
            self._held -= len(self._runs.popitem(last=False)[1])
        return tokens

    def count(self, text: str) -> int:
        """Count a text's tokens; counts are remembered far longer than the tokens."""
        key = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
        if key not in self._counts:
            if len(self._counts) >= _CACHED_COUNTS:
                self._counts.clear()
            self._counts[key] = len(self.plain(text))
        return self._counts[key]

    def remember(self, text: str, tokens: tuple[int, ...]) -> None:
        """Keep what a reply was sampled as: its text may be cut into other tokens."""
        if text and tokens:
            self._replies[text] = tokens
            self._replies.move_to_end(text)
            while len(self._replies) > _CACHED_REPLIES:
                self._replies.popitem(last=False)

    def sampled(self, text: str, stored: tuple[int, ...] = ()) -> tuple[int, ...] | None:
        """Give the tokens that a reply was sampled as, where they are known and still make the text."""
        tokens = stored or self._replies.get(text, ())
        if not tokens or not all(0 <= token < self._vocabulary.vocabulary for token in tokens):
            return None
        made = b"".join(map(self._vocabulary.piece, tokens)).decode("utf-8", "replace")
        return tokens if made == text else None

    def reply(self, text: str, stored: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Give the tokens of a reply or of its beginning."""
        sampled = self.sampled(text, stored)
        return self.plain(text) if sampled is None else sampled


class ChatFormat(ABC):
    """Write turns as tokens."""

    name: str
    template_hash: str

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    @abstractmethod
    def count(self, turn: PromptTurn) -> int:
        """Count the tokens of a turn's run; never too few."""

    @abstractmethod
    def overhead(self) -> int:
        """Count the tokens that every prompt has beside its turns; never too few."""

    @abstractmethod
    def runs(self, turns: Sequence[PromptTurn], beginning: tuple[int, ...] = ()) -> list[Run]:
        """Write the turns; the last run opens the reply and holds the tokens it begins with."""


def is_shown(turn: PromptTurn) -> bool:
    """Say whether a turn is written at all: an empty system turn makes Hermes believe in amnesia."""
    return turn.role is not Role.SYSTEM or bool(turn.text.strip())


class ChatMl(ChatFormat):
    """Write ChatML with the ids of this very vocabulary; they differ between the sizes of Hermes 3."""

    name = "chatml"

    def __init__(self, vocabulary: Vocabulary, source: str) -> None:
        """Take the file's template, which decides on BOS; raises nothing, a broken one decides nothing."""
        super().__init__(Texts(vocabulary))
        self.template_hash = _hash(source or self.name)
        self._start, self._end = (_special(vocabulary, text) for text in (START, END))
        self._newline = vocabulary.tokenise("\n")
        bos = vocabulary.bos()
        self._bos = (bos,) if bos is not None and _wants_bos(vocabulary, source) else ()

    def count(self, turn: PromptTurn) -> int:
        if not is_shown(turn):
            return 0
        stored = len(self._open()) - len(self._start) + len(turn.tokens) if turn.tokens else 0
        inner = max(self.texts.count(_headed(turn)), stored)
        return inner + len(self._start) + len(self._end) + len(self._newline)

    def overhead(self) -> int:
        return len(self._bos) + len(self._open())

    def runs(self, turns: Sequence[PromptTurn], beginning: tuple[int, ...] = ()) -> list[Run]:
        written = [_labelled(self._run(turn), turn) for turn in turns if is_shown(turn)]
        opened = [*written, Run((*self._open(), *beginning))]
        return [replace(opened[0], tokens=(*self._bos, *opened[0].tokens)), *opened[1:]]

    def _run(self, turn: PromptTurn) -> tuple[int, ...]:
        closing = (*self._end, *self._newline)
        # Only what is stored counts: the same conversation makes the same prompt in every child.
        if turn.role is Role.ASSISTANT and turn.tokens:
            sampled = self.texts.sampled(turn.text, turn.tokens)
            if sampled is not None:
                return (*self._open(), *sampled, *closing)
        # One text: a content that begins with line breaks is cut together with the one before it.
        return (*self._start, *self.texts.plain(_headed(turn)), *closing)

    def _open(self) -> tuple[int, ...]:
        return (*self._start, *self.texts.plain(f"{Role.ASSISTANT}\n"))


class OwnTemplate(ChatFormat):
    """Write turns as the model's own template does; contents never go through it."""

    name = "gguf"

    def __init__(self, vocabulary: Vocabulary, source: str) -> None:
        """Try the template out; raises KnownError ENGINE_TEMPLATE."""
        super().__init__(Texts(vocabulary))
        self.template_hash = _hash(source)
        self._vocabulary = vocabulary
        self._source = source
        self._bos, self._eos = (vocabulary.text_of(id_) for id_ in (vocabulary.bos(), vocabulary.eos()))
        names = sorted((name for name in vocabulary.controls() if name), key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, names))) if names else None
        self._skeletons: OrderedDict[tuple[str, ...], template.Skeleton] = OrderedDict()
        self._glue = self._measure()

    def count(self, turn: PromptTurn) -> int:
        inner = max(self.texts.count(turn.text), len(turn.tokens))
        return inner + self._glue if is_shown(turn) else 0

    def overhead(self) -> int:
        return 2 * self._glue

    def runs(self, turns: Sequence[PromptTurn], beginning: tuple[int, ...] = ()) -> list[Run]:
        shown = [turn for turn in turns if is_shown(turn)]
        try:
            skeleton = self._skeleton([turn.role.value for turn in shown])
        except KnownError:  # many templates know no system turn, or insist on turns that alternate
            shown = alternating(shown)
            skeleton = self._skeleton([turn.role.value for turn in shown])
        runs = [self._run(shown[slot.turn], slot) for slot in skeleton.slots]
        head, lead = self._cut(skeleton.end)
        return [*runs, Run((*head, *self.texts.plain(lead), *beginning))]

    def _run(self, turn: PromptTurn, slot: template.Slot) -> Run:
        head, lead = self._cut(slot.before)
        text = turn.text.strip() if slot.trims else turn.text
        stored = turn.tokens if turn.role is Role.ASSISTANT else ()
        sampled = self.texts.sampled(text, stored) if stored else None
        inner = self.texts.plain(lead + text) if sampled is None else (*self.texts.plain(lead), *sampled)
        return _labelled((*head, *inner), turn)

    def _cut(self, glue: str) -> tuple[tuple[int, ...], str]:
        """Cut a template's text behind its last special token; give the tokens, and the rest as text."""
        found = list(self._special.finditer(glue)) if self._special else []
        end = found[-1].end() if found else 0
        return (self._vocabulary.tokenise(glue[:end], special=True) if end else (), glue[end:])

    def _skeleton(self, roles: Sequence[str]) -> template.Skeleton:
        key = tuple(roles)
        if key not in self._skeletons:
            self._skeletons[key] = template.skeleton(self._source, key, bos=self._bos, eos=self._eos)
            if len(self._skeletons) > _CACHED_SKELETONS:
                self._skeletons.popitem(last=False)
        return self._skeletons[key]

    def _measure(self) -> int:
        """Find out how much the template adds to a turn at most."""
        try:
            skeleton = self._skeleton(["system", "user", "assistant", "user"])
        except KnownError:
            skeleton = self._skeleton(["user", "assistant", "user"])
        glues = [*(slot.before for slot in skeleton.slots), skeleton.end]
        return max(len(self._vocabulary.tokenise(glue, special=True)) for glue in glues) + 1


def alternating(turns: Sequence[PromptTurn]) -> list[PromptTurn]:
    """Fold all that is no reply into user turns, so that user and assistant alternate, the user first."""
    folded: list[PromptTurn] = []
    for is_reply, group in groupby(turns, key=lambda turn: turn.role is Role.ASSISTANT):
        found = list(group)
        role = Role.ASSISTANT if is_reply else Role.USER
        if len(found) == 1:
            folded.append(replace(found[0], role=role))
            continue
        text = "\n\n".join(turn.text for turn in found)
        spans = (Span(found[0].spans[0].kind, text),) if found[0].spans else ()
        folded.append(replace(found[-1], role=role, spans=spans, tokens=()))
    if folded and folded[0].role is Role.ASSISTANT:
        opening = replace(folded[0], role=Role.USER, message_id=0, tokens=())
        folded.insert(0, replace(opening, spans=(replace(folded[0].spans[0], text="Hello."),)))
    return folded


def format_for(vocabulary: Vocabulary, source: str) -> ChatFormat:
    """Choose how a model is spoken to: our own ChatML wherever its template speaks that, or has none.

    Raises KnownError ENGINE_TEMPLATE.
    """
    if source.strip() and START not in source:
        return OwnTemplate(vocabulary, source)
    return ChatMl(vocabulary, source)


def _labelled(tokens: tuple[int, ...], turn: PromptTurn) -> Run:
    return Run(tokens, turn.message_id or example_id(turn), turn.late, turn.keep is Keep.MEMORY)


def example_id(turn: PromptTurn) -> int:
    """Tell blocks of example dialogue apart where messages are told apart; 0 for any other turn."""
    return -turn.block if turn.keep is Keep.EXAMPLE else 0


def _headed(turn: PromptTurn) -> str:
    return f"{turn.role}\n{turn.text}"


def _special(vocabulary: Vocabulary, text: str) -> tuple[int, ...]:
    token = vocabulary.token(text)
    return vocabulary.tokenise(text) if token is None else (token,)


def _wants_bos(vocabulary: Vocabulary, source: str) -> bool:
    if not source.strip():
        return vocabulary.adds_bos()
    try:
        return template.writes_bos(source)
    except KnownError:
        return vocabulary.adds_bos()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
