"""Which summaries make up the story so far."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.memory import Memory, MemoryKind, chapters, told_without_gap


def memory(id_: int, first: int, last: int, kind: MemoryKind = MemoryKind.SUMMARY, text: str = "") -> Memory:
    return Memory(id_, kind, 100 + last, last, first, created_at=1, text=text)


def test_a_wider_summary_takes_the_place_of_those_within_it() -> None:
    one, two, three, wide = memory(1, 1, 4), memory(2, 5, 8), memory(3, 9, 12), memory(4, 1, 8)
    assert chapters([three, two, one]) == [one, two, three]
    assert chapters([one, two, three, wide]) == [wide, three]


def test_of_two_that_tell_the_same_the_newer_stays_and_nothing_else_counts() -> None:
    fact = memory(7, 1, 20, MemoryKind.FACT)
    assert chapters([memory(1, 1, 4), memory(2, 1, 4), fact]) == [memory(2, 1, 4)]


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 10)), max_size=12))
def test_every_message_that_is_told_of_stays_told_of(spans: list[tuple[int, int]]) -> None:
    found = [memory(number, first, first + more) for number, (first, more) in enumerate(spans, 1)]
    kept = chapters(found)
    told = {depth for one in kept for depth in range(one.first_depth, one.depth + 1)}
    assert told == {depth for one in found for depth in range(one.first_depth, one.depth + 1)}
    for one, other in pairwise(kept):
        assert one.first_depth < other.first_depth and one.depth < other.depth


def test_what_is_told_without_a_gap_ends_before_the_first_one() -> None:
    assert told_without_gap([]) == 0 == told_without_gap([memory(1, 2, 4)])
    assert told_without_gap([memory(1, 1, 4), memory(2, 4, 8), memory(3, 10, 12)]) == 8
    assert told_without_gap([memory(1, 1, 4), memory(2, 5, 8)]) == 8
