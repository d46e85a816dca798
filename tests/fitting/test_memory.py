"""Proves the estimates against published sizes and against what llama.cpp was measured to allocate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.fit import Advice, Resident
from hermes_desktop.domain.model_file import KvType, ModelGeometry
from hermes_desktop.fitting import memory, placement
from hermes_desktop.hub import catalogue, choice, quantisation
from hermes_desktop.hub.catalogue import Offer

MIB = 1024 * 1024
GIB = 1024 * MIB
SHAPES = {offer.family.id: offer.family.shape for offer in catalogue.offers()}
PUBLISHED = [
    ("3b", "Q4_K_M", 2_019_373_888),
    ("3b", "Q8_0", 3_421_895_488),
    ("8b", "Q3_K_S", 3_664_499_616),
    ("8b", "Q3_K_L", 4_321_956_768),
    ("8b", "Q4_K_S", 4_692_669_344),
    ("8b", "Q4_K_M", 4_920_733_824),
    ("8b", "Q4_K_L", 5_310_632_864),
    ("8b", "Q5_K_M", 5_732_987_008),
    ("8b", "Q6_K", 6_596_006_816),
]


def shaped(family: str, mixture: str = "Q4_K_M") -> ModelGeometry:
    return quantisation.geometry(SHAPES[family], mixture)


def offer(offer_id: str) -> Offer:
    return next(offer for offer in catalogue.offers() if offer.id == offer_id)


@pytest.mark.parametrize(("family", "mixture", "size"), PUBLISHED)
def test_file_sizes_are_those_that_were_published(family: str, mixture: str, size: int) -> None:
    assert quantisation.file_size(SHAPES[family], mixture) == pytest.approx(size, rel=1e-4)


@pytest.mark.parametrize(
    ("family", "parameters"), [("3b", 3_212_749_888), ("8b", 8_030_261_312), ("70b", 70_553_706_560)]
)
def test_shapes_have_as_many_weights_as_the_models(family: str, parameters: int) -> None:
    assert SHAPES[family].parameters == parameters


def test_a_mixture_without_rules_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        quantisation.file_size(SHAPES["8b"], "Q7_K_X")


@pytest.mark.parametrize(
    ("family", "context", "kv_type", "mib"),
    [
        ("8b", 8192, KvType.F16, 1024),
        ("8b", 8192, KvType.Q8_0, 544),
        ("8b", 8192, KvType.Q4_0, 288),
        ("3b", 65536, KvType.F16, 7168),
        ("8b", 8100, KvType.F16, 1024),  # a context is rounded up to 256
    ],
)
def test_the_cache_is_what_llama_cpp_allocates(family: str, context: int, kv_type: KvType, mib: int) -> None:
    assert memory.memory(shaped(family), context, kv_type).kv == mib * MIB


@pytest.mark.parametrize(
    ("family", "context", "flash", "mib"),
    [
        ("3b", 2304, True, 74.26),
        ("3b", 131072, True, 200.01),
        ("8b", 8192, True, 124.01),
        ("70b", 131072, True, 360.01),
        ("405b", 8192, True, 448.01),
        ("8b", 4096, False, 308),
        ("8b", 16384, False, 1100),
        ("3b", 16384, False, 834),
        ("3b", 65536, False, 3234),
        ("70b", 8192, False, 1124),
        ("405b", 8192, False, 2228),
    ],
)
def test_the_compute_buffer_is_what_llama_cpp_allocates(
    family: str, context: int, flash: bool, mib: float
) -> None:
    need = memory.memory(shaped(family), context, KvType.F16, flash_attention=flash)
    assert need.compute == pytest.approx(mib * MIB, rel=0.005)


def test_layers_on_the_gpu_take_what_llama_cpp_says() -> None:
    """Fifteen layers of a Q4_0 file of the 8B: 2,049 MiB of weights, 1,792 of cache at 32,768 tokens."""
    blocks = (117 * MIB,) * 32
    geometry = ModelGeometry(
        32, 4096, 14336, 32, 65536, 2048, 128256, 131072, blocks, 411 * MIB, False, sum(blocks) + 700 * MIB
    )
    compute = memory.memory(geometry, 32768, KvType.F16).compute
    vram = (411 + 14 * 117 + 14 * 128) * MIB + compute + placement.DISPLAY_RESERVE
    fit = memory.fit(geometry, 32768, ram=64 * GIB, rooms=memory.one_gpu(vram))
    assert (fit.gpu_layers, fit.layers, fit.total_vram) == (15, 33, vram - placement.DISPLAY_RESERVE)
    assert memory.fit(geometry, 32768, ram=64 * GIB, rooms=memory.one_gpu(vram - 1)).gpu_layers == 14


@pytest.mark.parametrize(("family", "mib"), [("3b", 1299.375), ("8b", 3204)])
def test_llama_cpp_copies_what_it_says_for_a_processor(family: str, mib: float) -> None:
    assert shaped(family).repacked == mib * MIB


@pytest.mark.parametrize(
    ("kv_type", "private", "resident"), [(KvType.F16, 1875, 3816), (KvType.Q8_0, 1659, 3601)]
)
def test_a_mapped_file_stays_beside_its_copies(kv_type: KvType, private: int, resident: int) -> None:
    """Measured with a file of the shape of the 3B and 4,096 tokens of context."""
    fit = memory.fit(shaped("3b"), 4096, kv_type, ram=16 * GIB)
    mapped = memory.resident(shaped("3b"), fit, mmap=True)
    assert mapped.private == pytest.approx(private * MIB, rel=0.07)
    assert mapped.total == pytest.approx(resident * MIB, rel=0.07)
    assert mapped.private < fit.total_ram < mapped.total
    assert memory.resident(shaped("3b"), fit, mmap=False) == Resident(fit.total_ram, 0)


def test_what_lies_on_a_device_is_not_copied_for_the_processor() -> None:
    fit = memory.fit(shaped("3b"), 4096, ram=16 * GIB, rooms=memory.one_gpu(24 * GIB))
    mapped = memory.resident(shaped("3b"), fit, mmap=True)
    assert mapped.total == fit.total_ram
    assert mapped.mapped == pytest.approx(shaped("3b").output_bytes, rel=1e-4)  # the embedding, and norms


def test_a_shared_embedding_stays_in_the_main_memory() -> None:
    fit = memory.fit(shaped("3b"), 4096, ram=16 * GIB, rooms=memory.one_gpu(24 * GIB))
    assert fit.gpu_layers == fit.layers == 29
    assert fit.total_ram > shaped("3b").output_bytes


def test_advice_follows_the_room() -> None:
    need = memory.fit(shaped("8b"), 8192, ram=64 * GIB)
    assert need.advice is Advice.FITS and need.room == 131072
    assert memory.fit(shaped("8b"), 8192, ram=need.total_ram).advice is Advice.TIGHT
    short = memory.fit(shaped("8b"), 8192, ram=need.total_ram - 1)
    assert (short.advice, short.fits) == (Advice.SHORTER_CONTEXT, False)
    assert 0 < short.room < 8192
    assert memory.fit(shaped("8b"), short.room, ram=need.total_ram - 1).fits
    assert not memory.fit(shaped("8b"), short.room + 256, ram=need.total_ram - 1).fits
    assert memory.fit(shaped("8b"), 8192, ram=4 * GIB).advice is Advice.SMALLER_MODEL


@given(
    ram=st.integers(0, 512 * GIB),
    vram=st.integers(0, 256 * GIB),
    context=st.integers(1, 131072),
    kv_type=st.sampled_from(KvType),
)
def test_more_memory_never_makes_it_worse(ram: int, vram: int, context: int, kv_type: KvType) -> None:
    geometry = shaped("8b")
    fit = memory.fit(geometry, context, kv_type, ram=ram, rooms=memory.one_gpu(vram))
    more = memory.fit(geometry, context, kv_type, ram=ram + GIB, rooms=memory.one_gpu(vram + GIB))
    assert more.fits >= fit.fits and more.gpu_layers >= fit.gpu_layers and more.room >= fit.room
    assert fit.total_vram <= max(vram - placement.DISPLAY_RESERVE, 0)
    assert fit.fits == (fit.total_ram <= ram)


@pytest.mark.parametrize(
    ("ram", "vram", "best"),
    [
        (8, 0, "3b-q4_k_m"),
        (16, 0, "8b-q4_k_m"),
        (32, 0, "8b-q8_0"),
        (64, 0, "70b-q4_k_m"),
        (16, 8, "8b-q6_k"),
        (64, 24, "8b-q8_0"),
        (128, 80, "70b-q5_k_m"),
    ],
)
def test_the_best_choice_for_a_machine(ram: int, vram: int, best: str) -> None:
    found = choice.best(catalogue.offers(), ram=ram * GIB, vram=vram * GIB)
    assert found is not None and found.id == best


def test_a_machine_that_can_run_nothing_has_no_best_choice() -> None:
    assert choice.best(catalogue.offers(), ram=2 * GIB) is None


def test_an_offer_is_found_by_every_name_that_people_use() -> None:
    found = offer("8b-q4_k_m")
    for name in (
        "8B-Q4_K_M",
        "Hermes-3-Llama-3.1-8B.Q4_K_M",
        "Hermes-3-Llama-3.1-8B.Q4_K_M.gguf",
        "NousResearch/Hermes-3-Llama-3.1-8B-GGUF/Hermes-3-Llama-3.1-8B.Q4_K_M.gguf",
    ):
        assert catalogue.find(name) is found


def test_offers_have_names_of_their_own_and_hashes_that_are_hashes() -> None:
    found = catalogue.offers()
    assert len({offer.id for offer in found}) == len(found)
    for entry in found:
        assert entry.sha256 == "" or (len(entry.sha256) == 64 and int(entry.sha256, 16))
        assert entry.revision == "main" or (len(entry.revision) == 40 and int(entry.revision, 16))
        assert entry.recorded_size == 0 or entry.size == pytest.approx(
            quantisation.file_size(entry.family.shape, entry.quantisation), rel=0.01
        )


@given(
    rooms=st.lists(st.integers(-GIB, 48 * GIB), max_size=3),
    layers=st.none() | st.integers(0, 40),
    kv_type=st.sampled_from(KvType),
)
def test_the_shares_of_all_devices_add_up(rooms: list[int], layers: int | None, kv_type: KvType) -> None:
    geometry = shaped("8b")
    fit = memory.fit(geometry, 8192, kv_type, ram=64 * GIB, rooms=rooms, layers=layers)
    main, *others = memory.shares(geometry, fit)
    assert [each.weights + each.kv + each.compute for each in others] == list(fit.placement.taken)
    assert main.weights + main.kv + main.compute + memory.OVERHEAD == fit.total_ram
    assert main.weights + sum(each.weights for each in others) == pytest.approx(geometry.weights, abs=64)
    assert min(each.weights for each in (main, *others)) >= 0
    if layers is not None and rooms:
        assert fit.gpu_layers == min(layers, 33)


def test_layers_that_somebody_wants_are_put_where_there_is_no_room() -> None:
    fit = memory.fit(shaped("8b"), 8192, ram=64 * GIB, rooms=(2 * GIB,), layers=33)
    assert (fit.gpu_layers, fit.fits, fit.advice) == (33, False, Advice.FEWER_LAYERS)
    assert memory.fit(shaped("8b"), 8192, ram=64 * GIB, rooms=(2 * GIB,)).fits
