"""Trying a persona beside the conversations: two settings, one message, the same seed, nothing stored."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.chat import ChatState
from hermes_desktop.app.prompts import PromptSource
from hermes_desktop.app.sandbox import NO_GREETING, Candidate, Outcome, Setting, Trial
from hermes_desktop.domain.conversation import MessageState, Role, StopReason
from hermes_desktop.domain.errors import ErrorKind
from hermes_desktop.domain.persona import Persona, PersonaFields
from hermes_desktop.domain.prompt import Prompt
from tests.app.beside import Bench, Replies

ADA = PersonaFields("Ada", description="Counts {{random:ships,gulls}}.", greeting="Hello.")
SLOW = {"pieces": ["one ", "two ", "three ", "four "], "delay": 0.05}
Make = Callable[..., "Sandbox"]


class Sandbox(Bench):
    """Somebody who tries personas."""

    def __init__(
        self, folder: Path, qtbot: QtBot, replies: Replies | None = None, load: object = None
    ) -> None:
        super().__init__(folder, qtbot, replies, load)
        self.sandbox = self.services.sandbox
        self.outcomes: dict[int, Outcome] = {}
        self.grown: list[tuple[int, str]] = []
        self.loads: list[int] = []
        self.sandbox.ended.connect(self.outcomes.__setitem__)
        self.sandbox.grew.connect(lambda side, text: self.grown.append((side, text)))
        self.sandbox.loading.connect(self.loads.append)
        self.ada = self.services.personas.create(ADA)

    def begin(
        self, *candidates: Candidate, presets: tuple[str, str] = ("Chat", "Chat"), trial: Trial | None = None
    ) -> None:
        left, right = candidates or (self.stored(), self.stored())
        settings = [Setting(left, presets[0]), Setting(right, presets[1])]
        self.sandbox.run(settings, trial or Trial("Who are you?", 0, 7))

    def run(
        self, *candidates: Candidate, presets: tuple[str, str] = ("Chat", "Chat"), trial: Trial | None = None
    ) -> None:
        self.begin(*candidates, presets=presets, trial=trial)
        self.until(lambda: not self.sandbox.running)

    def stored(self, version: Persona | None = None) -> Candidate:
        persona = version or self.ada
        return Candidate(persona.fields, persona)

    def kinds(self) -> list[ErrorKind | None]:
        return [outcome.error.kind if outcome.error else None for _, outcome in sorted(self.outcomes.items())]


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path) -> Iterator[Make]:
    made: list[Sandbox] = []

    def build(replies: Replies | None = None, load: object = None) -> Sandbox:
        made.append(Sandbox(tmp_path, qtbot, replies, load))
        return made[-1]

    yield build
    for each in made:
        each.program.close()


def texts(prompt: Prompt) -> list[tuple[Role, str]]:
    return [(turn.role, turn.text) for turn in prompt.turns]


def test_the_same_on_both_sides_gives_the_same_reply_and_stores_nothing(make: Make) -> None:
    room = make()
    room.services.preferences.save_preset(
        "Short", replace(room.services.preferences.sampling_of("Chat"), max_tokens=12)
    )
    room.load()
    room.run(presets=("Short", "Short"))
    left, right = room.outcomes[0], room.outcomes[1]
    assert left.text and left.text == right.text and left.error is None
    for outcome in (left, right):
        assert outcome.figures is not None and outcome.figures.tokens == 12
        assert outcome.figures.prompt_tokens > 20 and outcome.figures.seconds > 0
    assert {side for side, _ in room.grown} == {0, 1} and room.grown[-1] == (1, right.text)
    assert room.services.conversations.summaries() == []


def test_a_conversation_goes_on_as_if_nothing_had_been_tried(make: Make) -> None:
    room = make()
    chat = room.services.chat
    calm = replace(room.services.preferences.sampling_of("Chat"), temperature=0.0, max_tokens=10, seed=1)
    chat.sampling_override = calm
    room.load()
    steady = room.services.personas.create(replace(ADA, description="Counts."))  # dice would fall otherwise
    replies = []
    for trying in (False, True):
        chat.start(steady.id)
        chat.send("One.")
        room.until(lambda: len(chat.page()) == 3 and not chat.busy)
        if trying:
            room.run(presets=("Precise", "Precise"), trial=Trial("Go on.", NO_GREETING, 3))
        chat.send("Two.")
        room.until(lambda: len(chat.page()) == 5 and not chat.busy)
        replies.append([message.text for message in chat.page()])
    assert replies[0] == replies[1]


def test_the_prompt_is_that_of_a_conversation(make: Make) -> None:
    room = make([SLOW])
    room.load()
    chat, model = room.services.chat, room.services.models.loaded
    hobbs = room.services.personas.find("Hobbs")
    room.run(room.stored(hobbs), room.stored(hobbs), trial=Trial("Who are you?", 0, 7))
    chat.start(hobbs.id)
    chat.send("Who are you?")
    room.until(lambda: len(chat.page()) == 3 and not chat.busy)
    conversation, reply = chat.conversation, chat.last()
    assert conversation is not None and model is not None
    source = PromptSource(room.program.store, room.services.preferences)
    written = source.prompt_of(conversation, model, until=reply)
    assert room.asked[0].aside  # the conversation keeps its cache
    assert texts(room.asked[0].prompt) == texts(written.prompt)


def test_each_side_has_its_own_version_preset_and_greeting(make: Make) -> None:
    room = make([{"pieces": ["Aye."]}])
    room.load()
    newer = room.services.personas.update(
        room.ada.id, replace(ADA, description="Sings.", alternate_greetings=("Ahoy.",))
    )
    assert [each.version for each in room.sandbox.versions(room.ada.id)] == [2, 1]
    room.run(room.stored(), room.stored(newer), presets=("Chat", "Precise"), trial=Trial("Well?", 1, 5))
    left, right = room.asked
    assert (left.sampling.temperature, right.sampling.temperature) == (0.8, 0.3)
    assert left.sampling.seed == right.sampling.seed == 5
    assert "Counts" in left.prompt.turns[0].text and "Sings" in right.prompt.turns[0].text
    assert [turn.text for turn in left.prompt.turns[1:]] == ["Hello.", "Well?"]  # it has no second one
    assert [turn.text for turn in right.prompt.turns[1:]] == ["Ahoy.", "Well?"]


def test_both_sides_throw_the_same_dice(make: Make) -> None:
    room = make([{"pieces": ["Aye."]}])
    room.load()
    die = PersonaFields("Die", greeting="{{roll:d1000000}}")
    room.run(Candidate(die, draft=True), Candidate(die, draft=True))
    left, right = (asked.prompt.turns[1].text for asked in room.asked)
    assert left == right and left.isdecimal()


# ---- keeping -----------------------------------------------------------------------------------------


def test_a_side_can_be_kept_as_a_conversation(make: Make) -> None:
    room = make()
    room.load(["Aye", ", so it is."])
    newer = room.services.personas.update(room.ada.id, replace(ADA, description="Sings."))
    room.run(room.stored(), room.stored(newer), presets=("Chat", "Precise"))
    assert room.sandbox.can_keep(0) and room.sandbox.can_keep(1)
    kept = room.sandbox.keep(0)
    assert (
        kept.persona_version_id == room.ada.version_id and kept.preset == "" and kept.title == "Who are you?"
    )
    assert room.sandbox.keep(1).preset == "Precise"
    room.services.chat.open(kept.id)
    path = room.services.chat.page()
    assert [(message.role, message.text) for message in path] == [
        (Role.ASSISTANT, "Hello."),
        (Role.USER, "Who are you?"),
        (Role.ASSISTANT, "Aye, so it is."),
    ]
    assert path[-1].state is MessageState.COMPLETE and path[-1].stop_reason is StopReason.END
    _, record = room.services.conversations.reply(path[-1].id)
    assert record is not None and record.seed == 7 and record.persona_version_id == room.ada.version_id
    assert json.loads(record.sampling)["temperature"] == 0.8 and len(record.tokens) == record.generated_tokens


def test_without_a_greeting_the_message_comes_first(make: Make) -> None:
    room = make([{"pieces": ["Aye."]}])
    room.load()
    room.run(trial=Trial("Well?", NO_GREETING, 5))
    room.services.chat.open(room.sandbox.keep(1).id)
    assert [message.text for message in room.services.chat.page()] == ["Well?", "Aye."]


@pytest.mark.parametrize("known", [True, False])
def test_a_draft_becomes_a_version_when_it_is_kept(make: Make, known: bool) -> None:
    room = make([{"pieces": ["Aye."]}])
    room.load()
    before = len(room.services.personas.all())
    draft = Candidate(replace(ADA, description="Sings."), room.ada if known else None, draft=True)
    room.run(room.stored(), draft)
    assert "Sings" in room.asked[1].prompt.turns[0].text
    assert len(room.services.personas.all()) == before  # trying saves nothing
    kept = room.sandbox.keep(1)
    version = room.services.personas.get_version(kept.persona_version_id)
    assert version.fields.description == "Sings." and (version.id == room.ada.id) is known
    assert version.version == (2 if known else 1)


# ---- what gets in the way ----------------------------------------------------------------------------


def test_stop_keeps_what_has_come_and_leaves_the_other_side_out(make: Make) -> None:
    room = make([SLOW])
    room.load()
    room.begin()
    room.until(lambda: bool(room.grown))
    room.sandbox.run([], Trial("", 0, 0))  # one at a time
    room.sandbox.stop()
    room.until(lambda: not room.sandbox.running)
    assert list(room.outcomes) == [0] and room.outcomes[0].stopped
    assert room.outcomes[0].text in ("one ", "one two ", "one two three ")
    assert room.sandbox.can_keep(0) and not room.sandbox.can_keep(1)
    room.services.chat.open(room.sandbox.keep(0).id)
    assert room.services.chat.page()[-1].state is MessageState.STOPPED
    room.sandbox.stop()  # nothing runs


def test_a_reply_in_a_conversation_is_waited_for(make: Make) -> None:
    room = make([SLOW])
    room.load()
    chat = room.services.chat
    chat.start(room.ada.id)
    chat.send("Hello.")
    room.until(lambda: chat.state is ChatState.WRITING)
    room.begin()
    assert room.kinds() == [ErrorKind.BUSY] and not room.sandbox.running
    room.until(lambda: not chat.busy)
    assert chat.page()[-1].text == "one two three four "


@pytest.mark.parametrize("loaded", [True, False])
def test_it_gives_way_to_a_conversation(make: Make, loaded: bool) -> None:
    room = make([SLOW], {"steps": 2, "delay": 0.1})
    chat = room.services.chat
    chat.start(room.ada.id)
    if loaded:
        room.load()
        room.begin()
        room.until(lambda: bool(room.grown))
    else:
        room.services.models.load(room.add())
        room.begin()
    chat.send("Hello.")
    room.until(lambda: not room.sandbox.running)
    assert room.kinds() == [ErrorKind.GAVE_WAY] and bool(room.outcomes[0].text) is loaded
    room.until(lambda: len(chat.page()) == 3 and not chat.busy)
    assert chat.page()[-1].text == "one two three four " and room.told == []


def test_the_chosen_model_is_loaded_first(make: Make) -> None:
    room = make([SLOW])
    room.load()
    room.services.models.unload()
    room.run()
    assert room.loads == [0] and room.kinds() == [None, None]


def test_stop_while_it_is_loading(make: Make) -> None:
    room = make([SLOW], {"steps": 2, "delay": 0.1})
    room.services.models.load(room.add())
    room.begin()
    room.sandbox.stop()
    assert not room.sandbox.running and room.outcomes[0] == Outcome("")
    assert not room.sandbox.can_keep(0)


def test_without_a_model_it_says_so(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    room = make([SLOW])
    monkeypatch.setattr(room.services.models, "ensure_loaded", lambda: False)
    room.begin()
    assert room.kinds() == [ErrorKind.MODEL_NONE]


def test_a_model_that_cannot_be_loaded(make: Make) -> None:
    room = make([SLOW], {"fail": {"kind": "model_not_gguf", "values": {"path": "x"}}})
    room.services.models.load(room.add())
    room.run()
    assert room.kinds() == [ErrorKind.MODEL_NOT_GGUF]


def test_a_model_that_is_put_away_meanwhile(make: Make) -> None:
    room = make([SLOW])
    room.load()
    room.begin()
    room.until(lambda: bool(room.grown))
    room.services.models.unload()
    assert room.kinds() == [ErrorKind.MODEL_NONE] and not room.sandbox.running


@pytest.mark.parametrize(
    ("reply", "kinds"),
    [
        ({"pieces": ["one "], "acts": {"1": "crash:SIGKILL"}}, [ErrorKind.ENGINE_CRASHED]),
        ({"pieces": ["one "], "acts": {"1": "garbage"}}, [ErrorKind.ENGINE_GARBAGE]),
        ({"pieces": [], "stop_reason": "empty"}, [ErrorKind.REPLY_EMPTY] * 2),
        ({"pieces": ["one "], "stop_reason": "loop"}, [ErrorKind.REPLY_LOOPED] * 2),
    ],
)
def test_what_goes_wrong_is_said(make: Make, reply: dict[str, object], kinds: list[ErrorKind]) -> None:
    room = make([reply])
    room.load()
    room.run()
    assert room.kinds() == kinds


def test_a_preset_that_was_deleted_meanwhile(make: Make) -> None:
    room = make([SLOW])
    room.load()
    room.run(presets=("Gone", "Chat"))
    assert room.kinds() == [ErrorKind.PRESET_UNKNOWN]
    assert room.sandbox.presets()[0] == room.services.chat.usual_preset
    assert 0 <= room.sandbox.new_seed() < 2**31
