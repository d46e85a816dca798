"""Proves the estimates on the real widths: what llama.cpp says it has allocated for cache and computing.

Three layers and a short vocabulary do for that, since every layer takes the same, and make it quick. What a
process takes with all its weights is measured by `hermes-desktop bench --sizes`.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from hermes_desktop.bench import shaped_gguf
from hermes_desktop.containers import model_header
from hermes_desktop.domain.model_file import KvType, LoadOptions
from hermes_desktop.engine import llama
from hermes_desktop.fitting import memory
from hermes_desktop.hub import catalogue

KIB_10 = 10.24 * 1024  # llama.cpp tells mebibytes with two decimals
CONTEXT = 2100  # which is rounded up to 2,304


@pytest.mark.parametrize("family", ["3b", "8b"])
@pytest.mark.parametrize(
    ("kv_type", "flash"), [(KvType.F16, True), (KvType.F16, False), (KvType.Q8_0, True), (KvType.Q4_0, True)]
)
def test_cache_and_computing_take_what_was_estimated(
    family: str, kv_type: KvType, flash: bool, tmp_path: Path
) -> None:
    whole = next(offer.family.shape for offer in catalogue.offers() if offer.family.id == family)
    shape = replace(whole, layers=3, vocabulary=1000, tied=True)
    path = shaped_gguf.write(tmp_path / "shape.gguf", shape, "Q4_K_M")
    options = LoadOptions(context=CONTEXT, kv_type=kv_type, flash_attention=flash, mmap=True)
    model = llama.Llama(path, options, lambda _: True)
    try:
        geometry = model_header.read_geometry(path)
        need = memory.memory(geometry, CONTEXT, kv_type, flash_attention=flash)
        assert model.context == 2304
        assert model.allocated.kv == pytest.approx(need.kv, abs=KIB_10)
        assert model.allocated.compute == pytest.approx(need.compute, rel=0.003)
    finally:
        model.close()
