"""Sampling settings stay within their ranges."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.sampling import RANGES, SHIPPED_PRESETS, Sampling, clamped


@given(temperature=st.floats(-1e9, 1e9), top_k=st.integers(-(10**12), 10**12), seed=st.integers(-5, 2**40))
def test_clamped_brings_every_number_into_its_range(temperature: float, top_k: int, seed: int) -> None:
    sampling = clamped(Sampling(temperature=temperature, top_k=top_k, seed=seed))
    for name, (low, high) in RANGES.items():
        assert low <= getattr(sampling, name) <= high
    assert isinstance(sampling.top_k, int)


def test_clamped_leaves_good_values_alone() -> None:
    for preset in SHIPPED_PRESETS:
        assert clamped(preset.sampling) == preset.sampling


def test_every_number_has_a_range() -> None:
    numbers = {f.name for f in dataclasses.fields(Sampling) if f.type in (int, float, "int", "float")}
    assert numbers == set(RANGES)
