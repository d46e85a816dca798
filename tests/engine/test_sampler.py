"""Proves which steps a sampling takes, and that neutral values take none."""

from dataclasses import replace

import pytest

from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine.sampler import Step, steps

NEUTRAL = Sampling(
    temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, typical_p=1.0, repeat_penalty=1.0, dry_multiplier=0.0
)


def chain(sampling: Sampling) -> tuple[Step, ...]:
    """List the steps for a small model."""
    return steps(sampling, seed=7, context=512, vocabulary=300)


def names(sampling: Sampling) -> list[str]:
    """Name the steps for a small model."""
    return [step.name for step in chain(sampling)]


def test_neutral_values_take_no_step_but_the_draw() -> None:
    assert chain(NEUTRAL) == (Step("dist", (7,)),)


def test_every_step_has_its_place() -> None:
    everything = Sampling(
        logit_bias=((5, 1.0),),
        grammar='root ::= "a"',
        dry_multiplier=0.8,
        top_k=40,
        typical_p=0.9,
        xtc_probability=0.5,
    )
    assert names(everything) == [
        "logit_bias",
        "grammar",
        "penalties",
        "dry",
        "top_k",
        "typical",
        "top_p",
        "min_p",
        "xtc",
        "temp",
        "dist",
    ]


@pytest.mark.parametrize(
    ("sampling", "name"),
    [
        (replace(NEUTRAL, top_k=5), "top_k"),
        (replace(NEUTRAL, min_p=0.1), "min_p"),
        (replace(NEUTRAL, top_p=0.9), "top_p"),
        (replace(NEUTRAL, typical_p=0.9), "typical"),
        (replace(NEUTRAL, xtc_probability=0.1), "xtc"),
        (replace(NEUTRAL, dry_multiplier=0.1), "dry"),
        (replace(NEUTRAL, presence_penalty=0.1), "penalties"),
        (replace(NEUTRAL, temperature=0.9), "temp"),
    ],
)
def test_one_step_alone_is_taken(sampling: Sampling, name: str) -> None:
    assert names(sampling) == [name, "dist"]


def test_temperature_zero_is_greedy_and_cuts_nothing() -> None:
    assert names(Sampling(temperature=0.0, mirostat=2)) == ["penalties", "greedy"]


@pytest.mark.parametrize(("version", "name"), [(1, "mirostat"), (2, "mirostat_v2")])
def test_mirostat_stands_in_for_the_cuts(version: int, name: str) -> None:
    assert names(replace(Sampling(), repeat_penalty=1.0, mirostat=version)) == ["temp", name]


@pytest.mark.parametrize(("wanted", "last"), [(-1, 512), (64, 64), (8192, 512)])
def test_penalties_look_back_at_most_over_the_context(wanted: int, last: int) -> None:
    first = chain(replace(NEUTRAL, repeat_penalty=1.2, repeat_last_n=wanted))[0]
    assert (first.values, first.last) == ((300, last, 1.2, 0.0, 0.0), last)


def test_penalties_that_look_at_nothing_are_off() -> None:
    assert names(replace(NEUTRAL, repeat_penalty=1.2, repeat_last_n=0)) == ["dist"]


def test_a_bias_for_a_token_that_does_not_exist_is_left_out() -> None:
    assert names(replace(NEUTRAL, logit_bias=((300, 1.0), (-1, 1.0)))) == ["dist"]
