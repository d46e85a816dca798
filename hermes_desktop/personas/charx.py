"""Knows CHARX: where a card stands in its archive, which of its files is the picture, which are missing."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from hermes_desktop.containers.archive import Archive
from hermes_desktop.containers.inflate import DamagedError, TooMuchError
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.personas import card, payload
from hermes_desktop.personas.notes import Note, NoteKind

CARD = "card.json"
PICTURE_LIMIT = 32 * 1024 * 1024  # bytes
MEMBER_LIMIT = 512 * 1024 * 1024  # bytes; what all of them may have together
_MODULE = "module.risum"
_INSIDE = ("embeded://", "embedded://")  # the first is the specification's own spelling
_ITSELF = "ccdefault:"


def document_of(archive: Archive, source: str) -> Any:
    """Read the card of an archive; raises CARD_MISSING or what reading raises."""
    if CARD not in archive.members:
        raise KnownError(ErrorKind.CARD_MISSING, path=source, format="ZIP")
    return card.document_of(archive.read(CARD, card.SIZE_LIMIT), source)


def assets_of(archive: Archive, document: Any, before: bytes) -> tuple[list[Note], bytes]:
    """Look up the card's assets; `before` is the picture that stands before the archive, if there is one."""
    finder = _Finder(archive)
    paths = [path for asset in _assets(document) if (path := _path(asset.get("uri")))]
    missing = sum(not finder.name(path) for path in paths)
    notes = [Note(NoteKind.ASSETS_MISSING, str(missing))] if missing else []
    if len(paths) > missing:
        notes.append(Note(NoteKind.ASSETS, str(len(paths) - missing)))
    if _MODULE in archive.members:
        notes.append(Note(NoteKind.RISU_MODULE))
    icon = _main_icon(document)
    uri = str(icon.get("uri") or _ITSELF) if icon else _ITSELF
    name = finder.name(_path(uri))
    try:
        picture = archive.read(name, PICTURE_LIMIT) if name else _in_uri(uri)
    except (DamagedError, TooMuchError):  # the card is worth more than its picture
        return [*notes, Note(NoteKind.PICTURE)], b""
    return notes, picture or before


def picture_in(document: Any) -> bytes:
    """Give the picture that a JSON document carries itself, nothing where it has none."""
    if not isinstance(document, dict):
        return b""
    icon = _main_icon(document)
    return _in_uri(str(icon.get("uri") if icon else document.get("avatar")))


def files_of(document: Any) -> int:
    """Count the files that a card names in its archive or picture, other than its own picture."""
    main = _main_icon(document)
    inside = (*_INSIDE, "__asset:")
    uris = [str(asset.get("uri")).lower() for asset in _assets(document) if asset is not main]
    return sum(uri.startswith(inside) for uri in uris)


def icon_member(archive: Archive, document: Any) -> str:
    """Name the member that is the card's picture, nothing where none is."""
    icon = _main_icon(document)
    return _Finder(archive).name(_path(icon.get("uri"))) if icon else ""


class _Finder:
    """Find members by path, then without regard to capitals, then by the last part of the path."""

    def __init__(self, archive: Archive) -> None:
        self._names = set(archive.members)
        self._small = {name.lower(): name for name in archive.members}
        self._last = {PurePosixPath(name).name.lower(): name for name in reversed(archive.members)}

    def name(self, path: str) -> str:
        """Give the member's own name, nothing where there is none."""
        if not path or path in self._names:
            return path
        return self._small.get(path.lower()) or self._last.get(PurePosixPath(path).name.lower(), "")


def _assets(document: Any) -> list[dict[str, Any]]:
    data = document.get("data") if isinstance(document, dict) else None
    return card.assets_of(data) if isinstance(data, dict) else []


def _main_icon(document: Any) -> Mapping[str, Any] | None:
    icons = [asset for asset in _assets(document) if asset.get("type") == "icon"]
    return next((icon for icon in icons if icon.get("name") == "main"), icons[0] if icons else None)


def _path(uri: object) -> str:
    """Give the path inside the archive, nothing for an address of another kind."""
    text = uri if isinstance(uri, str) else ""
    for start in _INSIDE:
        if text.lower().startswith(start):
            return text[len(start) :]
    return "" if ":" in text else text


def _in_uri(uri: str) -> bytes:
    """Decode an address that holds its bytes; what kind they are, its reader finds out."""
    head, comma, body = uri[: PICTURE_LIMIT * 2].partition(",")
    if not comma or not head.lower().startswith("data:") or not head.lower().endswith("base64"):
        return b""
    try:
        return payload.from_base64(body.encode("ascii", "ignore"), "")
    except KnownError:
        return b""
