"""Knows in which batches the tokens in the cells were evaluated, and keeps that short; evaluates nothing.

The same tokens in other batches leave slightly other numbers, so a reply can be made again only by the
batches of everything that was in the cells before it: its own, and those of the replies before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from hermes_desktop.domain.replay import Batch


def grown(batches: Sequence[Batch], size: int, threads: int) -> list[Batch]:
    """Add a batch that stands as a whole."""
    return joined(batches, Batch(size, size, threads))


def planned(batches: Sequence[Batch], tokens: int, most: int, threads: int) -> tuple[Batch, ...]:
    """Add the batches in which so many tokens will be evaluated, `most` at once."""
    whole, rest = divmod(tokens, most)
    found = list(batches)
    if whole:
        found = joined(found, Batch(most, most, threads, whole))
    return tuple(grown(found, rest, threads) if rest else found)


def truncated(batches: Sequence[Batch], length: int) -> list[Batch]:
    """Keep what the first tokens were evaluated in."""
    kept: list[Batch] = []
    for batch in batches:
        if length <= 0:
            break
        times = min(batch.times, length // batch.kept)
        if times:
            kept.append(replace(batch, times=times))
        rest = length - times * batch.kept
        if times < batch.times and rest:
            kept.append(replace(batch, kept=rest, times=1))
        length -= batch.kept * batch.times
    return kept


def moved(batches: Sequence[Batch], kept: int, shifted: int) -> list[Batch]:
    """Keep the first tokens, and behind them some whose cells were moved there."""
    before = truncated(batches, kept)
    return joined(before, Batch(0, shifted, 0)) if shifted else before


def sound(batches: Sequence[Batch]) -> int:
    """Count the tokens before the first that was moved."""
    count = 0
    for batch in batches:
        if batch.size < 1:
            break
        count += batch.kept * batch.times
    return count


def joined(batches: Sequence[Batch], more: Batch) -> list[Batch]:
    """Add batches to those of the same kind where such stand last."""
    last = batches[-1] if batches else None
    if last is not None and replace(last, times=more.times) == more:
        return [*batches[:-1], replace(last, times=last.times + more.times)]
    return [*batches, more]


def each(batches: Iterable[Batch], tokens: int, most: int) -> Iterator[Batch]:
    """Give one batch after the other for so many tokens, whatever the list is worth.

    What cannot be done so (cells that were moved, more than `most` at once, or nothing said) is evaluated
    `most` at once.
    """
    for batch in batches:
        sound = 0 < batch.kept <= batch.size <= most
        for _ in range(batch.times):
            if tokens <= 0 or batch.kept <= 0:
                break
            kept = min(batch.kept, tokens)
            if sound:
                yield replace(batch, kept=kept, times=1)
            else:
                yield from _plain(kept, most)
            tokens -= kept
    yield from _plain(tokens, most)


def _plain(tokens: int, most: int) -> Iterator[Batch]:
    while tokens > 0:
        size = min(most, tokens)
        yield Batch(size, size, 0)
        tokens -= size
