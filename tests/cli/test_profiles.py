"""`hermes-desktop profiles`, as scripts call it."""

import json
import sqlite3
from pathlib import Path

from hermes_desktop.storage.database import NAME
from hermes_desktop.storage.lock import FolderLock
from tests.cli.shell import Shell, Typed, one_sentence

USER = "name: Jonas\nuser_bio: Keeps bees.\nfavourite_colour: green\n"


def test_profiles_from_the_first_to_the_last(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "jonas.yaml").write_text(USER)
    (report,) = typed("profiles", "import", str(tmp_path / "jonas.yaml"), "--json").json
    assert report["ok"] and report["persona_id"] is None and len(report["profile_ids"]) == 1
    jonas = typed("profiles", "set", "Jonas", "description", "Kept bees.", "--json").json
    assert (jonas["version"], jonas["description"], jonas["default"]) == (2, "Kept bees.", True)
    mira, pim = (each["persona_id"] for each in typed("personas", "list", "--json").json[:2])
    bound = typed("profiles", "set", "jonas", "personas", f"{mira}, {pim}", "--json").json
    assert bound["personas"] == [mira, pim]
    assert typed("profiles", "use", "Jonas", "--json").json["default"]
    assert "Kept bees." in typed("profiles", "show", "Jonas").out
    assert "for new conversations" in typed("profiles", "list").out
    gone = typed("profiles", "delete", "Jonas", "--json").json
    assert gone["deleted"] and typed("profiles", "list", "--json").json == []
    assert "is back" in typed("profiles", "restore", str(gone["profile_id"])).out
    (listed,) = typed("profiles", "list", "--json").json
    assert listed | {"deleted": False} == bound


def test_profiles_go_out_beside_an_open_window(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "jonas.yaml").write_text(USER)
    assert "profile 1, ooba" in shell("personas", "import", str(tmp_path / "jonas.yaml")).out
    lock = FolderLock.acquire(shell.folder)
    try:
        own = shell("profiles", "export").json
        assert own["profiles"][0]["original"]["document"]["favourite_colour"] == "green"
        assert "favourite_colour: green" in shell("profiles", "export", "Jonas", "--format", "yaml").out
        file = tmp_path / "out.png"
        ended = shell("profiles", "export", "Jonas", "--format", "png", "-o", str(file), "--json")
        assert ended.json == {"file": str(file), "profiles": [1]}
        assert file.read_bytes().startswith(b"\x89PNG")
        one_sentence(shell("profiles", "use", "Jonas"))
    finally:
        lock.release()
    again = shell("profiles", "import", str(file))
    assert "Among your profiles already" in again.out


def test_mistakes_are_told_in_a_sentence(shell: Shell) -> None:
    one_sentence(shell("profiles", "show", "Nobody"), "Nobody")
    one_sentence(shell("profiles", "restore", "Nobody"), "Nobody")
    one_sentence(shell("profiles", "export", "--format", "yaml"), "yaml")
    assert shell("profiles", "export", "--format", "docx").status == 2


def test_files_in_the_place_of_a_command_come_in_without_a_display(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "jonas.yaml").write_text(USER)
    card = {"name": "Bo", "description": "A card.", "first_mes": "Hi."}
    (tmp_path / "bo.json").write_text(json.dumps(card))
    ended = shell(str(tmp_path / "jonas.yaml"), str(tmp_path / "bo.json"))
    assert ended.status == 0 and "Bo" in ended.out and "Jonas" in ended.out and "no display" in ended.err
    missing = shell(str(tmp_path / "nowhere.charx"))
    assert missing.status == 1 and "nowhere.charx" in missing.err
    assert shell("nonsense", "words").status == 2
    with sqlite3.connect(shell.folder / NAME) as connection:
        assert connection.execute("select count(*) from profile").fetchone() == (1,)
    connection.close()
