"""In which batches the cells were evaluated, kept short."""

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.replay import Batch
from hermes_desktop.engine import schedule


def _whole(batches: list[Batch] | tuple[Batch, ...]) -> int:
    return sum(batch.kept * batch.times for batch in batches)


def test_batches_of_the_same_kind_are_counted() -> None:
    found = schedule.planned([], 130, 64, 2)
    assert found == (Batch(64, 64, 2, 2), Batch(2, 2, 2))
    drawn = schedule.planned(found, 3, 1, 2)
    assert drawn == (*found, Batch(1, 1, 2, 3))
    assert schedule.grown(drawn, 1, 2)[-1] == Batch(1, 1, 2, 4)
    assert schedule.grown(drawn, 1, 1)[-1] == Batch(1, 1, 1)  # other threads, another kind
    assert schedule.planned([], 64, 64, 1) == (Batch(64, 64, 1),)


def test_a_batch_that_was_cut_remembers_its_size() -> None:
    batches = [Batch(64, 64, 1, 2), Batch(1, 1, 1, 5)]
    assert schedule.truncated(batches, 100) == [Batch(64, 64, 1), Batch(64, 36, 1)]
    assert schedule.truncated(batches, 128) == [Batch(64, 64, 1, 2)]
    assert schedule.truncated(batches, 20) == [Batch(64, 20, 1)]
    assert schedule.truncated(schedule.truncated(batches, 100), 70) == [Batch(64, 64, 1), Batch(64, 6, 1)]
    assert schedule.truncated(batches, 0) == []


def test_moved_cells_are_of_no_batch() -> None:
    batches = [Batch(64, 64, 1, 2)]
    assert schedule.moved(batches, 10, 30) == [Batch(64, 10, 1), Batch(0, 30, 0)]
    assert schedule.moved(batches, 10, 0) == [Batch(64, 10, 1)]
    assert schedule.sound([Batch(64, 64, 1, 2), Batch(64, 6, 1), Batch(0, 3, 0), Batch(1, 1, 1)]) == 134
    assert schedule.sound(batches) == 128
    assert schedule.moved(schedule.moved(batches, 10, 30), 20, 0)[-1] == Batch(0, 10, 0)


BATCHES = st.lists(
    st.builds(
        Batch,
        st.integers(0, 40),
        st.integers(-1, 40),
        st.integers(0, 2),
        st.integers(-1, 3) | st.just(10**12),
    ),
    max_size=6,
)


@given(batches=BATCHES, tokens=st.integers(0, 300), most=st.integers(1, 32))
def test_whatever_a_list_says_every_token_is_evaluated_once(
    batches: list[Batch], tokens: int, most: int
) -> None:
    found = list(schedule.each(batches, tokens, most))
    assert _whole(found) == tokens
    assert all(0 < batch.kept <= batch.size <= most and batch.times == 1 for batch in found)


def test_a_sound_list_is_followed() -> None:
    batches = [Batch(8, 8, 1, 2), Batch(8, 3, 2), Batch(0, 4, 0), Batch(1, 1, 1, 2)]
    sizes = [(batch.size, batch.kept, batch.threads) for batch in schedule.each(batches, 27, 8)]
    assert sizes == [(8, 8, 1), (8, 8, 1), (8, 3, 2), (4, 4, 0), (1, 1, 1), (1, 1, 1), (2, 2, 0)]


@given(tokens=st.integers(0, 200), most=st.integers(1, 32), length=st.integers(0, 250))
def test_what_is_cut_has_its_length(tokens: int, most: int, length: int) -> None:
    batches = list(schedule.planned([], tokens, most, 1))
    assert _whole(schedule.truncated(batches, length)) == min(tokens, length)
