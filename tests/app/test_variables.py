"""Variables of macros in conversations: they go on from reply to reply, and follow the tree."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.sandbox import Candidate, Setting, Trial
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import build
from hermes_desktop.domain.lore import Entry, Scope
from hermes_desktop.domain.lorebook import Binding, Written
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.variables import Variables
from hermes_desktop.paths import Folders
from hermes_desktop.storage import variables
from tests.app.test_chat import Room

COUNTING = PersonaFields(
    "Ada",
    description="Mood: {{getvar::mood}}.",
    greeting="{{setvar::mood::calm}}Hello.",
    alternate_greetings=("{{setvar::mood::wild}}Ha!",),
    post_history_instructions="Reply {{incvar::replies}}, of all {{incglobalvar::all}}.",
)


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Room]:
    program = build(Folders.of(tmp_path / "data"))
    made = Room(program, qtbot)
    made.load(tiny_gguf.write(tmp_path / "noise.gguf", context=2048, says=["Aye", ", so it is."]))
    yield made
    program.close()


def asked(room: Room) -> tuple[str, str]:
    """Give how the next prompt begins and ends."""
    turns = room.prompt().turns
    return turns[0].text.split("About Ada:\n")[1], turns[-1].text


def known(room: Room) -> Variables:
    conversation = room.services.chat.conversation
    assert conversation is not None
    return room.program.store.read(variables.known, conversation.id)


def test_a_greeting_is_remembered_and_a_counter_counts_replies(room: Room) -> None:
    chat = room.services.chat
    ada = room.services.personas.create(COUNTING)
    chat.start(ada.id)
    assert asked(room) == ("Mood: calm.", "Reply 1, of all 1.")
    assert known(room) == Variables({"mood": "calm"}, {})  # looking notes nothing
    room.say("The lamp is out.")
    room.say("Again.")
    assert known(room) == Variables({"mood": "calm", "replies": "2"}, {"all": "2"})
    assert asked(room) == ("Mood: calm.", "Reply 3, of all 3.")
    chat.open(chat.start(ada.id, 1).id)
    assert asked(room) == ("Mood: wild.", "Reply 1, of all 3.")
    chat.switch_version(chat.page()[0].id, -1)
    assert asked(room)[0] == "Mood: calm."


def test_another_version_of_a_reply_counts_once(room: Room) -> None:
    chat = room.services.chat
    chat.start(room.services.personas.create(COUNTING).id)
    room.say("One.")
    chat.regenerate()
    room.qtbot.waitUntil(lambda: chat.page()[-1].versions == 2 and not chat.busy, timeout=30_000)
    assert known(room).here["replies"] == "1"
    room.say("Two.")
    chat.continue_reply()
    room.rest()
    assert known(room).here["replies"] == "2"
    first = chat.page()[1]
    chat.edit(first.id, "One, by hand.", False)
    room.rest()
    assert known(room).here["replies"] == "1"
    chat.undo()
    assert known(room).here["replies"] == "2"


def test_what_the_texts_note_themselves_is_noted_with_the_reply(room: Room) -> None:
    greeting = "{{addvar::n::10}}{{getvar::n}}"
    persona = PersonaFields("Ada", description="{{incvar::n}}", greeting=greeting)
    room.services.chat.start(room.services.personas.create(persona).id)
    assert room.texts() == ["11"] and known(room).here == {"n": "11"}
    assert "12" in room.prompt().turns[0].text
    plain = PersonaFields("Ada", description="{{incvar::n}}", greeting="{{getvar::n}}")
    room.services.chat.start(room.services.personas.create(plain).id)
    assert room.texts() == ["1"] and known(room).here == {}
    assert room.prompt().turns[0].text.endswith("1")


def test_a_preview_and_a_trial_know_the_greeting_and_note_nothing(room: Room) -> None:
    services = room.services
    ada = services.personas.create(COUNTING)
    turns = services.studio.preview(ada, 1, "Well?").prompt.turns
    assert "Mood: wild." in turns[0].text and turns[-1].text == "Reply 1, of all 1."
    setting = Setting(Candidate(ada.fields, ada), "Chat")
    services.sandbox.run([setting, setting], Trial("Well?", 1, 7))
    room.qtbot.waitUntil(lambda: not services.sandbox.running, timeout=30_000)
    assert room.program.store.read(variables.everywhere) == {}
    room.program.store.write(variables.put_everywhere, "meanwhile", "yes")
    services.chat.open(services.sandbox.keep(0).id)
    assert known(room) == Variables({"mood": "wild", "replies": "1"}, {"all": "1", "meanwhile": "yes"})


@pytest.mark.parametrize("key", ["{{getvar::mood}}", "{{ .mood }}"])
def test_keys_of_lore_know_them(room: Room, key: str) -> None:
    services = room.services
    entry = Entry("Fog hides the {{getvar::mood}}.", (key,))
    books = services.lorebooks
    made = books.create("Moods")
    books.save(replace(books.open(made.id), entries=(Written(entry),)))
    books.bind(Binding(made.id, Scope.GLOBAL))
    services.chat.start(services.personas.create(COUNTING).id)
    room.say("So calm tonight.")
    assert "Fog hides the calm." in "".join(turn.text for turn in room.prompt().turns)
    services.chat.switch_version(services.chat.page()[0].id, 1)
    room.say("So calm tonight.")
    assert "Fog" not in "".join(turn.text for turn in room.prompt().turns)
    room.say("And wild now.")
    assert "Fog hides the wild." in "".join(turn.text for turn in room.prompt().turns)
