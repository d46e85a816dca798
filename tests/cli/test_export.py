"""`personas export` as scripts call it: the file, the JSON, stdout, and what it says where it cannot."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hermes_desktop.cli.arguments import parser
from hermes_desktop.storage.lock import FolderLock
from tests import writing
from tests.cli.shell import Shell, one_sentence
from tests.containers.test_png_writer import chunks

CARD = {
    "spec": "chara_card_v2",
    "spec_version": "2.0",
    "fav": True,
    "data": {
        "name": "../Bo\u202e",
        "first_mes": "Hi.",
        "character_book": {"entries": [{"keys": ["a"], "content": "b"}]},
        "extensions": {},
    },
}


@pytest.fixture
def brought(shell: Shell, tmp_path: Path) -> bytes:
    data = writing.png(writing.text("chara", writing.encoded(CARD)))
    (tmp_path / "bo.png").write_bytes(data)
    assert shell("personas", "import", str(tmp_path / "bo.png"), "--json").json[0]["ok"]
    return data


def test_a_card_goes_to_the_named_file_beside_an_open_window(
    shell: Shell, tmp_path: Path, brought: bytes
) -> None:
    file = tmp_path / "out.png"
    file.write_bytes(b"old")
    lock = FolderLock.acquire(shell.folder)
    try:
        said = shell("personas", "export", "../Bo\u202e", "--format", "png", "-o", str(file), "--json").json
    finally:
        lock.release()
    assert file.read_bytes() == brought and said["untouched"] is True
    assert (said["file"], said["format"], said["spec"], said["bytes"]) == (
        str(file),
        "png",
        "v2",
        len(brought),
    )
    assert {"persona_id", "remarks"} <= set(said)
    shared = shell("personas", "export", "../Bo\u202e", "--format", "png", "--share", "-o", str(file)).out
    assert "It reveals:" in shared and "lorebook: 1" in shared
    assert [kind for kind, _ in chunks(file.read_bytes())].count(b"tEXt") == 2
    one_sentence(
        shell("personas", "export", "Mira", "--format", "png", "-o", str(tmp_path / "no" / "a")), "no/a"
    )


def test_without_a_file_it_goes_into_this_folder_under_a_safe_name(
    shell: Shell, tmp_path: Path, brought: bytes
) -> None:
    here = tmp_path / "here"
    here.mkdir()

    def typed(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            shell.command("personas", "export", *words),
            cwd=here,
            env=shell.environment() | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            timeout=90,
            check=True,
        )

    for _number in range(2):
        typed("../Bo\u202e", "--format", "charx", "--json")
    typed("../Bo\u202e", "--lorebook", "st", "--json")
    names = sorted(each.name for each in here.iterdir())
    assert names == ["_Bo (2).charx", "_Bo lorebook.json", "_Bo.charx"]
    assert json.loads(zipfile.ZipFile(here / "_Bo.charx").read("card.json"))["spec"] == "chara_card_v3"
    assert list(json.loads((here / "_Bo lorebook.json").read_text())["entries"]) == ["0"]
    assert typed("../Bo\u202e", "--format", "png", "-o", "-").stdout == brought
    assert typed("../Bo\u202e", "--format", "png").stdout == brought  # piped on


def test_wrong_words_are_status_2(shell: Shell) -> None:
    assert shell("personas", "export", "Mira", "--format", "png", "-o", "-", "--json").status == 2
    for words in ((), ("--format", "png", "--lorebook", "st"), ("--format", "gif")):
        with pytest.raises(SystemExit):
            parser().parse_args(["personas", "export", "Mira", *words])
    one_sentence(shell("personas", "export", "Mira", "--format", "charx", "--spec", "v2"), "CHARX", "v2")
