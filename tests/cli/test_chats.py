"""Conversations in and out by commands: files, what is printed, exit statuses."""

import json
from pathlib import Path

from hermes_desktop.app.chat_forms import FORMS
from hermes_desktop.domain.transcript import Format
from tests.cli.shell import Shell, Typed, one_sentence
from tests.transcripts.test_sillytavern import HEADERS, LINES, packed


def test_chats_come_in_and_go_out(typed: Typed, tmp_path: Path) -> None:
    file, bad = tmp_path / "Zelda - 1.jsonl", tmp_path / "bad.json"
    file.write_bytes(packed(HEADERS[1], *LINES))
    bad.write_bytes(b"{}")
    ended = typed("conversations", "import", str(file), str(bad), "--json")
    assert ended.status == 1 and "not a conversation" in ended.err
    good, refused = ended.json
    assert good["ok"] and good["messages"] == 7 and good["format"] == "sillytavern" and good["title"]
    assert {"file", "ok", "conversation_id", "title", "format", "messages", "error"} <= set(refused)
    assert refused["conversation_id"] is None and not refused["ok"] and refused["error"]
    number = str(good["conversation_id"])
    out = typed("conversations", "export", number, "--format", "jsonl")
    assert [json.loads(line) for line in out.out.split("\n")] == [HEADERS[1], *LINES]
    whole = tmp_path / "whole.json"
    told = typed("conversations", "export", number, "--format", "json", "-o", str(whole), "--json")
    assert told.json == {"file": str(whole), "conversation_id": int(number), "format": "json"}
    again = typed("conversations", "import", str(whole))
    assert again.status == 0 and "is here already" in again.out and f"conversation {number}" in again.out
    nowhere = typed(
        "conversations", "export", number, "--format", "json", "-o", str(tmp_path / "no" / "x.json")
    )
    one_sentence(nowhere, "cannot be written")
    one_sentence(typed("conversations", "export", "99", "--format", "json"), "no conversation 99")
    assert typed("conversations", "export", number, "--format", "odd").status == 2


def test_chats_are_matched_with_a_persona(typed: Typed, tmp_path: Path) -> None:
    file, second, third = (tmp_path / f"{name}.txt" for name in ("Zelda", "Zelda 2", "Pepper"))
    third.write_text("Pepper: Hello\nJonas: Hi\nPepper: Well met\nJonas: Yes\n")
    file.write_text("Zelda: Hello\nJonas: Hi\nZelda: Well met\nJonas: Yes\n")
    second.write_text("Zelda: Good morning\nJonas: Hi\nZelda: So\nJonas: Yes\n")
    came = typed("conversations", "import", str(file), "--json").json[0]["conversations"][0]
    assert came["persona_made"] is True and came["persona"] == "Zelda"
    number = str(came["conversation_id"])
    matched = typed("conversations", "match", number, number, "--persona", "hobbs", "--json").json
    assert matched["persona"] == "Hobbs" and matched["conversation_ids"] == [came["conversation_id"]]
    assert matched["matched"] == 1
    assert typed("conversations", "show", number, "--json").json["persona"] == "Hobbs"
    assert "speaks there already" in typed("conversations", "match", number, "--persona", "Hobbs").out
    advised = typed("conversations", "import", str(third))
    command = "conversations match 2 --persona NAME --put-away"
    assert f"“{command}” matches Pepper with a persona of yours." in advised.err
    assert typed(*command.replace("NAME", "Hobbs").split()).status == 0
    listed = [persona["name"] for persona in typed("personas", "list", "--json").json]
    assert "Pepper" not in listed and "Zelda" in listed  # she was not put away
    told = typed("conversations", "import", str(second), "--persona", "Hobbs", "--json").json[0]
    assert told["conversations"][0]["persona"] == "Hobbs"
    one_sentence(typed("conversations", "match", "99", "--persona", "Hobbs"), "no conversation 99")
    one_sentence(typed("conversations", "import", str(file), "--persona", "Nobody"), "Nobody")
    assert typed("conversations", "match", number).status == 2


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
