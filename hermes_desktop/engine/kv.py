"""Knows which evaluated tokens a new prompt can reuse, and what it takes; it touches no cache itself.

The unit is a turn's run of tokens. The common prefix is always kept. Runs behind it are shifted in place
only where what stood before them was let go on purpose: late turns, turns that the memory line has passed,
and examples that made room. Memories that come in their place (what was pinned, summaries, facts) are
inserted before them. After an edit or a deletion everything is evaluated again from there, since a shifted
run still remembers what was removed; so it is where a memory has changed or gone.
"""

import hashlib
import sys
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain


@dataclass(frozen=True, slots=True)
class Run:
    """The tokens of one turn, and whose they are."""

    tokens: tuple[int, ...]
    message_id: int = 0  # less than 0: the number of a block of example dialogue
    late: bool = False
    memory: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Cells that are reused: where they lie, and where they are to lie, before or behind that."""

    start: int
    stop: int
    target: int

    @property
    def length(self) -> int:
        """Count the cells."""
        return self.stop - self.start

    @property
    def delta(self) -> int:
        """Give the distance of the move; 0 for cells that stay."""
        return self.target - self.start


@dataclass(frozen=True, slots=True)
class Insert:
    """Tokens that are evaluated in a gap before cells that are reused."""

    position: int
    tokens: tuple[int, ...]

    @property
    def stop(self) -> int:
        """Give the position behind the last one."""
        return self.position + len(self.tokens)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the resident cells, in this order: remove, move, insert, evaluate.

    Done in their order, no move ends where cells lie that are yet to be moved.
    """

    removals: tuple[tuple[int, int], ...]
    moves: tuple[Stretch, ...]
    inserts: tuple[Insert, ...]  # from the front to the back
    kept: int  # before everything that was let go or is inserted
    shifted: int  # behind it, also where that is of one length and nothing has to move
    evaluate: tuple[int, ...]

    @property
    def inserted(self) -> int:
        """Count the tokens that are evaluated before others that are reused."""
        return sum(len(insert.tokens) for insert in self.inserts)

    @property
    def position(self) -> int:
        """Give the position of the first token behind all that is reused."""
        return self.kept + self.shifted + self.inserted

    @property
    def to_read(self) -> int:
        """Count the tokens that are evaluated."""
        return self.inserted + len(self.evaluate)

    @property
    def tokens(self) -> int:
        """Count the tokens of the whole prompt."""
        return self.position + len(self.evaluate)


def flat(runs: Sequence[Run]) -> tuple[int, ...]:
    """Give the tokens of all runs, one after the other."""
    return tuple(chain.from_iterable(run.tokens for run in runs))


def digest(tokens: Sequence[int]) -> str:
    """Tell prompts apart: the SHA-256 of the ids, each as eight bytes."""
    ids = array("q", tokens)
    if sys.byteorder == "big":
        ids.byteswap()
    return hashlib.sha256(ids.tobytes()).hexdigest()


def plan(
    resident: Sequence[Run], wanted: Sequence[Run], forgotten: Collection[int] = (), *, exact: bool = False
) -> Plan:
    """Plan how the resident runs become the wanted ones, of which there must be a token at least.

    forgotten: ids of messages that still exist and that the memory line has passed, and of examples that
    had to make room.
    At least one token is always evaluated, since its logits are needed.
    """
    present, tokens = flat(resident), flat(wanted)
    prefix = common_prefix(present, tokens)
    reused = [Stretch(0, prefix, 0)] if prefix else []
    if not exact and prefix < min(len(tokens), len(present)):
        aligned = _align(resident, wanted, forgotten)
        if _length(aligned) > prefix:
            reused = aligned
    return _plan(_shortened(reused, len(tokens) - 1), len(present), tokens)


def without(runs: Sequence[Run], inserts: Sequence[Insert]) -> list[Run]:
    """Leave out the runs that some insertions bring."""
    starts = accumulate((len(run.tokens) for run in runs), initial=0)
    return [
        run
        for run, start in zip(runs, starts, strict=False)
        if not any(insert.position <= start < insert.stop for insert in inserts)
    ]


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Count the tokens that both begin with."""
    limit = min(len(one), len(other))
    low = 0
    while low < limit:  # slices are compared in C, tokens one by one are not
        step = min(256, limit - low)
        if one[low : low + step] != other[low : low + step]:
            break
        low += step
    while low < limit and one[low] == other[low]:
        low += 1
    return low


def first_difference(one: str, other: str) -> int:
    """Count the letters that two texts both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def truncated(runs: Sequence[Run], length: int) -> list[Run]:
    """Keep the first tokens of some runs."""
    kept: list[Run] = []
    for run in runs:
        if length <= 0:
            break
        kept.append(run if len(run.tokens) <= length else replace(run, tokens=run.tokens[:length]))
        length -= len(run.tokens)
    return kept


def _align(resident: Sequence[Run], wanted: Sequence[Run], forgotten: Collection[int]) -> list[Stretch]:
    """Walk along both; step over what may go, leave room for memories, stop at the first run that differs."""
    reused: list[Stretch] = []
    source = target = at = 0
    for place, run in enumerate(resident):
        while at < len(wanted) and _comes_new(wanted[at], resident, place, forgotten):
            target += len(wanted[at].tokens)
            at += 1
        if at < len(wanted) and _serves(run, wanted[at], forgotten, last=place == len(resident) - 1):
            reused.append(Stretch(source, source + len(run.tokens), target))
            target += len(run.tokens)
            at += 1
        elif not _may_go(run, forgotten):
            break
        source += len(run.tokens)
    return reused


def _serves(run: Run, goal: Run, forgotten: Collection[int], *, last: bool) -> bool:
    """Say whether a resident run is the wanted one; the very last is a reply that lacks its closing tokens.

    A turn that has left serves as the memory of it, never as one that stays and says the same.
    """
    same = goal.tokens == run.tokens or (last and goal.tokens[: len(run.tokens)] == run.tokens)
    return same and goal.memory == (run.memory or run.message_id in forgotten)


def _may_go(run: Run, forgotten: Collection[int]) -> bool:
    return not run.memory and (run.late or run.message_id in forgotten)


def _comes_new(goal: Run, resident: Sequence[Run], place: int, forgotten: Collection[int]) -> bool:
    """Say whether a wanted run is a memory that nothing within reach from here serves for."""
    if not goal.memory:
        return False
    for at in range(place, len(resident)):
        if _serves(resident[at], goal, forgotten, last=at == len(resident) - 1):
            return False
        if not _may_go(resident[at], forgotten):
            return True
    return True


def _length(reused: Sequence[Stretch]) -> int:
    return sum(stretch.length for stretch in reused)


def _shortened(reused: Sequence[Stretch], limit: int) -> list[Stretch]:
    """Reuse nothing from a position on."""
    return [
        replace(stretch, stop=min(stretch.stop, stretch.start + limit - stretch.target))
        for stretch in reused
        if stretch.target < limit
    ]


def _plan(reused: Sequence[Stretch], cells: int, tokens: tuple[int, ...]) -> Plan:
    ends = [0, *(stretch.stop for stretch in reused)]
    starts = [*(stretch.start for stretch in reused), cells]
    targets = [0, *(stretch.target + stretch.length for stretch in reused)]
    gaps = [(end, stretch.target) for end, stretch in zip(targets, reused, strict=False)]
    kept = _undisturbed(reused)
    return Plan(
        removals=tuple((end, start) for end, start in zip(ends, starts, strict=True) if end < start),
        moves=_ordered(_joined([stretch for stretch in reused if stretch.delta])),
        inserts=tuple(Insert(start, tokens[start:stop]) for start, stop in gaps if start < stop),
        kept=kept,
        shifted=_length(reused) - kept,
        evaluate=tokens[targets[-1] :],
    )


def _undisturbed(reused: Sequence[Stretch]) -> int:
    """Count the cells before the first that others have left or come before."""
    end = 0
    for stretch in reused:
        if stretch.start != end or stretch.delta:
            break
        end = stretch.stop
    return end


def _ordered(moves: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Move to the front from the front on, then to the back from the back on."""
    back = [move for move in moves if move.delta > 0]
    return (*(move for move in moves if move.delta < 0), *reversed(back))


def _joined(moves: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Join neighbours that move together."""
    joined: list[Stretch] = []
    for move in moves:
        if joined and joined[-1].stop == move.start and joined[-1].delta == move.delta:
            joined[-1] = replace(joined[-1], stop=move.stop)
        else:
            joined.append(move)
    return tuple(joined)
