"""Knows where things are kept on this system and how a file is written whole; not what stands in them."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from hermes_desktop.domain.errors import ErrorKind, KnownError

ENVIRONMENT = "HERMES_DESKTOP_DATA"
_APP = "hermes-desktop"
_PACKAGE = Path(__file__).resolve().parent


# What the person lets others do with new files, before this program keeps its own to the person alone.
USUAL_MASK = os.umask(0o077)
os.umask(USUAL_MASK)


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one person's data. All are for this person's eyes only."""

    data: Path
    config: Path
    cache: Path
    logs: Path

    @classmethod
    def of(cls, chosen: Path | None) -> "Folders":
        """Find and make the folders: under a chosen one, under HERMES_DESKTOP_DATA, or the system's own."""
        os.umask(0o077)
        named = chosen or (Path(value) if (value := os.environ.get(ENVIRONMENT)) else None)
        folders = cls._under(named.expanduser().absolute()) if named else cls._of_system()
        for folder in (folders.data, folders.config, folders.cache, folders.logs):
            _make(folder)
        return folders

    @classmethod
    def _under(cls, folder: Path) -> "Folders":
        return cls(folder, folder / "config", folder / "cache", folder / "logs")

    @classmethod
    def _of_system(cls) -> "Folders":
        return cls(
            platformdirs.user_data_path(_APP, appauthor=False),
            platformdirs.user_config_path(_APP, appauthor=False),
            platformdirs.user_cache_path(_APP, appauthor=False),
            platformdirs.user_log_path(_APP, appauthor=False),
        )

    @property
    def database(self) -> Path:
        """Give the database file."""
        return self.data / "hermes.db"

    @property
    def ledger(self) -> Path:
        """Give the file that lists every connection."""
        return self.data / "connections.jsonl"

    @property
    def models(self) -> Path:
        """Give the folder of the models that were fetched."""
        return self.data / "models"

    @property
    def backups(self) -> Path:
        """Give the folder of the backups."""
        return self.data / "backups"


def _make(folder: Path) -> None:
    if folder.is_dir():
        return  # one that exists keeps its permissions: it may be a mount, or shared on purpose
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise KnownError(ErrorKind.FILE_UNREADABLE, path=str(folder), reason="not a folder") from error
    except OSError as error:
        raise KnownError(ErrorKind.FOLDER_READ_ONLY, path=str(folder)) from error


def data_file(name: str) -> Path:
    """Find a file or folder that ships with the app, such as `personas` or `assets/icon.svg`."""
    bundled = _PACKAGE / "_data" / name
    return bundled if bundled.exists() else _PACKAGE.parent / name


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file so that after a crash it is the old one or the new one; raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's own entries to the disk, so that a rename survives a power cut."""
    if os.name == "nt":  # pragma: no cover  # Windows only
        return  # there is no handle for a folder, and a rename is journaled
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
