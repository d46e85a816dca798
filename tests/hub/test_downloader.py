"""Proves that the downloader process may be killed at any instant: it goes on, and nothing half is seen."""

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.hub import part
from hermes_desktop.hub.errand import Errand, File, written
from tests.hub.fake_hub import COMMIT, FakeHub, running

SIZE = 24_000_000
KILLS = 100


@pytest.fixture(scope="module")
def data() -> bytes:
    return random.Random(5).randbytes(SIZE)


@pytest.fixture
def hub(data: bytes) -> Iterator[FakeHub]:
    names = ("model-00001-of-00002.gguf", "model-00002-of-00002.gguf")
    with running(FakeHub({"model.gguf": data, **dict.fromkeys(names, data[:1000])})) as found:
        yield found


def started(
    hub: FakeHub, folder: Path, *files: str, rate: int = 0, token: str = ""
) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-m", "hermes_desktop", "--download"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wanted = tuple(File(hub.repository, "main", file) for file in files or ("model.gguf",))
    assert child.stdin is not None
    child.stdin.write(written(Errand(wanted, str(folder), hub.endpoint, token, rate)))
    child.stdin.flush()
    return child


def tidings(child: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    assert child.stdout is not None
    for line in child.stdout:
        yield json.loads(line)


def ended(child: subprocess.Popen[bytes]) -> tuple[int, list[dict[str, Any]], str]:
    out, err = child.communicate(timeout=60)
    return child.returncode, [json.loads(line) for line in out.splitlines()], err.decode()


def test_it_tells_how_it_goes_and_where_the_file_is(hub: FakeHub, tmp_path: Path, data: bytes) -> None:
    status, told, err = ended(started(hub, tmp_path))
    assert status == 0, err
    assert told[0]["state"] == "asking"
    last = told[-1]
    assert last["frame"] == "Fetched" and (last["sha256"], last["size"]) == (hub.sha256("model.gguf"), SIZE)
    assert last["commit"] == COMMIT
    assert Path(last["path"]).read_bytes() == data


def test_the_parts_of_a_model_come_one_after_the_other(hub: FakeHub, tmp_path: Path) -> None:
    names = ("model-00001-of-00002.gguf", "model-00002-of-00002.gguf")
    status, told, _ = ended(started(hub, tmp_path, *names))
    fetched = [frame for frame in told if frame["frame"] == "Fetched"]
    assert status == 0 and [Path(frame["path"]).name for frame in fetched] == list(names)


def test_the_header_comes_with_the_last_part(hub: FakeHub, tmp_path: Path) -> None:
    """So the window does not have to read it, which would hold it up."""
    names = ("tiny-00001-of-00002.gguf", "tiny-00002-of-00002.gguf")
    for at, name in enumerate(names):
        keys = {"split.count": 2, "split.no": at}
        hub.files[name] = tiny_gguf.write(tmp_path / name, name="Fetched Hermes", metadata=keys).read_bytes()
    _, told, err = ended(started(hub, tmp_path / "models", *names))
    first, last = (frame for frame in told if frame["frame"] == "Fetched")
    assert first["header"] is None, err
    assert last["header"]["name"] == "Fetched Hermes" and last["header"]["vocabulary"] > 256
    _, told, _ = ended(started(hub, tmp_path / "models"))  # noise: whoever wants to use it looks itself
    assert told[-1]["header"] is None


def test_a_failure_is_a_kind_with_its_values(hub: FakeHub, tmp_path: Path) -> None:
    status, told, err = ended(started(hub, tmp_path, "nothing.gguf", token="hf_secret"))
    assert status == 1
    assert told[-1]["kind"] == "hub_not_found" and told[-1]["values"]["file"] == "nothing.gguf"
    assert "hf_secret" not in err and "hf_secret" not in json.dumps(told)


def test_killed_at_a_hundred_places_it_loses_nothing(hub: FakeHub, tmp_path: Path, data: bytes) -> None:
    """Each life is ended after a random number of words; every byte that was told of is still there."""
    source = random.Random(11)
    target = tmp_path / "maker" / "model" / "model.gguf"
    half = target.with_name(target.name + part.SUFFIX)
    for _ in range(KILLS):
        child = started(hub, tmp_path, rate=4_000_000)
        told = 0
        for _, word in zip(range(source.randint(1, 4)), tidings(child), strict=False):
            told = word["done"] if word.get("state") == "fetching" else told
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert not target.exists()
        assert not told or half.stat().st_size >= told - 65536  # read, but not yet handed to the system
    starts = [int(asked.removeprefix("bytes=").rstrip("-") or 0) for asked in hub.ranges]
    assert starts == sorted(starts) and starts[-1] > 0
    status, words, err = ended(started(hub, tmp_path))
    assert status == 0, err
    assert target.read_bytes() == data and words[-1]["sha256"] == hub.sha256("model.gguf")
    assert not part.leftovers(tmp_path)
