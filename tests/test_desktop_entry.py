"""What a Linux desktop is told of the program: written below one folder, and taken back without a trace."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import desktop_entry

XDG = "{http://www.freedesktop.org/standards/shared-mime-info}"


def _main(monkeypatch: pytest.MonkeyPatch, folder: Path, *words: str) -> int:
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    monkeypatch.setattr(sys, "argv", ["desktop_entry.py", *words])
    return desktop_entry.main()


def test_it_is_installed_and_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop_entry.shutil, "which", lambda _name: None)
    other = tmp_path / "applications" / "other.desktop"
    other.parent.mkdir()
    other.write_text("theirs")
    assert _main(monkeypatch, tmp_path, "--program", "/opt/a b/hermes-desktop") == 0
    lines = (tmp_path / desktop_entry.ENTRY).read_text("utf-8").splitlines()
    assert 'Exec="/opt/a b/hermes-desktop" %F' in lines and "MimeType=application/x-charx;" in lines
    assert (tmp_path / "icons/hicolor/256x256/apps/hermes-desktop.png").is_file()
    assert _main(monkeypatch, tmp_path, "--remove") == 0
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [other]


def test_the_type_is_known_by_its_name_and_its_first_bytes() -> None:
    kind = ElementTree.parse(desktop_entry.DESKTOP / "hermes-desktop.xml").getroot()[0]
    assert kind.get("type") == "application/x-charx"
    glob = kind.find(f"{XDG}glob")
    assert glob is not None and glob.get("pattern") == "*.charx"


@pytest.mark.parametrize(
    ("path", "word"),
    [("/a", '"/a"'), ("/a$b", '"/a\\\\$b"'), ('/a"b', '"/a\\\\"b"'), ("/100%", '"/100%%"')],
)
def test_a_path_is_one_word(path: str, word: str) -> None:
    assert desktop_entry.quoted(path) == word


def test_the_desktop_reads_its_lists_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(desktop_entry.shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", lambda words, **_more: ran.append(words))
    (tmp_path / "mime").mkdir()
    desktop_entry.refresh(tmp_path)
    assert ran == [["update-mime-database", str(tmp_path / "mime")]]


def test_other_systems_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert _main(monkeypatch, tmp_path) == 1 and not list(tmp_path.iterdir())


@pytest.mark.parametrize("named", ["", "relative"])
def test_the_usual_folder(named: str) -> None:
    assert desktop_entry.data_home({"XDG_DATA_HOME": named}) == Path.home() / ".local" / "share"
