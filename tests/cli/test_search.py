"""`models search`, and what `fit` and `download` ask of a hub on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.storage.lock import FolderLock
from tests.cli.shell import Shell, one_sentence
from tests.hub.fake_hub import FakeHub, running


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    data = tiny_gguf.write(tmp_path / "tiny.gguf").read_bytes()
    with running(FakeHub({"tiny.Q4_K_M.gguf": data, "other.gguf": data}, "maker/tiny")) as found:
        monkeypatch.setenv("HF_ENDPOINT", found.endpoint)
        yield found


def ledger(shell: Shell, *names: str) -> list[tuple[Any, ...]]:
    lines = (shell.folder / "connections.jsonl").read_text().splitlines()
    return [tuple(entry[name] for name in names) for entry in map(json.loads, lines)]


def test_repositories_are_searched_beside_an_open_window(shell: Shell, hub: FakeHub) -> None:
    shell.folder.mkdir()
    lock = FolderLock.acquire(shell.folder)
    found = shell("models", "search", "TINY", "--json")
    assert found.status == 0, found.err
    assert found.json == [
        {
            "repository": "maker/tiny",
            "downloads": 12345,
            "likes": 67,
            "gated": False,
            "changed": "2024-08-15",
            "licence": "mit",
            "accept_licence": None,
            "tags": ["gguf"],
        }
    ]
    nothing = shell("models", "search", "unheard of")
    assert (nothing.status, nothing.out) == (0, "") and "no GGUF repository" in nothing.err
    lock.release()
    assert len(hub.asked) == 2
    found_by = ledger(shell, "asked_by", "outcome")
    assert found_by == [("search for “TINY”", "done"), ("search for “unheard of”", "done")]


def test_a_file_on_the_hub_is_estimated_like_one_on_the_disk(
    shell: Shell, hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--context", "512", "--kv", "q8_0", "--ram", "8G", "--json")
    there = shell("models", "fit", "maker/tiny/tiny.Q4_K_M.gguf", *words)
    assert there.status == 0, there.err
    assert there.json == shell("models", "fit", str(tmp_path / "tiny.gguf"), *words).json
    assert ledger(shell, "received") == [(hub.sent,)]  # the whole of a small file, to the byte
    assert not (shell.folder / "hermes.db").exists() and not (shell.folder / "models").exists()
    one_sentence(shell("models", "fit", "maker/tiny/none.gguf"), "none.gguf")
    (tmp_path / "maker/none").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    hub.asked.clear()
    one_sentence(shell("models", "fit", "maker/none/none.gguf"), "No model is called maker/none/none.gguf")
    assert hub.asked == []  # it could be a file in a folder of this computer


def test_a_repository_without_a_file_says_what_there_is(shell: Shell, hub: FakeHub) -> None:
    ended = shell("models", "download", "maker/tiny")
    one_sentence(ended, "tiny.Q4_K_M.gguf (", "other.gguf (", "maker/tiny/FILE.gguf")
    last = shell("models", "download", "maker/tiny", "--json")
    assert last.status == 1 and last.json["state"] == "failed" and not last.json["resumable"]
    hub.files = {}
    one_sentence(shell("models", "download", "maker/tiny"), "no GGUF model")


def test_a_strangers_llama_has_a_licence_too(shell: Shell, hub: FakeHub) -> None:
    hub.tags = ("gguf", "license:llama3.2")
    words = ("models", "download", "maker/tiny/other.gguf")
    refused = shell(*words)
    one_sentence(refused, "--accept-licence", "llama3.2", "https://www.llama.com/llama3_2/license/")
    assert hub.sent == 0
    assert shell(*words, "--accept-licence").status == 0


def test_the_token_comes_from_the_environment_and_is_used_where_it_is_needed(
    shell: Shell, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.wanted_token = "hf_secret"
    words = ("models", "download", "maker/tiny/other.gguf", "--json")
    refused = shell(*words)
    assert refused.status == 1 and "HF_TOKEN" in json.loads(refused.out.splitlines()[-1])["hint"]
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.tokens.clear()
    assert shell(*words).status == 0
    assert hub.tokens[0] == "" and hub.tokens[-1] == "hf_secret" and hub.tokens_at_storage == 0
    hub.tokens.clear()
    assert shell("models", "search", "tiny", "--json").json[0]["gated"]
    assert hub.tokens == [""]
    hub.wanted_token = ""
    assert shell("models", "download", "maker/tiny/tiny.Q4_K_M.gguf").status == 0
    assert set(hub.tokens) == {""}
    for path in (path for path in shell.folder.rglob("*") if path.is_file()):
        assert b"hf_secret" not in path.read_bytes()


def test_a_sealed_app_does_not_ask(shell: Shell, hub: FakeHub) -> None:
    (shell.folder / "config").mkdir(parents=True)
    (shell.folder / "config" / "preferences.json").write_text('{"sealed": true}')
    for words in (("search", "x"), ("fit", "maker/tiny/other.gguf")):
        one_sentence(shell("models", *words), "sealed")
    assert hub.asked == []
    assert not (shell.folder / "connections.jsonl").exists()


def test_what_strangers_write_cannot_steer_the_terminal(
    shell: Shell, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.tags = ("license:\x1b]0;evil\x07\x1b[2J",)
    monkeypatch.delenv("HF_ENDPOINT")
    ended = shell("models", "search", "tiny", "--endpoint", hub.endpoint)
    assert (
        ended.status == 0
        and "maker/tiny" in ended.out
        and "\x1b" not in ended.out
        and "\x07" not in ended.out
    )
