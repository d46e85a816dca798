"""Knows how a card is written as CHARX: a fresh archive, or the one it came in with another card in it."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hermes_desktop.containers import json_guard, png, zip_writer
from hermes_desktop.containers.archive import Archive
from hermes_desktop.containers.inflate import DamagedError, TooMuchError
from hermes_desktop.personas import card, charx, pictured

MODULE = "module.risum"
_ICON = "assets/icon/images/main"
_SUFFIXES = ((png.SIGNATURE, "png"), (b"\xff\xd8\xff", "jpeg"), (b"RIFF", "webp"))
_IN_TEXT = "__asset:"  # an address of a file in a text of the picture
_KEYWORDS = ("chara-ext-asset_:", "chara-ext-asset_")
_TEXTS_LIMIT = 64 * 1024 * 1024


@dataclass(slots=True)
class Written:
    """An archive, and what did not get into it."""

    data: bytes = b""
    lost: list[str] = field(default_factory=list)


def again(
    original: bytes,
    document: dict[str, Any],
    *,
    icon: bytes = b"",
    keep_module: bool = True,
    share: bool = False,
) -> Written:
    """Write the archive that a card came in once more, with this card and perhaps another picture.

    Raises what reading an archive raises.
    """
    opened = Archive(original)
    member = charx.icon_member(opened, document)
    files: dict[str, bytes] = {}
    if icon and member:
        files[member] = icon
    elif icon:
        document = _with_icon(document, f"{_ICON}.png")
        files[f"{_ICON}.png"] = icon
    files[charx.CARD] = card_file(document)
    made = Written()
    before = original[: opened.start]
    made.data = (_bare(before, made) if share else before) + zip_writer.archive(
        _members(opened, files, keep_module, share, made)
    )
    return made


def _bare(before: bytes, made: Written) -> bytes:
    """Give the picture before an archive without what it says, or nothing where that cannot be."""
    try:
        return pictured.bare_picture(before)
    except (DamagedError, TooMuchError):
        made.lost.append("")
        return b""


def _with_icon(document: dict[str, Any], path: str) -> dict[str, Any]:
    data = document["data"]
    rest = [asset for asset in card.assets_of(data) if asset.get("type") != "icon"]
    asset = {"type": "icon", "uri": f"embeded://{path}", "name": "main", "ext": "png"}
    return document | {"data": data | {"assets": [asset, *rest]}}


def _members(
    opened: Archive, fresh: dict[str, bytes], keep_module: bool, share: bool, made: Written
) -> Iterator[tuple[str, bytes]]:
    """Walk the members in their order, fresh ones in the place of theirs or at the end."""
    for name in opened.members:
        if name in fresh:
            yield name, fresh[name]
        elif keep_module or name != MODULE:
            try:
                data = opened.read(name, charx.MEMBER_LIMIT)
                yield name, pictured.bare_picture(data) if share else data
            except (DamagedError, TooMuchError):
                made.lost.append(name)
    yield from ((name, data) for name, data in fresh.items() if name not in opened.members)


def fresh(document: dict[str, Any], picture: bytes, *, share: bool) -> Written:
    """Write an archive for a card that came as something else; its picture becomes a file in it.

    Raises DamagedError where the picture is to be shared and damaged.
    """
    suffix = next((name for start, name in _SUFFIXES if picture.startswith(start)), "unknown")
    moving = _Moving(f"{_ICON}.{suffix}", suffix, dict(_in_texts(picture, document)))
    data = document["data"]
    listed = data.get("assets")
    assets = [moving.moved(asset) for asset in (listed if isinstance(listed, list) else [])]
    if not any(asset.get("type") == "icon" for asset in card.assets_of({"assets": assets})):
        assets.insert(0, {"type": "icon", "uri": moving.icon, "name": "main", "ext": suffix})
        moving.icon_used = True
    whole = document | {"data": data | {"assets": assets}}
    files = [(charx.CARD, card_file(whole))]
    if moving.icon_used:
        files.append((moving.path, pictured.bare_picture(picture) if share else picture))
    return Written(zip_writer.archive([*files, *moving.files]), moving.lost)


@dataclass(slots=True)
class _Moving:
    """Gives the files of a card, which were in its picture, a place in an archive."""

    path: str  # of the picture
    suffix: str
    inside: dict[str, bytes]  # files in texts of the picture
    files: list[tuple[str, bytes]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    icon_used: bool = False

    @property
    def icon(self) -> str:
        return f"embeded://{self.path}"  # the specification's own spelling

    def moved(self, asset: Any) -> Any:
        """Give an asset with its new address."""
        uri = asset.get("uri") if isinstance(asset, dict) else None
        if not isinstance(uri, str):
            return asset
        if uri.startswith("ccdefault:") and asset.get("type") == "icon":
            self.icon_used = True
            return asset | {"uri": self.icon, "ext": self.suffix}
        if not uri.startswith(_IN_TEXT):
            return asset
        key = uri.removeprefix(_IN_TEXT)
        if key.lower() not in self.inside:
            self.lost.append(key)
            return asset
        place = f"assets/other/other/{len(self.files)}"
        self.files.append((place, self.inside[key.lower()]))
        return asset | {"uri": f"embeded://{place}"}


def card_file(document: dict[str, Any]) -> bytes:
    """Write a card as a file that a person can read, too."""
    return (json_guard.text_of(document, indent=4) + "\n").encode("utf-8")


def _in_texts(picture: bytes, document: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Find the files that travel in texts of the picture, by their keys in small letters."""
    uris = [str(asset.get("uri")) for asset in card.assets_of(document["data"])]
    keys = [uri.removeprefix(_IN_TEXT).lower() for uri in uris if uri.startswith(_IN_TEXT)][: png.TEXTS_LIMIT]
    if not keys or not picture.startswith(png.SIGNATURE):
        return
    try:
        texts = png.read(picture, [start + key for key in keys for start in _KEYWORDS], _TEXTS_LIMIT).texts
    except TooMuchError:
        return
    for text in texts:
        key = next(text.keyword.removeprefix(start) for start in _KEYWORDS if text.keyword.startswith(start))
        try:
            yield key, base64.b64decode(text.data)
        except binascii.Error:
            continue
