"""The client of the engine child: whatever the child does, every request ends and the next one works."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from pytestqt.qtbot import QtBot

from hermes_desktop.app import engine as module
from hermes_desktop.app.engine import EngineClient, EngineState, failure_of
from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import protocol
from tests.engine.child import prompt

WAIT_MS = 20_000


class Talk:
    """A client, and what it heard."""

    def __init__(self, client: EngineClient, qtbot: QtBot) -> None:
        self.client, self.qtbot = client, qtbot
        self.heard: list[protocol.Event] = []
        self.deaths: list[KnownError] = []
        client.event_arrived.connect(self.heard.append)
        client.died.connect(self.deaths.append)

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def answer(self, request: int) -> protocol.Event:
        """Wait for the last event of a request."""

        def ended() -> list[protocol.Event]:
            last = (protocol.Loaded, protocol.Done, protocol.Failed, protocol.Counted)
            return [e for e in self.heard if getattr(e, "id", None) == request and isinstance(e, last)]

        self.until(lambda: bool(ended()))
        return ended()[0]

    def load(self) -> None:
        request = self.client.next_id()
        self.client.send(protocol.Load(request, "model.gguf", LoadOptions()))
        assert isinstance(self.answer(request), protocol.Loaded)

    def ask(self, text: str = "Well?") -> int:
        request = self.client.next_id()
        self.client.send(protocol.Generate(request, prompt(text), Sampling()))
        return request


Start = Callable[..., Talk]


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Start]:
    clients: list[EngineClient] = []

    def make(*replies: dict[str, object], **script: object) -> Talk:
        file = tmp_path / "script.json"
        file.write_text(json.dumps({"replies": list(replies)} | script), "utf-8")
        clients.append(EngineClient(("--engine", "scripted", "--script", str(file))))
        return Talk(clients[-1], qtbot)

    yield make
    for client in clients:
        client.shut_down()


def test_work_behind_is_not_begun_where_it_may_not(qtbot: QtBot) -> None:
    client = EngineClient(("--engine", "scripted"), may_work_behind=lambda: False)
    talk = Talk(client, qtbot)
    request = client.next_id()
    client.send(protocol.Generate(request, prompt("Sum it up."), Sampling(), background=True))
    failed = talk.answer(request)
    assert isinstance(failed, protocol.Failed) and failure_of(failed).kind is ErrorKind.POWER_SAVED
    assert client.state is EngineState.ABSENT  # not even a child
    talk.load()
    assert isinstance(talk.answer(talk.ask()), protocol.Done)  # what the person waits for is begun
    client.shut_down()


def test_a_reply_comes_piece_by_piece(start: Start) -> None:
    talk = start({"pieces": ["Aye, ", "so it is."]})
    talk.load()
    done = talk.answer(talk.ask())
    assert isinstance(done, protocol.Done) and done.text == "Aye, so it is."
    assert [e.text for e in talk.heard if isinstance(e, protocol.Piece)] == ["Aye, ", "so it is."]
    assert talk.client.state is EngineState.UP and talk.client.hello is not None


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        ("crash:SIGSEGV", ErrorKind.ENGINE_CRASHED),
        ("crash:SIGKILL", ErrorKind.ENGINE_CRASHED),
        ("exit:0", ErrorKind.ENGINE_CRASHED),
        ("exit:3", ErrorKind.ENGINE_CRASHED),
        ("garbage", ErrorKind.ENGINE_GARBAGE),
        ("hang", ErrorKind.ENGINE_HUNG),
    ],
)
def test_after_a_fault_the_next_request_works(
    start: Start, monkeypatch: pytest.MonkeyPatch, act: str, kind: ErrorKind
) -> None:
    talk = start({"pieces": ["half"], "acts": {"1": act}})
    talk.load()
    with monkeypatch.context() as impatient:  # not while a child starts, which takes long on a busy machine
        impatient.setattr(module, "HANG_SECONDS", 2.0)
        failed = talk.answer(talk.ask())
    assert isinstance(failed, protocol.Failed) and failed.kind == kind.value
    talk.until(lambda: bool(talk.deaths))
    assert talk.deaths[0].kind is kind and talk.client.state is EngineState.ABSENT
    talk.load()
    counted = talk.client.next_id()
    talk.client.send(protocol.Count(counted, ("abcd",)))
    assert isinstance(talk.answer(counted), protocol.Counted)


def test_what_a_child_says_after_garbage_counts_for_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = start({"pieces": ["half", "more"], "acts": {"0": "garbage"}, "delay": 0.3})
    talk.load()
    kill = QProcess.kill

    def kill_late(process: QProcess) -> None:
        for _ in range(5):  # a few reads, so that a client that listens on makes the test fail, not hang
            if b'"Done"' in process.peek(10_000).data() or not process.waitForReadyRead(5000):
                break
        kill(process)

    monkeypatch.setattr(QProcess, "kill", kill_late)
    failed = talk.answer(talk.ask())
    assert isinstance(failed, protocol.Failed) and failed.kind == ErrorKind.ENGINE_GARBAGE.value
    talk.until(lambda: bool(talk.deaths))
    assert not any(isinstance(event, protocol.Done) for event in talk.heard)
    assert talk.deaths[0].kind is ErrorKind.ENGINE_GARBAGE


def test_a_fault_script_without_a_fault_fails_nothing(start: Start) -> None:
    talk = start({"pieces": ["half"], "acts": {}})
    talk.load()
    assert isinstance(talk.answer(talk.ask()), protocol.Done) and talk.deaths == []


def test_the_last_words_of_a_crash_are_kept(start: Start) -> None:
    talk = start({"pieces": ["a"], "acts": {"0": "noise", "1": "exit:3"}})
    talk.load()
    failed = talk.answer(talk.ask())
    assert isinstance(failed, protocol.Failed) and "last words" in str(failed.values["detail"])


@pytest.mark.parametrize("act", ["print", "order", "noise"])
def test_stray_output_harms_nothing(start: Start, act: str) -> None:
    talk = start({"pieces": ["a", "b"], "acts": {"1": act}})
    talk.load()
    done = talk.answer(talk.ask())
    assert isinstance(done, protocol.Done) and done.text == "ab" and talk.deaths == []


def test_a_frame_without_end_is_refused(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "FRAME_LIMIT", 1_000_000)
    talk = start({"pieces": ["a"], "acts": {"1": "huge"}})
    talk.load()
    failed = talk.answer(talk.ask())
    assert isinstance(failed, protocol.Failed) and failed.kind == ErrorKind.ENGINE_GARBAGE.value


def test_a_cancel_is_obeyed(start: Start) -> None:
    talk = start({"pieces": ["word "] * 500, "delay": 0.02})
    talk.load()
    request = talk.ask()
    talk.until(lambda: any(isinstance(e, protocol.Piece) for e in talk.heard))
    talk.client.cancel(request)
    done = talk.answer(request)
    assert isinstance(done, protocol.Done) and done.stop_reason is StopReason.CANCELLED
    talk.client.cancel(request)  # too late is harmless
    assert talk.deaths == []


def test_a_child_that_does_not_obey_is_ended(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CANCEL_MS", 300)
    talk = start({"pieces": ["a"], "acts": {"1": "hang"}})
    talk.load()
    request = talk.ask()
    talk.until(lambda: any(isinstance(e, protocol.Piece) for e in talk.heard))
    talk.client.cancel(request)
    failed = talk.answer(request)
    assert isinstance(failed, protocol.Failed) and failed.kind == ErrorKind.ENGINE_HUNG.value


def test_every_open_request_fails_with_the_child(start: Start) -> None:
    talk = start({"pieces": ["a"], "acts": {"0": "hang"}})
    talk.load()
    one, two = talk.ask(), talk.client.next_id()
    talk.client.send(protocol.Count(two, ("a",)))
    talk.client.kill(KnownError(ErrorKind.ENGINE_HUNG, seconds=1))
    assert isinstance(talk.answer(one), protocol.Failed)
    talk.until(lambda: len(talk.deaths) == 1)


def test_a_kind_of_failure_that_nobody_knows_is_garbage() -> None:
    unknown = failure_of(protocol.Failed(1, "nonsense", {"a": 1}))
    assert unknown.kind is ErrorKind.ENGINE_GARBAGE and unknown.values == {"detail": "nonsense"}
    assert failure_of(protocol.Failed(1, "busy", {"kind": "x", "a": 1})).values == {"a": 1}


def test_a_load_that_fails_is_told(start: Start) -> None:
    talk = start(load={"fail": {"kind": "engine_memory", "values": {"needed": 9, "free": 1}}})
    request = talk.client.next_id()
    talk.client.send(protocol.Load(request, "model.gguf", LoadOptions()))
    failed = talk.answer(request)
    assert isinstance(failed, protocol.Failed) and failed.kind == ErrorKind.ENGINE_MEMORY.value
    assert failed.values == {"needed": 9, "free": 1}


def test_a_child_that_cannot_start_is_told(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.sys, "executable", "/nowhere/python")
    talk = Talk(EngineClient(("--engine", "llama")), qtbot)
    request = talk.client.next_id()
    talk.client.send(protocol.Load(request, "model.gguf", LoadOptions()))
    talk.until(lambda: bool(talk.deaths))
    assert talk.deaths[0].kind is ErrorKind.ENGINE_MISSING


def test_letting_go_reports_nothing_more(start: Start) -> None:
    talk = start({"pieces": ["word "] * 500, "delay": 0.02})
    talk.load()
    talk.ask()
    talk.until(lambda: any(isinstance(e, protocol.Piece) for e in talk.heard))
    talk.client.close()
    count = len(talk.heard)
    assert talk.client.pid == 0 and talk.client.state is EngineState.ABSENT
    talk.load()
    assert not any(isinstance(e, protocol.Failed) for e in talk.heard[count:]) and talk.deaths == []
