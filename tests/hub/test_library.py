"""Proves which files the library takes, what it calls them, and that it hashes what is there."""

import hashlib
from pathlib import Path

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.containers import model_header
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.hub import library
from hermes_desktop.hub.fingerprint import Fingerprint


def test_a_chat_model_is_taken(tmp_path: Path) -> None:
    assert library.inspect(tiny_gguf.write(tmp_path / "m.gguf")).architecture == "llama"


@pytest.mark.parametrize(
    ("architecture", "kind"),
    [
        ("bert", ErrorKind.MODEL_NOT_CHAT),
        ("clip", ErrorKind.MODEL_NOT_CHAT),
        ("hermes-9", ErrorKind.MODEL_UNSUPPORTED),
    ],
)
def test_others_are_refused(tmp_path: Path, architecture: str, kind: ErrorKind) -> None:
    path = tiny_gguf.write(tmp_path / "m.gguf", architecture=architecture)
    with pytest.raises(KnownError) as caught:
        library.inspect(path)
    assert (caught.value.kind, caught.value.values["path"]) == (kind, str(path))


@pytest.mark.parametrize("missing", ["tokenizer.ggml.tokens", "llama.block_count", "llama.context_length"])
def test_a_part_of_a_model_is_no_chat_model(tmp_path: Path, missing: str) -> None:
    path = tiny_gguf.write(tmp_path / "m.gguf", metadata={missing: 0})
    with pytest.raises(KnownError) as caught:
        library.inspect(path)
    assert caught.value.kind is ErrorKind.MODEL_NOT_CHAT


def test_any_part_stands_for_the_whole(tmp_path: Path) -> None:
    first, second = (tmp_path / f"m-0000{at}-of-00002.gguf" for at in (1, 2))
    tiny_gguf.write(first, name="Whole", metadata={"split.count": 2})
    tiny_gguf.write(second, name="Rest", metadata={"split.count": 2})
    assert library.first_part(second) == first
    assert library.inspect(second).name == "Whole"


def test_the_hash_is_that_of_the_bytes_and_progress_reaches_the_end(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(bytes(range(256)) * 40_000)
    steps: list[tuple[int, int]] = []
    found = library.hash_file(path, lambda done, total: steps.append((done, total)), lambda: False)
    assert found == hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(steps) > 1
    assert steps[-1] == (10_240_000, 10_240_000)
    assert steps == sorted(steps)


def test_hashing_can_be_cancelled_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(bytes(10_000_000))
    steps: list[int] = []
    assert library.hash_file(path, lambda done, _: steps.append(done), lambda: bool(steps)) is None
    assert len(steps) == 1


def test_hashing_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(bytes(range(256)) * 40_000)
    work, steps = Fingerprint(path), list[int]()
    assert work.go_on(lambda done, _: steps.append(done), lambda: bool(steps)) is None
    found = work.go_on(lambda done, _: steps.append(done), lambda: False)
    assert found == hashlib.sha256(path.read_bytes()).hexdigest()
    assert steps == sorted(set(steps)) and steps[-1] == 10_240_000  # nothing was read twice


def test_a_file_that_has_changed_meanwhile_is_hashed_anew(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(bytes(10_000_000))
    work, steps = Fingerprint(path), list[int]()
    assert work.go_on(lambda done, _: steps.append(done), lambda: bool(steps)) is None
    path.write_bytes(b"another one" * 900_000)
    assert work.go_on(lambda *_: None, lambda: False) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_hashing_what_is_not_there_is_a_known_failure(tmp_path: Path) -> None:
    for path, kind in ((tmp_path / "none", ErrorKind.FILE_MISSING), (tmp_path, ErrorKind.FILE_UNREADABLE)):
        with pytest.raises(KnownError) as caught:
            library.hash_file(path, lambda *_: None, lambda: False)
        assert caught.value.kind is kind


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Hermes 3 Llama 3.1 8B", "Hermes 3 Llama 3.1 8B"),
        ("", "file"),
        (" \n\x1b\u202e ", "file"),
        ("two\nlines\x00", "two lines"),
        ("x" * 500, "x" * 80),
    ],
)
def test_names_are_one_short_line(tmp_path: Path, name: str, shown: str) -> None:
    path = tiny_gguf.write(tmp_path / "file.gguf", name=name)
    assert library.display_name(model_header.read_header(path), path) == shown


@pytest.mark.parametrize(
    ("name", "word"),
    [("Q4_K_M", "usual"), ("Q4_K_S", "good"), ("Q8_0", "lossless"), ("IQ1_S", "barely"), ("Q2_K", "weaker")],
)
def test_quantisations_have_a_note(name: str, word: str) -> None:
    assert word in library.quantisation_note(name)


def test_an_unknown_quantisation_has_no_note() -> None:
    assert library.quantisation_note("ZZZ") == ""
