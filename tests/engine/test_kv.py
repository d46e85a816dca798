"""Proves that a plan turns the resident cells into the wanted ones and reuses only what it may."""

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.engine import kv
from hermes_desktop.engine.kv import Run


def run(*tokens: int, id_: int = 0, late: bool = False, memory: bool = False) -> Run:
    """Write a run."""
    return Run(tokens, id_, late, memory)


SYSTEM = run(1, 2, 3)
ONE, TWO, THREE, FOUR = (run(id_, id_ * 10, id_ * 10 + 1, id_=id_) for id_ in (11, 12, 13, 14))
OPEN = run(5, 6)
LATE = run(90, 91, 92, 93, late=True)
SUMMARY, PINNED = run(31, 310, 311, 312, memory=True), run(32, 320, memory=True)


def carried_out(resident: list[Run], plan: kv.Plan) -> list[int | None]:
    """Do to a list what llama.cpp does to its cells; None is a hole."""
    cells: dict[int, int] = dict(enumerate(kv.flat(resident)))
    for start, stop in plan.removals:
        for place in range(start, stop):
            del cells[place]
    for move in plan.moves:
        assert move.delta
        moving = {place: cells.pop(place) for place in range(move.start, move.stop)}
        for place, token in moving.items():
            assert place + move.delta not in cells
            cells[place + move.delta] = token
    for insert in plan.inserts:
        assert insert.tokens
        assert all(place in cells for place in range(insert.position))  # it is read behind all of these
        assert any(place >= insert.stop for place in cells)  # and before something
        for place, token in enumerate(insert.tokens, insert.position):
            assert place not in cells
            cells[place] = token
        assert len(cells) <= plan.tokens
    return [cells.get(place) for place in range(max(cells, default=-1) + 1)]


def check(resident: list[Run], wanted: list[Run], plan: kv.Plan) -> None:
    """Check what every plan must hold."""
    tokens = kv.flat(wanted)
    assert carried_out(resident, plan) == list(tokens[: plan.position])
    assert plan.evaluate == tokens[plan.position :]
    assert plan.kept + plan.shifted + plan.to_read == len(tokens) == plan.tokens
    assert kv.flat(resident)[: plan.kept] == tokens[: plan.kept]
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


def test_a_memory_comes_in_before_the_window() -> None:
    resident, wanted = [SYSTEM, ONE, TWO, THREE], [SYSTEM, SUMMARY, ONE, TWO, THREE, FOUR, OPEN]
    plan = kv.plan(resident, wanted)
    assert plan.inserts == (kv.Insert(3, SUMMARY.tokens),)
    assert (plan.kept, plan.shifted, plan.to_read) == (3, 9, 4 + 3 + 2)
    check(resident, wanted, plan)


def test_memories_take_the_place_of_what_has_left() -> None:
    resident, wanted = [SYSTEM, ONE, TWO, THREE], [SYSTEM, SUMMARY, PINNED, THREE, FOUR, OPEN]
    plan = kv.plan(resident, wanted, {11, 12})
    assert plan.inserts == (kv.Insert(3, (*SUMMARY.tokens, *PINNED.tokens)),)
    assert not plan.moves and (plan.kept, plan.shifted) == (3, 3)  # not moved, but others stand before it
    check(resident, wanted, plan)


def test_cells_move_to_the_front_and_to_the_back() -> None:
    long = run(33, *range(330, 345), memory=True)
    note = run(95, 96, late=True)
    resident = [SYSTEM, LATE, SUMMARY, ONE, note, TWO, THREE]
    wanted = [SYSTEM, SUMMARY, long, ONE, TWO, PINNED, THREE, OPEN]
    plan = kv.plan(resident, wanted)
    assert [move.delta < 0 for move in plan.moves] == [True, False, False, False]
    assert len(plan.inserts) == 2 and plan.to_read == 16 + 2 + 2
    check(resident, wanted, plan)


def test_memories_that_stay_are_not_read_again() -> None:
    resident, wanted = [SYSTEM, PINNED, ONE, TWO, THREE], [SYSTEM, SUMMARY, PINNED, TWO, THREE, OPEN]
    plan = kv.plan(resident, wanted, {11})
    assert plan.inserts == (kv.Insert(3, SUMMARY.tokens),) and plan.shifted == 8
    check(resident, wanted, plan)


def test_a_memory_that_has_changed_or_gone_is_not_stepped_over() -> None:
    wider = run(31, 999, memory=True)
    for wanted in ([SYSTEM, wider, TWO, OPEN], [SYSTEM, TWO, OPEN], [SYSTEM, PINNED, TWO, OPEN]):
        resident = [SYSTEM, SUMMARY, ONE, TWO, THREE]
        plan = kv.plan(resident, wanted, {11})
        assert not plan.shifted and not plan.inserts
        check(resident, wanted, plan)
    unpinned = run(11, 110, 111, id_=11, memory=True)  # the message has left the window, too
    assert not kv.plan([SYSTEM, unpinned, TWO, THREE], [SYSTEM, TWO, THREE, OPEN], {11}).shifted


def test_a_turn_that_has_left_serves_as_the_memory_of_it() -> None:
    pin = run(12, 120, 121, id_=12, memory=True)
    resident, wanted = [SYSTEM, ONE, TWO, THREE], [SYSTEM, SUMMARY, pin, THREE, FOUR, OPEN]
    plan = kv.plan(resident, wanted, {11, 12})
    assert plan.inserts == (kv.Insert(3, SUMMARY.tokens),) and plan.shifted == 6
    check(resident, wanted, plan)


def test_a_turn_that_stays_never_serves_as_a_memory_that_says_the_same() -> None:
    pin = run(*ONE.tokens, memory=True)
    resident, wanted = [SYSTEM, ONE, TWO], [SYSTEM, pin, ONE, TWO, OPEN]
    assert kv.plan([SYSTEM, TWO, ONE], [SYSTEM, pin, TWO, ONE, OPEN]).shifted == 6
    plan = kv.plan([LATE, *resident], wanted)
    assert plan.inserts == (kv.Insert(3, pin.tokens),) and plan.shifted == 9
    check([LATE, *resident], wanted, plan)


def test_memories_with_nothing_behind_them_are_read_in_their_turn() -> None:
    resident, wanted = [SYSTEM, ONE, LATE], [SYSTEM, SUMMARY, FOUR, OPEN]
    plan = kv.plan(resident, wanted, {11})
    assert not plan.inserts and not plan.shifted
    check(resident, wanted, plan)


def test_what_ends_with_cells_that_are_there_reads_its_last_token() -> None:
    resident, wanted = [SYSTEM, run(7)], [SYSTEM, SUMMARY, run(7)]
    plan = kv.plan([SYSTEM, ONE, run(7)], wanted, {11})
    assert not plan.inserts and not plan.shifted
    check([SYSTEM, ONE, run(7)], wanted, plan)
    check(resident, wanted, kv.plan(resident, wanted))


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


def test_insertions_are_left_out_of_the_runs() -> None:
    wanted = [SYSTEM, SUMMARY, PINNED, ONE, run(33, memory=True), TWO]
    first, second = kv.Insert(3, (*SUMMARY.tokens, *PINNED.tokens)), kv.Insert(12, (33,))
    assert kv.without(wanted, (first, second)) == [SYSTEM, ONE, TWO]
    assert kv.without(wanted, (second,)) == [*wanted[:4], TWO]
    assert kv.without(wanted, ()) == wanted


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
        st.booleans(),
    ),
    max_size=8,
)


@st.composite
def _gone_on(draw: st.DrawFn) -> tuple[list[Run], list[Run], set[int]]:
    """Write a prompt, and the next one: memories come in, turns and late runs go, a reply is added."""
    lengths = st.integers(1, 5)
    resident = [SYSTEM]
    wanted = [SYSTEM]
    forgotten = set()
    for number in range(draw(st.integers(0, 7))):
        tokens = tuple(range(100 * number, 100 * number + draw(lengths)))
        kind = draw(st.sampled_from(["memory", "comes", "late", "leaves", "stays"]))
        found = Run(tokens, number + 1 if kind in ("leaves", "stays") else 0, kind == "late", "m" in kind)
        if kind != "comes":
            resident.append(found)
        if kind in ("memory", "comes", "stays"):
            wanted.append(found)
        if kind == "leaves":
            forgotten.add(found.message_id)
    return resident, [*wanted, OPEN], forgotten


@given(_gone_on())
def test_a_conversation_that_goes_on_reads_only_what_is_new(
    prompts: tuple[list[Run], list[Run], set[int]],
) -> None:
    resident, wanted, forgotten = prompts
    plan = kv.plan(resident, wanted, forgotten)
    check(resident, wanted, plan)
    new = [found for found in wanted if found not in resident]
    assert plan.to_read == len(kv.flat(new))


@given(resident=RUNS, wanted=RUNS.filter(bool), forgotten=st.sets(st.integers(1, 4)), exact=st.booleans())
def test_every_plan_adds_up(resident: list[Run], wanted: list[Run], forgotten: set[int], exact: bool) -> None:
    plan = kv.plan(resident, wanted, forgotten, exact=exact)
    check(resident, wanted, plan)
    if exact:
        assert not plan.shifted and not plan.inserts
    prefix = kv.common_prefix(kv.flat(resident), kv.flat(wanted))
    assert plan.kept + plan.shifted >= min(prefix, len(kv.flat(wanted)) - 1)


@given(resident=RUNS, wanted=RUNS.filter(bool), forgotten=st.sets(st.integers(1, 4)))
def test_only_late_and_forgotten_runs_are_ever_stepped_over(
    resident: list[Run], wanted: list[Run], forgotten: set[int]
) -> None:
    plan = kv.plan(resident, wanted, forgotten)
    if not plan.shifted:
        return
    gone = {place for start, stop in plan.removals for place in range(start, stop)}
    last = max(set(range(len(kv.flat(resident)))) - gone)
    removed = {place for place in gone if place < last}
    place = 0
    for found in resident:
        cells = set(range(place, place + len(found.tokens)))
        place += len(found.tokens)
        if cells & removed:
            assert not found.memory and (found.late or found.message_id in forgotten)


@given(st.lists(TOKENS, max_size=600), st.lists(TOKENS, max_size=600), st.integers(0, 600))
def test_the_common_prefix_is_the_longest(one: list[int], other: list[int], cut: int) -> None:
    joined = one[:cut] + other
    found = kv.common_prefix(one, joined)
    assert one[:found] == joined[:found]
    assert found == min(len(one), len(joined)) or one[found] != joined[found]
