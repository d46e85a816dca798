"""Knows where the folder of a SillyTavern user keeps what, and what of it has come in; reads no chat."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from hermes_desktop.app.sources import bytes_of
from hermes_desktop.containers import json_guard
from hermes_desktop.containers.loose import mapping, text, texts
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.personas import kinds

FILES_LIMIT = 50_000  # of one kind
_CARDS = (".png", ".json", ".yaml", ".charx")
_SETTINGS_LIMIT = 64 * 1024 * 1024  # bytes
_PICTURE_LIMIT = 64 * 1024 * 1024
_GROUP_LIMIT = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TavernFolder:
    """What lies in the folder of one user."""

    place: Path
    cards: tuple[Path, ...]
    chats: tuple[tuple[Path, str], ...]  # a file, and the name of its character's file; "" for a group
    worlds: tuple[Path, ...] = ()
    settings: tuple[Path, ...] = ()
    groups: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Several characters who talk together: the names of their files without ends, and of their chats."""

    name: str
    members: tuple[str, ...]
    chats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What has come in of one folder, by the names that others in it call it."""

    place: Path | None = None
    personas: dict[str, int] = field(default_factory=dict)  # name of a character's file, without its end
    fresh: set[int] = field(default_factory=set)  # lorebooks that were not here before
    books: dict[str, int] = field(default_factory=dict)  # name of a world's file, without its end, folded
    profiles: dict[str, int] = field(default_factory=dict)  # name of the file with the user's picture

    def book(self, name: str) -> int:
        """Give the lorebook of this name, 0 where none came."""
        return self.books.get(name.strip().casefold(), 0)

    def picture(self, name: str) -> bytes:
        """Give the picture of a persona of the user; nothing where there is none that can be read."""
        if self.place is None or not name or PurePath(name).name != name:
            return b""
        file = self.place / "User Avatars" / name
        try:
            return b"" if file.is_symlink() else bytes_of(file, name, _PICTURE_LIMIT)
        except KnownError:
            return b""


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
        tuple(_files(folder / "worlds", (".json",))),
        tuple(_files(folder, ("settings.json",))),
        tuple(_files(folder / "groups", (".json",))),
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


def settings_of(file: Path) -> dict[str, Any]:
    """Read the settings of a user; nothing of what cannot be read."""
    return _object_in(file, _SETTINGS_LIMIT)


def group_of(file: Path) -> Group:
    """Read a group; one that cannot be read has no chats."""
    said = _object_in(file, _GROUP_LIMIT)
    chats = [*texts(said.get("chats")), text(said.get("chat_id"))]
    return Group(
        text(said.get("name")).strip(),
        tuple(PurePath(member).stem for member in texts(said.get("members"))),
        tuple(dict.fromkeys(filter(None, chats))),
    )


def _object_in(file: Path, limit: int) -> dict[str, Any]:
    try:
        return mapping(json_guard.read(bytes_of(file, file.name, limit), limit, lenient=True))
    except (KnownError, json_guard.BadJsonError):
        return {}


def names_profiles(settings: dict[str, Any]) -> bool:
    """Say whether settings name personas of the user."""
    named = mapping(mapping(settings.get("power_user")).get("personas")) or mapping(settings.get("personas"))
    return bool(named) and kinds.is_profiles(settings)
