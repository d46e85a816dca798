"""Knows which evaluated tokens a new prompt can reuse, and what it takes; it touches no cache itself.

The unit is a turn's run of tokens. The common prefix is always kept. Runs behind it are shifted in place
only where what stood before them was let go on purpose: late turns, and turns that the memory line has
passed. After an edit or a deletion everything is evaluated again from there, since a shifted run still
remembers what was removed.
"""

import hashlib
import sys
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain


@dataclass(frozen=True, slots=True)
class Run:
    """The tokens of one turn, and whose they are."""

    tokens: tuple[int, ...]
    message_id: int = 0
    late: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Cells that are reused: where they lie, and where they are to lie. They only ever move to the front."""

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
class Plan:
    """What to do with the resident cells, in this order: remove, move, evaluate."""

    removals: tuple[tuple[int, int], ...]
    moves: tuple[Stretch, ...]
    kept: int
    shifted: int
    evaluate: tuple[int, ...]

    @property
    def reused(self) -> int:
        """Give the number of tokens that need no evaluation: the position of the first that does."""
        return self.kept + self.shifted


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

    forgotten: ids of messages that still exist and that the memory line has passed.
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
    """Walk along both; step over what may go, stop at the first run that differs."""
    reused: list[Stretch] = []
    source = target = at = 0
    for place, run in enumerate(resident):
        gone = run.message_id in forgotten
        goal = wanted[at].tokens if at < len(wanted) else ()
        # The last run is a reply that lacks its closing tokens.
        last = place == len(resident) - 1 and goal[: len(run.tokens)] == run.tokens
        if (goal == run.tokens or last) and not gone:
            reused.append(Stretch(source, source + len(run.tokens), target))
            target += len(run.tokens)
            at += 1
        elif not (run.late or gone):
            break
        source += len(run.tokens)
    return reused


def _length(reused: Sequence[Stretch]) -> int:
    return sum(stretch.length for stretch in reused)


def _shortened(reused: Sequence[Stretch], limit: int) -> list[Stretch]:
    kept: list[Stretch] = []
    for stretch in reused:
        room = limit - _length(kept)
        if room > 0:
            kept.append(replace(stretch, stop=min(stretch.stop, stretch.start + room)))
    return kept


def _plan(reused: Sequence[Stretch], cells: int, tokens: tuple[int, ...]) -> Plan:
    ends = [0, *(stretch.stop for stretch in reused)]
    starts = [*(stretch.start for stretch in reused), cells]
    kept = sum(stretch.length for stretch in reused if not stretch.delta)
    return Plan(
        removals=tuple((end, start) for end, start in zip(ends, starts, strict=True) if end < start),
        moves=_joined([stretch for stretch in reused if stretch.delta]),
        kept=kept,
        shifted=_length(reused) - kept,
        evaluate=tokens[_length(reused) :],
    )


def _joined(moves: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Join neighbours that move together."""
    joined: list[Stretch] = []
    for move in moves:
        if joined and joined[-1].stop == move.start and joined[-1].delta == move.delta:
            joined[-1] = replace(joined[-1], stop=move.stop)
        else:
            joined.append(move)
    return tuple(joined)
