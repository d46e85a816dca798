"""Knows how files say who a person is: ours, SillyTavern's, RisuAI's, Oobabooga's; not what becomes of it.

What the app does not know of a document goes with the profile, and stands in it again when it is written.
Sources: what SillyTavern, RisuAI and Oobabooga write about their users; docs/profile-format.md is ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hermes_desktop.containers import json_guard, png
from hermes_desktop.containers.loose import mapping
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.personas import kinds, reader
from hermes_desktop.personas.carried import dicts, text, texts
from hermes_desktop.personas.payload import document_in, from_base64

PROFILES_LIMIT = 200  # of one file
NAME_LIMIT = 200  # characters
DESCRIPTION_LIMIT = 200_000  # characters
KEYWORD = "persona"  # of the text in a picture of RisuAI's
DATA = "data:image/png;base64,"
_PERSONAS_LIMIT = 1000  # that one profile names
_OWN_KEYS = ("name", "description", "avatar", "personas", "original")


@dataclass(frozen=True, slots=True)
class ProfileDocument:
    """One profile, as a file has it or is to have it."""

    name: str
    description: str
    original: str = (
        ""  # JSON: which format it came in, and all that stood there; "" where it was written here
    )
    picture: bytes = b""  # an encoded picture that nobody has looked at
    personas: tuple[str, ...] = ()  # names of those that it goes with
    default: bool = False  # it is the one for new conversations
    key: str = ""  # SillyTavern's: the name of the file with its picture
    book: str = ""  # SillyTavern's: the lorebook that goes with it
    characters: tuple[str, ...] = ()  # SillyTavern's: files of the characters that it goes with


@dataclass(frozen=True, slots=True)
class ProfileReading:
    """What a file holds."""

    profiles: tuple[ProfileDocument, ...]
    format: str  # hermes, sillytavern, risu or ooba


def read(data: bytes, source: str) -> ProfileReading:
    """Find the profiles in a file; raises CARD_UNKNOWN, CARD_TOO_MUCH and what a reader of cards raises."""
    picture = data if data.startswith(png.SIGNATURE) else b""
    document = _in_picture(data, source) if picture else reader.text_document(data, source)[1]
    if not isinstance(document, dict):
        raise KnownError(ErrorKind.CARD_UNKNOWN, path=source)
    form, found = _read(document, picture)
    profiles: list[ProfileDocument] = []
    for profile in found:
        if len(profiles) == PROFILES_LIMIT:
            raise _too_much(source, f"it holds more than {PROFILES_LIMIT} profiles")
        if len(profile.description) > DESCRIPTION_LIMIT:
            raise _too_much(source, f"a description is longer than {DESCRIPTION_LIMIT:,} characters")
        profiles.append(profile)
    if not profiles:
        raise KnownError(ErrorKind.CARD_UNKNOWN, path=source)
    return ProfileReading(tuple(profiles), form)


def _too_much(source: str, reason: str) -> KnownError:
    return KnownError(ErrorKind.CARD_TOO_MUCH, path=source, reason=reason)


def _in_picture(data: bytes, source: str) -> Any:
    found = png.read(data, (KEYWORD,), reader.TEXT_LIMIT)
    if not found.texts:
        raise KnownError(ErrorKind.CARD_MISSING, path=source, format="PNG")
    return document_in(found.texts[0].data, source)


def _read(document: dict[str, Any], picture: bytes) -> tuple[str, Iterator[ProfileDocument]]:
    if document.get("spec") == kinds.PROFILES:
        return "hermes", _own(document)
    if kinds.is_profiles(document):
        return "sillytavern", _sillytavern(document.get("power_user", document))
    if "personaPrompt" in document:
        return "risu", _flat(document, "risu", "personaPrompt", picture)
    if "user_bio" in document:
        return "ooba", _flat(document, "ooba", "user_bio", b"")
    return "", iter(())


# ---- the forms ------------------------------------------------------------------------------------


def _own(document: dict[str, Any]) -> Iterator[ProfileDocument]:
    for entry in dicts(document.get("profiles")):
        if not _name(entry.get("name")):
            continue
        yield ProfileDocument(
            name=_name(entry["name"]),
            description=_clean(entry.get("description")),
            original=_own_original(entry),
            picture=_picture(text(entry.get("avatar"))),
            personas=tuple(_clean(name) for name in texts(entry.get("personas"))[:_PERSONAS_LIMIT]),
        )


def _own_original(entry: Mapping[str, Any]) -> str:
    """Keep what another program said, and what nobody here knows."""
    before = entry.get("original")
    whole: dict[str, Any] = {}
    more = {key: value for key, value in entry.items() if key not in _OWN_KEYS}
    if isinstance(before, dict) and isinstance(before.get("document"), dict) and text(before.get("format")):
        whole = {"format": before["format"], "document": before["document"]}
    elif before is not None:
        more["original"] = before
    if more:
        whole["more"] = more
    return json_guard.text_of(whole) if whole else ""


def _picture(address: str) -> bytes:
    if not address.startswith(DATA):
        return b""  # nothing is fetched
    try:
        return from_base64(address.removeprefix(DATA).encode("ascii", "replace"), "")
    except KnownError:
        return b""


def _sillytavern(document: dict[str, Any]) -> Iterator[ProfileDocument]:
    described = mapping(document.get("persona_descriptions"))
    for key, value in document["personas"].items():
        name, entry = _name(value), described.get(key)
        if name:
            entry = entry if isinstance(entry, dict) else {}
            kept = {"key": key, "description": entry}
            yield ProfileDocument(
                name,
                _clean(entry.get("description")),
                _original("sillytavern", kept),
                key=_clean(key),
                book=_clean(entry.get("lorebook")).strip(),
                characters=tuple(_characters(entry)),
            )


def _characters(entry: Mapping[str, Any]) -> Iterator[str]:
    for each in dicts(entry.get("connections"))[:_PERSONAS_LIMIT]:
        if each.get("type") == "character":
            yield _clean(each.get("id"))


def _flat(document: dict[str, Any], form: str, described: str, picture: bytes) -> Iterator[ProfileDocument]:
    name = _name(document.get("name"))
    if name:
        yield ProfileDocument(name, _clean(document.get(described)), _original(form, document), picture)


def _original(form: str, document: object) -> str:
    return json_guard.text_of({"format": form, "document": document})


def _name(value: object) -> str:
    return " ".join(_clean(value).split())[:NAME_LIMIT]


def _clean(value: object) -> str:
    return json_guard.without_surrogates(text(value))
