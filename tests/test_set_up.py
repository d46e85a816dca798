"""Proves that builds of the engine stand side by side, and that none is taken for another."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

import set_up
from set_up import CARDS, Build

SCRIPT = Path(set_up.__file__)


def test_every_build_has_a_place_and_a_wheel_of_its_own() -> None:
    builds = [
        Build(),
        *(Build(card) for card in CARDS),
        Build(wheels="https://a"),
        Build("cuda", "https://a"),
        Build(portable=True),
        Build("cuda", portable=True),
    ]
    keys = [set_up._engine_key(build) for build in builds]
    assert all(one != other for one, other in combinations(keys, 2))
    assert len({build.venv for build in builds}) == len(builds) - 2  # whose wheel it is changes no place
    assert Build().venv.name == ".venv" and Build("cuda").venv.name == ".venv-cuda"


def test_only_an_engine_that_stays_here_is_tuned_for_this_processor() -> None:
    assert "-DGGML_NATIVE=on" in Build().flags and "-DGGML_NATIVE=off" in Build(portable=True).flags
    assert all("-DGGML_RPC=on" in Build(portable=portable).flags for portable in (False, True))


def test_flags_of_ones_own_make_another_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = set_up._engine_key(Build("cuda"))
    monkeypatch.setenv("CMAKE_ARGS", "-DCMAKE_CUDA_ARCHITECTURES=90")
    assert set_up._engine_key(Build("cuda")) != plain
    assert "-DGGML_CUDA=on -DCMAKE_CUDA_ARCHITECTURES=90" in Build("cuda").flags


def test_a_card_that_nobody_knows_is_refused_in_a_sentence() -> None:
    ended = subprocess.run(
        [sys.executable, SCRIPT, "--gpu", "voodoo"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert "GPU=voodoo" in ended.stderr and "vulkan" in ended.stderr


def test_a_compiler_that_is_missing_is_named_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_up.shutil, "which", lambda _: None)
    with pytest.raises(set_up.SetUpError, match="glslc"):
        set_up._build_engine(Build("vulkan"), tmp_path)
