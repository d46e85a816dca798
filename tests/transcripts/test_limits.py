"""What no honest file asks for is refused: too many bytes, lines, messages, conversations, members."""

import io
import json
import zipfile

import pytest

from hermes_desktop.containers.inflate import DamagedError
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.transcripts import assistants, collection, draft, native_reader, reader, sillytavern
from hermes_desktop.transcripts.collection import Collection, Part
from tests import writing
from tests.transcripts.test_formats import GPT
from tests.transcripts.test_native import written
from tests.transcripts.test_sillytavern import LINES, packed


def refused(data: bytes, kind: ErrorKind) -> None:
    with pytest.raises(KnownError) as caught:
        reader.read(data, "x")
    assert caught.value.kind is kind


def test_too_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (draft, assistants, native_reader):
        monkeypatch.setattr(module, "MESSAGES_LIMIT", 2)
    for data in (packed(*LINES), json.dumps(GPT).encode(), written()):
        refused(data, ErrorKind.CHAT_TOO_MUCH)


def test_too_many_lines_and_conversations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "CHATS_LIMIT", 1)
    refused(json.dumps([GPT, GPT]).encode(), ErrorKind.CHAT_TOO_MUCH)
    monkeypatch.setattr(sillytavern, "LINES_LIMIT", 2)
    refused(packed(*LINES), ErrorKind.CHAT_TOO_MUCH)
    refused(b'{"conversations": 1}\n' * 3, ErrorKind.CHAT_TOO_MUCH)


def test_too_many_bytes_and_values(monkeypatch: pytest.MonkeyPatch) -> None:
    refused(b'{"mapping": {"a": ' + b"[" * 300 + b"]" * 300 + b"}}", ErrorKind.CHAT_DAMAGED)
    monkeypatch.setattr(reader, "SIGNS_LIMIT", 10)
    refused(json.dumps(GPT, indent=1).encode(), ErrorKind.CHAT_DAMAGED)
    refused(b"PK\3\4" + b"PK\5\6" + b"\xff" * 18, ErrorKind.CHAT_TOO_MUCH)
    monkeypatch.setattr(reader, "FILE_LIMIT", 10)
    refused(b"x" * 11, ErrorKind.FILE_TOO_LARGE)


def test_a_bomb_in_an_archive_is_not_unpacked() -> None:
    bomb = writing.archive({"conversations.json": b"[" + b" " * 30_000_000 + b"]"})
    refused(bomb, ErrorKind.CHAT_TOO_MUCH)
    lying = writing.archive({"conversations.json": b"[]"}, flags=0x801)
    refused(lying, ErrorKind.CHAT_DAMAGED)
    byaf = writing.archive({"manifest.json": b"{broken"})
    refused(byaf, ErrorKind.CHAT_DAMAGED)


def test_an_archive_of_everything_has_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    held = io.BytesIO()
    monkeypatch.setattr(collection, "MEMBERS_LIMIT", 1)
    with pytest.raises(collection.TooLargeError):
        collection.write(held, [Part("a", (b"x",)), Part("b", (b"y",))])


def test_an_archive_of_everything_that_is_not_whole() -> None:
    manifest = json.dumps({"format": collection.FORMAT, "version": 1}).encode()
    assert not Collection(writing.archive({"a": b"x"})).is_one
    for files in ({}, {"people.json": b"{broken"}):
        with pytest.raises(DamagedError):
            Collection(writing.archive({"archive.json": manifest, **files}))
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in (("archive.json", manifest), ("people.json", b"{}"), ("pictures/a.gif", b"x")):
            archive.writestr(name, data)
    opened = Collection(held.getvalue())
    assert opened.is_one and list(opened.pictures()) == [] and opened.presets() == []
    assert opened.personas() == opened.profiles() == opened.conversations() == []
