"""Files get names that every system takes, and are written whole or not at all."""

import errno
import os
import random
import stat
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from hermes_desktop.app import saving
from hermes_desktop.domain.errors import ErrorKind, KnownError

_PARTS = (
    "../",
    "..\\",
    "/",
    "\\",
    "C:",
    "C:\\",
    "NUL",
    "con",
    "COM1",
    "lpt9.txt",
    "\0",
    "\n",
    "\r",
    "\t",
    "\x1b[2J",
    "\x7f",
)
_PARTS += (
    "\u202e",
    "\u2066",
    "\u200b",
    "\ud83d",
    "🦊",
    "é",
    "e\u0301",
    "…",
    ".",
    " ",
    "-",
    "~",
    "a",
    "Ada",
    "x" * 300,
    "名" * 99,
)
_PARTS += ("<", ">", '"', "|", "?", "*", ":", "\u2028", "\xa0", "\ue000", "%2e%2e", "$HOME", "`id`")
_CHANCE = random.Random(7)
HOSTILE = [
    *(
        "",
        " ",
        ".",
        "..",
        "...",
        "NUL",
        "nul.png",
        "Con .x",
        "AUX",
        "COM¹",
        "CONIN$",
        "-rf",
        "--json",
        "~root",
        "/etc/passwd",
    ),
    *(
        "../../etc/passwd",
        "C:\\Windows\\x",
        "\\\\server\\share",
        "a/../../b",
        "a\nb",
        "\u202egnp.exe",
        "x" * 5000,
        "🦊" * 500,
    ),
    *("".join(_CHANCE.choices(_PARTS, k=_CHANCE.randint(1, 6))) for _ in range(180)),
]
_BAD = set('<>:"/\\|?*')


def fits(name: str) -> None:
    assert 0 < len(name.encode("utf-8")) <= 140
    assert not _BAD & set(name) and name[0] not in ".-~ " and not name.endswith((".", " "))
    assert not any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in name)
    stem = name.partition(".")[0].strip().lower()
    assert stem not in ("con", "prn", "aux", "nul", "com1", "com¹", "lpt9", "conin$")


def test_names_of_strangers_become_names_of_files(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    written = []
    for number, name in enumerate(HOSTILE):
        made = saving.file_name(name, "png")
        fits(made)
        written.append(saving.write_beside(folder, made, str(number).encode()))
    assert len(set(written)) == len(HOSTILE) >= 200
    assert {path.parent for path in written} == {folder} and sorted(folder.iterdir()) == sorted(written)
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
    assert [path.read_bytes() for path in written] == [str(number).encode() for number in range(len(HOSTILE))]


def test_usual_names_stay_readable() -> None:
    assert saving.file_name("Dr. Vance", "png") == "Dr. Vance.png"
    assert saving.file_name("Zoë 名前", "json") == "Zoë 名前.json"
    assert saving.file_name("a/b", "png") == "a_b.png" and saving.file_name("\n", "png") == "persona.png"
    assert saving.file_name("NUL.x", "png") == "_NUL.x.png"


def test_a_file_is_written_over_whole_and_a_link_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    assert saving.write(file, b"one") == file
    file.chmod(0o640)
    (tmp_path / "link.png").symlink_to(file)
    saving.write(tmp_path / "link.png", b"two")
    assert file.read_bytes() == b"two" and (tmp_path / "link.png").is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    saving.write(Path(os.devnull), b"gone")
    assert not stat.S_ISREG(Path(os.devnull).stat().st_mode)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.png", "link.png"]


def test_a_disk_without_links_gets_its_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_anything: Any) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    names = [saving.write_beside(tmp_path, "a.png", b"x").name for _ in range(3)]
    assert names == ["a.png", "a (2).png", "a (3).png"]
    assert len(list(tmp_path.iterdir())) == 3


def test_what_cannot_be_written_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (tmp_path / "none" / "a.png", tmp_path, tmp_path / ("x" * 300), tmp_path / "a\0b"):
        with pytest.raises(KnownError) as raised:
            saving.write(path, b"x")
        assert raised.value.kind is ErrorKind.FILE_UNWRITABLE
    if Path("/dev/full").exists():
        with pytest.raises(KnownError) as raised:
            saving.write(Path("/dev/full"), b"x")
        assert raised.value.kind is ErrorKind.DISK_FULL
    (tmp_path / "a.png").write_bytes(b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for write in (
        lambda: saving.write(tmp_path / "a.png", b"new"),
        lambda: saving.write_beside(tmp_path, "b", b""),
    ):
        with pytest.raises(KnownError) as raised:
            write()
        assert raised.value.kind is ErrorKind.DISK_FULL
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a.png", b"old")]
