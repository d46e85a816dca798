"""Knows where the folder of a SillyTavern user keeps characters, chats and the rest; reads no chat."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hermes_desktop.containers import json_guard
from hermes_desktop.containers.loose import mapping

FILES_LIMIT = 50_000  # of one kind
_CARDS = (".png", ".json", ".yaml", ".charx")
_SETTINGS_LIMIT = 64 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class TavernFolder:
    """What lies in the folder of one user."""

    place: Path
    cards: tuple[Path, ...]
    chats: tuple[tuple[Path, str], ...]  # a file, and the name of its character's file; "" for a group
    worlds: int
    profiles: int


def is_one(folder: Path) -> bool:
    """Say whether a folder is that of a user of SillyTavern."""
    return (folder / "characters").is_dir() and (folder / "chats").is_dir()


def read(folder: Path) -> TavernFolder:
    """List what is in the folder; links are not followed, hidden files are passed over."""
    chats = [
        (file, place.name) for place in _folders(folder / "chats") for file in _files(place, (".jsonl",))
    ]
    chats += [(file, "") for file in _files(folder / "group chats", (".jsonl",))]
    return TavernFolder(
        folder,
        tuple(_files(folder / "characters", _CARDS)),
        tuple(chats[:FILES_LIMIT]),
        len(list(_files(folder / "worlds", (".json",)))),
        _profiles(folder),
    )


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(
                (each for each in found if not each.name.startswith(".")), key=lambda each: each.name
            )
    except OSError:
        return []


def _folders(folder: Path) -> Iterator[Path]:
    return (Path(each.path) for each in _entries(folder) if each.is_dir(follow_symlinks=False))


def _files(folder: Path, ends: tuple[str, ...]) -> Iterator[Path]:
    found = (each for each in _entries(folder)[:FILES_LIMIT] if each.is_file(follow_symlinks=False))
    return (Path(each.path) for each in found if each.name.lower().endswith(ends))


def _profiles(folder: Path) -> int:
    """Count the personas of the user, which stand in the settings."""
    file = folder / "settings.json"
    try:
        if not file.is_file() or file.stat().st_size > _SETTINGS_LIMIT:
            return 0
        settings = mapping(json_guard.read(file.read_bytes(), _SETTINGS_LIMIT, lenient=True))
    except (OSError, json_guard.BadJsonError):
        return 0
    named = mapping(mapping(settings.get("power_user")).get("personas")) or mapping(settings.get("personas"))
    return len(named)
