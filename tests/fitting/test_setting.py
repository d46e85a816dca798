"""Proves how context and KV cache are chosen: within 90 % where anything is; what is fixed stays."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.fit import Advice
from hermes_desktop.domain.model_file import ALL_LAYERS, AUTO_CONTEXT, AUTO_LAYERS, KvType, LoadOptions
from hermes_desktop.domain.setting import Reason, Setting, Space
from hermes_desktop.fitting.setting import LEAST_CONTEXT, fit, less, setting
from hermes_desktop.hub import catalogue

GIB = 1024**3
MODEL = catalogue.find("8b-q4_k_m").geometry
CHOICES = [
    LoadOptions(context=8192 >> halved, kv_type=kind)
    for halved in range(4)
    for kind in (KvType.F16, KvType.Q8_0)
]
SPACES = st.builds(
    Space, st.integers(0, 24 * GIB), st.lists(st.integers(-GIB, 24 * GIB), max_size=2).map(tuple)
)
LAYERS = st.sampled_from([AUTO_LAYERS, ALL_LAYERS, 0, 12])
OPTIONS = st.builds(
    LoadOptions,
    context=st.sampled_from([AUTO_CONTEXT, 512, 3000, 8192, 65536, 10**6]),
    kv_type=st.none() | st.sampled_from(KvType),
    gpu_layers=LAYERS,
    flash_attention=st.booleans(),
)


def need(options: LoadOptions) -> int:
    """Give the main memory of which a setting takes just 90 %."""
    return int(fit(MODEL, options, Space(0)).total_ram / 0.9) + 1


def chosen(ram: int, *rooms: int, options: LoadOptions | None = None) -> Setting:
    return setting(MODEL, options or LoadOptions(), Space(ram, rooms))


def test_with_room_to_spare_it_is_the_usual() -> None:
    found = chosen(64 * GIB)
    assert (found.options.context, found.options.cache, found.reason) == (8192, KvType.F16, Reason.USUAL)
    assert found.is_roomy and found.less is None


@pytest.mark.parametrize("wanted", CHOICES[1:])
def test_with_less_memory_first_the_cache_then_the_context_gets_smaller(wanted: LoadOptions) -> None:
    found = chosen(need(wanted))
    assert found.options == wanted and found.is_roomy
    shorter = Reason.SHORTER if wanted.context < 8192 else Reason.SMALLER_CACHE
    assert found.reason is shorter
    below = chosen(need(wanted) - 10)
    assert (below.options, below.reason) != (wanted, shorter)


def test_where_all_are_too_much_the_least_is_taken_as_long_as_it_fits() -> None:
    least = fit(MODEL, CHOICES[-1], Space(0)).total_ram
    found = chosen(least)
    assert (found.options, found.reason, found.less) == (CHOICES[-1], Reason.LEAST, None)
    assert found.fit.advice is Advice.TIGHT and not found.is_roomy
    found = chosen(least - 1)
    assert (found.options, found.reason, found.less) == (CHOICES[0], Reason.TOO_MUCH, None)


def test_a_cache_in_8_bits_is_taken_where_it_brings_the_whole_model_onto_devices() -> None:
    small, large = (fit(MODEL, each, Space(64 * GIB, (24 * GIB,))).total_vram for each in CHOICES[1::-1])
    found = chosen(64 * GIB, small)
    assert found.options == CHOICES[1] and found.reason is Reason.WHOLE
    assert found.fit.gpu_layers == found.fit.layers
    assert chosen(64 * GIB, small - 1).options == chosen(64 * GIB, large).options == CHOICES[0]
    plain = LoadOptions(flash_attention=False)  # which a cache in 8 bits needs
    assert chosen(64 * GIB, small, options=plain).options.cache is KvType.F16
    some = chosen(64 * GIB, small, options=LoadOptions(gpu_layers=12))
    assert (some.options.cache, some.fit.gpu_layers) == (KvType.F16, 12)


def test_layers_that_were_asked_for_count_as_much_as_the_main_memory() -> None:
    small = fit(MODEL, CHOICES[3], Space(64 * GIB, (24 * GIB,))).total_vram
    found = chosen(64 * GIB, small, options=LoadOptions(gpu_layers=ALL_LAYERS))
    assert (found.options.context, found.reason) == (4096, Reason.SHORTER)
    crowded = chosen(64 * GIB, 2 * GIB, options=LoadOptions(gpu_layers=ALL_LAYERS))
    assert crowded.reason is Reason.TOO_MUCH and crowded.less == replace(CHOICES[0], gpu_layers=AUTO_LAYERS)
    assert chosen(2 * GIB, 2 * GIB, options=LoadOptions(gpu_layers=ALL_LAYERS)).less is None


def test_no_context_is_longer_than_the_model_was_trained_for() -> None:
    for trained, reason in ((6000, Reason.TRAINED), (700, Reason.TRAINED), (0, Reason.USUAL)):
        found = setting(replace(MODEL, context=trained), LoadOptions(), Space(64 * GIB))
        assert (found.options.context, found.reason) == (trained or 8192, reason)
        found = setting(replace(MODEL, context=trained), LoadOptions(context=10**5), Space(64 * GIB))
        assert found.options.context == (trained or 10**5) and found.reason is Reason.USUAL


def test_a_single_choice_is_made_whatever_it_takes() -> None:
    for ram, reason in (
        (64 * GIB, Reason.USUAL),
        (need(CHOICES[0]) - 10, Reason.LEAST),
        (0, Reason.TOO_MUCH),
    ):
        plain = LoadOptions(context=8192, flash_attention=False)
        need_of_it = fit(MODEL, replace(plain, kv_type=KvType.F16), Space(0)).total_ram
        found = chosen(max(ram, need_of_it) if ram else 0, options=plain)
        assert (found.options.cache, found.reason) == (KvType.F16, reason)


@given(OPTIONS, SPACES)
def test_nothing_is_left_open_and_what_is_fixed_stays(options: LoadOptions, space: Space) -> None:
    found = setting(MODEL, options, space)
    if options.context != AUTO_CONTEXT:
        assert found.options.context == min(options.context, MODEL.context)
    assert found.options.kv_type is not None and found.options.kv_type is (
        options.kv_type or found.options.kv_type
    )
    assert found.options.context > 0 and found.options.gpu_layers == options.gpu_layers
    assert found.options.flash_attention or (
        found.options.kv_type is KvType.F16 and not options.flash_attention
    )
    is_open = options.context == AUTO_CONTEXT or options.kv_type is None
    assert (found.reason is Reason.GIVEN) != is_open
    assert found.fit == fit(MODEL, found.options, space)


@given(SPACES, LAYERS)
def test_what_is_chosen_leaves_enough_free_where_anything_does(space: Space, layers: int) -> None:
    found = setting(MODEL, LoadOptions(gpu_layers=layers), space)
    laid = [fit(MODEL, replace(each, gpu_layers=layers), space) for each in CHOICES]
    assert found.is_roomy == any(each.advice is Advice.FITS for each in laid)
    assert found.fit.fits == any(each.fits for each in laid)
    if found.is_roomy:
        assert found.fit.total_ram <= 0.9 * space.ram


@given(SPACES, st.integers(0, 4 * GIB), st.none() | st.sampled_from(KvType))
def test_more_memory_never_gives_a_shorter_context(space: Space, more: int, kv_type: KvType | None) -> None:
    options = LoadOptions(kv_type=kv_type)
    found = setting(MODEL, options, space)
    richer = setting(MODEL, options, Space(space.ram + more, tuple(room + more for room in space.devices)))
    assert richer.fit.fits >= found.fit.fits
    if found.fit.fits:
        assert richer.options.context >= found.options.context


@given(OPTIONS, SPACES)
def test_what_is_proposed_is_less_and_leaves_enough_free(options: LoadOptions, space: Space) -> None:
    found = setting(MODEL, options, space)
    assert found.is_roomy <= (found.less is None)
    if found.less is not None:
        assert fit(MODEL, found.less, space).advice is Advice.FITS and found.less.context >= min(
            LEAST_CONTEXT, found.options.context
        )
        assert found.less.context <= found.options.context and found.less != found.options
        assert setting(MODEL, found.less, space).options == found.less


def test_less_is_strictly_less_also_where_the_estimate_was_wrong() -> None:
    for ram in (64 * GIB, need(CHOICES[2])):
        tried, offered = CHOICES[0], less(MODEL, CHOICES[0], Space(ram))
        while offered is not None:
            assert offered != tried
            tried, offered = offered, less(MODEL, offered, Space(ram))
        assert tried.context == LEAST_CONTEXT
