"""Proves how layers are put on devices: by room, in one run each, the end of the model on the last device."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.fit import Memory
from hermes_desktop.domain.model_file import ModelGeometry
from hermes_desktop.fitting.placement import place

# Four blocks of 10 to 13 bytes, 5 of cache each, an output of 30; computing takes 7 on every device.
MODEL = ModelGeometry(4, 8, 8, 1, 1, 1, 100, 512, (10, 11, 12, 13), 30, False, 100)
NEED = Memory(weights=100, kv=20, compute=7)
WHOLE = 30 + (10 + 11 + 12 + 13) + 20 + 7


def test_all_of_it_goes_where_all_of_it_fits() -> None:
    placed = place(MODEL, NEED, [WHOLE])
    assert (placed.layers, placed.taken, placed.total) == ((5,), (WHOLE,), 5)


def test_one_byte_less_leaves_the_first_block_behind() -> None:
    placed = place(MODEL, NEED, [WHOLE - 1])
    assert placed.layers == (4,) and placed.taken == (WHOLE - 15,)


def test_without_room_for_the_output_nothing_goes() -> None:
    assert place(MODEL, NEED, [36]).total == 0
    assert place(MODEL, NEED, [37]).layers == (1,)
    assert place(MODEL, NEED, []).layers == ()


def test_the_last_device_is_filled_first_and_every_one_computes() -> None:
    placed = place(MODEL, NEED, [100, 30 + 18 + 7])
    assert placed.layers == (3, 2) and placed.taken == (15 + 16 + 17 + 7, 55)


def test_a_device_that_is_too_small_is_passed_over() -> None:
    assert place(MODEL, NEED, [WHOLE, 20]).layers == (5, 0)


def test_what_was_asked_for_is_met() -> None:
    assert place(MODEL, NEED, [WHOLE], 2).layers == (2,)
    assert place(MODEL, NEED, [WHOLE], 0).layers == (0,)
    assert place(MODEL, NEED, [WHOLE], 99).layers == (5,)
    forced = place(MODEL, NEED, [0, 60], 5)  # two fit; of the rest each goes where most room is left
    assert forced.total == 5 and forced.layers[1] >= 2
    assert place(MODEL, NEED, [], 3).total == 0


@given(st.lists(st.integers(-50, 200), max_size=4), st.one_of(st.none(), st.integers(0, 6)))
def test_no_device_is_overfilled_unless_asked(rooms: list[int], layers: int | None) -> None:
    placed = place(MODEL, NEED, rooms, layers)
    assert len(placed.layers) == len(placed.taken) == len(rooms)
    assert all((count == 0) == (taken == 0) for count, taken in zip(placed.layers, placed.taken, strict=True))
    if layers is None:
        assert all(taken <= max(room, 0) for taken, room in zip(placed.taken, rooms, strict=True))
    elif rooms:
        assert placed.total == min(layers, 5)
    more = [place(MODEL, NEED, [room + extra for room in rooms]).total for extra in (0, 20, 60)]
    assert all(earlier <= later for earlier, later in pairwise(more))
