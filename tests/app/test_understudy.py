"""What a person can rely on from the first start: the shipped model in the real engine and program."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.models import ModelState
from hermes_desktop.app.welcome import welcome
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.conversation import Message, MessageState, Role, StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import llama
from hermes_desktop.hub import understudy
from hermes_desktop.paths import Folders
from tests.app.talking import end_of_turn

WAIT_MS = 60_000
GREEDY = Sampling(temperature=0.0, repeat_penalty=1.0, max_tokens=80, seed=1)
ORLA = PersonaFields("Orla", description="Orla is a baker from Bristol. Orla's cat is called Muffin.")


class Talk:
    """A person at the keyboard, without the window."""

    def __init__(self, program: Program, qtbot: QtBot) -> None:
        self.program, self.qtbot = program, qtbot
        self.services = program.services

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def load(self, context: int = 4096) -> None:
        model = self.services.models.understudy()
        assert model is not None
        # One thread: on a busy machine those of llama.cpp wait for each other.
        self.services.models.load(model.id, LoadOptions(context=context, threads=1, gpu_layers=0))
        self.until(lambda: self.services.models.state is ModelState.READY)

    def meet(self, persona: PersonaFields = ORLA) -> None:
        chat = self.services.chat
        chat.start(self.services.personas.create(persona).id)
        chat.sampling_override = GREEDY

    def say(self, text: str) -> str:
        before = len(self.path())
        self.services.chat.send(text)
        self.until(lambda: len(self.path()) >= before + 2 and not self.services.chat.busy)
        return self.path()[-1].text

    def path(self) -> list[Message]:
        return self.services.chat.page(limit=1000)


@pytest.fixture
def talk(qtbot: QtBot, tmp_path: Path) -> Iterator[Talk]:
    program = build(Folders.of(tmp_path / "data"))
    yield Talk(program, qtbot)
    program.close()


def test_the_first_start_greets_once(talk: Talk) -> None:
    welcome(talk.services)
    (conversation,) = talk.services.conversations.summaries()
    assert conversation.persona_name == "Robin"
    (greeting,) = talk.path()
    assert greeting.role is Role.ASSISTANT and "Robin" in greeting.text
    talk.services.conversations.delete(conversation.id)
    talk.services.chat.close()
    welcome(talk.services)
    assert talk.services.conversations.summaries() == []


def test_the_understudy_is_chosen_where_nothing_else_is(talk: Talk) -> None:
    models = talk.services.models
    usual = models.usual()
    assert usual is not None and models.is_understudy(usual)
    assert usual.sha256 and usual.verified_at
    with pytest.raises(KnownError) as raised:
        models.remove(usual.id)
    assert raised.value.kind is ErrorKind.MODEL_SHIPPED
    assert models.understudy() is not None


def test_an_app_that_has_moved_keeps_its_understudy(
    talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = understudy.shipped()
    assert shipped is not None
    moved = tmp_path / "elsewhere" / "assets" / "understudy.gguf"
    moved.parent.mkdir(parents=True)
    moved.write_bytes(shipped.read_bytes())
    monkeypatch.setattr(understudy, "shipped", lambda: moved)
    talk.services.models.seed()
    assert [model.path for model in talk.services.models.all()] == [str(moved)]
    monkeypatch.undo()
    talk.services.models.seed()
    assert [model.path for model in talk.services.models.all()] == [str(shipped)]


def test_it_speaks_in_the_personas_name(talk: Talk) -> None:
    talk.load()
    talk.meet()
    assert "Orla" in talk.say("Hello, who are you?")
    assert talk.path()[-1].stop_reason is StopReason.END


def test_the_name_survives_200_turns_in_a_small_context(talk: Talk) -> None:
    talk.load(context=1024)
    talk.meet()
    asked = named = 0
    for turn in range(100):  # an exchange is two turns
        if turn % 10 == 9:
            asked += 1
            named += "Orla" in talk.say("What is your name?")
        else:
            talk.say(("How are you?", "Tell me a joke.", "I went for a walk.", "Thank you.")[turn % 4])
    assert len(talk.path()) == 200
    conversation = talk.services.chat.conversation
    assert conversation is not None and conversation.memory_line_id is not None
    assert (named, asked) == (asked, 10)


def test_a_fact_is_known_in_the_window_and_comes_back_from_behind_it(talk: Talk) -> None:
    talk.load(context=1024)
    talk.meet(PersonaFields("Orla", description="Orla is a baker from Bristol."))
    talk.say("My dog is called Biscuit.")
    assert "Biscuit" in talk.say("What is my dog called?")
    told = [message.id for message in talk.path() if "Biscuit" in message.text]
    for turn in range(60):
        talk.say(("How are you?", "Tell me a joke.", "I went for a walk.", "Thank you.")[turn % 4])
        line = talk.services.chat.conversation.memory_line_id  # type: ignore[union-attr]
        if line is not None and line > max(told):
            break
    else:
        raise AssertionError("the window never left the fact behind")
    answer = talk.say("What is my dog called?")
    assert "Biscuit" in answer
    record = talk.services.conversations.reply(talk.path()[-1].id)[1]
    assert record is not None and record.recalled and "Biscuit" in record.late_block
    for message in talk.path():
        if "dog" in message.text:
            talk.services.chat.delete(message.id)
    answer = talk.say("What is my dog called?")  # nobody has told it
    assert "Biscuit" not in answer and "do not know" in answer


def test_it_has_a_cold_preset_of_its_own_until_another_model_plays(talk: Talk) -> None:
    talk.load()
    talk.meet()
    chat, preferences = talk.services.chat, talk.services.preferences
    chat.sampling_override = None
    assert chat.usual_preset == "Understudy" and chat.sampling().repeat_penalty == 1.0
    preferences.update(preset="Creative")
    assert chat.usual_preset == "Creative"  # what was chosen is never overruled
    preferences.update(preset="Chat")
    chat.set_preset("Precise")
    assert chat.sampling() == preferences.sampling_of("Precise")
    chat.set_preset("")
    talk.services.models.unload()
    talk.services.models.chosen = None
    assert chat.sampling() == preferences.sampling_of("Chat")


def test_regenerate_gives_another_version(talk: Talk) -> None:
    talk.load()
    talk.meet()
    talk.services.chat.sampling_override = Sampling(
        temperature=1.0, min_p=0.0, repeat_penalty=1.0, max_tokens=80
    )
    talk.say("How are you today?")
    texts = {talk.path()[-1].text}
    for _ in range(12):
        versions = talk.path()[-1].versions
        talk.services.chat.regenerate()
        talk.until(lambda n=versions: talk.path()[-1].versions > n and not talk.services.chat.busy)  # type: ignore[misc]
        texts.add(talk.path()[-1].text)
    assert talk.path()[-1].versions == 13
    assert len(texts) > 1


def test_nothing_is_put_into_its_mouth(talk: Talk) -> None:
    """What is stored is what was sampled, token for token: no prefill, no patch."""
    talk.load()
    talk.meet()
    talk.say("Hello, who are you?")
    reply, record = talk.services.conversations.reply(talk.path()[-1].id)
    assert record is not None and record.tokens
    assert _pieces(record.tokens) == reply.text


def _pieces(tokens: tuple[int, ...]) -> str:
    path = understudy.shipped()
    assert path is not None
    llama.start()
    model = llama.Llama(path, LoadOptions(context=256, threads=1, gpu_layers=0), lambda _: True)
    try:
        return b"".join(model.piece(token) for token in tokens).decode()
    finally:
        model.close()


def test_edit_and_branch_lead_where_they_should(talk: Talk) -> None:
    talk.load()
    talk.meet()
    talk.say("My name is Peter.")
    assert "Peter" in talk.say("What is my name?")
    first = talk.path()[0]
    talk.services.chat.edit(first.id, "My name is Maria.", keep_following=False)
    talk.until(lambda: not talk.services.chat.busy and len(talk.path()) == 2)
    answer = talk.say("What is my name?")
    assert "Maria" in answer and "Peter" not in answer
    talk.services.chat.switch_version(talk.path()[0].id, -1)
    assert [m.text for m in talk.path() if m.role is Role.USER] == ["My name is Peter.", "What is my name?"]
    assert "Peter" in talk.say("Do you remember my name?")


def test_stop_ends_a_reply_and_the_next_one_is_whole(talk: Talk) -> None:
    talk.load()
    talk.meet()
    model = talk.services.models.understudy()
    assert model is not None
    never_ends = ((end_of_turn(Path(model.path)), -1e9),)
    chat = talk.services.chat
    chat.sampling_override = Sampling(temperature=1.5, max_tokens=3000, logit_bias=never_ends)
    chat.send("Tell me a story.")
    talk.until(lambda: len(talk.path()) == 2 and len(talk.path()[-1].text) > 20)
    chat.stop()
    talk.until(lambda: not chat.busy)
    stopped = talk.path()[-1]
    assert stopped.stop_reason is StopReason.CANCELLED and stopped.text
    chat.sampling_override = GREEDY
    assert "Orla" in talk.say("What is your name?")
    assert talk.path()[1].text == stopped.text


def test_a_reply_that_was_cut_off_is_continued(talk: Talk) -> None:
    talk.load()
    talk.meet()
    talk.services.chat.sampling_override = Sampling(temperature=0.0, repeat_penalty=1.0, max_tokens=3)
    beginning = talk.say("Hello, who are you?")
    assert talk.path()[-1].stop_reason is StopReason.LENGTH
    talk.services.chat.sampling_override = GREEDY
    talk.services.chat.continue_reply()
    talk.until(lambda: not talk.services.chat.busy and talk.path()[-1].text != beginning)
    whole = talk.path()[-1].text
    assert whole.startswith(beginning) and "Orla" in whole
    assert len(talk.path()) == 2


def test_a_kill_in_mid_reply_loses_at_most_a_second(tmp_path: Path, qapp: object) -> None:
    command = [sys.executable, "-m", "tests.app.talking", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as writing:
        assert writing.stdout is not None
        said: list[tuple[float, int]] = []  # when, how many characters were on the wire
        for line in writing.stdout:
            at, length = line.split()
            said.append((float(at), int(length)))
            if said[-1][0] - said[0][0] > 1.5:
                break
        writing.send_signal(signal.SIGKILL)
    assert qapp is not None
    program = build(Folders.of(tmp_path / "data"))
    path = program.services.conversations.path(program.services.conversations.summaries()[0].id)
    program.close()
    written = [message for message in path[1:] if message.role is Role.ASSISTANT]
    assert {message.state for message in path} <= {MessageState.COMPLETE, MessageState.INTERRUPTED}
    a_second_earlier = max((length for at, length in said if at <= said[-1][0] - 1.0), default=0)
    assert sum(len(message.text) for message in written) >= a_second_earlier > 0


def test_the_file_is_what_it_says(talk: Talk) -> None:
    model = talk.services.models.understudy()
    assert model is not None
    assert model.size <= 12_000_000
    assert model.header.architecture == "llama" and model.header.context >= 2048
    assert model.header.name == "Understudy" and "llama" not in model.header.licence
    assert re.search(r"Q8_0|F16|BF16|F32", model.header.quantisation)
