"""Proves that a header is read from the front of a file on the hub, and never the whole file."""

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.containers import model_header
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelGeometry, ModelHeader
from hermes_desktop.hub import library, listing, peek
from hermes_desktop.hub.listing import Hub
from hermes_desktop.hub.transfer import Patience
from tests.hub.fake_hub import FakeHub, running

MIB = 1024 * 1024
PATIENCE = Patience(stall_seconds=1.5, tries=3, first_wait=0.001)
FIRST, SECOND = "m-00001-of-00002.gguf", "m-00002-of-00002.gguf"
listing.prepare()


class Watcher:
    def __init__(self) -> None:
        self.came = 0

    def contacted(self, host: str) -> None:
        pass

    def moved(self, state: str, done: int, total: int) -> None:
        assert state == "fetching" and total > 0
        self.came = max(self.came, done)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with running(FakeHub({})) as found:
        yield found


def padded(path: Path, front: int, size: int, **options: object) -> bytes:
    """Write a model with a header longer than `front` bytes, and data up to about `size`."""
    filler = {f"filler.{at}": "x" * MIB for at in range(front // MIB)}
    data = tiny_gguf.write(path, metadata=filler, **options).read_bytes()  # type: ignore[arg-type]
    return data + random.Random(1).randbytes(max(size - len(data), 0))


def peeked(hub: FakeHub, *files: str, token: str = "") -> tuple[ModelHeader, ModelGeometry]:
    watcher = Watcher()
    found = peek.peek(Hub(hub.endpoint, token), "maker/model", "main", files, watcher, PATIENCE)
    assert 0 < watcher.came <= peek.LIMIT
    return found


def refused(hub: FakeHub, *files: str) -> ErrorKind:
    with pytest.raises(KnownError) as caught:
        peek.peek(Hub(hub.endpoint), "maker/model", "main", files, Watcher(), PATIENCE)
    return caught.value.kind


def test_the_front_says_the_same_as_the_file(hub: FakeHub, tmp_path: Path) -> None:
    hub.files["m.gguf"] = padded(tmp_path / "m.gguf", 0, 6 * MIB)
    (tmp_path / "m.gguf").write_bytes(hub.files["m.gguf"])
    header, geometry = peeked(hub, "m.gguf")
    assert geometry == model_header.read_geometry(tmp_path / "m.gguf")
    theirs = library.inspect(tmp_path / "m.gguf")
    assert (header.name, header.parameters, header.template) == (theirs.name, theirs.parameters, "…")
    assert hub.sent == MIB and hub.ranges == [f"bytes=0-{MIB - 1}"]


def test_a_long_header_takes_more_requests(hub: FakeHub, tmp_path: Path) -> None:
    hub.files["m.gguf"] = padded(tmp_path / "m.gguf", 5 * MIB, 24 * MIB)
    assert peeked(hub, "m.gguf")[0].name == "Tiny Hermes"
    steps = (0, 1 * MIB, 4 * MIB, 9 * MIB)
    assert hub.ranges == [f"bytes={a}-{b - 1}" for a, b in pairwise(steps)]
    assert hub.sent == 9 * MIB


def test_a_server_that_ignores_ranges_does_not_bring_the_file(hub: FakeHub, tmp_path: Path) -> None:
    hub.files["m.gguf"] = padded(tmp_path / "m.gguf", 2 * MIB, 200 * MIB)
    hub.always = "ignores range"
    assert peeked(hub, "m.gguf")[1].layers == 2
    assert len(hub.ranges) == 2
    assert hub.sent < 100 * MIB  # 5 MB were read; the rest is what the systems hold between the two


def test_lines_that_break_are_taken_up_and_a_bad_server_is_an_error(hub: FakeHub, tmp_path: Path) -> None:
    hub.files["m.gguf"] = padded(tmp_path / "m.gguf", 0, 3 * MIB)
    hub.cut_at = 400_000
    hub.troubles.extend(["cut", "reset"])
    assert peeked(hub, "m.gguf")[1].layers == 2
    for trouble in ("503", "416", "wrong range", "encoded", "cut"):
        hub.always, hub.cut_at = trouble, 0
        assert refused(hub, "m.gguf") is ErrorKind.HUB_UNREACHABLE


def test_the_parts_of_a_model_are_added_up(hub: FakeHub, tmp_path: Path) -> None:
    for name in (FIRST, SECOND):
        path = tiny_gguf.write(tmp_path / name, metadata={"split.count": 2})
        hub.files[name] = path.read_bytes()
    header, geometry = peeked(hub, FIRST, SECOND)
    assert geometry == model_header.read_geometry(tmp_path / FIRST)
    assert header.parameters == model_header.read_header(tmp_path / FIRST).parameters
    assert refused(hub, FIRST) is ErrorKind.MODEL_BROKEN_HEADER


def test_what_is_no_chat_model_is_told_before_it_is_fetched(hub: FakeHub, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    hub.files = {
        "bert.gguf": tiny_gguf.write(path, architecture="bert").read_bytes(),
        "new.gguf": tiny_gguf.write(path, architecture="hermes-9" * 1000).read_bytes(),
        "page.gguf": b"<html>" * 1000,
        "short.gguf": tiny_gguf.write(path, cut=1000).read_bytes(),
        "layers.gguf": tiny_gguf.write(path, metadata={"llama.block_count": 2**32 - 1}).read_bytes(),
        "long.gguf": padded(path, 33 * MIB, 40 * MIB),
    }
    assert refused(hub, "bert.gguf") is ErrorKind.MODEL_NOT_CHAT
    assert refused(hub, "new.gguf") is ErrorKind.MODEL_UNSUPPORTED
    assert refused(hub, "page.gguf") is ErrorKind.MODEL_NOT_GGUF
    assert refused(hub, "short.gguf") is ErrorKind.MODEL_TRUNCATED
    assert refused(hub, "layers.gguf") is ErrorKind.MODEL_BROKEN_HEADER
    assert refused(hub, "long.gguf") is ErrorKind.MODEL_BROKEN_HEADER
    assert refused(hub, "none.gguf") is ErrorKind.HUB_NOT_FOUND
    assert refused(hub, *[FIRST] * 65) is ErrorKind.MODEL_BROKEN_HEADER


def test_the_token_is_shown_to_the_hub_alone(hub: FakeHub, tmp_path: Path) -> None:
    hub.files["m.gguf"] = padded(tmp_path / "m.gguf", 0, 0)
    hub.wanted_token = "hf_right"
    assert refused(hub, "m.gguf") is ErrorKind.HUB_REFUSED
    assert peeked(hub, "m.gguf", token="hf_right")[1].layers == 2
    assert hub.tokens == ["", "hf_right"] and hub.tokens_at_storage == 0
