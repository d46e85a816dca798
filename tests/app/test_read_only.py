"""A data folder that cannot be written: everything can be read, and every change is refused in a sentence."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.paths import Folders


@pytest.fixture
def program(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    assert qtbot is not None
    folders = Folders.of(tmp_path)
    first = build(folders)
    first.services.chat.start(first.services.personas.find("Hobbs").id)
    first.close()
    opening = os.open

    def refuse(path: str | Path, flags: int, mode: int = 0o777, **more: int) -> int:
        if str(path).startswith(str(tmp_path)) and flags & (os.O_RDWR | os.O_WRONLY):
            raise PermissionError(13, "Permission denied", str(path))
        return opening(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", refuse)  # root, as which tests may run, can write anywhere
    monkeypatch.setattr(os, "access", lambda *_: False)
    made = build(folders)
    yield made
    monkeypatch.undo()
    made.close()


def test_it_is_told_once_and_everything_can_be_read(program: Program) -> None:
    told: list[str] = []
    program.services.notices.posted.connect(lambda notice: told.append(notice.text))
    program.services.notices.release()
    assert program.read_only and len(told) == 1 and "cannot be written" in told[0]
    assert len(program.services.personas.all()) == 15
    summary = program.services.conversations.summaries()[0]
    assert program.services.conversations.path(summary.id)[0].text


def test_a_change_is_refused_in_a_sentence(program: Program) -> None:
    with pytest.raises(KnownError) as caught:
        program.services.conversations.rename(1, "Other")
    assert caught.value.kind is ErrorKind.FOLDER_READ_ONLY


def test_sending_tells_why_it_cannot_and_keeps_what_was_written(program: Program, qtbot: QtBot) -> None:
    told: list[str] = []
    program.services.notices.release()
    program.services.notices.posted.connect(lambda notice: told.append(notice.text))
    program.services.chat.open(1)
    program.services.chat.send("Hello?")
    qtbot.waitUntil(lambda: bool(told), timeout=5000)
    assert "cannot be written" in told[0] and not program.services.chat.busy
