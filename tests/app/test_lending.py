"""Proves what becomes of a talk whose model lies on another computer: used, lost, sealed off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.models import ModelState
from hermes_desktop.bench.lender import Lender, lender
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.conversation import MessageState
from hermes_desktop.domain.errors import ErrorKind
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import protocol
from hermes_desktop.paths import Folders
from tests.app.talking import end_of_turn
from tests.app.test_understudy import ORLA, Talk


class FarTalk(Talk):
    """A talk whose model may use another computer."""

    def __init__(self, program: Program, qtbot: QtBot) -> None:
        super().__init__(program, qtbot)
        self.grown = ""
        self.said: list[str] = []
        self.services.chat.answer_grew.connect(self._on_grew)
        self.services.notices.posted.connect(lambda notice: self.said.append(notice.text))
        self.services.notices.release()

    def _on_grew(self, _message_id: int, text: str) -> None:
        self.grown = text

    def load(self, context: int = 4096) -> None:
        model = self.services.models.understudy()
        assert model is not None
        self.services.models.load(model.id, LoadOptions(context=context, threads=1))
        self.until(lambda: self.services.models.state is ModelState.READY)

    def devices(self) -> list[str]:
        loaded = self.services.models.loaded
        return [share.name for share in loaded.devices] if loaded is not None else []


@pytest.fixture
def talk(qtbot: QtBot, tmp_path: Path) -> Iterator[FarTalk]:
    program = build(Folders.of(tmp_path / "data"))
    yield FarTalk(program, qtbot)
    program.close()


@pytest.fixture
def other() -> Iterator[Lender]:
    with lender() as started:
        yield started


def test_layers_lie_there_and_the_ledger_knows(talk: FarTalk, other: Lender) -> None:
    events: list[protocol.Event] = []
    talk.program.engine.event_arrived.connect(events.append)
    talk.services.preferences.update(rpc_hosts=(other.address,))
    talk.load()
    assert talk.devices() == ["RPC0"] and talk.services.models.borrows
    (placed,) = [event for event in events if isinstance(event, protocol.Placed)]
    assert placed.layers == placed.of > 1
    (entry,) = talk.services.ledger.all()
    assert entry.hosts == (other.address,) and entry.outcome == "done"
    talk.services.preferences.update(rpc_hosts=())
    talk.load()
    assert talk.devices() == ["CPU"] and not talk.services.models.borrows


def test_a_computer_that_goes_away_in_the_middle_costs_nothing_but_time(talk: FarTalk, other: Lender) -> None:
    talk.services.preferences.update(rpc_hosts=(other.address,))
    talk.load()
    talk.meet()
    model = talk.services.models.understudy()
    assert model is not None
    forbidden = ((end_of_turn(Path(model.path)), -1e9),)  # it goes on as long as it may
    talk.services.chat.sampling_override = Sampling(temperature=2.0, max_tokens=3000, logit_bias=forbidden)
    talk.services.chat.send("Tell me everything.")
    talk.until(lambda: len(talk.grown) > 40)
    before = talk.grown
    other.go_away()
    talk.until(lambda: not talk.services.chat.busy)
    assert any(other.address in text and "gone" in text for text in talk.said)
    kept = talk.path()[-1]
    assert kept.text.startswith(before) and kept.state is MessageState.INTERRUPTED
    talk.services.chat.sampling_override = Sampling(temperature=0.0, max_tokens=20)
    assert talk.say("Who are you?")
    assert talk.devices() == ["CPU"]
    assert any(other.address in text and "lends no device" in text for text in talk.said)


def test_a_sealed_app_computes_here(talk: FarTalk, other: Lender) -> None:
    talk.services.preferences.update(rpc_hosts=(other.address,), sealed=True)
    talk.load()
    assert talk.devices() == ["CPU"] and talk.services.ledger.all() == []
    assert talk.services.lenders.idle(borrowed=False) == ()


def test_the_model_changes_its_place_while_a_reply_is_written(talk: FarTalk, other: Lender) -> None:
    talk.services.preferences.update(rpc_hosts=(other.address,))
    talk.load()
    talk.meet(ORLA)
    talk.services.chat.send("Tell me everything.")
    talk.until(lambda: talk.services.chat.busy)
    talk.services.preferences.update(rpc_hosts=())
    talk.load()
    talk.until(lambda: not talk.services.chat.busy)
    assert talk.devices() == ["CPU"]
    talk.services.chat.sampling_override = Sampling(temperature=0.0, max_tokens=20)
    assert talk.say("Who are you?")


def test_what_is_no_address_of_a_lender_is_named_with_its_reason(talk: FarTalk) -> None:
    talk.services.preferences.update(rpc_hosts=("127.0.0.1:1",))
    talk.load()
    assert talk.devices() == ["CPU"]
    assert any("127.0.0.1:1" in text for text in talk.said)
    (entry,) = talk.services.ledger.all()
    assert entry.outcome == ErrorKind.RPC_UNREACHABLE.value
