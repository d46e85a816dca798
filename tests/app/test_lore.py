"""A persona's own book speaks in its conversations, within its room, through the services."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import build
from hermes_desktop.domain.conversation import PromptOrder
from hermes_desktop.domain.lore import Position, Why
from hermes_desktop.domain.prompt import SpanKind
from hermes_desktop.paths import Folders
from tests.app.test_chat import Room

CAT = {"keys": ["cat"], "content": "{{char}}'s cat is called Fog.", "comment": "Fog"}
RAIN = {"keys": ["never"], "content": "It rains.", "constant": True, "position": "before_char"}
LONG = {"keys": ["cat"], "content": "very long " * 200, "comment": "Too long"}


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Room]:
    program = build(Folders.of(tmp_path / "data"))
    yield Room(program, qtbot)
    program.close()


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    return tiny_gguf.write(tmp_path / "noise.gguf", context=2048, says=["Aye", ", so it is."])


def _meet(room: Room, folder: Path, *entries: dict[str, object], **data: object) -> None:
    fields = {
        "name": "Ada",
        "description": "Counts.",
        "first_mes": "Hello.",
        "mes_example": "",
        "scenario": "",
    }
    book = {"entries": list(entries), "extensions": {}}
    card = {"spec": "chara_card_v2", "data": fields | {"character_book": book} | data}
    file = folder / "ada.json"
    file.write_text(json.dumps(card), "utf-8")
    (report,) = room.services.imports.run([file])
    assert report.ok
    room.services.chat.start(report.persona_id)


def test_entries_fire_and_are_told_with_the_budget(room: Room, noise: Path, tmp_path: Path) -> None:
    room.load(noise)
    _meet(room, tmp_path, CAT, RAIN, LONG)
    chat = room.services.chat
    room.qtbot.waitUntil(lambda: chat.budget is not None)
    assert chat.lore is not None and [hit.why for hit in chat.lore.hits] == [Why.CONSTANT]
    room.say("Where is the cat?")
    room.qtbot.waitUntil(lambda: chat.budget is not None and not chat._measuring)
    assert chat.lore is not None and chat.budget is not None
    assert [(hit.entry.label, hit.word) for hit in chat.lore.hits] == [("Fog", "cat"), ("never", "")]
    assert [hit.entry.label for hit in chat.lore.cut] == ["Too long"]
    assert 0 < chat.budget.late_tokens <= chat.budget.late_reserve
    last = chat.last()
    assert last is not None
    _, record = room.services.conversations.reply(last.id)
    assert record is not None and record.late_block == "What matters here:\nAda's cat is called Fog."
    chat.close()
    assert chat.lore is None


def test_an_outlet_is_told_where_a_macro_asks_for_it(room: Room, noise: Path, tmp_path: Path) -> None:
    room.load(noise)
    placed = {"keys": ["cat"], "extensions": {"position": 7, "outlet_name": "cats"}}
    lost = {"keys": ["cat"], "extensions": {"position": 7, "outlet_name": "dogs"}}
    entries = [placed | {"content": "A cat called Fog."}, lost | {"content": "No dog."}]
    _meet(room, tmp_path, *entries, scenario="Cats: {{outlet::cats}}")
    chat = room.services.chat
    room.say("Where is the cat?")
    assert chat.lore is not None and [hit.entry.content for hit in chat.lore.hits] == ["A cat called Fog."]
    said = "".join(turn.text for turn in room.prompt().turns)
    assert "Cats: A cat called Fog." in said and "No dog." not in said


def test_the_same_reply_again_has_the_same_prompt(room: Room, noise: Path, tmp_path: Path) -> None:
    room.load(noise)
    lucky = {"keys": ["cat"], "content": "Even.", "extensions": {"probability": 50, "useProbability": True}}
    _meet(room, tmp_path, *[lucky | {"id": number, "content": f"No. {number}."} for number in range(20)])
    room.say("A cat.")
    chat, blocks = room.services.chat, set()
    for _ in range(3):
        last = chat.last()
        assert last is not None
        _, record = room.services.conversations.reply(last.id)
        assert record is not None
        blocks.add(record.late_block)
        chat.regenerate()
        room.rest()
    (block,) = blocks
    assert 4 < block.count("No. ") < 16


def test_entries_at_a_depth_and_at_the_note(room: Room, noise: Path, tmp_path: Path) -> None:
    room.load(noise)
    deep = {"keys": ["cat"], "content": "Deep.", "extensions": {"position": 4, "depth": 0}}
    noted = {"keys": ["cat"], "content": "Noted.", "extensions": {"position": 2}}
    greeted = {"keys": ["cat"], "content": "@@is_greeting 0\nGreeted."}
    _meet(room, tmp_path, deep, noted, greeted)
    room.say("A cat.")
    chat = room.services.chat
    assert chat.lore is not None
    assert [hit.entry.position for hit in chat.lore.hits] == [Position.DEPTH, Position.AFTER_CHAR]
    chat.set_authors_note("Be brief.")
    room.qtbot.waitUntil(lambda: chat.lore is not None and len(chat.lore.hits) == 3)
    room.qtbot.waitUntil(lambda: not chat._measuring)
    assert chat.budget is not None
    lore = next(segment for segment in chat.budget.segments if segment.kind is SpanKind.LORE)
    assert lore.tokens > 0


def test_the_order_of_the_prompt_and_the_depth_of_the_note_are_the_conversations_own(
    room: Room, noise: Path, tmp_path: Path
) -> None:
    room.load(noise)
    _meet(room, tmp_path, CAT)
    chat = room.services.chat

    def prompt() -> list[str]:
        loaded = room.services.models.loaded
        assert chat.conversation is not None and loaded is not None
        written = chat._prompts.prompt_of(chat.conversation, loaded, until=chat.last())
        return [turn.text for turn in written.prompt.turns]

    room.say("A cat.")
    room.say("The cat again.")
    chat.set_authors_note("Be brief.")
    assert "called Fog" not in prompt()[0] and "Be brief." in prompt()[-2]
    chat.set_prompt_order(PromptOrder.TAVERN)
    assert "called Fog" in prompt()[0] and prompt()[-2] == "Note for the next reply:\nBe brief."
    chat.set_note_depth(3)
    assert prompt()[-4] == "Note for the next reply:\nBe brief."
    assert chat.conversation is not None
    last = chat.last()
    assert last is not None
    chat.branch(last.id)
    assert (chat.conversation.prompt_order, chat.conversation.note_depth) == (PromptOrder.TAVERN, 3)


def test_an_entry_keeps_my_own_system_prompt_away_while_it_speaks(
    room: Room, noise: Path, tmp_path: Path
) -> None:
    room.load(noise)
    _meet(room, tmp_path, {"keys": ["cat"], "content": "@@disable_ui_prompt system_prompt\nA cat."})
    room.services.preferences.update(system_prompt="Be a parrot.")
    chat = room.services.chat

    def system() -> str:
        loaded = room.services.models.loaded
        assert chat.conversation is not None and loaded is not None
        written = chat._prompts.prompt_of(chat.conversation, loaded, until=chat.last())
        return written.prompt.turns[0].text

    room.say("A dog.")
    assert "parrot" in system()
    room.say("A cat.")
    assert "parrot" not in system() and system().startswith("You are Ada.")


def test_personas_without_a_book_say_nothing_of_lore(room: Room, noise: Path) -> None:
    room.load(noise)
    room.meet()
    room.say("A cat.")
    assert room.services.chat.lore is not None and room.services.chat.lore.budget == 0


def test_only_so_many_books_stay_ready(room: Room, noise: Path, tmp_path: Path) -> None:
    room.load(noise)
    for number in range(10):
        _meet(room, tmp_path, RAIN, creator=f"the {number}th")  # the same card is not taken twice
    assert len(room.services.chat._prompts._lore._ready) == 8
