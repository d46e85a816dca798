"""Proves that the tiny model is what the other tests take it for, by reading its bytes back."""

from pathlib import Path

from hermes_desktop.bench import tiny_gguf


def test_it_is_small_and_the_same_every_time(tmp_path: Path) -> None:
    first = tiny_gguf.write(tmp_path / "a.gguf", seed=3).read_bytes()
    again = tiny_gguf.write(tmp_path / "b.gguf", seed=3).read_bytes()
    other = tiny_gguf.write(tmp_path / "c.gguf", seed=4).read_bytes()
    assert first == again
    assert first != other
    assert len(first) < 1_000_000


def test_the_chatml_ids_can_be_swapped_as_they_are_between_sizes() -> None:
    eight, three = tiny_gguf.vocabulary(), tiny_gguf.vocabulary(im_end_first=True)
    assert eight.id("<|im_start|>") == three.id("<|im_end|>") == eight.id("<|im_end|>") - 1
