"""Knows which entries of lorebooks fire in a conversation, what each is asked first, and which find room.

The same scene always gives the same: chance is thrown from the conversation, its last message and the
entry. Only patterns that take too long depend on the machine.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.lore import (
    FOREVER,
    Hit,
    Logic,
    Lore,
    LoreSettings,
    Lost,
    Miss,
    Position,
    Scope,
    Why,
)
from hermes_desktop.prompting import grouping, timing
from hermes_desktop.prompting.allowance import Allowance
from hermes_desktop.prompting.grouping import Fired
from hermes_desktop.prompting.keys import Key, Text
from hermes_desktop.prompting.lore_index import LoreIndex, Reach, Ready
from hermes_desktop.prompting.pattern import Patience
from hermes_desktop.prompting.scene import Scene

Counter = Callable[[str], int]

_REPLAYED = 60  # replies that effects in time are reckoned from at most
_BOUNDLESS = 1_000_000_000  # tokens
_WITH_NOTE = (Position.NOTE_TOP, Position.NOTE_BOTTOM)


def match(
    index: LoreIndex,
    scene: Scene,
    settings: LoreSettings,
    allowance: Allowance,
    count: Counter,
    fired: Mapping[str, int] | None = None,
    patience: Patience | None = None,
) -> Lore:
    """Find what the books say to the next reply.

    `count` gives the tokens of a text. `fired` says where entries with an effect in time fired before, as
    an earlier answer or `replayed` gives it. `patience` is the time that patterns share.
    """
    budget, late = allowance.total, min(allowance.late, allowance.total)
    search = _Search(index, scene, settings, allowance, count, fired or {}, patience or Patience())
    search.run()
    return Lore(
        hits=_ordered(search.active.values()),
        cut=_ordered(search.cut),
        missed=search.misses(),
        slow=index.slow(),
        budget=budget,
        late_budget=late,
        fired=MappingProxyType(search.renewed()),
    )


def replayed(index: LoreIndex, scene: Scene, settings: LoreSettings) -> Mapping[str, int]:
    """Find from the messages alone where entries with an effect in time fired before.

    Only these entries are looked for again, without room or recursion from others.
    """
    fired: Mapping[str, int] = {}
    if not index.timed:
        return fired
    alone = LoreIndex(index.timed)
    span = max(one.entry.sticky + one.entry.cooldown for one in index.timed)
    ends = [at for at, message in enumerate(scene.messages, 1) if message.role is Role.USER]
    ends = [end for end in ends if end < len(scene.messages)][-_REPLAYED:]
    if span < FOREVER:
        ends = ends[-2 * span :]
    patience = Patience()
    for end in ends:
        boundless = Allowance(_BOUNDLESS, _BOUNDLESS)
        fired = match(alone, scene.until(end), settings, boundless, len, fired, patience).fired
    return fired


def _ordered(found: "Iterable[_Taken]") -> tuple[Hit, ...]:
    by_order = sorted(found, key=lambda one: (one.fired.ready.entry.order, one.fired.ready.number))
    return tuple(one.hit() for one in by_order if one.fired.ready.content)


@dataclass(frozen=True, slots=True)
class _Taken:
    fired: Fired
    tokens: int

    def hit(self) -> Hit:
        ready = self.fired.ready
        return Hit(
            entry=ready.entry,
            scope=ready.book.scope,
            why=self.fired.why,
            word=self.fired.word,
            tokens=self.tokens,
            book=ready.book.name,
            through=self.fired.through,
        )


@dataclass(slots=True)
class _Search:
    """One search through the books: what has fired so far, and what has been looked through."""

    index: LoreIndex
    scene: Scene
    settings: LoreSettings
    allowance: Allowance
    count: Counter
    before: Mapping[str, int]
    patience: Patience
    active: dict[int, _Taken] = field(default_factory=dict)
    cut: list[_Taken] = field(default_factory=list)
    lost: dict[int, tuple[Fired, Lost]] = field(default_factory=dict)
    out: set[int] = field(default_factory=set)  # entries that were refused for good
    texts: dict[Reach, Text] = field(default_factory=dict)
    echoes: list[str] = field(default_factory=list)
    sources: list[Ready] = field(default_factory=list)  # whose words the echoes are
    widened: int = 0
    level: int = 0

    def run(self) -> None:
        """Look through the messages and what fires; then through more messages if that is too little."""
        self._recurse()
        while len(self.active) < self.settings.least and self._widen():
            self._recurse()

    def renewed(self) -> dict[str, int]:
        """Give since when effects in time run, now that these entries have fired."""
        now = self.scene.length
        left = {mark: at for mark, at in self.before.items() if at < now}
        for taken in self.active.values():
            ready = taken.fired.ready
            if ready.mark:
                left[ready.mark] = timing.renewed(ready.entry, left.get(ready.mark), now)
        return left

    def misses(self) -> tuple[Miss, ...]:
        """List the entries that lost, in the order of their books."""
        left = [(fired, lost) for number, (fired, lost) in self.lost.items() if number not in self.active]
        left.sort(key=lambda one: one[0].ready.number)
        return tuple(Miss(_Taken(fired, self.count(fired.ready.content)).hit(), lost) for fired, lost in left)

    # ---- passes ------------------------------------------------------------------------------------

    def _recurse(self) -> None:
        levels = list(self.index.levels)
        recursing, self.level = False, 0
        for _ in range(self.settings.passes):
            found = self._pass(recursing)
            sources = [one for one in found if _is_heard(one)]
            echoes = [one.echo for one in sources]
            if (not echoes and not levels) or self.allowance.empty:
                return
            if levels and not (recursing and echoes):
                self.level = levels.pop(0)
            recursing = True
            self.echoes += echoes
            self.sources += sources
            for text in self.texts.values():
                text.grow(echoes)

    def _pass(self, recursing: bool) -> list[Ready]:
        """Let entries fire that do so now; give those that found room."""
        fired = [one for ready in self._possible() if (one := self._asked(ready, recursing)) is not None]
        groups = {label for taken in self.active.values() for label in taken.fired.ready.entry.groups}
        left = grouping.survivors(fired, groups, self._score, lambda label: self.scene.roll("group", label))
        lucky = [one for one in left if self._is_lucky(one)]
        self._lose(Lost.GROUP, fired, left)
        self._lose(Lost.CHANCE, left, lucky)
        return [one.ready for one in sorted(lucky, key=_claim) if self._takes(one)]

    def _lose(self, lost: Lost, before: list[Fired], after: list[Fired]) -> None:
        """Remember who was among those before and is not any more."""
        if len(after) < len(before):
            left = {one.ready.number for one in after}
            self.lost |= {one.ready.number: (one, lost) for one in before if one.ready.number not in left}

    def _takes(self, one: Fired) -> bool:
        ready = one.ready
        taken = _Taken(one, self.count(ready.content) if ready.content else 0)
        if not self.allowance.take(ready, taken.tokens):
            self.cut.append(taken)
            self.out.add(ready.number)
            return False
        self.active[ready.number] = taken
        return True

    def _widen(self) -> bool:
        """Look through one more message, as far as that is allowed and there are any."""
        self.widened += 1
        reaches = [reach.depth + self.widened for reach in self.index.sieves if not reach.fixed]
        self.texts.clear()
        self.echoes.clear()
        limit = min(self.settings.farthest, len(self.scene.messages))
        return any(depth <= limit for depth in reaches)

    # ---- one entry ---------------------------------------------------------------------------------

    def _possible(self) -> list[Ready]:
        """List the entries that may fire, without those of which no key can be there."""
        numbers = set(self.index.always)
        for reach, sieve in self.index.sieves.items():
            numbers |= sieve.candidates(self._text(reach))
        numbers |= {one.number for one in self.index.timed if self._is_sticky(one)}
        return [self.index.ready[n] for n in sorted(numbers - self.out - self.active.keys())]

    def _asked(self, ready: Ready, recursing: bool) -> Fired | None:
        entry, sticky = ready.entry, self._is_sticky(ready)
        if not self.scene.allows(entry.conditions):
            return None
        if entry.position in _WITH_NOTE and not self.scene.with_note:
            return None
        if not sticky:
            cooling = timing.is_cooling(entry, self.before.get(ready.mark), self.scene.length)
            echoed = recursing and (entry.exclude_recursion or not ready.recursive)
            if cooling or echoed or entry.recursion_level > self.level:
                return None
        if entry.forced:
            return Fired(ready, Why.FORCED, "")
        text = self._text(ready.reach)
        if entry.conditions.forbidden or not _agrees(ready, text):
            return None
        if entry.constant:
            return Fired(ready, Why.CONSTANT, "")
        if sticky:
            return Fired(ready, Why.STICKY, "")
        word = _opened(ready, text)
        if not word:
            return None
        through = self._source_of(word) if recursing else ""
        return Fired(ready, Why.RECURSION if recursing else Why.KEY, word, through)

    def _source_of(self, word: str) -> str:
        """Name the entry in whose words a key was found."""
        sought = word.lower()
        return next((one.entry.label for one in self.sources if sought in one.echo.lower()), "")

    def _is_sticky(self, ready: Ready) -> bool:
        return timing.is_sticky(ready.entry, self.before.get(ready.mark), self.scene.length)

    def _is_lucky(self, one: Fired) -> bool:
        """Throw for an entry, once for a reply."""
        entry = one.ready.entry
        if entry.probability >= 100 or one.why is Why.STICKY:
            return True
        name = (one.ready.place, one.ready.number, entry.uid)
        lucky = self.scene.roll("entry", *name) * 100 < entry.probability
        if not lucky:
            self.out.add(one.ready.number)
        return lucky

    def _score(self, ready: Ready) -> int:
        text = self._text(ready.reach)
        primary = _hits(ready.keys, text)
        secondary = _hits(ready.secondary, text) if primary else 0
        if ready.entry.logic is Logic.AND_ANY:
            return primary + secondary
        if ready.entry.logic is Logic.AND_ALL and secondary == len(ready.secondary):
            return primary + secondary
        return primary

    def _text(self, reach: Reach) -> Text:
        if reach not in self.texts:
            depth = reach.depth if reach.fixed else reach.depth + self.widened
            parts = self.scene.parts(depth, reach.letters, reach.sources)
            self.texts[reach] = Text([*parts, *self.echoes], self.patience)
        return self.texts[reach]


def _is_heard(ready: Ready) -> bool:
    """Say whether what an entry says may make others fire."""
    return ready.recursive and not ready.entry.prevent_recursion and bool(ready.echo)


def _claim(one: Fired) -> tuple[bool, bool, float, bool, int]:
    """Order entries by who gets room first: what is always there, then narrower books, then weight."""
    ready = one.ready
    common = ready.book.scope is Scope.GLOBAL
    return not ready.entry.steady, common, -ready.entry.weight, not ready.entry.constant, ready.number


def _agrees(ready: Ready, text: Text) -> bool:
    """Say whether the keys that a decorator adds are there, and those that it excludes are not."""
    extra = all(any(key.find(text) for key in group) for group in ready.extra)
    return extra and not any(key.find(text) for key in ready.exclude)


def _opened(ready: Ready, text: Text) -> str:
    """Give the word that opens an entry; "" where its keys, the secondary ones counted, do not."""
    word = next((found for key in ready.keys if (found := key.find(text))), "")
    if not word or not ready.secondary:
        return word
    there = _hits(ready.secondary, text)
    holds = {
        Logic.AND_ANY: there > 0,
        Logic.NOT_ALL: there < len(ready.secondary),
        Logic.NOT_ANY: there == 0,
        Logic.AND_ALL: there == len(ready.secondary),
    }
    return word if holds[ready.entry.logic] else ""


def _hits(keys: Iterable[Key], text: Text) -> int:
    return sum(bool(key.find(text)) for key in keys)
