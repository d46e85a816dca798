"""The commands as scripts call them: a process, its exit status, its JSON, its sentences."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hermes_desktop import machine
from hermes_desktop.app import speeds
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.speed import Calibration, Rate
from hermes_desktop.storage.database import NAME, Database
from hermes_desktop.storage.lock import FolderLock
from tests import writing
from tests.cli.shell import Shell, Typed, one_sentence

GIB = 1024**3


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


def names_of_models(shell: Shell) -> list[str]:
    return [each["name"] for each in shell("models", "list", "--json").json]


def test_help_names_every_command(shell: Shell) -> None:
    ended = shell("--help")
    assert ended.status == 0
    for name in ("chat", "personas", "conversations", "models", "doctor", "bench"):
        assert name in ended.out


@pytest.mark.parametrize("words", [("nonsense",), ("models", "add"), ("chat", "--seed", "-1"), ("models",)])
def test_wrong_usage_is_status_2(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell(*words).status == 2


def test_personas_list_and_show(typed: Typed) -> None:
    listed = typed("personas", "list", "--json").json
    assert len(listed) == 15
    assert set(listed[0]) == {"persona_id", "name", "tags", "spec", "lore_entries"}
    mira = typed("personas", "show", "mira", "--json").json
    assert mira["spec"] == "chara_card_v3" and mira["data"]["name"] == "Mira"
    assert mira["version"] == 1 and mira["persona_id"] in {each["persona_id"] for each in listed}
    assert "Mira" in typed("personas", "show", "Mira").out
    one_sentence(typed("personas", "show", "Nobody"), "Nobody")


def test_personas_set_changes_one_field_and_nothing_else(typed: Typed, tmp_path: Path) -> None:
    data = {
        "name": "Bo",
        "first_mes": "Hi.",
        "alternate_greetings": ["a", "b"],
        "x": 1.0,
        "extensions": {"y": None},
    }
    (tmp_path / "bo.json").write_text(
        json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": data})
    )
    typed("personas", "import", str(tmp_path / "bo.json"))
    ended = typed("personas", "set", "Bo", "alternate_greetings[1]", "c\n{{user}}", "--json")
    assert ended.status == 0 and ended.json["version"] == 2 and ended.json["name"] == "Bo"
    shown = typed("personas", "show", "Bo", "--json").json
    assert shown["data"] == data | {"alternate_greetings": ["a", "c\n{{user}}"]}
    assert "version 3" in typed("personas", "set", "Bo", "first_mes", "Ho.").out
    one_sentence(typed("personas", "set", "Bo", "colour", "red"), "colour", "first_mes")
    one_sentence(typed("personas", "set", "Bo", "name", " "), "name")
    one_sentence(typed("personas", "set", "Nobody", "first_mes", "x"), "Nobody")
    assert typed("personas", "set", "Bo", "first_mes").status == 2


def test_personas_delete_and_restore(shell: Shell) -> None:
    gone = shell("personas", "delete", "mira", "--json")
    assert gone.status == 0 and gone.json["deleted"] is True
    assert len(shell("personas", "list", "--json").json) == 14
    one_sentence(shell("personas", "delete", "Mira"), "Mira")
    back = shell("personas", "restore", str(gone.json["persona_id"]), "--json")
    assert back.json["deleted"] is False and back.json["name"] == "Mira"
    one_sentence(shell("personas", "restore", "Mira"), "Mira")
    with held(shell.folder):
        one_sentence(shell("personas", "delete", "Mira"), "open")


def test_personas_import_takes_lorebooks(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "sea.json").write_text(json.dumps({"entries": {"0": {"key": ["cat"], "content": "x"}}}))
    ended = shell("personas", "import", str(tmp_path / "sea.json"), "--json")
    (row,) = ended.json
    assert ended.status == 0 and row["ok"] and row["persona_id"] is None and row["lorebook_id"]
    assert (row["name"], row["spec"], row["lore_entries"]) == ("sea", "world_info", 1)
    again = shell("personas", "import", str(tmp_path / "sea.json"))
    assert again.status == 0 and f"sea (lorebook {row['lorebook_id']}, world_info, json)" in again.out
    assert "here already" in again.out


def test_personas_lint(typed: Typed, tmp_path: Path) -> None:
    fine = typed("personas", "lint", "mira", "--json")
    assert (
        fine.status == 0 and fine.json["errors"] == fine.json["warnings"] == 0 and fine.json["tokens"] > 100
    )
    book = {"entries": [{"keys": [], "content": "x"}]}
    card = {"name": "Bo", "description": "{{weather}}", "first_mes": "Hi.", "character_book": book}
    (tmp_path / "bo.json").write_text(json.dumps(card))
    ended = typed("personas", "lint", str(tmp_path / "bo.json"), "--json")
    assert ended.status == 1 and (ended.json["errors"], ended.json["warnings"]) == (1, 1)
    found = {each["kind"]: each for each in ended.json["findings"]}
    assert (
        found["macro_unknown"]["field"] == "description" and found["macro_unknown"]["text"] == "{{weather}}"
    )
    assert found["lore_no_keys"]["weight"] == "error" and found["lore_no_keys"]["words"]
    card["character_book"] = {}
    (tmp_path / "bo.json").write_text(json.dumps(card))
    warned = typed("personas", "lint", str(tmp_path / "bo.json"))
    assert warned.status == 0 and "warning: description: {{weather}}" in warned.out
    one_sentence(typed("personas", "lint", str(tmp_path / "none.json")), "none.json")
    one_sentence(typed("personas", "lint", "Nobody"), "Nobody")


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
        *("file", "ok", "persona_id", "name", "format", "spec", "lore_entries", "fields", "error"),
        *("notes", "duplicate", "lorebook_id", "profile_ids"),
    }
    names = {each["name"] for each in shell("personas", "list", "--json").json}
    assert {"Ada", "Bo"} <= names
    assert shell("personas", "show", "Bo", "--json").json["data"]["x"] == 1


def test_the_catalogue_marks_one_best_choice_and_opens_no_database(shell: Shell) -> None:
    listed = shell("models", "catalog", "--json").json
    assert {entry["model"] for entry in listed} == {
        f"Hermes 3 {size}" for size in ("3B", "8B", "70B", "405B")
    }
    assert sum(entry["best"] for entry in listed) <= 1
    assert all(entry["advice"] and entry["size"] > 0 and entry["licence"] for entry in listed)
    assert "8b-q4_k_m" in shell("models", "catalog").out
    assert not (shell.folder / NAME).exists()


def test_fit_reckons_for_a_file_and_for_a_published_one(shell: Shell, model: str) -> None:
    file = shell("models", "fit", model, "--context", "512", "--json").json
    # two layers, two heads of 32 for keys and for values, two bytes each
    assert file["kv"] == 2 * 2 * 32 * 2 * 2 * 512
    assert file["fits"] and file["layers"] == 3 and file["weights"] < Path(model).stat().st_size
    words = ("models", "fit", "8b-q4_k_m", "--context", "8192", "--json", "--ram")
    small, large = shell(*words, "4G").json, shell(*words, str(16 * GIB), "--vram", "8G").json
    assert (small["fits"], large["fits"]) == (False, True)
    assert small["kv"] == large["kv"] == GIB
    assert (small["gpu_layers"], large["gpu_layers"], large["layers"]) == (0, 33, 33)
    assert "smaller" in small["advice"] and "33 of 33" in large["advice"]
    assert small["instead"].startswith("3b-") and large["instead"] is None
    assert "33 of 33" in shell("models", "fit", "8b-q4_k_m", "--ram", "16G", "--vram", "8G").out
    quantised = shell("models", "fit", "8b-q4_k_m", "--kv", "q8_0", "--json").json
    assert quantised["kv"] == 544 * 1024**2
    assert not (shell.folder / NAME).exists()


def test_speeds_are_told_once_this_machine_was_measured(shell: Shell) -> None:
    assert all(entry["tokens_per_second"] is None for entry in shell("models", "catalog", "--json").json)
    assert "--measure" in shell("models", "catalog").err
    fit = ("models", "fit", "3b-q4_k_m", "--context", "512", "--ram", "16G", "--json")
    assert shell(*fit).json["tokens_per_second"] is None
    found = Calibration(machine.cores(), "build", 5, (Rate(4.5, 40e9), Rate(8.5, 20e9)))
    speeds.keep(shell.folder / "config", found)
    assert 9 < shell(*fit).json["tokens_per_second"] < 13
    assert shell(*fit, "--vram", "8G").json["tokens_per_second"] is None  # measured in main memory
    listed = {entry["name"]: entry for entry in shell("models", "catalog", "--json").json}
    assert listed["405b-q4_k_m"]["tokens_per_second"] is None or listed["405b-q4_k_m"]["longest_context"]
    smallest = listed["3b-q4_k_m"]
    assert (smallest["tokens_per_second"] is not None) == (smallest["longest_context"] > 0)
    table = shell("models", "catalog")
    assert ("about" in table.out) == (smallest["longest_context"] > 0) and "--measure" not in table.err


def test_fit_of_nothing_isone_sentence(shell: Shell, tmp_path: Path) -> None:
    one_sentence(shell("models", "fit", "12b-q4"), "12b-q4")
    file = tmp_path / "page.gguf"
    file.write_text("<html>")
    one_sentence(shell("models", "fit", str(file)), "page.gguf")


def test_models_add_list_verify_remove(shell: Shell, model: str) -> None:
    added = shell("models", "add", model, "--json")
    assert added.status == 0 and set(added.json) == {
        *("name", "path", "size", "sha256", "quantisation", "context", "verified")
    }
    assert added.json["sha256"] and added.json["verified"] and added.json["context"] == 8192
    understudy, listed = sorted(shell("models", "list", "--json").json, key=lambda each: each["size"])[::-1]
    assert listed == added.json and understudy["name"] == "Understudy"
    assert shell("models", "verify", "Tiny Hermes").status == 0
    tiny_gguf.write(Path(model), context=8192, seed=9)
    one_sentence(shell("models", "verify", "Tiny Hermes"), "tiny.gguf")
    assert shell("models", "remove", "Tiny Hermes").status == 0
    assert names_of_models(shell) == ["Understudy"] and Path(model).exists()
    one_sentence(shell("models", "remove", "Understudy"), "Understudy")
    assert names_of_models(shell) == ["Understudy"]


@pytest.mark.parametrize("kind", ["missing", "text", "cut", "mamba"])
def test_a_file_that_is_no_model_is_refused_in_a_sentence(shell: Shell, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"{kind}.gguf"
    if kind == "text":
        file.write_text("Dear reader")
    elif kind == "cut":
        tiny_gguf.write(file, cut=200_000)
    elif kind == "mamba":
        tiny_gguf.write(file, architecture="clip")
    one_sentence(shell("models", "add", str(file)), file.name)
    assert names_of_models(shell) == ["Understudy"]


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
    assert shell("chat", "--alternatives", "2").status == 2  # they go with --once
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
    streamed = shell("chat", "--persona", "Pim", "--model", "Tiny Hermes", "--json", stdin="One.\nTwo.\n")
    assert [json.loads(line)["text"] for line in streamed.out.splitlines()] == ["Aye, so it is."] * 2
    bare = shell(stdin="")
    assert "no display" in bare.err


def test_chat_plays_with_the_understudy_until_there_is_another_model(shell: Shell, model: str) -> None:
    ended = shell("chat", "--once", "Hello, who are you?", "--json")
    assert ended.status == 0 and "Hermes" in ended.json["text"] and ended.json["stop_reason"] == "end"
    shell("models", "add", model)
    assert "Aye" in shell("chat", "--once", "Hello, who are you?", "--temperature", "0").out


def test_chat_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    """A build without the shipped file, as a distribution may make one."""
    start = (
        "from hermes_desktop.hub import understudy; understudy.shipped = lambda: None;"
        "from hermes_desktop.__main__ import main; raise SystemExit(main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", start, "chat", "--persona", "Pim", "--once", "Well?"],
        env=os.environ | {"HERMES_DESKTOP_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ended.returncode == 1 and "Traceback" not in ended.stderr and "model" in ended.stderr


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
    one_sentence(shell(*words))


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
    one_sentence(shell("personas", "list"), NAME)
    one_sentence(shell("chat", "--once", "x"), NAME)
    assert (shell.folder / NAME).read_bytes() == before
    assert shell("doctor").status == 1


def test_a_damaged_database_is_refused_untouched(shell: Shell) -> None:
    shell("personas", "list")
    file = shell.folder / NAME
    file.write_bytes(b"\xff" * 20_000)
    for name in ("-wal", "-shm"):
        file.with_name(NAME + name).unlink(missing_ok=True)
    one_sentence(shell("personas", "list"), NAME)
    assert file.read_bytes() == b"\xff" * 20_000


def test_beside_an_open_window_reading_works_and_writing_says_why_not(shell: Shell, model: str) -> None:
    shell("personas", "list")
    with held(shell.folder):
        assert len(shell("personas", "list", "--json").json) == 15
        assert shell("conversations", "list", "--json").json == []
        assert names_of_models(shell) == ["Understudy"]
        one_sentence(shell("models", "add", model), str(os.getpid()))
        one_sentence(shell("chat", "--once", "x"), str(os.getpid()))


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


def test_personas_import_takes_folders_and_every_format(shell: Shell, tmp_path: Path) -> None:
    document = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ada", "first_mes": "Hi."}}
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "a.png").write_bytes(writing.png(writing.text("chara", writing.encoded(document))))
    (folder / "b.charx").write_bytes(writing.charx(document | {"data": {"name": "Bo", "first_mes": "Hi."}}))
    (folder / "c.yaml").write_text("name: Cy\ncontext: Counts.\n")
    (folder / "d.json").write_text(json.dumps(document))
    ended = shell("personas", "import", str(folder), "--json")
    assert ended.status == 0, ended.err
    assert [(each["format"], each["spec"], each["name"]) for each in ended.json] == [
        ("png", "v2", "Ada"),
        ("charx", "v2", "Bo"),
        ("yaml", "ooba", "Cy"),
        ("json", "v2", "Ada"),
    ]
    assert [each["duplicate"] for each in ended.json] == [False, False, False, True]
    assert ended.json[3]["persona_id"] == ended.json[0]["persona_id"]
    assert "Ada" in shell("personas", "import", str(folder / "a.png")).out
    (folder / "e.png").write_bytes(writing.png(writing.packed_text("chara", b"\0" * 50_000_000)))
    one_sentence(shell("personas", "import", str(folder / "e.png")), "e.png", "refused")


def test_names_that_are_no_letters_are_no_trouble(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    folder.mkdir()
    for name in (b"\xff\xfe.json", b"a\nb\x1b[2J.json", b"\xf0.png"):
        (folder / os.fsdecode(name)).write_text('{"first_mes": "x", "name": ""}' if b"j" in name else "x")
    ended = shell("personas", "import", str(folder), "--json")
    assert ended.status == 1 and "Traceback" not in ended.err
    assert sorted(each["ok"] for each in ended.json) == [False, True, True]
    assert "Traceback" not in shell("personas", "list").err
    assert "Traceback" not in shell("personas", "import", str(folder)).err


def test_a_card_with_halves_of_letters_is_shown_and_checked(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(r'{"name": "Ada \ud83d", "first_mes": "\udc00 {{odd \ud800}}", "x": "\ud800"}')
    (report,) = typed("personas", "import", str(file), "--json").json
    shown = typed("personas", "show", str(report["persona_id"]), "--json").json
    assert shown["x"] == "\ud800" and shown["name"] == "Ada \ud83d"
    for words in (
        ("show", str(report["persona_id"])),
        ("lint", str(report["persona_id"])),
        ("lint", str(file)),
    ):
        assert "Traceback" not in typed("personas", *words).err
