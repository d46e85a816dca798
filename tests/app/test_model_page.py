"""Proves what is reckoned and shown of one model."""

from dataclasses import replace

import pytest

from hermes_desktop.app.model_page import example_of, laid
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.device import Device, DeviceKind
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import ALL_LAYERS, AUTO_LAYERS, KvType, LoadOptions
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


def test_a_mapped_file_that_is_copied_for_the_processor_is_told_of() -> None:
    plain, mapped = (laid(GEOMETRY, LoadOptions(mmap=mmap), 12 * GIB, 16 * GIB) for mmap in (None, True))
    assert "twice" in mapped.advice and "twice" not in plain.advice
    assert mapped.devices == plain.devices  # what it needs is the same


def test_what_does_not_fit_is_less_than_nothing_free() -> None:
    found = laid(GEOMETRY, LoadOptions(), 2 * GIB, 4 * GIB)
    assert not found.fits and found.devices[0].free < 0 and "smaller" in found.advice


CARD = Device("CUDA0", "NVIDIA GeForce RTX 4070", DeviceKind.GPU, "CUDA", 7 * GIB, 8 * GIB)
OTHER = Device("RPC0", "10.0.0.2:50052", DeviceKind.RPC, "RPC", 20 * GIB, 24 * GIB)


def test_a_card_that_holds_all_of_it_is_said_with_context_and_share() -> None:
    found = laid(GEOMETRY, LoadOptions(context=8192, gpu_layers=ALL_LAYERS), 12 * GIB, 16 * GIB, [CARD])
    main, card = found.devices
    assert "33 of 33 layers on CUDA0, NVIDIA GeForce RTX 4070, 5.8 GB" in found.advice
    assert "of 8.6 GB; context 8,192" in found.advice and found.fits
    assert card.kv == GIB and card.needed + card.others + card.free == card.total == 8 * GIB
    assert main.kv == 0 and main.weights == pytest.approx(GEOMETRY.weights - card.weights, abs=64)


def test_the_screen_keeps_its_part_of_a_card_and_the_rest_goes_elsewhere() -> None:
    narrow = replace(CARD, free=4 * GIB)
    alone = laid(GEOMETRY, LoadOptions(context=8192), 12 * GIB, 16 * GIB, [narrow])
    assert alone.fits and "stays free there for the screen" in alone.advice
    assert alone.devices[1].free >= GIB and 0 < alone.devices[0].kv < GIB
    shared = laid(GEOMETRY, LoadOptions(context=8192), 12 * GIB, 16 * GIB, [narrow, OTHER])
    assert [device.name.split(",")[0] for device in shared.devices] == ["Main memory", "RPC0", "CUDA0"]
    assert shared.devices[0].kv == 0 and shared.devices[1].kv + shared.devices[2].kv == GIB


def test_more_layers_than_there_is_room_for_are_no_fit() -> None:
    narrow = replace(CARD, free=4 * GIB)
    found = laid(GEOMETRY, LoadOptions(gpu_layers=ALL_LAYERS), 12 * GIB, 16 * GIB, [narrow])
    assert not found.fits and "fewer" in found.advice and found.devices[1].free < 0


def test_what_is_tight_or_too_much_comes_with_less() -> None:
    wanted = LoadOptions(context=32768, kv_type=KvType.F16)
    need = laid(GEOMETRY, wanted, 16 * GIB, 16 * GIB).devices[0].needed
    for room in (need + GIB // 10, need - GIB // 10):
        found = laid(GEOMETRY, wanted, room, 16 * GIB)
        assert found.proposal is not None
        less = laid(GEOMETRY, found.proposal, room, 16 * GIB)
        assert less.fits and less.devices[0].needed <= 0.9 * room
    assert laid(GEOMETRY, wanted, need * 2, 32 * GIB).proposal is None


def test_what_is_too_much_beside_a_card_comes_with_less_too() -> None:
    wanted = LoadOptions(context=65536, kv_type=KvType.F16)
    found = laid(GEOMETRY, wanted, 7 * GIB, 16 * GIB, [CARD])
    assert found.proposal is not None and not found.fits
    less = laid(GEOMETRY, found.proposal, 7 * GIB, 16 * GIB, [CARD])
    assert less.fits and less.devices[0].needed <= 0.9 * 7 * GIB and less.proposal is None


def test_layers_that_do_not_fit_on_a_card_are_proposed_to_be_chosen() -> None:
    narrow = replace(CARD, free=3 * GIB)
    found = laid(GEOMETRY, LoadOptions(gpu_layers=ALL_LAYERS), 12 * GIB, 16 * GIB, [narrow])
    assert found.proposal is not None and found.proposal.gpu_layers == AUTO_LAYERS
    assert laid(GEOMETRY, found.proposal, 12 * GIB, 16 * GIB, [narrow]).fits


def test_what_is_left_open_is_said_with_the_reason() -> None:
    def why(options: LoadOptions, room: int, *devices: Device) -> str:
        return laid(GEOMETRY, options, room, 16 * GIB, devices).why

    assert (
        why(LoadOptions(), 12 * GIB)
        == "Automatic: 8,192 tokens and a cache in f16. It fits with room to spare."
    )
    assert "a cache in q8_0. With f16 too little" in why(LoadOptions(context=32768), 9 * GIB)
    assert "4,096 tokens and a cache in q8_0. With more" in why(LoadOptions(), 58 * GIB // 10)
    assert why(LoadOptions(kv_type=KvType.F16), 6 * GIB).startswith("Automatic: 4,096 tokens. With more")
    narrow = replace(CARD, free=6_600_000_000)
    assert "q8_0. With f16 not all layers would fit on the devices" in why(LoadOptions(), 12 * GIB, narrow)
    assert "1,024 tokens and a cache in q8_0. It takes the least" in why(LoadOptions(), 51 * GIB // 10)
    assert "No choice fits" in why(LoadOptions(), 2 * GIB)
    assert why(LoadOptions(context=512, kv_type=KvType.F16), 2 * GIB) == ""


def test_where_no_setting_takes_little_enough_another_model_is_named() -> None:
    tight = laid(GEOMETRY, LoadOptions(), 51 * GIB // 10, 16 * GIB)
    assert tight.proposal is None and tight.fits
    assert "smaller file or model. Hermes 3" in tight.advice and "would fit" in tight.advice
    much = laid(GEOMETRY, LoadOptions(), 4 * GIB, 16 * GIB)
    assert much.proposal is None and "smaller file or model. Hermes 3 3B" in much.advice
    assert "would fit" not in laid(GEOMETRY, LoadOptions(), GIB // 2, 16 * GIB).advice


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
