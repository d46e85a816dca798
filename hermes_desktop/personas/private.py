"""Knows what of a card is nobody else's business, and takes it out; what sharing reveals is in `reveals`."""

import re
from collections.abc import Mapping
from typing import Any

from hermes_desktop.personas.carried import OWN

# What SillyTavern and its kin write about the person's own use of a card.
_ROOT = frozenset(
    (
        "fav",
        "chat",
        "create_date",
        "last_mes",
        "json_data",
        "chid",
        "date_added",
        "date_last_chat",
        "chat_size",
        "data_size",
        "date_last_modified",
    )
)
_EXTENSIONS = frozenset({"fav", "chat", OWN})
_SECRET = re.compile(
    r"(?:api|access|auth|private|secret)[-_ ]?(?:key|token)|password|passphrase|cookie", re.I
)
_PATH_LIMIT = 260  # letters
_KNOWN_TEXTS = frozenset({"content", "prompt", "comment", "name", "description"})
LOCAL_PATH = re.compile(
    r"(?<![\w/.:-])(?:file://|~/|/(?:home|Users|root|media|mnt|tmp|var|run|opt)/|[A-Za-z]:[\\/]|\\\\[\w.-]+\\)[^\s\"'<>|]*"
)


def shared(document: dict[str, Any]) -> dict[str, Any]:
    """Give a card without what is private in it; the same card where nothing is."""
    fresh = {key: value for key, value in document.items() if key not in _ROOT}
    if _is_local(fresh.get("avatar")):
        del fresh["avatar"]
    data = fresh.get("data")
    if isinstance(data, dict):
        fresh["data"] = _data(data)
    else:
        fresh = _data(fresh)
    return document if fresh == document else fresh


def _data(data: dict[str, Any]) -> dict[str, Any]:
    fresh = _own(data)
    book = data.get("character_book")
    if isinstance(book, dict):
        fresh["character_book"] = _book(book)
    assets = data.get("assets")
    if isinstance(assets, list):
        fresh["assets"] = [asset for asset in assets if not _points_here(asset)]
    return fresh


def _book(book: dict[str, Any]) -> dict[str, Any]:
    fresh = _own(book)
    entries = book.get("entries")
    if isinstance(entries, list):
        fresh["entries"] = [_entry(entry) for entry in entries]
    elif isinstance(entries, dict):
        fresh["entries"] = {place: _entry(entry) for place, entry in entries.items()}
    return fresh


def _entry(entry: Any) -> Any:
    return _own(entry) if isinstance(entry, dict) else entry


def _own(holder: dict[str, Any]) -> dict[str, Any]:
    """Give a part of a card without what is private among its extensions."""
    extensions = holder.get("extensions")
    return holder | ({"extensions": _extensions(extensions)} if isinstance(extensions, dict) else {})


def _extensions(extensions: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _cleaned(value)
        for key, value in extensions.items()
        if key not in _EXTENSIONS and not _is_private(key, value)
    }


def _cleaned(value: Any) -> Any:
    """Take keys and places on this computer out of what other programs have put beside the card."""
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items() if not _is_private(key, item)}
    return value


def _is_private(key: str, value: object) -> bool:
    if _SECRET.search(key) and isinstance(value, str | int | float) and value != "":
        return True
    return key not in _KNOWN_TEXTS and _is_local(value)


def _is_local(value: object) -> bool:
    """Say whether a text is the name of a file or folder here, and nothing else."""
    if not isinstance(value, str) or len(value) > _PATH_LIMIT or "\n" in value.strip():
        return False
    return LOCAL_PATH.match(value.strip()) is not None


def _points_here(asset: object) -> bool:
    uri = asset.get("uri") if isinstance(asset, dict) else None
    return isinstance(uri, str) and uri.lower().startswith("file:")
