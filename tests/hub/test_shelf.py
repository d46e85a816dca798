"""The folder of fetched models: nothing outside of it is deleted; a move loses no model at any instant."""

import errno
import os
from pathlib import Path

import pytest

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.hub import shelf
from hermes_desktop.hub.part import HASHES

PARTS = [f"big-0000{at}-of-00003.gguf" for at in (1, 2, 3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "models"
    for place, data in {
        "maker/small/model.gguf": b"small",
        **{f"maker/big/{name}": name.encode() for name in PARTS},
        f"maker/big/{PARTS[0]}{HASHES}": b"hashes",
        "maker/late/late.gguf.part": b"half",
        "maker/late/late.gguf.part.json": b"{}",
    }.items():
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).write_bytes(data)
    return home


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def move(source: Path, target: Path, stop_after: int = 10**9) -> tuple[bool, list[tuple[Path, Path]]]:
    placed: list[tuple[Path, Path]] = []

    def on_placed(old: Path, new: Path) -> None:
        assert old.exists() and new.read_bytes() == old.read_bytes()
        placed.append((old, new))

    seen: list[int] = []

    def progress(done: int, total: int) -> None:
        assert 0 <= done <= total
        seen.append(done)

    whole = shelf.move(source, target, on_placed, progress, lambda: len(seen) > stop_after)
    assert seen == sorted(seen)
    return whole, placed


def test_files_are_grouped_by_what_belongs_together(folder: Path) -> None:
    found = sorted(len(group.files) for group in shelf.groups(folder))
    assert found == [1, 2, 4]


def test_a_model_is_deleted_with_its_parts_and_empty_folders(folder: Path) -> None:
    assert shelf.delete(folder, folder / "maker/big" / PARTS[0]) == sum(map(len, PARTS)) + len("hashes")
    assert not (folder / "maker/big").exists() and (folder / "maker/small/model.gguf").exists()
    for name in ("maker/late/late.gguf.part", "maker/late/late.gguf.part.json", "maker/small/model.gguf"):
        shelf.delete(folder, folder / name)
    assert folder.exists() and not any(folder.iterdir())


def test_nothing_outside_is_deleted(folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "elsewhere" / "model.gguf"
    precious.parent.mkdir()
    precious.write_bytes(b"precious")
    (folder / "maker/link.gguf").symlink_to(precious)
    (folder / "maker/linked").symlink_to(precious.parent)
    for path in (
        precious,
        folder / "maker/link.gguf",
        folder / "maker/linked/model.gguf",
        folder / "../elsewhere/model.gguf",
    ):
        assert shelf.delete(folder, path) == 0
    assert precious.read_bytes() == b"precious"


@pytest.mark.parametrize("linked", [True, False])
def test_everything_moves(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    """On one disk by a second name, to another by a copy; the stand-in for another disk refuses the name."""
    if not linked:
        monkeypatch.setattr(Path, "hardlink_to", _refuse)
    before = contents(folder)
    target = tmp_path / "new"
    whole, placed = move(folder, target)
    assert whole and contents(target) == before and contents(folder) == {}
    assert {new.relative_to(target) for _, new in placed} == {Path(name) for name in before}
    assert not any(folder.iterdir())


def _refuse(_new: Path, _old: Path) -> None:
    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))


def test_a_move_that_is_cancelled_leaves_every_model_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "hardlink_to", _refuse)
    before = contents(folder)
    for stop_after in range(8):
        target = tmp_path / f"new{stop_after}"
        whole, _ = move(folder, target, stop_after)
        here, there = contents(folder), contents(target)
        assert here.keys().isdisjoint(there) and here | there == before
        assert len([name for name in there if "big" in name]) in (0, 4)
        if not whole:
            assert here
        move(target, folder)


def test_a_copy_that_is_not_like_the_original_is_thrown_away(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "hardlink_to", _refuse)
    monkeypatch.setattr(os, "fsync", lambda number: os.pwrite(number, b"X", 0))
    before = contents(folder)
    with pytest.raises(KnownError) as caught:
        move(folder, tmp_path / "new")
    assert caught.value.kind is ErrorKind.FILE_UNREADABLE
    assert contents(folder) == before and contents(tmp_path / "new") == {}


@pytest.mark.parametrize("place", ["models", "models/inner", ".", "relative"])
def test_a_folder_that_does_not_fit_is_refused(folder: Path, tmp_path: Path, place: str) -> None:
    target = Path(place) if place == "relative" else tmp_path / place
    with pytest.raises(KnownError) as caught:
        shelf.check(folder, target)
    assert caught.value.kind is ErrorKind.FOLDER_UNFIT


def test_a_place_that_cannot_be_written_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KnownError) as caught:
        shelf.check(folder, tmp_path / "file" / "models")
    assert caught.value.kind is ErrorKind.FOLDER_READ_ONLY
    shelf.check(folder, tmp_path / "fine")
