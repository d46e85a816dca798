"""Knows which turns of a prompt fit into the context and where memory begins; counts with what it is given.

Always kept: the system turn, the late block, the newest user turn and what stands behind it. Short of
room, the example blocks leave first, the last block before the others, and stay away once the memory
line has moved; then the line moves forward by whole exchanges down to a low watermark, so that the
evaluated prefix serves for many turns. The line never moves back. What is remembered comes in when the
messages that it stands for have left, the newest first, up to a share of the room for each kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.prompt import Budget, Keep, Prompt, PromptTurn, Segment, SpanKind

# Of the room for what may leave, so much at most is for what is remembered of it.
MEMORY_SHARES = {
    SpanKind.SUMMARY: Fraction(1, 4),
    SpanKind.FACTS: Fraction(1, 8),
    SpanKind.PINNED: Fraction(1, 4),
}
# Facts come with every chapter and nobody makes them fewer, so they leave by so much of their share at once.
FACTS_STEP = Fraction(1, 4)
# What comes and goes with every reply takes nothing from these shares while so much of the room is left.
_ROOM_LEFT = Fraction(3, 4)
_PASSING = (SpanKind.TURNS, SpanKind.LORE)
LOW_WATERMARK = Fraction(3, 4)  # of the room for window turns, left filled when the line has moved

Counter = Callable[[PromptTurn], int]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The turns that stay, in their order, and how they fill the context."""

    turns: tuple[PromptTurn, ...]
    budget: Budget


@dataclass(frozen=True, slots=True)
class _Counted:
    turn: PromptTurn
    tokens: int


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The window, and what stands for what has left it."""

    kept: Sequence[_Counted]
    moved: bool  # the line moves
    memories: Sequence[_Counted] = ()
    left_out: int = 0  # memories that are needed and have no room

    @property
    def remembered(self) -> int:
        """Count the tokens of the memories."""
        return _sum(self.memories)


def fit(prompt: Prompt, context: int, reserve: int, count: Counter, overhead: int = 0) -> Fitted:
    """Choose the turns that fit into `context` tokens with `reserve` left for the reply.

    `count` gives the tokens of one whole turn; it is asked for the newest turns first and not for what
    lies before the line. `overhead` are tokens outside the turns. Raises PROMPT_TOO_LONG when what must
    stay does not fit.
    """
    fixed = {id(turn): count(turn) for turn in prompt.turns if turn.keep is Keep.ALWAYS}
    room = _room(prompt, fixed, context - reserve, overhead)
    window = _with_memories(prompt, room, _shares_of(_steady(prompt, fixed, room)), count)
    kept, moved = window.kept, window.moved
    room -= window.remembered
    examples: dict[int, _Counted] = {}
    if not moved and prompt.memory_line_id is None:
        examples = _examples_that_fit(prompt, room - _sum(kept), count)
    chosen = {id(item.turn): item.tokens for item in (*kept, *window.memories)} | fixed
    chosen |= {key: item.tokens for key, item in examples.items()}
    turns = [_Counted(turn, chosen[id(turn)]) for turn in prompt.turns if id(turn) in chosen]
    line = _line_of(prompt, kept) if moved else prompt.memory_line_id
    leaving = _leaving(kept, room)
    budget = Budget(
        context=context,
        reserve=reserve,
        late_reserve=prompt.late_reserve,
        prompt_tokens=_sum(turns) + overhead,
        segments=_segments(turns),
        memory_line_id=line,
        dropped_messages=_window_length(prompt) - len(kept),
        leaves_next=tuple(item.turn.message_id for item in leaving if item.turn.message_id),
        leaves_next_tokens=_sum(leaving),
        late_tokens=_late(prompt, fixed),
        memories_left_out=window.left_out,
    )
    return Fitted(tuple(item.turn for item in turns), budget)


def _room(prompt: Prompt, fixed: dict[int, int], limit: int, overhead: int) -> int:
    """Give the tokens that are left for what may leave."""
    needed = sum(fixed.values()) + overhead
    if needed > limit:
        raise KnownError(ErrorKind.PROMPT_TOO_LONG, tokens=needed, context=limit)
    # The reserve is kept free whether it is filled or not, so that the window does not depend on recall.
    spare = max(prompt.late_reserve - _late(prompt, fixed), 0)
    return max(limit - needed - spare, 0)


def _late(prompt: Prompt, fixed: dict[int, int]) -> int:
    return sum(fixed[id(turn)] for turn in prompt.turns if turn.keep is Keep.ALWAYS and turn.late)


def _window_length(prompt: Prompt) -> int:
    return sum(turn.keep is Keep.WINDOW for turn in prompt.turns)


def _steady(prompt: Prompt, fixed: dict[int, int], room: int) -> int:
    """Give the room that is shared, which does not hang on the length of what was said last.

    Else the oldest of what is remembered would come and go, and all behind it be read anew each time.
    """
    passing = max(_late(prompt, fixed) - prompt.late_reserve, 0)
    for turn in reversed(prompt.turns):
        if turn.keep is Keep.MEMORY:
            break
        speaks = any(span.kind in _PASSING for span in turn.spans)
        if turn.keep is Keep.ALWAYS and speaks and not turn.late:
            passing += fixed[id(turn)]
    return room + passing if room >= (room + passing) * _ROOM_LEFT else room


def _shares_of(room: int) -> dict[SpanKind, int]:
    return {kind: int(room * share) for kind, share in MEMORY_SHARES.items()}


def _with_memories(prompt: Prompt, room: int, shares: dict[SpanKind, int], count: Counter) -> _Chosen:
    """Keep the newest turns beside what stands for those that have left."""
    window, counter = _from_line(prompt), _Once(count)
    taken = 0
    while True:
        # The more leaves, the more stands for it, and leaves less room: until no more leaves.
        chosen = _Chosen(*_newest_that_fit(window, room - taken, counter))
        chosen = _standing(prompt, chosen, shares, counter)
        if chosen.remembered <= taken:
            return chosen
        taken = chosen.remembered


class _Once:
    """Count each turn once."""

    def __init__(self, count: Counter) -> None:
        self._count = count
        self._known: dict[int, int] = {}

    def __call__(self, turn: PromptTurn) -> int:
        if id(turn) not in self._known:
            self._known[id(turn)] = self._count(turn)
        return self._known[id(turn)]


def _standing(prompt: Prompt, chosen: _Chosen, shares: dict[SpanKind, int], count: Counter) -> _Chosen:
    """Add the memories whose messages are not shown, the newest first, as far as each kind has room."""
    shown = {item.turn.message_id for item in chosen.kept}
    shown |= {turn.message_id for turn in prompt.turns if turn.keep is Keep.ALWAYS}
    needed = [
        _Counted(turn, count(turn))
        for turn in prompt.turns
        if turn.keep is Keep.MEMORY and not (turn.stands_for and turn.stands_for in shown)
    ]
    left = shares | {SpanKind.FACTS: _room_for_facts(needed, shares[SpanKind.FACTS])}
    found: list[_Counted] = []
    for item in reversed(needed):
        kind = item.turn.spans[0].kind
        if item.tokens <= left[kind]:
            left[kind] -= item.tokens
            found.append(item)
    return replace(chosen, memories=found, left_out=len(needed) - len(found))


def _room_for_facts(needed: Sequence[_Counted], share: int) -> int:
    """Let so many of the oldest facts leave that the next chapters have room beside those that stay."""
    total = _sum([item for item in needed if item.turn.spans[0].kind is SpanKind.FACTS])
    step = max(int(share * FACTS_STEP), 1)
    leave = -(-max(total - share, 0) // step) * step
    return max(total - leave, 0)


def _from_line(prompt: Prompt) -> list[PromptTurn]:
    window = [turn for turn in prompt.turns if turn.keep is Keep.WINDOW]
    if prompt.memory_line_id is None:
        return window
    for index, turn in enumerate(window):
        if turn.message_id == prompt.memory_line_id:
            return window[index:]
    always = any(turn.message_id == prompt.memory_line_id for turn in prompt.turns)
    return [] if always else window


def _newest_that_fit(
    window: Sequence[PromptTurn], available: int, count: Counter
) -> tuple[list[_Counted], bool]:
    """Keep everything where it fits; else whole exchanges from the end, up to the low watermark."""
    counted: list[_Counted] = []  # newest first
    total = 0
    for turn in reversed(window):
        tokens = count(turn)
        total += tokens
        counted.append(_Counted(turn, tokens))
        if total > available:
            return _down_to_watermark(counted, available), True
    return counted[::-1], False


def _down_to_watermark(newest_first: list[_Counted], available: int) -> list[_Counted]:
    totals = accumulate(item.tokens for item in newest_first)
    exchanges = [
        (length, total)
        for length, (item, total) in enumerate(zip(newest_first, totals, strict=True), 1)
        if item.turn.role is Role.USER
    ]
    low = int(available * LOW_WATERMARK)
    # The first exchange that fits at all may pass the watermark: one that is kept is better than none.
    fitting = [length for length, total in exchanges[:1] if total <= available]
    fitting += [length for length, total in exchanges[1:] if total <= low]
    return newest_first[: max(fitting, default=0)][::-1]


def _line_of(prompt: Prompt, kept: Sequence[_Counted]) -> int | None:
    """Give the first remembered message; where no window turn is left, the first one after them.

    Where nothing comes after them either, the last one: a line that were taken away would bring all back.
    """
    if kept:
        return kept[0].turn.message_id or prompt.memory_line_id
    last = max(index for index, turn in enumerate(prompt.turns) if turn.keep is Keep.WINDOW)
    candidates = (*prompt.turns[last + 1 :], prompt.turns[last])
    return next((turn.message_id for turn in candidates if turn.message_id), prompt.memory_line_id)


def _examples_that_fit(prompt: Prompt, available: int, count: Counter) -> dict[int, _Counted]:
    """Keep the leading example blocks that fit as a whole."""
    kept: dict[int, _Counted] = {}
    examples = [turn for turn in prompt.turns if turn.keep is Keep.EXAMPLE]
    for block in dict.fromkeys(turn.block for turn in examples):
        counted = [_Counted(turn, count(turn)) for turn in examples if turn.block == block]
        available -= _sum(counted)
        if available < 0:
            break
        kept |= {id(item.turn): item for item in counted}
    return kept


def _leaving(kept: Sequence[_Counted], available: int) -> Sequence[_Counted]:
    """Give the exchanges that leave at the next move: down to the watermark, and at least the first."""
    left = _sum(kept)
    low = int(available * LOW_WATERMARK)
    for index, item in enumerate(kept):
        begins = item.turn.role is Role.USER and index > 0
        if begins and left <= low:
            return kept[:index]
        left -= item.tokens
    return kept


def _sum(items: Sequence[_Counted]) -> int:
    return sum(item.tokens for item in items)


# ---- the budget -----------------------------------------------------------------------------------


def _segments(turns: Sequence[_Counted]) -> tuple[Segment, ...]:
    tokens = dict.fromkeys(SpanKind, 0)
    messages = dict.fromkeys(SpanKind, 0)
    for item in turns:
        for kind, share in _shares(item).items():
            tokens[kind] += share
            messages[kind] += 1
    return tuple(Segment(kind, tokens[kind], messages[kind]) for kind in SpanKind if messages[kind])


def _shares(item: _Counted) -> dict[SpanKind, int]:
    """Divide a turn's tokens among its kinds by length, by the largest remainder, so that they add up."""
    lengths: dict[SpanKind, int] = {}
    for span in item.turn.spans:
        lengths[span.kind] = lengths.get(span.kind, 0) + len(span.text)
    whole = sum(lengths.values())
    if not whole:
        return dict.fromkeys(list(lengths)[:1], item.tokens)
    shares = {kind: item.tokens * length // whole for kind, length in lengths.items()}
    by_rest = sorted(lengths, key=lambda kind: -(item.tokens * lengths[kind] % whole))
    for kind in by_rest[: item.tokens - sum(shares.values())]:
        shares[kind] += 1
    return shares
