"""Looking for messages beside the event loop: the last line counts, and failures are told."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.hit import Hit
from hermes_desktop.paths import Folders
from hermes_desktop.storage import hits, messages
from hermes_desktop.storage.database import Session

Found = list[tuple[str, list[str]]]


@pytest.fixture
def program(qtbot: QtBot, tmp_path: Path) -> Iterator[Program]:
    assert qtbot is not None
    made = build(Folders.of(tmp_path))
    talk = made.services.chat.start(made.services.personas.find("Hobbs").id)
    made.store.write(
        messages.extend, talk.id, [(Role.USER, "Jonas", "The ledger."), (Role.USER, "J", "The key.")]
    )
    yield made
    made.close()


@pytest.fixture
def found(program: Program) -> Found:
    told: Found = []
    program.services.hits.found.connect(
        lambda line, hits: told.append((line, [hit.excerpt.text for hit in hits]))
    )
    return told


def test_of_what_is_asked_meanwhile_only_the_last_is_answered(
    program: Program, found: Found, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, real, asked = threading.Event(), hits.find, list[str]()

    def find(session: Session, line: str, limit: int = hits.LIMIT) -> list[Hit]:
        asked.append(line)
        assert gate.wait(10)
        return real(session, line, limit)

    monkeypatch.setattr(hits, "find", find)
    service = program.services.hits
    for line in ("led", "ledg", '"', "ledger"):
        service.ask(line)
    qtbot.waitUntil(lambda: bool(asked))
    gate.set()
    qtbot.waitUntil(lambda: bool(found))
    assert found == [("ledger", ["The ledger."])] and asked == ["led", "ledger"]
    service.ask('"')
    qtbot.waitUntil(lambda: len(found) == 2)
    assert found[1] == ('"', [])
    service.ask("key")
    service.forget()
    service.ask("key.")
    qtbot.waitUntil(lambda: len(found) == 3)
    assert found[2] == ("key.", ["The key."])


def test_what_fails_is_told_and_the_next_is_looked_for(
    program: Program, found: Found, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices = program.services.notices
    told: list[str] = []
    notices.posted.connect(lambda notice: told.append(notice.text))
    notices.release()

    def fail(*_anything: object) -> list[Hit]:
        raise KnownError(ErrorKind.DATABASE_BUSY, path="x")

    with monkeypatch.context() as patch:
        patch.setattr(hits, "find", fail)
        program.services.hits.ask("ledger")
        qtbot.waitUntil(lambda: bool(found))
    assert found == [("ledger", [])] and told
    program.services.hits.ask("ledger")
    qtbot.waitUntil(lambda: len(found) == 2)
    assert found[1] == ("ledger", ["The ledger."])


def test_nothing_is_looked_for_when_the_program_ends(program: Program, found: Found) -> None:
    program.services.hits.close()
    program.services.hits.ask("ledger")
    assert found == [] and program.services.hits.find("ledger")


def test_a_bug_in_one_search_does_not_end_the_others(
    program: Program, found: Found, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, times = hits.find, list[str]()

    def find(session: Session, line: str, limit: int = hits.LIMIT) -> list[Hit]:
        times.append(line)
        if len(times) == 1:
            raise ZeroDivisionError
        return real(session, line, limit)

    monkeypatch.setattr(hits, "find", find)
    with capture_exceptions() as bugs:
        program.services.hits.ask("ledger")
        qtbot.waitUntil(lambda: found == [("ledger", [])] and bool(bugs))
    program.services.hits.ask("key")
    qtbot.waitUntil(lambda: found[1:] == [("key", ["The key."])])
