"""Proves what a person meets who lets a server play: reached, kept, cut off, sealed, left again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.models import ModelState
from hermes_desktop.app.token import TokenPlace
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.conversation import MessageState
from hermes_desktop.domain.errors import ErrorKind
from hermes_desktop.domain.remote import KEY_VARIABLE, RemoteServer
from hermes_desktop.paths import Folders
from tests.app.test_understudy import ORLA, Talk
from tests.serving import KEY, Fake, answer, endless, fake_server, real_server, says


class FarTalk(Talk):
    """A talk in which a server may play."""

    def __init__(self, program: Program, qtbot: QtBot) -> None:
        super().__init__(program, qtbot)
        self.remote, self.models = self.services.remote, self.services.models
        self.told: list[str] = []
        self.grown = ""
        self._ended = False
        self.services.notices.posted.connect(lambda notice: self.told.append(notice.text))
        self.services.notices.release()
        self.services.chat.answer_grew.connect(self._on_grew)

    def end(self) -> None:
        """Close the program, once."""
        if not self._ended:
            self._ended = True
            self.program.close()

    def _on_grew(self, _message_id: int, text: str) -> None:
        self.grown = text

    def far(self, address: str, key: str = KEY) -> ModelState:
        self.remote.set_up(RemoteServer(address, patience=20))
        if key:
            self.remote.keys.keep(key)
        self.remote.turn(on=True)
        self.until(lambda: self.models.state in (ModelState.READY, ModelState.FAILED))
        return self.models.state

    def failed(self, text: str) -> str:
        """Say something whose reply fails; give what came of it."""
        self.services.chat.send(text)
        self.until(lambda: bool(self.told) and not self.services.chat.busy)
        return self.path()[-1].text


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders.of(tmp_path / "data")


@pytest.fixture
def talk(qtbot: QtBot, folders: Folders, monkeypatch: pytest.MonkeyPatch) -> Iterator[FarTalk]:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    started = FarTalk(build(folders), qtbot)
    yield started
    started.end()


@pytest.fixture
def fake() -> Iterator[Fake]:
    with fake_server() as started:
        yield started


def test_the_understudy_plays_from_a_real_server_as_it_does_here(talk: FarTalk) -> None:
    with real_server() as address:
        assert talk.far(address) is ModelState.READY
        assert talk.models.chosen is None and talk.models.name == "Understudy"
        talk.meet()
        there = talk.say("Where do you come from?")
        message, record = talk.services.conversations.reply(talk.path()[-1].id)
        assert record is not None and message.state is MessageState.COMPLETE
        assert record.devices[0].startswith("127.0.0.1") and record.model_sha256 == ""
        entries = talk.services.ledger.all()
        assert {entry.outcome for entry in entries} == {"done"}
        assert all(entry.hosts == (address.split("/")[2],) for entry in entries)
        assert entries[0].received == len(there)
    talk.load()
    assert not talk.services.preferences.value.remote_on  # somebody has chosen a model on this computer
    talk.meet()
    assert talk.say("Where do you come from?") == there


def test_nothing_is_asked_before_somebody_turns_it_on(talk: FarTalk, fake: Fake) -> None:
    talk.remote.set_up(RemoteServer(fake.address))
    talk.remote.keys.keep(KEY)
    talk.models.choose_last()
    talk.until(lambda: talk.models.state is ModelState.READY)
    assert talk.models.chosen is not None and not fake.asked and not talk.services.ledger.all()


def test_the_next_start_finds_the_server_again(
    talk: FarTalk, folders: Folders, fake: Fake, qtbot: QtBot
) -> None:
    assert talk.far(fake.address, key="") is ModelState.READY
    talk.end()
    program = build(folders)
    try:
        again = FarTalk(program, qtbot)
        again.models.choose_last()
        again.until(lambda: again.models.state is ModelState.READY)
        assert again.models.loaded is not None and again.models.loaded.served is not None
        again.remote.turn(on=False)
        again.until(lambda: again.models.chosen is not None and again.models.state is ModelState.READY)
        assert again.models.loaded.served is None
    finally:
        program.close()


def test_a_cut_stream_costs_nothing_and_goes_on(talk: FarTalk, fake: Fake) -> None:
    fake.acts = [says("Once upon", finish=None, end=False), says(" a time.")]
    talk.far(fake.address)
    talk.meet()
    assert talk.failed("Well?") == "Once upon"
    assert "broke" in talk.told[-1] and talk.path()[-1].state is MessageState.INTERRUPTED
    talk.services.chat.continue_reply()
    talk.until(lambda: not talk.services.chat.busy)
    assert talk.path()[-1].text == "Once upon a time."
    assert [entry.outcome for entry in talk.services.ledger.all()][:2] == ["done", "remote_cut"]


def test_stop_closes_the_connection(talk: FarTalk, fake: Fake) -> None:
    fake.acts = [endless("Once ")]
    talk.far(fake.address)
    talk.meet()
    talk.services.chat.send("Well?")
    talk.until(lambda: talk.grown == "Once ")
    talk.services.chat.stop()
    talk.until(lambda: not talk.services.chat.busy)
    assert talk.path()[-1].text == "Once " and talk.path()[-1].state is MessageState.STOPPED
    assert fake.left.wait(10)


def test_a_failure_never_eats_what_was_typed(talk: FarTalk, fake: Fake) -> None:
    fake.acts = [answer(401, {"error": "no"})]
    talk.far(fake.address)
    talk.meet()
    assert talk.failed("Well?") == "Well?"
    assert "does not accept the key" in talk.told[-1]


def test_a_server_that_is_not_there_is_a_sentence_and_asked_again(talk: FarTalk, fake: Fake) -> None:
    fake.paths["/v1/models"] = answer(500, {"error": {"message": "starting"}})
    assert talk.far(fake.address) is ModelState.FAILED
    assert talk.models.error is not None and talk.models.error.kind is ErrorKind.REMOTE_FAILED
    fake.paths.clear()
    fake.acts = [says("Here.")]
    talk.meet()
    assert talk.say("Well?") == "Here."


def test_sealed_nothing_is_opened_and_what_plays_is_left(talk: FarTalk, fake: Fake) -> None:
    assert talk.far(fake.address) is ModelState.READY
    before = len(fake.asked)
    talk.services.preferences.update(sealed=True)
    assert talk.models.state is ModelState.UNLOADED and talk.program.engine.pid == 0
    talk.meet()
    talk.failed("Well?")
    assert "sealed" in talk.told[-1].casefold() and len(fake.asked) == before
    failed: list[object] = []
    talk.remote.models_failed.connect(failed.append)
    talk.remote.list_models(talk.remote.known)
    assert len(failed) == 1 and len(fake.asked) == before


def test_the_key_is_shown_to_its_server_alone_and_written_nowhere(
    talk: FarTalk, folders: Folders, fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    fake.acts = [answer(500, {"error": {"message": f"bad key {KEY}"}})] * 4 + [says("Hello.")]
    talk.far(fake.address)
    assert set(fake.keys) == {f"Bearer {KEY}"}
    talk.meet()
    talk.failed("Well?")
    with fake_server() as other:
        talk.far(other.address, key="")
        assert talk.remote.keys.place is TokenPlace.NONE and set(other.keys) == {""}
    talk.end()
    files = [file for file in folders.data.parent.rglob("*") if file.is_file()]
    assert files and not [file for file in files if KEY.encode() in file.read_bytes()]
    assert KEY not in caplog.text and not [text for text in talk.told if KEY in text]


def test_the_key_may_come_from_the_environment(
    talk: FarTalk, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    talk.far(fake.address, key="")
    assert set(fake.keys) == {f"Bearer {KEY}"} and talk.remote.keys.place is TokenPlace.ENVIRONMENT


def test_the_models_of_a_server_are_listed_beside_what_plays(talk: FarTalk) -> None:
    found: list[list[str]] = []
    failed: list[object] = []
    talk.remote.models_found.connect(lambda models: found.append([model.id for model in models]))
    talk.remote.models_failed.connect(failed.append)
    with fake_server(models=("a", "b"), more={"max_model_len": 100}) as fake:
        talk.remote.list_models(RemoteServer(fake.address))
        talk.until(lambda: not talk.remote.asking)
        assert found == [["a", "b"]]
        fake.paths["/v1/models"] = answer(401, {})
        talk.remote.list_models(RemoteServer(fake.address))
        talk.until(lambda: not talk.remote.asking)
        assert len(failed) == 1
    outcomes = [entry.outcome for entry in talk.services.ledger.all()]
    assert outcomes == ["remote_refused", "done"]


def test_what_the_server_does_not_take_is_named_where_it_is_at_work(talk: FarTalk) -> None:
    with fake_server(owner="openai") as fake:
        talk.far(fake.address)
        talk.services.chat.start(talk.services.personas.create(ORLA).id)
        assert set(talk.services.chat.ignored) == {"min_p", "repeat_penalty"}
        talk.services.preferences.update(preset="Creative")
        assert "dry_multiplier" in talk.services.chat.ignored
