"""Proves that a file comes down whole and right from a hub that has bad days, or not at all."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from hermes_desktop import waiting
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.hub import library, listing, part, transfer
from hermes_desktop.hub.listing import Hub
from hermes_desktop.hub.part import Identity, Part
from hermes_desktop.hub.transfer import Patience, Wanted
from tests.hub.fake_hub import COMMIT, FakeHub, running

DATA = random.Random(1).randbytes(3_000_000)
PATIENCE = Patience(stall_seconds=1.5, tries=4, first_wait=0.001, spare=0)
LONGER = replace(PATIENCE, tries=10)  # a reset may take all that has not been read with it
WANTED = Wanted("maker/model", "main", "model.gguf")
listing.prepare()


class Log:
    """Remembers what a download told."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.hosts: list[str] = []
        self.done: list[int] = []

    def contacted(self, host: str) -> None:
        self.hosts.append(host)

    def moved(self, state: str, done: int, total: int) -> None:
        assert 0 <= done <= total == len(DATA)
        self.states.append(state)
        self.done.append(done)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with running(FakeHub({"model.gguf": DATA, "deep/model-00001-of-00002.gguf": DATA[:1000]})) as found:
        yield found


def fetched(
    hub: FakeHub, folder: Path, wanted: Wanted = WANTED, token: str = "", patience: Patience = PATIENCE
) -> Path:
    found, identity = transfer.fetch(wanted, folder, Hub(hub.endpoint, token), Log(), patience)
    assert identity.commit == COMMIT
    return found


def refused(hub: FakeHub, folder: Path, wanted: Wanted = WANTED) -> KnownError:
    with pytest.raises(KnownError) as caught:
        fetched(hub, folder, wanted)
    assert not (folder / "maker" / "model" / "model.gguf").exists()
    return caught.value


def test_a_file_comes_down_and_has_its_name_only_when_it_is_right(hub: FakeHub, tmp_path: Path) -> None:
    log = Log()
    found, identity = transfer.fetch(WANTED, tmp_path, Hub(hub.endpoint), log, PATIENCE)
    assert found == tmp_path / "maker" / "model" / "model.gguf"
    assert found.read_bytes() == DATA and identity.sha256 == hashlib.sha256(DATA).hexdigest()
    assert log.done == sorted(log.done) and log.done[-1] == len(DATA)
    assert list(tmp_path.rglob("*")) == [tmp_path / "maker", tmp_path / "maker" / "model", found]


def test_a_file_that_is_there_is_only_verified(hub: FakeHub, tmp_path: Path) -> None:
    fetched(hub, tmp_path)
    assert fetched(hub, tmp_path).read_bytes() == DATA
    assert hub.sent == len(DATA)
    (tmp_path / "maker/model/model.gguf").write_bytes(bytes(len(DATA)))
    assert fetched(hub, tmp_path).read_bytes() == DATA


def test_a_file_in_a_folder_of_its_repository_keeps_its_place(hub: FakeHub, tmp_path: Path) -> None:
    found = tmp_path / "maker/model/deep/model-00001-of-00002.gguf"
    wanted = Wanted("maker/model", "main", "deep/model-00001-of-00002.gguf")
    place, _ = transfer.fetch(wanted, tmp_path, Hub(hub.endpoint), _Silent(), PATIENCE)
    assert place == found and found.stat().st_size == 1000


class _Silent:
    def contacted(self, host: str) -> None:
        pass

    def moved(self, state: str, done: int, total: int) -> None:
        pass


@pytest.mark.parametrize(
    "troubles",
    [
        ["cut"] * 7,
        ["reset"] * 7,
        ["stall", "stall"],
        ["429", "503", "500"],
        ["403", "404"],
        ["cut", "416"],
        ["cut", "ignores range"],
        ["cut", "wrong range"],
        ["lies about length", "encoded"],
        ["cut", "reset", "503", "stall", "429", "cut", "403", "cut"],
    ],
)
def test_a_line_that_breaks_is_taken_up_again(hub: FakeHub, tmp_path: Path, troubles: list[str]) -> None:
    hub.troubles.extend(troubles)
    hub.cut_at = 400_000
    assert fetched(hub, tmp_path, patience=LONGER).read_bytes() == DATA
    assert not hub.troubles


def test_only_what_is_missing_is_fetched_again(hub: FakeHub, tmp_path: Path) -> None:
    hub.troubles.extend(["cut"] * 5)
    hub.cut_at = 500_000
    fetched(hub, tmp_path)
    assert hub.sent == len(DATA)
    assert hub.ranges == ["", *(f"bytes={at * 500_000}-" for at in range(1, 6))]


@pytest.mark.parametrize("trouble", ["wrong bytes"])
def test_bytes_that_were_changed_are_thrown_away(hub: FakeHub, tmp_path: Path, trouble: str) -> None:
    hub.always = trouble
    assert refused(hub, tmp_path).kind is ErrorKind.DOWNLOAD_DAMAGED
    assert not part.leftovers(tmp_path)


def test_bytes_that_were_changed_once_come_again(hub: FakeHub, tmp_path: Path) -> None:
    hub.troubles.append("wrong bytes")
    assert fetched(hub, tmp_path).read_bytes() == DATA


@pytest.mark.parametrize("trouble", ["503", "429", "403", "404", "too long", "encoded", "wrong range"])
def test_a_hub_that_stays_bad_ends_in_a_sentence(hub: FakeHub, tmp_path: Path, trouble: str) -> None:
    hub.cut_at = 1000
    hub.troubles.append("cut")
    hub.always = trouble
    error = refused(hub, tmp_path)
    assert error.kind is ErrorKind.DOWNLOAD_STOPPED
    assert error.values["size"] == len(DATA) and error.values["reason"]


@pytest.mark.parametrize("trouble", ["ignores range", "lies about length"])
def test_what_is_odd_but_brings_every_byte_is_taken(hub: FakeHub, tmp_path: Path, trouble: str) -> None:
    hub.cut_at = 1000
    hub.troubles.append("cut")
    hub.always = trouble
    assert fetched(hub, tmp_path).read_bytes() == DATA


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        ("401 GatedRepo", ErrorKind.HUB_REFUSED),
        ("403 GatedRepo", ErrorKind.HUB_REFUSED),
        ("404 RepoNotFound", ErrorKind.HUB_NOT_FOUND),
        ("404 EntryNotFound", ErrorKind.HUB_NOT_FOUND),
        ("404 RevisionNotFound", ErrorKind.HUB_NOT_FOUND),
        ("200", ErrorKind.HUB_ANSWER),
    ],
)
def test_what_the_hub_refuses_is_told_apart(
    hub: FakeHub, tmp_path: Path, trouble: str, kind: ErrorKind
) -> None:
    hub.head_troubles.append(trouble)
    assert refused(hub, tmp_path).kind is kind


def test_a_hub_that_is_busy_is_asked_again(hub: FakeHub, tmp_path: Path) -> None:
    hub.head_troubles.extend(["503", "500"])
    assert fetched(hub, tmp_path).read_bytes() == DATA


def test_a_hub_that_is_not_there_ends_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as caught:
        transfer.fetch(WANTED, tmp_path, Hub("http://127.0.0.1:9"), Log(), PATIENCE)
    assert caught.value.kind is ErrorKind.HUB_UNREACHABLE


def test_a_pinned_file_with_another_hash_is_not_fetched(hub: FakeHub, tmp_path: Path) -> None:
    pinned = Wanted("maker/model", COMMIT, "model.gguf", "0" * 64)
    assert refused(hub, tmp_path, pinned).kind is ErrorKind.DOWNLOAD_DIFFERENT
    assert hub.sent == 0
    right = Wanted("maker/model", COMMIT, "model.gguf", hashlib.sha256(DATA).hexdigest())
    assert fetched(hub, tmp_path, right).read_bytes() == DATA


def test_the_token_is_shown_to_the_hub_alone(hub: FakeHub, tmp_path: Path) -> None:
    fetched(hub, tmp_path, token="hf_secret")
    assert hub.tokens_at_storage == 0


def test_the_token_never_travels_in_the_clear() -> None:
    for endpoint, token in (
        ("https://huggingface.co", "hf_secret"),
        ("http://127.0.0.1:8000", "hf_secret"),
        ("http://[::1]:8000", "hf_secret"),
        ("http://hub.example", ""),
        ("http://127.0.0.1.example", ""),
    ):
        assert listing.hub_of(endpoint, "hf_secret").token == token
    hub = listing.hub_of("https://hub.example", "hf_secret")
    assert hub.pass_for("https://hub.example/x") == {"Authorization": "Bearer hf_secret"}
    for elsewhere in ("http://hub.example/x", "https://cdn.hub.example/x", "https://hub.example:8443/x"):
        assert hub.pass_for(elsewhere) == {}
    assert "hf_secret" not in repr(hub)


def test_a_full_disk_is_noticed_before_a_byte_comes(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(KnownError) as caught:
        transfer.fetch(WANTED, tmp_path, Hub(hub.endpoint), Log(), Patience(spare=2**60))
    assert caught.value.kind is ErrorKind.DISK_FULL and hub.sent == 0


@pytest.mark.parametrize(
    "file", ["../model.gguf", "a/../../model.gguf", "/etc/model.gguf", "..\\model.gguf", "c:x"]
)
def test_names_that_lead_out_of_the_folder_are_refused(tmp_path: Path, file: str) -> None:
    with pytest.raises(KnownError):
        transfer.target_of(tmp_path, "maker/model", file)


def test_what_has_come_of_another_content_is_forgotten(tmp_path: Path) -> None:
    target = tmp_path / "model.gguf"
    old = Identity("maker/model", COMMIT, "model.gguf", 10, "a" * 64)
    with Part(target, old) as begun:
        begun.append(b"12345")
    with Part(target, old) as again:
        assert again.length == 5
    new = Identity("maker/model", COMMIT, "model.gguf", 10, "b" * 64)
    with Part(target, new) as other:
        assert other.length == 0


def test_200_tampered_downloads_are_refused(tmp_path: Path) -> None:
    """One bit of a small file is turned, at 200 places; the control, untouched, is taken."""
    honest = random.Random(2).randbytes(2048)
    with running(FakeHub({"model.gguf": honest})) as hub:
        source = random.Random(3)
        for at in range(200):
            changed = bytearray(honest)
            changed[source.randrange(len(honest))] ^= 1 << source.randrange(8)
            hub.files["changed"] = bytes(changed)
            hub.always = "of changed"
            with pytest.raises(KnownError) as caught:
                transfer.fetch(WANTED, tmp_path / str(at), Hub(hub.endpoint), _Silent(), PATIENCE)
            assert caught.value.kind is ErrorKind.DOWNLOAD_DAMAGED
        hub.always = ""
        assert (
            transfer.fetch(WANTED, tmp_path, Hub(hub.endpoint), _Silent(), PATIENCE)[0].read_bytes() == honest
        )


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("", 0, 0),
        ("7", 7, 7),
        ("100000", 60, 60),
        ("9" * 5000, 0, 0),
        ("soon", 0, 0),
        ("-5", 0, 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("Fri, 31 Dec 2199 23:59:59 GMT", 60, 60),
        ("Fri, 31 Dec 2199 23:59:59 -0000", 60, 60),
        ("Fri, 31 Dec 99999 23:59:59 GMT", 0, 0),
        ("Fri, 31 Dec 2199 23:59:59 +9999999999999999", 0, 60),
    ],
)
def test_a_server_may_ask_to_be_left_alone_for_seconds_or_until_a_date(
    text: str, low: int, high: int
) -> None:
    assert low <= waiting.retry_after(_Answer(text)) <= high


def test_a_date_that_is_near_is_waited_for() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 20 <= waiting.retry_after(_Answer(soon)) <= 30


class _Answer:
    def __init__(self, text: str) -> None:
        self.headers = {"Retry-After": text} if text else {}


def test_a_busy_server_that_gives_a_date_is_asked_again(hub: FakeHub, tmp_path: Path) -> None:
    hub.troubles.append("429")
    hub.retry_after = "Wed, 21 Oct 2015 07:28:00 GMT"
    assert fetched(hub, tmp_path).read_bytes() == DATA


def test_the_hashes_of_parts_are_noted_and_read(tmp_path: Path) -> None:
    parts = [(tmp_path / f"m-0000{at}-of-00002.gguf", str(at) * 64) for at in (1, 2)]
    part.note_hashes(parts)
    first = parts[0][0]
    assert part.noted_hashes(first) == {path.name: sha256 for path, sha256 in parts}
    part.hashes_of(first).write_text(f"{'x' * 64}  a\nshort  b\n\n{'a' * 64}  c  d\n")
    assert part.noted_hashes(first) == {"c  d": "a" * 64}
    assert part.noted_hashes(tmp_path / "none.gguf") == {}


def test_another_part_than_was_fetched_is_noticed(tmp_path: Path) -> None:
    paths = [tmp_path / f"m-0000{at}-of-00002.gguf" for at in (1, 2)]
    for path in paths:
        path.write_bytes(path.name.encode())
    part.note_hashes([(path, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths])
    whole = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    assert library.hash_file(paths[0], lambda *_: None, lambda: False) == whole
    paths[1].write_bytes(b"another")
    with pytest.raises(KnownError) as caught:
        library.hash_file(paths[0], lambda *_: None, lambda: False)
    assert caught.value.kind is ErrorKind.MODEL_CHANGED and caught.value.values["path"] == str(paths[1])
