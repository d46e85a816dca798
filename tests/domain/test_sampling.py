"""Sampling settings stay within their ranges."""

import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.sampling import DEFAULT_PRESET, RANGES, SHIPPED_PRESETS, Sampling, clamped


@given(temperature=st.floats(-1e9, 1e9), top_k=st.integers(-(10**12), 10**12), seed=st.integers(-5, 2**40))
def test_clamped_brings_every_number_into_its_range(temperature: float, top_k: int, seed: int) -> None:
    sampling = clamped(Sampling(temperature=temperature, top_k=top_k, seed=seed))
    for name, (low, high) in RANGES.items():
        assert low <= getattr(sampling, name) <= high
    assert isinstance(sampling.top_k, int)


def values_of(name: str) -> st.SearchStrategy[int | float]:
    return st.integers() if isinstance(getattr(Sampling(), name), int) else st.floats()


@given(st.fixed_dictionaries({}, optional={name: values_of(name) for name in RANGES}))
def test_clamped_brings_whatever_there_is_into_its_range_and_keeps_its_type(changes: dict[str, Any]) -> None:
    wild = Sampling(**changes, stop=("a",), grammar="g", logit_bias=((1, 2.0),))
    tame = clamped(wild)
    for name, (low, high) in RANGES.items():
        value = getattr(tame, name)
        assert low <= value <= high
        assert type(value) is type(getattr(Sampling(), name))
        if low <= getattr(wild, name) <= high:
            assert value == getattr(wild, name)
    assert (tame.stop, tame.grammar, tame.logit_bias) == (wild.stop, wild.grammar, wild.logit_bias)
    assert clamped(tame) == tame


def test_the_shipped_presets_have_names_of_their_own() -> None:
    names = [preset.name for preset in SHIPPED_PRESETS]
    assert names == ["Chat", "Precise", "Creative", "Tools and JSON", "Understudy"]
    assert all(preset.shipped for preset in SHIPPED_PRESETS)
    assert SHIPPED_PRESETS[0].name == DEFAULT_PRESET


def test_the_default_is_the_one_of_the_model_card() -> None:
    assert (Sampling().temperature, Sampling().repeat_penalty, Sampling().max_tokens) == (0.8, 1.1, 750)


def test_clamped_leaves_good_values_alone() -> None:
    for preset in SHIPPED_PRESETS:
        assert clamped(preset.sampling) == preset.sampling


def test_every_number_has_a_range() -> None:
    numbers = {f.name for f in dataclasses.fields(Sampling) if f.type in (int, float, "int", "float")}
    assert numbers == set(RANGES)
