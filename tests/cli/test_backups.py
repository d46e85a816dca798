"""The database goes into a file and comes back, by commands."""

import os
import sqlite3
from pathlib import Path

from tests.cli.shell import Shell, one_sentence


def _titles(shell: Shell) -> list[str]:
    return [each["title"] for each in shell("conversations", "list", "--json").json]


def _talk(shell: Shell, folder: Path, name: str) -> None:
    file = folder / f"{name}.txt"
    file.write_text(f"Zelda: I am {name}\nJonas: Hi\nZelda: Well met\nJonas: Yes\n")
    assert shell("conversations", "import", str(file)).status == 0


def test_everything_is_saved_and_comes_back_and_what_was_there_is_kept(shell: Shell, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    one_sentence(shell("backup", "-o", str(saved)), "There is no file")
    _talk(shell, tmp_path, "first")
    told = shell("backup", "-o", str(saved), "--json").json
    assert told == {"file": str(saved), "size": saved.stat().st_size}
    _talk(shell, tmp_path, "second")
    back = shell("restore", str(saved), "--json").json
    assert _titles(shell) == ["first"]
    again = shell("restore", back["kept"])
    assert again.status == 0 and "before-restore" in again.out and set(_titles(shell)) == {"first", "second"}
    other = Shell(tmp_path / "other")
    assert other("restore", str(saved)).out.count("\n") == 1 and _titles(other) == ["first"]


def test_what_is_no_backup_is_refused_and_nothing_is_touched(shell: Shell, tmp_path: Path) -> None:
    _talk(shell, tmp_path, "first")
    foreign, broken, newer = (tmp_path / name for name in ("foreign.db", "broken.db", "newer.db"))
    with sqlite3.connect(foreign) as connection:
        connection.execute("create table other (id integer)")
    connection.close()
    broken.write_bytes(b"no database at all" * 100)
    shell("backup", "-o", str(newer))
    with sqlite3.connect(newer) as connection:
        connection.execute("pragma user_version = 9999")
    connection.close()
    one_sentence(shell("restore", str(foreign)), "is damaged and was not used")
    one_sentence(shell("restore", str(broken)), "is damaged and was not used")
    one_sentence(shell("restore", str(newer)), "newer")
    one_sentence(shell("restore", str(tmp_path / "none.db")), "There is no file")
    one_sentence(shell("backup", "-o", str(tmp_path / "no" / "x.db")), "cannot be written")
    one_sentence(shell("backup", "-o", str(shell.folder / "hermes.db")), "cannot be written")  # it is in use
    assert _titles(shell) == ["first"] and not list(shell.folder.glob("*.aside-*"))


def test_a_copy_goes_only_where_a_file_can_be_and_over_a_damaged_database(
    shell: Shell, tmp_path: Path
) -> None:
    _talk(shell, tmp_path, "first")
    folder, link = tmp_path / "folder", tmp_path / "link.db"
    folder.mkdir()
    one_sentence(shell("backup", "-o", str(folder)), "cannot be written")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        one_sentence(shell("backup", "-o", str(tmp_path / "pipe")), "cannot be written")
    link.symlink_to(tmp_path / "real.db")
    assert shell("backup", "-o", str(link)).status == 0 and link.is_symlink()
    assert (tmp_path / "real.db").stat().st_size and not list(tmp_path.glob("*.part"))
    (shell.folder / "hermes.db").write_bytes(b"damaged" * 2000)
    back = shell("restore", str(tmp_path / "real.db"))
    aside = next(shell.folder.glob("hermes.db.aside-*"))
    assert back.status == 0 and str(aside) in back.out  # it was too damaged to be backed up
    assert _titles(shell) == ["first"]
