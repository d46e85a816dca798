"""`conversations replay`: words, JSON, exit status; the real engine, and a window beside it."""

import json
import sqlite3
from pathlib import Path

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.paths import Folders
from hermes_desktop.storage.lock import FolderLock
from tests.cli.shell import Shell, one_sentence


def _talk(shell: Shell, folder: Path) -> tuple[int, int]:
    """Write two replies, the second in the same run as a version of it; give the ids."""
    model = tiny_gguf.write(folder / "noise.gguf", context=4096)
    hot = ("--temperature", "1.5", "--max-tokens", "24", "--context", "4096", "--exact", "--json")
    ended = shell(
        "chat", "--persona", "Hermes", "--model", str(model), "--once", "Well?", "--alternatives", "2", *hot
    )
    assert ended.status == 0, ended.err
    first, second = (each["message_id"] for each in ended.json["alternatives"])
    return first, second


def _change(shell: Shell, message_id: int, **changes: object) -> None:
    connection = sqlite3.connect(Folders.of(shell.folder).database)
    cell = "select record from generation where message_id = ?"
    record = json.loads(connection.execute(cell, (message_id,)).fetchone()[0]) | changes
    connection.execute(
        "update generation set record = ? where message_id = ?", (json.dumps(record), message_id)
    )
    connection.commit()
    connection.close()


def _beginning(shell: Shell) -> int:
    connection = sqlite3.connect(Folders.of(shell.folder).database)
    (found,) = connection.execute("select id from message where depth = 1").fetchone()
    connection.close()
    return int(found)


def test_a_reply_is_made_again_and_told(shell: Shell, tmp_path: Path) -> None:
    first, second = _talk(shell, tmp_path)
    before = shell("conversations", "show", "1", "--json")
    said = shell("conversations", "replay", "1")
    assert said.status == 0 and said.out.startswith("The replay is identical: all ") and said.err == ""
    lock = FolderLock.acquire(shell.folder)  # a window is open; nothing is written
    try:
        told = shell("conversations", "replay", "1", "--message", str(first), "--json").json
    finally:
        lock.release()
    assert told["conversation_id"] == 1 and told["message_id"] == first
    assert told["identical"] is True and told["whole"] is True and told["tokens"] > 0
    assert told["first_difference"] is None and told["reasons"] == []
    assert told["model"]["name"] == "Tiny Hermes" and len(told["model"]["sha256"]) == 64
    assert shell("conversations", "show", "1", "--json").out == before.out

    _change(shell, second, recalled=(1, 10**9), seed=0, build="an older build")
    other = shell("conversations", "replay", "1")
    assert other.status == 1 and other.out.startswith("The replay differs from token ")
    assert "Likely reason: another build of llama.cpp (an older build; now llama-cpp" in other.out
    found = shell("conversations", "replay", "1", "--json")
    assert found.status == 1 and found.json["identical"] is False
    assert told["recalled"] == [] and found.json["recalled"] == [_beginning(shell)]
    difference = found.json["first_difference"]
    assert difference["token"] == found.json["tokens"] + 1
    assert set(difference["then"] or difference["now"]) == {"id", "text"}
    (reason,) = found.json["reasons"]
    assert reason["cause"] == "build" and reason["then"] == "an older build" and reason["words"]

    greeting = before.json["messages"][0]["message_id"]
    for message_id, words in ((greeting, "No model wrote this text here"), (99, "There is no message 99")):
        one_sentence(shell("conversations", "replay", "1", "--message", str(message_id)), words)
    _change(shell, second, model_sha256="0" * 64)
    one_sentence(shell("conversations", "replay", "1", "--json"), "Tiny Hermes, SHA-256 000000000000")
