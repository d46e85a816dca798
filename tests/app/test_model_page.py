"""Proves what is reckoned and shown of one model."""

import pytest

from hermes_desktop.app.model_page import example_of, laid
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import KvType, LoadOptions
from hermes_desktop.hub import catalogue

GIB = 1024**3
GEOMETRY = catalogue.find("8b-q4_k_m").geometry


def test_the_shares_are_the_formulas_and_add_up() -> None:
    found = laid(GEOMETRY, LoadOptions(context=8192), 12 * GIB, 16 * GIB)
    (device,) = found.devices
    assert (device.weights, device.kv, device.others) == (GEOMETRY.weights, GIB, 4 * GIB)
    assert device.others + device.needed + device.free == device.total == 16 * GIB
    assert found.fits and "fits" in found.advice


def test_a_quantised_cache_is_smaller_and_needs_flash_attention() -> None:
    plain = laid(GEOMETRY, LoadOptions(context=16384, flash_attention=False), 16 * GIB, 16 * GIB)
    small = laid(
        GEOMETRY,
        LoadOptions(context=16384, kv_type=KvType.Q8_0, flash_attention=False),
        16 * GIB,
        16 * GIB,
    )
    assert small.devices[0].kv == plain.devices[0].kv * 34 // 64
    assert small.devices[0].compute < plain.devices[0].compute  # without it, the scores of all pairs are kept


def test_what_does_not_fit_is_less_than_nothing_free() -> None:
    found = laid(GEOMETRY, LoadOptions(), 2 * GIB, 4 * GIB)
    assert not found.fits and found.devices[0].free < 0 and "smaller" in found.advice


def test_no_context_is_longer_than_the_model_was_trained_for() -> None:
    longest = laid(GEOMETRY, LoadOptions(context=131072), 64 * GIB, 64 * GIB)
    assert laid(GEOMETRY, LoadOptions(context=10**7), 64 * GIB, 64 * GIB) == longest


def test_an_example_is_shown_without_letters_that_steer_the_screen() -> None:
    source = tiny_gguf.LLAMA_3.replace("<|eot_id|>", "\u202e\x1b\u200b")
    shown = example_of(source)
    assert not shown.own_code and "Where are we?···" in shown.text


def test_a_long_example_is_cut() -> None:
    source = "{% for m in messages %}{{ 'x' * 9000 }}{{ m.content }}{% endfor %}"
    assert len(example_of(source).text) == 4001


def test_a_broken_template_is_a_known_error() -> None:
    with pytest.raises(KnownError):
        example_of("{% for")
