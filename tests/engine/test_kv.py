"""Proves that a plan turns the resident cells into the wanted ones and reuses only what it may."""

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.engine import kv
from hermes_desktop.engine.kv import Run


def run(*tokens: int, id_: int = 0, late: bool = False) -> Run:
    """Write a run."""
    return Run(tokens, id_, late)


SYSTEM = run(1, 2, 3)
ONE, TWO, THREE, FOUR = (run(id_, id_ * 10, id_ * 10 + 1, id_=id_) for id_ in (11, 12, 13, 14))
OPEN = run(5, 6)
LATE = run(90, 91, 92, 93, late=True)


def carried_out(resident: list[Run], plan: kv.Plan) -> list[int | None]:
    """Do to a list what llama.cpp does to its cells; None is a hole."""
    cells: dict[int, int] = dict(enumerate(kv.flat(resident)))
    for start, stop in plan.removals:
        for place in range(start, stop):
            del cells[place]
    for move in plan.moves:
        assert move.delta < 0
        for place in range(move.start, move.stop):
            assert place + move.delta not in cells
            cells[place + move.delta] = cells.pop(place)
    return [cells.get(place) for place in range(max(cells, default=-1) + 1)]


def check(resident: list[Run], wanted: list[Run], plan: kv.Plan) -> None:
    """Check what every plan must hold."""
    tokens = kv.flat(wanted)
    assert carried_out(resident, plan) == list(tokens[: plan.reused])
    assert plan.evaluate == tokens[plan.reused :]
    assert plan.kept + plan.shifted + len(plan.evaluate) == len(tokens)
    assert plan.evaluate


def test_nothing_resident_means_everything_is_read() -> None:
    plan = kv.plan([], [SYSTEM, OPEN])
    assert (plan.kept, plan.shifted, plan.evaluate) == (0, 0, (1, 2, 3, 5, 6))


def test_the_same_prompt_again_reads_its_last_token() -> None:
    plan = kv.plan([SYSTEM, OPEN], [SYSTEM, OPEN])
    assert (plan.kept, plan.evaluate) == (4, (6,))


def test_a_longer_conversation_reads_what_is_new() -> None:
    wanted = [SYSTEM, ONE, TWO, OPEN]
    plan = kv.plan([SYSTEM, ONE, OPEN], wanted)
    assert (plan.kept, plan.shifted) == (6, 0)
    check([SYSTEM, ONE, OPEN], wanted, plan)


def test_a_moved_memory_line_shifts_what_stays() -> None:
    resident, wanted = [SYSTEM, ONE, TWO, THREE], [SYSTEM, THREE, FOUR, OPEN]
    plan = kv.plan(resident, wanted, {11, 12})
    assert (plan.kept, plan.shifted) == (3, 3)
    check(resident, wanted, plan)


def test_a_reply_that_lacks_its_end_is_shifted_too() -> None:
    reply = run(5, 6, 70, 71)
    whole = run(5, 6, 70, 71, 8, id_=20)
    resident, wanted = [SYSTEM, ONE, TWO, LATE, THREE, reply], [SYSTEM, ONE, TWO, THREE, whole, FOUR, OPEN]
    plan = kv.plan(resident, wanted)
    assert (plan.kept, plan.shifted) == (9, 7)
    check(resident, wanted, plan)


def test_a_changed_late_block_shifts_what_stood_behind_it() -> None:
    resident, wanted = [SYSTEM, LATE, ONE], [SYSTEM, ONE, run(94, late=True), TWO, OPEN]
    plan = kv.plan(resident, wanted)
    assert (plan.kept, plan.shifted) == (3, 3)
    check(resident, wanted, plan)


def test_exact_never_shifts() -> None:
    plan = kv.plan([SYSTEM, ONE, TWO, THREE], [SYSTEM, THREE, FOUR, OPEN], {11, 12}, exact=True)
    assert (plan.kept, plan.shifted) == (3, 0)


def test_a_deleted_turn_is_not_stepped_over() -> None:
    resident, wanted = [SYSTEM, ONE, TWO, THREE, FOUR], [SYSTEM, THREE, FOUR, OPEN]
    plan = kv.plan(resident, wanted, {11})  # ONE has left on its own, TWO was deleted
    assert (plan.kept, plan.shifted) == (3, 0)


def test_an_edit_reads_again_from_its_first_new_token() -> None:
    edited = run(12, 120, 999, id_=30)
    plan = kv.plan([SYSTEM, ONE, TWO, THREE], [SYSTEM, ONE, edited, THREE, OPEN])
    assert (plan.kept, plan.shifted) == (8, 0)


def test_equal_turns_of_other_messages_do_not_stand_in_for_those_that_stay() -> None:
    ok_first, ok_later = run(7, 7, id_=11), run(7, 7, id_=13)
    resident, wanted = [SYSTEM, ok_first, TWO, ok_later, FOUR], [SYSTEM, ok_later, FOUR, OPEN]
    plan = kv.plan(resident, wanted, {11, 12})
    assert (plan.kept, plan.shifted) == (3, 5)
    check(resident, wanted, plan)


def test_neighbours_move_in_one_step() -> None:
    plan = kv.plan([SYSTEM, ONE, TWO, THREE], [SYSTEM, TWO, THREE, OPEN], {11})
    assert len(plan.moves) == 1


def test_truncating_keeps_the_first_tokens() -> None:
    assert kv.truncated([SYSTEM, ONE, TWO], 5) == [SYSTEM, run(11, 110, id_=11)]
    assert kv.truncated([SYSTEM], 0) == []
    assert kv.truncated([SYSTEM], 3) == [SYSTEM]


TOKENS = st.integers(0, 3)
RUNS = st.lists(
    st.builds(
        Run,
        st.lists(TOKENS, min_size=1, max_size=4).map(tuple),
        st.integers(0, 4),
        st.booleans(),
    ),
    max_size=8,
)


@given(resident=RUNS, wanted=RUNS.filter(bool), forgotten=st.sets(st.integers(1, 4)), exact=st.booleans())
def test_every_plan_adds_up(resident: list[Run], wanted: list[Run], forgotten: set[int], exact: bool) -> None:
    plan = kv.plan(resident, wanted, forgotten, exact=exact)
    check(resident, wanted, plan)
    if exact:
        assert not plan.shifted
    prefix = kv.common_prefix(kv.flat(resident), kv.flat(wanted))
    assert plan.reused >= min(prefix, len(kv.flat(wanted)) - 1)


@given(resident=RUNS, wanted=RUNS.filter(bool), forgotten=st.sets(st.integers(1, 4)))
def test_only_late_and_forgotten_runs_are_ever_stepped_over(
    resident: list[Run], wanted: list[Run], forgotten: set[int]
) -> None:
    plan = kv.plan(resident, wanted, forgotten)
    if not plan.shifted:
        return
    last = max(move.stop for move in plan.moves)
    removed = {place for start, stop in plan.removals for place in range(start, stop) if place < last}
    place = 0
    for found in resident:
        cells = set(range(place, place + len(found.tokens)))
        place += len(found.tokens)
        if cells & removed:
            assert found.late or found.message_id in forgotten


@given(st.lists(TOKENS, max_size=600), st.lists(TOKENS, max_size=600), st.integers(0, 600))
def test_the_common_prefix_is_the_longest(one: list[int], other: list[int], cut: int) -> None:
    joined = one[:cut] + other
    found = kv.common_prefix(one, joined)
    assert one[:found] == joined[:found]
    assert found == min(len(one), len(joined)) or one[found] != joined[found]
