"""The personas that ship are whole: a card of version 3, several ways to begin, a voice and a face."""

import json
import re
import struct

import pytest

from hermes_desktop import paths
from hermes_desktop.domain.conversation import Role
from hermes_desktop.personas import card
from hermes_desktop.personas.shipped import ShippedCard, shipped
from hermes_desktop.prompting.examples import example_turns
from hermes_desktop.prompting.macros import Names, expand

CARDS = shipped()
NAMES = Names(char="Mira", user="Sam")
each_card = pytest.mark.parametrize("item", CARDS, ids=lambda item: item.name)


def test_every_card_in_the_folder_ships() -> None:
    names = [item.name for item in CARDS]
    assert names == sorted(file.stem for file in paths.data_file("personas").iterdir())
    assert len(names) >= 12
    assert "hermes" in names


def test_no_two_have_the_same_name() -> None:
    names = [card.parse(item.card, item.name).fields.spoken_name for item in CARDS]
    assert len(set(names)) == len(names)


@each_card
def test_a_card_is_version_3_and_understood_whole(item: ShippedCard) -> None:
    imported = card.parse(item.card, item.name)
    document = json.loads(item.card)
    assert imported.spec == "v3"
    assert (document["spec"], document["spec_version"]) == ("chara_card_v3", "3.0")
    assert isinstance(document["data"]["group_only_greetings"], list)
    assert imported.ignored == ()
    assert json.loads(imported.card) == document


@each_card
def test_a_persona_has_all_that_a_conversation_needs(item: ShippedCard) -> None:
    fields = card.parse(item.card, item.name).fields
    assert fields.greeting.strip()
    assert len(fields.greetings) == 1 + len(fields.alternate_greetings) >= 2
    assert len(set(fields.greetings)) == len(fields.greetings)
    assert fields.description.strip()
    assert fields.personality.strip()
    assert fields.scenario.strip()
    assert fields.tags


@each_card
def test_the_example_dialogue_is_dialogue(item: ShippedCard) -> None:
    turns = example_turns(card.parse(item.card, item.name).fields.example_dialogue, NAMES)
    assert {turn.role for turn in turns} == {Role.SYSTEM, Role.USER, Role.ASSISTANT}
    assert all(turn.text for turn in turns)
    titles = [turn.text for turn in turns if turn.role is Role.SYSTEM]
    assert set(titles) == {"An example of how Mira talks, not part of this conversation:"}


@each_card
def test_every_macro_is_known(item: ShippedCard) -> None:
    for text in json.loads(item.card)["data"].values():
        for one in text if isinstance(text, list) else [text]:
            if isinstance(one, str):
                assert not re.search(
                    r"\{\{|\}\}|<(START|USER|BOT)>", expand(one, NAMES).replace("<START>\n", "")
                )


@each_card
def test_the_picture_is_a_square_png_large_enough_to_show(item: ShippedCard) -> None:
    assert item.mime == "image/png"
    assert item.avatar.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", item.avatar[16:24])
    assert width == height >= 128
