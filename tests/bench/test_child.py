"""Proves that what is measured of an engine child is measured of one that works."""

import subprocess
import sys
from pathlib import Path

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bench.child import Child
from hermes_desktop.bench.lender import lender
from hermes_desktop.domain.model_file import ALL_LAYERS, LoadOptions


def test_it_loads_and_writes_and_its_memory_is_seen(tmp_path: Path) -> None:
    file = tiny_gguf.write(tmp_path / "tiny.gguf")
    with Child() as child:
        loaded = child.load(file, LoadOptions(context=512, gpu_layers=0, threads=1))
        assert child.write("Sea?", 8).generated_tokens == 8
        assert loaded.allocated.kv > 0
        assert child.peak > child.private_peak > loaded.allocated.kv
        assert child.placed is None


def test_it_may_use_what_another_lends(tmp_path: Path) -> None:
    file = tiny_gguf.write(tmp_path / "tiny.gguf")
    with lender() as other, Child() as child:
        options = LoadOptions(context=512, gpu_layers=ALL_LAYERS, threads=1)
        loaded = child.load(file, options, (other.address,))
        assert [share.name for share in loaded.devices] == ["RPC0"]
        assert child.placed is not None and child.placed.layers == child.placed.of


def test_a_failure_is_no_figure(tmp_path: Path) -> None:
    with Child() as child, pytest.raises(RuntimeError, match="file_missing"):
        child.load(tmp_path / "none.gguf", LoadOptions())


def test_a_lender_is_started_by_a_process_that_opens_no_socket() -> None:
    script = (
        "from hermes_desktop import guard; guard.install()\n"
        "from hermes_desktop.bench.lender import lender\n"
        "with lender() as other: print(other.address)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("127.0.0.1:")
