"""Knows what is done with the bytes of a fuzz run; a KnownError is an answer, any other error an escape."""

import json
import struct
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from hermes_desktop.containers import gguf, json_guard
from hermes_desktop.containers.json_guard import BadJsonError
from hermes_desktop.domain.conversation import Message, MessageState, Role
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.lore import Book, LoreSettings
from hermes_desktop.domain.persona import Profile
from hermes_desktop.personas import forms, lint, lore_edit, lore_writer, lorebook, profile_file, reader
from hermes_desktop.prompting.allowance import Allowance
from hermes_desktop.prompting.assemble import assemble
from hermes_desktop.prompting.estimate import estimated
from hermes_desktop.prompting.lore import match
from hermes_desktop.prompting.lore_index import index_of
from hermes_desktop.prompting.macros import Names, expand
from hermes_desktop.prompting.scene import Scene
from hermes_desktop.transcripts import native_writer, sillytavern_writer
from hermes_desktop.transcripts import reader as chats

Target = Callable[[bytes], None]
_NAMES = Names(char="Mira", user="Sam")
_PROFILE = Profile(id=0, version_id=0, name="Sam", description="")
_SETTINGS = LoreSettings()
_LIMIT = 1024 * 1024  # bytes of a document
_EXIF_COMMENT = 0x9286


def card(data: bytes) -> None:
    """Read a card from bytes as they are."""
    try:
        reader.read(data, "fuzz")
    except KnownError:
        return


def wrapped(data: bytes) -> None:
    """Read a card whose document was put into a sound container: mutated letters get to the inside."""
    if data:
        card(CONTAINERS[data[0] % len(CONTAINERS)](data[1:]))


def whole(data: bytes) -> None:
    """Read a card, look it over, and make a prompt of it."""
    try:
        read = reader.read(data, "fuzz").card
    except KnownError:
        return
    lint.lint(read.fields, json_guard.cleaned(json.loads(read.card)))
    assemble(read.fields, _PROFILE, [])


def chat(data: bytes) -> None:
    """Read chats, and write each again in both formats that come back."""
    try:
        found = chats.read(data, "fuzz")
    except KnownError:
        return
    for draft in found.drafts:
        for pieces in (
            native_writer.write(draft.head, draft.entries),
            sillytavern_writer.write(draft.head, draft.entries, draft.persona, draft.user),
        ):
            b"".join(pieces)


def book(data: bytes) -> None:
    """Read a lorebook and let it speak."""
    try:
        found = lorebook.book_of(json_guard.read(data, _LIMIT, lenient=True))
    except BadJsonError:
        return
    if found is not None:
        _match(found)


def written(data: bytes) -> None:
    """Write a card in both its forms, read them again, and find that they say the same."""
    try:
        read = reader.read(data, "fuzz").card
    except KnownError:
        return
    document = json.loads(read.card)
    for form in (forms.as_v2, forms.as_v3):
        again = reader.card_of(form(document, read.fields.name), "fuzz")
        if again.fields != read.fields:
            raise AssertionError("a card says something else when it comes back")


def lore(data: bytes) -> None:
    """Write a lorebook for other programs, and in the editor's way."""
    try:
        document = json_guard.read(data, _LIMIT, lenient=True)
    except BadJsonError:
        return
    if not isinstance(document, dict) or lorebook.book_of(document) is None:
        return
    for write in lore_writer.WRITERS.values():
        if lorebook.book_of(json.loads(write(document))) is None:
            raise AssertionError("a lorebook is none when it comes back")
    native = lore_edit.native(document)
    if lore_edit.changed(native, lore_edit.opened(native)) != native:
        raise AssertionError("a lorebook is changed by being opened")


def profile(data: bytes) -> None:
    """Read a file that says who I am."""
    try:
        profile_file.read(data, "fuzz")
    except KnownError:
        return


def macros(data: bytes) -> None:
    """Expand the macros of a text."""
    expand(data.decode("utf-8", "replace"), _NAMES)


def model(data: bytes) -> None:
    """Read the front of a GGUF file."""
    try:
        gguf.read_front(data, len(data), Path("fuzz.gguf"))
    except KnownError:
        return


def control(data: bytes) -> None:
    """Read a card as if nothing were ever wrong with one."""
    reader.read(data, "fuzz")


def _match(found: Book) -> None:
    message = Message(
        1,
        1,
        0,
        1,
        1,
        Role.USER,
        "Sam",
        "The lamp at Skerry Point is out. 灯台",
        MessageState.COMPLETE,
        0,
        1,
        1,
    )
    match(index_of([found], _NAMES, _SETTINGS), Scene(messages=[message]), _SETTINGS, _ALLOWED, estimated, {})


_ALLOWED = Allowance(total=500, late=500)


# ---- containers -----------------------------------------------------------------------------------


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _in_png(text: bytes) -> bytes:
    body = _chunk(b"tEXt", b"chara\0" + b64encode(text))
    return b"\x89PNG\r\n\x1a\n" + body + _chunk(b"IEND", b"")


def _in_packed_png(text: bytes) -> bytes:
    body = _chunk(b"zTXt", b"ccv3\0\0" + zlib.compress(b64encode(text), 1))
    return b"\x89PNG\r\n\x1a\n" + body + _chunk(b"IEND", b"")


def _in_webp(text: bytes) -> bytes:
    value = b"ASCII\0\0\0" + text
    block = b"II*\0" + struct.pack("<IHHHII", 8, 1, _EXIF_COMMENT, 7, len(value), 26) + b"\0" * 4 + value
    part = b"EXIF" + struct.pack("<I", len(block)) + block
    return b"RIFF" + struct.pack("<I", len(part) + 4) + b"WEBP" + part


def _in_archive(text: bytes, name: bytes = b"card.json") -> bytes:
    facts = struct.pack("<HHHHIII", 0, 0, 0, 0, zlib.crc32(text), len(text), len(text))
    local = b"PK\3\4" + struct.pack("<H", 20) + facts + struct.pack("<HH", len(name), 0) + name + text
    entry = b"PK\1\2" + struct.pack("<HH", 20, 20) + facts
    entry += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + b"PK\5\6" + end


CONTAINERS = (_in_png, _in_packed_png, _in_webp, _in_archive, bytes)

TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "card": card,
        "wrapped": wrapped,
        "whole": whole,
        "written": written,
        "chat": chat,
        "book": book,
        "lore": lore,
        "profile": profile,
        "macros": macros,
        "model": model,
        "control": control,
    }
)
