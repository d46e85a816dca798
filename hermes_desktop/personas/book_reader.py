"""Knows how a lorebook on its own is found in the bytes of a file; not what its entries mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from hermes_desktop.containers import exif, json_guard, png, yaml_guard
from hermes_desktop.containers.inflate import DamagedError, TooMuchError
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.personas import card, coercion
from hermes_desktop.personas.lore_edit import native
from hermes_desktop.personas.lorebook import Form, recognised
from hermes_desktop.personas.notes import Note, NoteKind
from hermes_desktop.personas.payload import document_in

_TEXT_LIMIT = 32 * 1024 * 1024  # bytes of all texts of a picture, unpacked
_KEYWORDS = ("naidata", "ccv3", "chara")
_USED = ("entries", "name", "description", "scan_depth", "token_budget", "recursive_scanning", "data")
_WRAPPING = ("spec", "spec_version", "lorebookVersion", "kind", "type", "ver", "lorebook")


@dataclass(frozen=True, slots=True)
class BookReading:
    """A lorebook that was understood."""

    name: str
    document: Any  # as it is written in here: the one that came, or what another program's was carried into
    digest: str  # of what it says, whatever the order of its keys
    entries: int
    spec: str  # "lorebook_v3", "world_info", "character_book", "novelai", "agnai" or "risu"
    format: str  # png, jpeg, webp, json or yaml
    used: tuple[str, ...]
    kept: tuple[str, ...]
    notes: tuple[Note, ...] = ()


def read(data: bytes, source: str) -> BookReading | None:
    """Find a lorebook in a file; nothing where there is none. `source` names the file in errors."""
    try:
        for document, form in _documents(data, source):
            found = of_document(document, source, form)
            if found is not None:
                return found
    except DamagedError as error:
        raise KnownError(ErrorKind.CARD_DAMAGED, path=source, reason=str(error)) from error
    except TooMuchError as error:
        raise KnownError(ErrorKind.CARD_TOO_MUCH, path=source, reason=str(error)) from error
    return None


def of_document(document: Any, source: str, form: str) -> BookReading | None:
    """Read a document; nothing where it is no lorebook."""
    spec = _spec_of(document)
    if not spec:
        return None
    own = native(document)
    holder, items, _ = recognised(own)
    named = coercion.text(holder.get("name")).strip()
    foreign = spec in tuple(Form)
    said = recognised(document)[0] if isinstance(document, dict) else own
    kept = [key for key, value in said.items() if key not in (*_USED, *_WRAPPING) and value]
    return BookReading(
        name=json_guard.without_surrogates(named or PurePath(source).stem.strip() or "?"),
        document=own,
        digest=card.digest(json_guard.text_of(document)),
        entries=sum(isinstance(item, dict) for item in items or ()),
        spec=spec,
        format=form,
        used=tuple(key for key in _USED if said.get(key) not in ("", None)),
        kept=tuple(json_guard.without_surrogates(str(key)) for key in kept),
        notes=(Note(NoteKind.CONVERTED, spec),) if foreign else (),
    )


def _spec_of(document: Any) -> str:
    """Name the form of a book; "" where it is none."""
    if isinstance(document, list):
        return "character_book"
    if not isinstance(document, dict):
        return ""
    holder, items, form = recognised(document)
    if items is None:
        return ""
    if form is not Form.OWN:
        return form.value
    if document.get("spec") == "lorebook_v3":
        return "lorebook_v3"
    own = any(isinstance(item, dict) and "key" in item for item in items)
    return "world_info" if own or isinstance(holder["entries"], dict) else "character_book"


def _documents(data: bytes, source: str) -> Iterator[tuple[Any, str]]:
    if data.startswith(png.SIGNATURE):
        found = png.read(data, _KEYWORDS, _TEXT_LIMIT)
        ordered = sorted(found.texts, key=lambda text: _KEYWORDS.index(text.keyword))
        yield from ((document_in(text.data, source), "png") for text in ordered)
        return
    for begins, form, block in ((b"\xff\xd8\xff", "jpeg", exif.of_jpeg), (b"RIFF", "webp", exif.of_webp)):
        if data.startswith(begins):
            yield document_in(exif.comment(block(data)), source), form
            return
    start = data.removeprefix(b"\xef\xbb\xbf")[:64].replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n")
    if start[:1] in (b"{", b"["):
        yield card.document_of(data, source), "json"
        return
    try:
        yield yaml_guard.read(data), "yaml"
    except yaml_guard.BadYamlError as error:
        raise KnownError(ErrorKind.CARD_NOT_YAML, path=source, reason=str(error)) from error
