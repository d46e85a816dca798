"""Conversations in and out by commands: files, what is printed, exit statuses."""

import json
from pathlib import Path

from hermes_desktop.app.chat_forms import FORMS
from hermes_desktop.domain.transcript import Format
from tests.cli.shell import Shell, one_sentence
from tests.transcripts.test_sillytavern import HEADERS, LINES, packed


def test_chats_come_in_and_go_out(shell: Shell, tmp_path: Path) -> None:
    file, bad = tmp_path / "Zelda - 1.jsonl", tmp_path / "bad.json"
    file.write_bytes(packed(HEADERS[1], *LINES))
    bad.write_bytes(b"{}")
    ended = shell("conversations", "import", str(file), str(bad), "--json")
    assert ended.status == 1 and "not a conversation" in ended.err
    good, refused = ended.json
    assert good["ok"] and good["messages"] == 7 and good["format"] == "sillytavern" and good["title"]
    assert {"file", "ok", "conversation_id", "title", "format", "messages", "error"} <= set(refused)
    assert refused["conversation_id"] is None and not refused["ok"] and refused["error"]
    number = str(good["conversation_id"])
    out = shell("conversations", "export", number, "--format", "jsonl")
    assert [json.loads(line) for line in out.out.split("\n")] == [HEADERS[1], *LINES]
    whole = tmp_path / "whole.json"
    told = shell("conversations", "export", number, "--format", "json", "-o", str(whole), "--json")
    assert told.json == {"file": str(whole), "conversation_id": int(number), "format": "json"}
    again = shell("conversations", "import", str(whole))
    assert again.status == 0 and "is here already" in again.out and f"conversation {number}" in again.out
    nowhere = shell(
        "conversations", "export", number, "--format", "json", "-o", str(tmp_path / "no" / "x.json")
    )
    one_sentence(nowhere, "cannot be written")
    one_sentence(shell("conversations", "export", "99", "--format", "json"), "no conversation 99")
    assert shell("conversations", "export", number, "--format", "odd").status == 2


def test_everything_goes_into_one_file_and_back(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "Zelda - 1.jsonl"
    file.write_bytes(packed(*LINES))
    assert "from" in shell("conversations", "import", str(file)).out
    archive = tmp_path / "all.zip"
    assert "1 conversations" in shell("export-all", "-o", str(archive)).out
    other = Shell(tmp_path / "other")
    came = other("import-all", str(archive), "--json")
    assert came.status == 0 and came.json["conversations"] == 1 and came.json["known"] == 0
    assert "1 conversations are here already" in other("import-all", str(archive)).out
    mine, theirs = (each("conversations", "list", "--json").json for each in (shell, other))
    assert mine == theirs
    one_sentence(other("import-all", str(file)), "is damaged")


def test_the_formats_that_carry_all_are_those_that_can_be_written() -> None:
    assert {form for form in Format if form.whole} == set(FORMS)
