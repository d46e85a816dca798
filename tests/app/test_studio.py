"""A draft is weighed and previewed as a prompt would have it; nothing is stored for that."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.prompts import PromptSource
from hermes_desktop.app.studio import USUAL_CONTEXT, Weights
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import build
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.persona import Persona, PersonaFields
from hermes_desktop.domain.prompt import PromptTurn
from hermes_desktop.paths import Folders
from hermes_desktop.prompting.estimate import estimated
from tests.app.test_chat import Room
from tests.app.test_lore import CAT, RAIN, _meet

ADA = PersonaFields(
    "Ada Byron",
    nickname="Ada",
    description="{{char}} counts stars for {{user}}.",
    scenario="Night.",
    greeting="Hello, {{user}}.",
    alternate_greetings=("", "You again, {{user}}?"),
    example_dialogue="<START>\n{{user}}: Hm?\n{{char}}: Yes.",
    post_history_instructions="Be brief.",
    group_greetings=("All of you?",),
    note="{{char}} is tired.",
    note_depth=1,
)
NEW = Persona(0, 0, 0, ADA, "own", "", 0, "", False, False)


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Room]:
    program = build(Folders.of(tmp_path / "data"))
    yield Room(program, qtbot)
    program.close()


def _weighed(room: Room, fields: PersonaFields, *lore: str) -> Weights:
    with room.qtbot.waitSignal(room.services.studio.weighed, timeout=30_000) as told:
        room.services.studio.weigh(fields, lore)
    assert told.args is not None
    weights: Weights = told.args[0]
    return weights


def test_without_a_model_tokens_are_estimated(room: Room) -> None:
    room.services.preferences.update(load=LoadOptions())
    weights = _weighed(room, ADA, "It rains.")
    assert weights.about and weights.context == USUAL_CONTEXT and not weights.heavy
    me = room.services.profiles.current().name
    assert weights.of("description") == estimated(f"Ada counts stars for {me}.")
    assert weights.of("greeting", 2) == weights.of("nothing") == 0 < weights.of("greeting", 1)
    assert weights.of("lore") == estimated("It rains.") and weights.of("group_greetings") > 0
    parts = ("description", "scenario", "post_history_instructions", "note", "lore")
    assert weights.stands > sum(weights.of(part) for part in parts)
    heavy = dataclasses.replace(ADA, description="word " * 4000)
    assert _weighed(room, heavy).heavy


def test_a_model_that_is_loaded_counts(room: Room, tmp_path: Path) -> None:
    room.load(tiny_gguf.write(tmp_path / "noise.gguf", context=2048))
    weights = _weighed(room, ADA)
    assert not weights.about and weights.context == 1024
    assert 0 < weights.of("description") < weights.stands


def test_the_preview_is_the_prompt_of_the_first_reply(room: Room, tmp_path: Path) -> None:
    room.load(tiny_gguf.write(tmp_path / "noise.gguf", context=2048, says=["Aye", ", so it is."]))
    _meet(room, tmp_path, CAT, RAIN)
    chat, personas = room.services.chat, room.services.personas
    assert chat.persona is not None
    ada = personas.update(chat.persona.id, ADA)
    chat.start(ada.id, 1)
    room.say("Where is the cat?")
    model, conversation = room.services.models.loaded, chat.conversation
    assert model is not None and conversation is not None
    source = PromptSource(room.program.store, room.services.preferences)
    real = source.prompt_of(conversation, model, until=chat.last()).prompt

    written = room.services.studio.preview(ada, 1, "Where is the cat?")
    assert [_bare(turn) for turn in written.prompt.turns] == [_bare(turn) for turn in real.turns]
    assert written.prompt.late_reserve == real.late_reserve
    assert [hit.entry.label for hit in written.lore.hits] == ["Fog", "never"]
    assert "You again" in "".join(turn.text for turn in written.prompt.turns)


def _bare(turn: PromptTurn) -> PromptTurn:
    return dataclasses.replace(turn, message_id=0, tokens=())


def test_a_persona_that_is_not_stored_has_a_preview(room: Room) -> None:
    turns = room.services.studio.preview(NEW, 5, "").prompt.turns
    assert turns[0].text.startswith("You are Ada.") and [turn.text for turn in turns[-2:]] == [
        "Ada is tired.",
        "Be brief.",
    ]
