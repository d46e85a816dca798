"""Proves that estimated speeds follow from what was measured; where nothing can be said, nothing is."""

from dataclasses import replace

import pytest

from hermes_desktop.domain.model_file import ModelGeometry
from hermes_desktop.domain.speed import Calibration, Rate
from hermes_desktop.fitting.speed import tokens_per_second
from hermes_desktop.hub import catalogue, quantisation

SHAPES = {offer.family.id: offer.family.shape for offer in catalogue.offers()}
COARSE, FINE = Rate(4.5, 40e9), Rate(8.5, 20e9)
WEIGHTS_8B = 7_504_658_432  # of all matrices but the embedding


def geometry(mixture: str, family: str = "8b") -> ModelGeometry:
    return quantisation.geometry(SHAPES[family], mixture)


def measured(*rates: Rate) -> Calibration:
    return Calibration(2, "build", 1, rates)


def test_a_format_that_was_measured_is_as_fast_as_it_was() -> None:
    assert tokens_per_second(geometry("Q8_0"), measured(COARSE, FINE)) == pytest.approx(
        20e9 / WEIGHTS_8B, rel=1e-3
    )


def test_the_order_of_the_measurements_does_not_matter() -> None:
    one, other = measured(COARSE, FINE), measured(FINE, COARSE)
    assert tokens_per_second(geometry("Q5_K_M"), one) == tokens_per_second(geometry("Q5_K_M"), other)


def test_finer_formats_are_slower_and_so_are_larger_models() -> None:
    mixtures = ("Q2_K", "Q3_K_S", "Q4_K_S", "Q5_K_M", "Q6_K", "Q8_0", "F16")
    speeds = [tokens_per_second(geometry(mixture), measured(COARSE, FINE)) for mixture in mixtures]
    assert speeds == sorted(speeds, reverse=True) and len(set(speeds)) == len(speeds)
    sizes = [tokens_per_second(geometry("Q4_K_M", size), measured(COARSE, FINE)) for size in SHAPES]
    assert sizes == sorted(sizes, reverse=True)


def test_one_measurement_is_scaled_by_the_bytes() -> None:
    both = [tokens_per_second(geometry(mixture), measured(FINE)) for mixture in ("Q8_0", "F16")]
    assert both[0] / both[1] == pytest.approx(16 / 8.5, rel=1e-3)


def test_noise_never_makes_finer_formats_faster() -> None:
    noisy = measured(Rate(4.5, 10e9), Rate(8.5, 30e9))
    assert tokens_per_second(geometry("F16"), noisy) == tokens_per_second(geometry("Q8_0"), noisy) > 0


def test_nothing_is_said_of_experts_of_nothing_and_without_a_measurement() -> None:
    dense = geometry("Q8_0")
    experts = replace(dense, block_bytes=tuple(8 * size for size in dense.block_bytes))
    assert tokens_per_second(experts, measured(COARSE, FINE)) == 0
    assert tokens_per_second(replace(dense, layers=0, vocabulary=0), measured(COARSE)) == 0
    assert tokens_per_second(dense, measured()) == 0
