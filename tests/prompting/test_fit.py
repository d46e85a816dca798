"""What fits stays, what does not leaves in order: examples first, then whole exchanges, never back again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.prompt import Keep, Prompt, PromptTurn, Segment, Span, SpanKind
from hermes_desktop.prompting.fit import FACTS_STEP, LOW_WATERMARK, MEMORY_SHARES, Fitted, fit

SYSTEM, USER, ASSISTANT = Role.SYSTEM, Role.USER, Role.ASSISTANT


def turn(role: Role, size: int, id_: int = 0, keep: Keep = Keep.ALWAYS, block: int = 0) -> PromptTurn:
    """Make a turn of that many letters; one letter counts as one token."""
    kind = SpanKind.EXAMPLES if keep is Keep.EXAMPLE else SpanKind.TURNS if id_ else SpanKind.PERSONA
    return PromptTurn(role, (Span(kind, "x" * size),), keep=keep, message_id=id_, block=block)


def example(block: int, *sizes: int) -> list[PromptTurn]:
    return [turn(ASSISTANT, size, keep=Keep.EXAMPLE, block=block) for size in sizes]


def spoken(*sizes: int) -> list[PromptTurn]:
    """Make a window: the persona's greeting has id 1, then the two take turns."""
    return [
        turn(USER if number % 2 == 0 else ASSISTANT, size, number, Keep.WINDOW)
        for number, size in enumerate(sizes, 1)
    ]


def late(size: int) -> PromptTurn:
    return replace(turn(SYSTEM, size), late=True)


def size_of(one: PromptTurn) -> int:
    return len(one.text)


def ids(fitted: Fitted) -> list[int]:
    return [one.message_id for one in fitted.turns if one.message_id]


def blocks(fitted: Fitted) -> list[int]:
    return [one.block for one in fitted.turns if one.block]


def prompt(*turns: PromptTurn, line: int | None = None, late_reserve: int = 0) -> Prompt:
    return Prompt(turns, memory_line_id=line, late_reserve=late_reserve)


# ---- room enough -----------------------------------------------------------------------------------


def test_where_all_fits_all_stays_in_its_order() -> None:
    whole = prompt(turn(SYSTEM, 10), *example(1, 5, 5), *spoken(10, 10, 10), late(5), turn(USER, 10, 4))
    fitted = fit(whole, 100, 20, size_of)
    assert fitted.turns == whole.turns
    assert fitted.budget.memory_line_id is None
    assert fitted.budget.dropped_messages == 0


def test_the_last_token_may_be_used() -> None:
    whole = prompt(turn(SYSTEM, 10), *spoken(20, 20, 20), turn(USER, 10, 4))
    assert ids(fit(whole, 100, 20, size_of)) == [1, 2, 3, 4]
    assert ids(fit(whole, 99, 20, size_of)) == [2, 3, 4]
    assert ids(fit(whole, 100, 20, size_of, overhead=1)) == [2, 3, 4]


def test_the_budget_adds_up() -> None:
    both = PromptTurn(SYSTEM, (Span(SpanKind.PERSONA, "x" * 7), Span(SpanKind.PROFILE, "x" * 3)))
    whole = prompt(both, *example(1, 4, 6), *spoken(8, 8), late(5), turn(USER, 9, 3), late_reserve=6)
    budget = fit(whole, 100, 30, size_of, overhead=2).budget
    assert budget.context == 100
    assert budget.reserve == 30
    assert budget.late_reserve == 6
    assert budget.prompt_tokens == 10 + 10 + 16 + 5 + 9 + 2
    assert budget.segments == (
        Segment(SpanKind.PERSONA, 12, 2),
        Segment(SpanKind.PROFILE, 3, 1),
        Segment(SpanKind.EXAMPLES, 10, 2),
        Segment(SpanKind.TURNS, 25, 3),
    )


# ---- what leaves first -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "kept"),
    [(60, [1, 1, 2, 3]), (59, [1, 1, 2]), (50, [1, 1, 2]), (49, [1, 1]), (39, []), (30, [])],
)
def test_examples_leave_first_the_last_block_before_the_others(context: int, kept: list[int]) -> None:
    examples = [*example(1, 5, 5), *example(2, 10), *example(3, 10)]
    fitted = fit(prompt(*examples, *spoken(10, 10), turn(USER, 10, 3)), context, 0, size_of)
    assert blocks(fitted) == kept
    assert ids(fitted) == [1, 2, 3]
    assert fitted.budget.memory_line_id is None


def test_a_later_block_never_stays_where_an_earlier_one_left() -> None:
    whole = prompt(*example(1, 50), *example(2, 1), turn(USER, 10, 1))
    assert blocks(fit(whole, 30, 0, size_of)) == []


def test_examples_are_gone_for_good_once_the_line_has_moved() -> None:
    examples = example(1, 1)
    moved = fit(prompt(*examples, *spoken(40, 40, 10, 10, 10), turn(USER, 10, 6)), 100, 0, size_of)
    assert moved.budget.memory_line_id == 4
    assert blocks(moved) == []
    later = fit(prompt(*examples, *spoken(40, 40, 10, 10, 10), turn(USER, 10, 6), line=4), 100, 0, size_of)
    assert blocks(later) == []


# ---- the memory line -------------------------------------------------------------------------------


def test_the_line_moves_by_whole_exchanges_down_to_the_low_watermark() -> None:
    whole = prompt(*spoken(*[10] * 11), turn(USER, 10, 12))
    fitted = fit(whole, 110, 0, size_of)  # 100 for the window, which has 110
    assert ids(fitted) == [6, 7, 8, 9, 10, 11, 12]  # three quarters would hold seven: whole exchanges
    assert fitted.budget.memory_line_id == 6
    assert fitted.budget.dropped_messages == 5


def test_one_exchange_may_pass_the_watermark_where_it_is_the_only_one() -> None:
    whole = prompt(*spoken(50, 45, 45), turn(USER, 10, 4))
    fitted = fit(whole, 110, 0, size_of)
    assert ids(fitted) == [2, 3, 4]
    assert fitted.budget.memory_line_id == 2


@pytest.mark.parametrize(
    ("oldest", "kept"), [(10, [2, 3, 4, 5, 6, 7, 8]), (11, [4, 5, 6, 7, 8]), (41, [4, 5, 6, 7, 8])]
)
def test_the_watermark_is_three_quarters_to_the_token(oldest: int, kept: list[int]) -> None:
    whole = prompt(*spoken(90, oldest, 25, 10, 10, 10, 10), turn(USER, 10, 8))
    assert ids(fit(whole, 110, 0, size_of)) == kept  # 75 of 100


def test_two_exchanges_may_fill_the_watermark_and_one_all_the_room() -> None:
    assert ids(fit(prompt(*spoken(90, 30, 30, 10, 5), turn(USER, 10, 6)), 110, 0, size_of)) == [2, 3, 4, 5, 6]
    assert ids(fit(prompt(*spoken(90, 50, 50), turn(USER, 10, 4)), 110, 0, size_of)) == [2, 3, 4]
    assert ids(fit(prompt(*spoken(90, 50, 51), turn(USER, 10, 4)), 110, 0, size_of)) == [4]


def test_three_exchanges_too_many_leave_two() -> None:
    whole = prompt(*spoken(90, 30, 30, 30, 5, 30, 5), turn(USER, 10, 8))
    assert ids(fit(whole, 110, 0, size_of)) == [4, 5, 6, 7, 8]


def test_what_lies_behind_the_line_does_not_come_back() -> None:
    whole = prompt(*spoken(1, 1, 1, 1, 1), turn(USER, 1, 6), line=4)
    fitted = fit(whole, 1000, 0, size_of)
    assert ids(fitted) == [4, 5, 6]
    assert fitted.budget.memory_line_id == 4
    assert fitted.budget.dropped_messages == 3


def test_a_line_at_the_newest_turn_leaves_no_window() -> None:
    fitted = fit(prompt(*spoken(1, 1, 1), turn(USER, 1, 4), line=4), 1000, 0, size_of)
    assert ids(fitted) == [4]
    assert fitted.budget.memory_line_id == 4


def test_a_line_that_is_not_in_the_prompt_hides_nothing() -> None:
    fitted = fit(prompt(*spoken(1, 1, 1), turn(USER, 1, 4), line=77), 1000, 0, size_of)
    assert ids(fitted) == [1, 2, 3, 4]
    assert fitted.budget.memory_line_id == 77


def test_an_exchange_that_is_too_long_leaves_and_the_line_goes_behind_it() -> None:
    fitted = fit(prompt(turn(SYSTEM, 10), *spoken(5, 500, 5), turn(USER, 10, 4)), 100, 20, size_of)
    assert ids(fitted) == [4]
    assert fitted.budget.memory_line_id == 4
    assert fitted.budget.dropped_messages == 3
    assert fitted.budget.leaves_next == ()


def test_where_nothing_is_left_and_nothing_follows_the_line_still_does_not_move_back() -> None:
    fitted = fit(prompt(turn(SYSTEM, 10), *spoken(5, 500, 500), late(5), line=2), 100, 20, size_of)
    assert ids(fitted) == []
    assert fitted.budget.memory_line_id == 3


def test_turns_that_nobody_stored_leave_the_line_where_it_is() -> None:
    loose = [turn(role, 30, 0, Keep.WINDOW) for role in (USER, ASSISTANT, USER, ASSISTANT)]
    assert fit(prompt(*loose, line=5), 100, 0, size_of).budget.memory_line_id == 5
    assert fit(prompt(*loose, line=5), 10, 0, size_of).budget.memory_line_id == 5


def test_a_turn_that_must_stay_and_does_not_fit_is_refused() -> None:
    whole = prompt(turn(SYSTEM, 10), *spoken(5), turn(USER, 71, 2))
    with pytest.raises(KnownError) as caught:
        fit(whole, 100, 20, size_of)
    assert caught.value.kind is ErrorKind.PROMPT_TOO_LONG
    assert caught.value.values == {"tokens": 81, "context": 80}


def test_what_must_stay_fits_to_the_last_token_even_without_room_for_late_words() -> None:
    whole = prompt(turn(SYSTEM, 10), *spoken(1), turn(USER, 70, 2), late_reserve=50)
    assert ids(fit(whole, 100, 20, size_of)) == [2]


def test_a_late_block_beyond_its_reserve_takes_from_the_window() -> None:
    def kept(size: int) -> list[int]:
        whole = prompt(*spoken(10, 10, 10), late(size), turn(USER, 10, 4), late_reserve=20)
        return ids(fit(whole, 60, 0, size_of))

    assert kept(1) == kept(20) == [1, 2, 3, 4]
    assert kept(21) == [2, 3, 4]


def test_a_late_turn_that_may_leave_takes_nothing_from_the_reserve() -> None:
    loose = replace(turn(SYSTEM, 10, 1, Keep.WINDOW), late=True)
    whole = prompt(loose, turn(USER, 10, 2), late_reserve=20)
    assert ids(fit(whole, 40, 0, size_of)) == [1, 2]
    assert ids(fit(whole, 39, 0, size_of)) == [2]


# ---- what leaves next ------------------------------------------------------------------------------


def test_what_leaves_next_is_said_before_it_happens() -> None:
    fitted = fit(prompt(*spoken(*[10] * 9), turn(USER, 10, 10)), 110, 0, size_of)  # 100 for the window
    assert fitted.budget.leaves_next == (1, 2, 3)
    assert fitted.budget.leaves_next_tokens == 30
    fitted = fit(prompt(*spoken(*[20] * 5), turn(USER, 10, 6)), 110, 0, size_of)
    assert fitted.budget.leaves_next == (1, 2, 3)
    assert fitted.budget.leaves_next_tokens == 60


def test_below_the_watermark_one_exchange_leaves_next() -> None:
    fitted = fit(prompt(*spoken(1, 2, 3, 4, 5), turn(USER, 10, 6)), 1000, 0, size_of)
    assert fitted.budget.leaves_next == (1,)
    fitted = fit(prompt(*spoken(1, 2, 3, 4, 5), turn(USER, 10, 6), line=2), 1000, 0, size_of)
    assert fitted.budget.leaves_next == (2, 3)
    assert fitted.budget.leaves_next_tokens == 5


def test_what_is_at_the_watermark_already_need_not_leave() -> None:
    fitted = fit(prompt(*spoken(20, 70, 5), turn(USER, 10, 4)), 110, 0, size_of)
    assert fitted.budget.leaves_next == (1,)
    fitted = fit(prompt(*spoken(20, 70, 5, 1, 0), turn(USER, 10, 6)), 110, 0, size_of)
    assert fitted.budget.leaves_next == (1, 2, 3)


def test_the_only_exchange_is_the_next_to_leave() -> None:
    fitted = fit(prompt(*spoken(10), turn(USER, 10, 2)), 1000, 0, size_of)
    assert fitted.budget.leaves_next == (1,)


# ---- counting --------------------------------------------------------------------------------------


def test_what_lies_far_behind_is_never_counted() -> None:
    counted: list[int] = []

    def count(one: PromptTurn) -> int:
        counted.append(one.message_id)
        return size_of(one)

    fit(prompt(*spoken(*[10] * 5000), turn(USER, 10, 5001)), 110, 0, count)
    assert len(counted) == len(set(counted)) == 12
    counted.clear()
    fit(prompt(*spoken(*[1] * 5000), turn(USER, 1, 5001), line=4990), 1000, 0, count)
    assert sorted(counted) == list(range(4990, 5002))


def test_a_turn_without_text_counts_for_its_kind() -> None:
    empty = PromptTurn(SYSTEM, (Span(SpanKind.PERSONA, ""), Span(SpanKind.LORE, "")))
    assert fit(prompt(empty), 100, 0, lambda _: 5).budget.segments == (Segment(SpanKind.PERSONA, 5, 1),)


@given(st.lists(st.tuples(st.sampled_from(SpanKind), st.integers(0, 30)), min_size=1), st.integers(0, 500))
def test_the_shares_of_a_turn_add_up(parts: Sequence[tuple[SpanKind, int]], tokens: int) -> None:
    spans = tuple(Span(kind, "x" * length) for kind, length in parts)
    segments = fit(prompt(PromptTurn(SYSTEM, spans)), 1000, 0, lambda _: tokens).budget.segments
    assert sum(segment.tokens for segment in segments) == tokens
    lengths = {kind: sum(length for other, length in parts if other is kind) for kind, _ in parts}
    whole = sum(lengths.values())
    for segment in segments:
        if whole:
            assert abs(segment.tokens - tokens * lengths[segment.kind] / whole) < 1


# ---- what is remembered ----------------------------------------------------------------------------


def remembered(kind: SpanKind, size: int, stands_for: int) -> PromptTurn:
    return PromptTurn(SYSTEM, (Span(kind, kind.value[0] * size),), keep=Keep.MEMORY, stands_for=stands_for)


def memories_of(fitted: Fitted) -> list[int]:
    return [one.stands_for for one in fitted.turns if one.keep is Keep.MEMORY]


def test_a_memory_comes_in_with_the_very_reply_in_which_its_message_leaves() -> None:
    pins = [remembered(SpanKind.PINNED, 5, number) for number in (1, 4, 12)]
    spoken_of = [*spoken(*[10] * 11), turn(USER, 10, 12)]
    assert memories_of(fit(prompt(*pins, *spoken_of), 200, 0, size_of)) == []
    fitted = fit(prompt(*pins, *spoken_of), 110, 0, size_of)
    assert memories_of(fitted) == [1, 4]
    assert ids(fitted) == [6, 7, 8, 9, 10, 11, 12]
    assert Segment(SpanKind.PINNED, 10, 2) in fitted.budget.segments
    assert fitted.budget.prompt_tokens == 80 and fitted.budget.memories_left_out == 0


def test_what_a_memory_takes_can_push_more_out_which_is_remembered_then() -> None:
    pins = [remembered(SpanKind.PINNED, 21, 1), remembered(SpanKind.PINNED, 4, 6)]
    fitted = fit(prompt(*pins, *spoken(*[10] * 11), turn(USER, 10, 12)), 110, 0, size_of)
    # Without them the line would stand at 6, for three quarters of 100 hold six turns; those of 79 do not.
    assert ids(fitted) == [8, 9, 10, 11, 12] and memories_of(fitted) == [1, 6]


def test_what_stands_for_nothing_stands_always_and_leaves_less_for_examples() -> None:
    fact = remembered(SpanKind.FACTS, 12, 0)
    whole = prompt(*example(1, 5, 5), fact, *spoken(10, 10), turn(USER, 10, 3))
    assert blocks(fit(whole, 100, 0, size_of)) == [1, 1]
    fitted = fit(whole, 125, 80, size_of)
    assert memories_of(fitted) == [] and fitted.budget.memories_left_out == 1  # an eighth of 35 is 4
    small = prompt(*example(1, 50, 5), remembered(SpanKind.FACTS, 10, 0), *spoken(10, 10), turn(USER, 10, 3))
    assert blocks(fit(small, 94, 0, size_of)) == [] and memories_of(fit(small, 94, 0, size_of)) == [0]


def test_of_each_kind_the_newest_stay_as_far_as_it_has_room() -> None:
    chapters = [remembered(SpanKind.SUMMARY, 10, 0) for _ in range(5)]
    facts = [remembered(SpanKind.FACTS, size, 0) for size in (3, 9, 10)]
    whole = prompt(*chapters, *facts, *spoken(10, 10), turn(USER, 20, 3))
    fitted = fit(whole, 120, 0, size_of)  # 120 to be shared: 30 for chapters, 15 for facts
    sizes = [len(one.text) for one in fitted.turns if one.keep is Keep.MEMORY]
    assert sizes == [10, 10, 10, 3, 10] and fitted.turns[0] is chapters[2]
    assert fitted.budget.memories_left_out == 3


@pytest.mark.parametrize("kind", sorted(MEMORY_SHARES))
def test_what_is_remembered_does_not_hang_on_the_length_of_the_newest_turn(kind: SpanKind) -> None:
    told = [remembered(kind, 7, 0) for _ in range(40)]
    lore = PromptTurn(SYSTEM, (Span(SpanKind.LORE, "x" * 30),))
    newest = [[lore] * (size % 2) + [turn(USER, size, 9)] for size in range(1, 71)]
    every = {memory_part(fit(prompt(*told, *spoken(10, 10), *each), 400, 0, size_of)) for each in newest}
    assert len(every) == 1
    long = fit(prompt(*told, *spoken(10, 10), turn(USER, 300, 9)), 400, 0, size_of)
    assert 0 < sum(map(len, memory_part(long))) <= 100 * MEMORY_SHARES[kind]


def test_the_oldest_facts_leave_rarely_and_several_at_once() -> None:
    told = [remembered(SpanKind.FACTS, size, 0) for size in (5, 9, 3, 7) * 20]
    parts = [
        memory_part(fit(prompt(*told[:count], *spoken(10, 10), turn(USER, 10, 9)), 410, 0, size_of))
        for count in range(1, len(told))
    ]
    moves = sum(later[: len(part)] != part for part, later in pairwise(parts))
    assert moves <= sum(map(size_of, told)) / (410 * MEMORY_SHARES[SpanKind.FACTS] * FACTS_STEP)
    assert all(sum(map(len, part)) > 20 for part in parts[9:])


def memory_part(fitted: Fitted) -> tuple[str, ...]:
    return tuple(one.text for one in fitted.turns if one.keep is Keep.MEMORY)


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=14),
    st.lists(
        st.tuples(st.sampled_from(sorted(MEMORY_SHARES)), st.integers(0, 20), st.integers(0, 15)), max_size=8
    ),
    st.integers(0, 200),
    st.integers(0, 14),
)
def test_a_message_or_what_stands_for_it_is_there_as_far_as_there_is_room(
    sizes: list[int], memories: list[tuple[SpanKind, int, int]], room: int, line: int
) -> None:
    turns = [remembered(*each) for each in memories]
    whole = prompt(*turns, *spoken(*sizes), turn(USER, 10, 15), line=line or None)
    fitted = fit(whole, room + 10, 0, size_of)
    kept, there = ids(fitted), [one for one in fitted.turns if one.keep is Keep.MEMORY]
    assert kept == [*range(kept[0], len(sizes) + 1), 15] if len(kept) > 1 else kept == [15]
    assert fitted.budget.prompt_tokens == sum(map(size_of, fitted.turns)) <= room + 10
    assert all(one.stands_for not in kept for one in there)
    missing = [one for one in turns if one.stands_for not in kept and one not in there]
    for one in missing:
        kind = one.spans[0].kind
        taken = sum(size_of(other) for other in there if other.spans[0].kind is kind)
        # Several facts leave at once.
        largest = max(size_of(other) for other in missing if other.spans[0].kind is kind)
        step = max(int(2 * room * MEMORY_SHARES[kind] * FACTS_STEP), 1) if kind is SpanKind.FACTS else 0
        assert taken + max(size_of(one), largest * bool(step)) + step > int(room * MEMORY_SHARES[kind])
    again = fit(replace(whole, memory_line_id=fitted.budget.memory_line_id), room + 10, 0, size_of)
    assert ids(again) == kept


# ---- properties ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A prompt and the room it is given."""

    prompt: Prompt
    context: int
    reserve: int
    overhead: int

    @property
    def window(self) -> list[PromptTurn]:
        return [one for one in self.prompt.turns if one.keep is Keep.WINDOW]

    @property
    def fixed(self) -> list[PromptTurn]:
        return [one for one in self.prompt.turns if one.keep is Keep.ALWAYS]

    @property
    def needed(self) -> int:
        return sum(map(size_of, self.fixed)) + self.overhead

    @property
    def available(self) -> int:
        late_tokens = sum(size_of(one) for one in self.fixed if one.late)
        spare = max(self.prompt.late_reserve - late_tokens, 0)
        return max(self.context - self.reserve - self.needed - spare, 0)


SIZES = st.integers(0, 60)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    examples = [one for block in range(draw(st.integers(0, 3))) for one in example(block + 1, draw(SIZES), 3)]
    sizes = draw(st.lists(SIZES, max_size=14))
    roles = draw(st.lists(st.sampled_from([USER, ASSISTANT]), min_size=len(sizes), max_size=len(sizes)))
    window = [
        turn(role, size, number, Keep.WINDOW)
        for number, (role, size) in enumerate(zip(roles, sizes, strict=True), 1)
    ]
    last = len(sizes) + 1
    newest = [turn(USER, draw(SIZES), last)] if draw(st.booleans()) else []
    block = [late(draw(SIZES))] if draw(st.booleans()) else []
    line = draw(st.none() | st.integers(1, last + 1))
    whole = prompt(
        turn(SYSTEM, draw(SIZES)), *examples, *window, *block, *newest, line=line, late_reserve=draw(SIZES)
    )
    return Case(whole, draw(st.integers(0, 600)), draw(st.integers(0, 100)), draw(st.integers(0, 9)))


@given(cases())
def test_the_result_is_within_the_budget_or_refused(case: Case) -> None:
    if case.needed > case.context - case.reserve:
        with pytest.raises(KnownError) as caught:
            fit(case.prompt, case.context, case.reserve, size_of, case.overhead)
        assert caught.value.kind is ErrorKind.PROMPT_TOO_LONG
        return
    fitted = fit(case.prompt, case.context, case.reserve, size_of, case.overhead)
    budget = fitted.budget
    assert budget.prompt_tokens == sum(map(size_of, fitted.turns)) + case.overhead
    assert budget.prompt_tokens <= case.context - case.reserve
    assert sum(segment.tokens for segment in budget.segments) + case.overhead == budget.prompt_tokens


@given(cases())
def test_what_must_stay_stays_and_the_order_never_changes(case: Case) -> None:
    assume(case.needed <= case.context - case.reserve)
    fitted = fit(case.prompt, case.context, case.reserve, size_of, case.overhead)
    kept = [id(one) for one in fitted.turns]
    assert {id(one) for one in case.fixed} <= set(kept)
    assert kept == [id(one) for one in case.prompt.turns if id(one) in set(kept)]


@given(cases())
def test_the_window_that_stays_is_its_end_and_begins_with_an_exchange(case: Case) -> None:
    assume(case.needed <= case.context - case.reserve)
    fitted = fit(case.prompt, case.context, case.reserve, size_of, case.overhead)
    kept = [one for one in fitted.turns if one.keep is Keep.WINDOW]
    line = case.prompt.memory_line_id
    assert case.window[len(case.window) - len(kept) :] == kept
    assert fitted.budget.dropped_messages == len(case.window) - len(kept)
    assert (
        fitted.budget.leaves_next == tuple(one.message_id for one in kept)[: len(fitted.budget.leaves_next)]
    )
    assert bool(fitted.budget.leaves_next) == bool(kept)
    if fitted.budget.memory_line_id == line:
        return
    assert blocks(fitted) == []
    assert fitted.budget.memory_line_id is not None
    assert fitted.budget.memory_line_id > (line if line is not None and line <= len(case.window) else 0)
    tokens = sum(map(size_of, kept))
    if kept:
        assert kept[0].role is USER
        assert fitted.budget.memory_line_id == kept[0].message_id
        alone = sum(one.role is USER for one in kept) == 1
        assert tokens <= (case.available if alone else case.available * LOW_WATERMARK)


@given(cases(), SIZES)
def test_the_window_does_not_depend_on_what_the_late_block_says(case: Case, size: int) -> None:
    """Recall fills the reserve or leaves it empty; what is remembered is the same."""
    plain = prompt(
        *(one for one in case.prompt.turns if not one.late),
        line=case.prompt.memory_line_id,
        late_reserve=60,
    )
    room = case.context - case.reserve
    assume(sum(size_of(one) for one in plain.turns if one.keep is Keep.ALWAYS) + case.overhead + 60 <= room)
    filled = replace(plain, turns=(*plain.turns, late(size)))
    one = fit(plain, case.context, case.reserve, size_of, case.overhead)
    two = fit(filled, case.context, case.reserve, size_of, case.overhead)
    assert two.turns[:-1] == one.turns
    assert two.budget.memory_line_id == one.budget.memory_line_id


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 40)), min_size=1, max_size=60),
    st.lists(st.integers(0, 20), max_size=3),
)
def test_a_long_conversation_keeps_its_prefix_between_moves(
    exchanges: Sequence[tuple[int, int]], example_sizes: Sequence[int]
) -> None:
    """Talk on and on, handing the line back each time: the cache must serve for many turns."""
    front = [turn(SYSTEM, 20), *(one for n, size in enumerate(example_sizes, 1) for one in example(n, size))]
    said = [turn(ASSISTANT, 10, 1, Keep.WINDOW)]
    line: int | None = None
    seen: list[Fitted] = []
    for asked, answered in exchanges:
        newest = turn(USER, asked, len(said) + 1)
        fitted = fit(prompt(*front, *said, newest, line=line), 300, 40, size_of)
        seen.append(fitted)
        line = fitted.budget.memory_line_id
        assert fitted.turns[-1] is newest
        said += [replace(newest, keep=Keep.WINDOW), turn(ASSISTANT, answered, len(said) + 2, Keep.WINDOW)]
    for before, after in pairwise(seen):
        old, new = before.budget.memory_line_id or 0, after.budget.memory_line_id or 0
        assert new >= old
        assert len(blocks(after)) <= len(blocks(before))
        if new == old and blocks(after) == blocks(before):
            kept = [(one.role, one.text) for one in before.turns]
            assert [(one.role, one.text) for one in after.turns[: len(kept)]] == kept
        if new > old:
            assert blocks(after) == []
