"""Folders and files that are written whole."""

import os
import stat
from pathlib import Path

import pytest

from hermes_desktop import paths
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.paths import Folders


def test_a_chosen_folder_holds_everything(tmp_path: Path) -> None:
    folders = Folders.of(tmp_path / "mine")
    assert folders.data == tmp_path / "mine"
    for folder in (folders.data, folders.config, folders.cache, folders.logs):
        assert folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folders.database.parent == folders.data and folders.backups.parent == folders.data


def test_the_environment_names_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.ENVIRONMENT, str(tmp_path / "named"))
    assert Folders.of(None).data == tmp_path / "named"


def test_otherwise_the_systems_own_folders_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(paths.ENVIRONMENT, raising=False)
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    folders = Folders.of(None)
    assert folders.data == tmp_path / "XDG_DATA_HOME" / "hermes-desktop"
    assert len({folders.data, folders.config, folders.cache, folders.logs}) == 4


def test_a_folder_that_exists_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert stat.S_IMODE(Folders.of(tmp_path).data.stat().st_mode) == 0o755


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KnownError) as caught:
        Folders.of(tmp_path / "file")
    assert caught.value.kind in (ErrorKind.FILE_UNREADABLE, ErrorKind.FOLDER_READ_ONLY)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KnownError) as caught:
        Folders.of(tmp_path / "file" / "below")
    assert caught.value.kind is ErrorKind.FOLDER_READ_ONLY


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.json"
    paths.atomic_write(file, b"old")

    def fail(_handle: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        paths.atomic_write(file, b"new")
    assert file.read_bytes() == b"old" and list(tmp_path.iterdir()) == [file]


def test_what_ships_is_found() -> None:
    assert (paths.data_file("personas") / "mira.json").exists()
    assert paths.data_file("assets/icons/256.png").exists()
