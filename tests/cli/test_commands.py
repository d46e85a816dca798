"""The commands as scripts call them: a process, its exit status, its JSON, its sentences."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.storage.database import NAME, Database
from hermes_desktop.storage.lock import FolderLock


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Types commands on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, stdin: str = "", display: bool = False) -> Ended:
        environment = os.environ | {"HERMES_DESKTOP_DATA": str(self.folder), "PYTHONUNBUFFERED": "1"}
        for name in () if display else ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            environment.pop(name, None)
        ended = subprocess.run(
            [sys.executable, "-m", "hermes_desktop", *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=environment,
            timeout=90,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(tiny_gguf.write(tmp_path / "tiny.gguf", context=8192, says=["Aye", ", so it is."]))


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the data folder as an open window does."""
    lock = FolderLock.acquire(folder)
    try:
        yield
    finally:
        lock.release()


def _one_sentence(ended: Ended, *parts: str) -> None:
    assert ended.status == 1 and ended.out == ""
    assert "Traceback" not in ended.err and len(ended.err.strip().splitlines()) == 1
    assert all(part in ended.err for part in parts), ended.err


def test_help_names_every_command(shell: Shell) -> None:
    ended = shell("--help")
    assert ended.status == 0
    for name in ("chat", "personas", "conversations", "models", "doctor", "bench"):
        assert name in ended.out


@pytest.mark.parametrize("words", [("nonsense",), ("models", "add"), ("chat", "--seed", "-1"), ("models",)])
def test_wrong_usage_is_status_2(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell(*words).status == 2


def test_personas_list_and_show(shell: Shell) -> None:
    listed = shell("personas", "list", "--json").json
    assert len(listed) == 14
    assert set(listed[0]) == {"persona_id", "name", "tags", "spec", "lore_entries"}
    mira = shell("personas", "show", "mira", "--json").json
    assert mira["spec"] == "chara_card_v3" and mira["data"]["name"] == "Mira"
    assert mira["version"] == 1 and mira["persona_id"] in {each["persona_id"] for each in listed}
    assert "Mira" in shell("personas", "show", "Mira").out
    _one_sentence(shell("personas", "show", "Nobody"), "Nobody")


def test_personas_import_takes_the_good_ones(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"name": "Ada", "description": "Counts.", "first_mes": "Hi."}')
    (tmp_path / "two.json").write_text(
        json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Bo", "x": 1}})
    )
    (tmp_path / "bad.json").write_text("{")
    files = [str(tmp_path / name) for name in ("one.json", "two.json", "bad.json", "missing.json")]
    ended = shell("personas", "import", *files, "--json")
    assert ended.status == 1
    assert [report["ok"] for report in ended.json] == [True, True, False, False]
    assert [report["spec"] for report in ended.json][:2] == ["v1", "v2"]
    assert all(report["error"] for report in ended.json[2:])
    assert set(ended.json[0]) == {
        *("file", "ok", "persona_id", "name", "format", "spec", "lore_entries", "fields", "error")
    }
    names = {each["name"] for each in shell("personas", "list", "--json").json}
    assert {"Ada", "Bo"} <= names
    assert shell("personas", "show", "Bo", "--json").json["data"]["x"] == 1


def test_models_add_list_verify_remove(shell: Shell, model: str) -> None:
    added = shell("models", "add", model, "--json")
    assert added.status == 0 and set(added.json) == {
        *("name", "path", "size", "sha256", "quantisation", "context", "verified")
    }
    assert added.json["sha256"] and added.json["verified"] and added.json["context"] == 8192
    assert shell("models", "list", "--json").json == [added.json]
    assert shell("models", "verify", "Tiny Hermes").status == 0
    tiny_gguf.write(Path(model), context=8192, seed=9)
    _one_sentence(shell("models", "verify", "Tiny Hermes"), "tiny.gguf")
    assert shell("models", "remove", "Tiny Hermes").status == 0
    assert shell("models", "list", "--json").json == [] and Path(model).exists()


@pytest.mark.parametrize("kind", ["missing", "text", "cut", "mamba"])
def test_a_file_that_is_no_model_is_refused_in_a_sentence(shell: Shell, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"{kind}.gguf"
    if kind == "text":
        file.write_text("Dear reader")
    elif kind == "cut":
        tiny_gguf.write(file, cut=200_000)
    elif kind == "mamba":
        tiny_gguf.write(file, architecture="clip")
    _one_sentence(shell("models", "add", str(file)), file.name)
    assert shell("models", "list", "--json").json == []


def test_chat_once_gives_the_promised_json(shell: Shell, model: str) -> None:
    ended = shell("chat", "--persona", "Hobbs", "--model", model, "--once", "Well?", "--seed", "7", "--json")
    assert ended.status == 0, ended.err
    reply = ended.json
    assert reply["text"] == "Aye, so it is." and reply["seed"] == 7 and reply["stop_reason"] == "end"
    assert {
        *("conversation_id", "message_id", "prompt_tokens", "evaluated_tokens", "kept_tokens"),
        *("shifted_tokens", "generated_tokens", "first_token_ms", "tokens_per_second"),
        *("restored_from_snapshot", "model", "devices"),
    } <= set(reply)
    assert set(reply["model"]) == {"name", "sha256"} and set(reply["devices"][0]) == {"name", "layers"}
    shown = shell("conversations", "show", str(reply["conversation_id"]), "--json").json
    assert [message["text"] for message in shown["messages"]][1:] == ["Well?", "Aye, so it is."]
    assert [message["position"] for message in shown["messages"]] == [1, 2, 3]
    assert set(shown["messages"][0]) == {
        *("message_id", "position", "role", "name", "text", "created_at", "versions", "version")
    }
    listed = shell("conversations", "list", "--json").json
    assert listed[0]["conversation_id"] == reply["conversation_id"]


def test_alternatives_are_versions(shell: Shell, model: str) -> None:
    ended = shell(
        "chat", "--persona", "Pim", "--model", model, "--once", "Well?", "--alternatives", "2", "--json"
    )
    assert ended.status == 0, ended.err
    assert len(ended.json["alternatives"]) == 2
    shown = shell("conversations", "show", str(ended.json["conversation_id"]), "--json").json
    assert shown["messages"][-1]["versions"] == 2


def test_a_conversation_goes_on(shell: Shell, model: str) -> None:
    first = shell("chat", "--persona", "Pim", "--model", model, "--once", "One.", "--json").json
    again = shell("chat", "--conversation", str(first["conversation_id"]), "--once", "Two.", "--json").json
    assert again["conversation_id"] == first["conversation_id"]
    shown = shell("conversations", "show", str(first["conversation_id"]), "--json").json
    assert [m["text"] for m in shown["messages"]][1:] == ["One.", "Aye, so it is.", "Two.", "Aye, so it is."]


def test_without_a_display_the_terminal_opens(shell: Shell, model: str) -> None:
    shell("models", "add", model)
    ended = shell("chat", "--persona", "Pim", "--model", "Tiny Hermes", stdin="One.\nTwo.\n")
    assert ended.status == 0 and ended.out.count("Aye, so it is.") == 2
    bare = shell(stdin="")
    assert "no display" in bare.err


def test_chat_without_a_model_says_what_is_missing(shell: Shell) -> None:
    ended = shell("chat", "--persona", "Pim", "--once", "Well?")
    assert ended.status == 1 and "Traceback" not in ended.err and "model" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("chat", "--persona", "Nobody", "--once", "x"),
        ("chat", "--conversation", "99", "--once", "x"),
        ("chat", "--preset", "Nope", "--once", "x"),
        ("conversations", "show", "99"),
        ("models", "verify", "Nothing"),
    ],
    ids=" ".join,
)
def test_unknown_names_are_told_in_a_sentence(shell: Shell, words: tuple[str, ...]) -> None:
    _one_sentence(shell(*words))


def test_doctor_is_content_with_a_good_folder(shell: Shell) -> None:
    shell("personas", "list")
    ended = shell("doctor", "--json")
    assert ended.status == 0 and ended.json["sound"] and ended.json["engine"]["works"]
    assert ended.json["database"]["structure"] == "ok"


def test_a_newer_database_is_refused_untouched(shell: Shell) -> None:
    shell("personas", "list")
    connection = sqlite3.connect(shell.folder / NAME)
    connection.execute("pragma user_version = 99")
    connection.close()
    before = (shell.folder / NAME).read_bytes()
    _one_sentence(shell("personas", "list"), NAME)
    _one_sentence(shell("chat", "--once", "x"), NAME)
    assert (shell.folder / NAME).read_bytes() == before
    assert shell("doctor").status == 1


def test_a_damaged_database_is_refused_untouched(shell: Shell) -> None:
    shell("personas", "list")
    file = shell.folder / NAME
    file.write_bytes(b"\xff" * 20_000)
    for name in ("-wal", "-shm"):
        file.with_name(NAME + name).unlink(missing_ok=True)
    _one_sentence(shell("personas", "list"), NAME)
    assert file.read_bytes() == b"\xff" * 20_000


def test_beside_an_open_window_reading_works_and_writing_says_why_not(shell: Shell, model: str) -> None:
    shell("personas", "list")
    with held(shell.folder):
        assert len(shell("personas", "list", "--json").json) == 14
        assert shell("conversations", "list", "--json").json == []
        assert shell("models", "list", "--json").json == []
        _one_sentence(shell("models", "add", model), str(os.getpid()))
        _one_sentence(shell("chat", "--once", "x"), str(os.getpid()))


def test_what_foreign_text_would_do_to_a_terminal_is_taken_out(shell: Shell, tmp_path: Path) -> None:
    card = {"name": "E\x1b[31mvil", "description": "x", "first_mes": "y"}
    (tmp_path / "card.json").write_text(json.dumps(card))
    shell("personas", "import", str(tmp_path / "card.json"))
    assert "\x1b" not in shell("personas", "list").out


def test_a_reader_that_goes_away_is_no_error(shell: Shell) -> None:
    Database.open(_made(shell.folder)).close()
    command = (
        f"{sys.executable} -m hermes_desktop personas list --json --data-dir {shell.folder} | head -c 10"
    )
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in ended.stderr


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
