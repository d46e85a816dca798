"""Personas of other programs become cards of ours that keep what they were."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.personas import card, reader
from hermes_desktop.personas.notes import Note, NoteKind
from hermes_desktop.personas.reader import Reading
from tests import writing
from tests.personas.test_card import JSON_VALUES


def read(document: Any) -> Reading:
    return reader.read(json.dumps(document).encode(), "a.json")


def data_of(reading: Reading) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(reading.card.card)["data"]
    return data


def test_pygmalion() -> None:
    document = {
        "char_name": "Ada",
        "char_persona": "Counts.",
        "char_greeting": "Hi.",
        "world_scenario": "Rain.",
        "example_dialogue": "<START>",
        "metadata": {"tool": "x"},
    }
    reading = read(document)
    assert reading.card.fields == PersonaFields(
        "Ada", description="Counts.", greeting="Hi.", scenario="Rain.", example_dialogue="<START>"
    )
    assert (reading.format, reading.card.spec) == ("json", "pygmalion")
    assert reading.card.used == tuple(document)[:5] and reading.card.ignored == ("metadata",)
    assert data_of(reading)["extensions"]["hermes_desktop"]["original"] == document
    assert reading.card.notes == (Note(NoteKind.CONVERTED, "pygmalion"),)


def test_a_whole_card_beside_pygmalion_fields_stays_what_it_is() -> None:
    document = {"char_name": "A", "char_persona": "x", "name": "Ada", "first_mes": "Hi.", "description": "x"}
    reading = read(document)
    assert reading.card.spec == "v1" and json.loads(reading.card.card) == document


def test_the_newer_tavern() -> None:
    document = {"spec": "tavern_ai", "spec_version": "1.0", "name": "Ada", "first_mes": "Hi.", "nsfw": False}
    reading = read(document)
    assert reading.card.spec == "tavern_ai" and reading.card.fields.greeting == "Hi."
    assert json.loads(reading.card.card) == document


AGNAI: dict[str, Any] = {
    "kind": "character",
    "name": "Ada",
    "greeting": "Hi.",
    "scenario": "Rain.",
    "sampleChat": "{{char}}: One.",
    "persona": {"kind": "text", "attributes": {"text": ["Counts.", "Stars."]}},
    "description": "By hand.",
    "alternateGreetings": ["Oh.", 3],
    "tags": ["sea"],
    "systemPrompt": "Be brief.",
    "postHistoryInstructions": "Stay.",
    "creator": "B",
    "characterVersion": "2",
    "insert": {"depth": 3, "prompt": "Dry."},
    "characterBook": {
        "kind": "memory",
        "entries": [
            {"keywords": ["lamp", "light"], "entry": "Old.", "name": "Lamp", "weight": 5, "priority": 9},
            {"keys": "a, b,", "content": "x", "enabled": False},
            7,
        ],
    },
    "_id": "x",
}


def test_agnai() -> None:
    reading = read(AGNAI)
    assert reading.card.fields == PersonaFields(
        "Ada",
        description="Counts.\nStars.",
        greeting="Hi.",
        scenario="Rain.",
        example_dialogue="{{char}}: One.",
        creator_notes="By hand.",
        alternate_greetings=("Oh.",),
        tags=("sea",),
        system_prompt="Be brief.",
        post_history_instructions="Stay.",
        creator="B",
        character_version="2",
        note="Dry.",
        note_depth=3,
    )
    data = data_of(reading)
    assert data["extensions"]["depth_prompt"] == {"prompt": "Dry.", "depth": 3, "role": "system"}
    first, second = data["character_book"]["entries"]
    assert first["keys"] == ["lamp", "light"] and first["content"] == "Old." and first["enabled"]
    assert (first["name"], first["insertion_order"], first["priority"]) == ("Lamp", 5, 9)
    assert second["keys"] == ["a", "b"] and not second["enabled"]
    assert reading.card.lore_entries == 2
    assert reading.card.kept == ("characterBook",) and reading.card.ignored == ("kind", "_id")


@pytest.mark.parametrize(
    ("persona", "description"),
    [
        ({"kind": "wpp", "attributes": {"mood": ["dry", "calm"], "age": [], "x": 3}}, "mood: dry, calm"),
        ("Counts.", "Counts."),
        ({"kind": "text"}, ""),
        (None, ""),
    ],
)
def test_personas_of_agnai(persona: object, description: str) -> None:
    assert read(AGNAI | {"persona": persona}).card.fields.description == description


def test_agnai_is_known_by_its_fields() -> None:
    document = {key: value for key, value in AGNAI.items() if key != "kind"}
    assert read(document).card.spec == "agnai"


OOBA = """\
name: Ada
greeting: |-
  Hi.
context: |-
  She counts.
  {{char}}: One.
turn_template: ''
your_name: You
extra: {a: [1, 2020-01-01]}
"""


def test_a_character_of_oobabooga() -> None:
    reading = reader.read(OOBA.encode(), "a.yaml")
    assert (reading.format, reading.card.spec) == ("yaml", "ooba")
    assert reading.card.fields == PersonaFields(
        "Ada", description="She counts.\n{{char}}: One.", greeting="Hi."
    )
    assert reading.card.used == ("name", "greeting", "context")
    assert reading.card.kept == ("your_name",) and reading.card.ignored == ("extra",)
    original = data_of(reading)["extensions"]["hermes_desktop"]["original"]
    assert original["extra"] == {"a": [1, "2020-01-01"]}


@pytest.mark.parametrize("key", ["name", "bot", "<|bot|>", "char_name"])
def test_older_names_of_the_name(key: str) -> None:
    reading = read({key: "Ada", "context": "She counts."})
    assert reading.card.spec == "ooba" and reading.card.fields.name == "Ada"


# ---- Backyard --------------------------------------------------------------------------------------

BACKYARD = {
    "character": {
        "aiName": "Ada",
        "aiDisplayName": "Ada the Counter",
        "aiPersona": "{character} counts for {user}; {{user}} stays.",
        "firstMessage": "Hi {user}.",
        "scenario": "Rain.",
        "customDialogue": "#{user}: One?\n#{character}: Two.",
        "basePrompt": "Be brief.",
        "loreItems": [{"key": "lamp, light", "value": "{character} lit it.", "order": "a"}],
        "Chat": [{"ChatItems": []}],
        "temperature": 1,
    },
    "version": 4,
}


def test_a_backyard_picture() -> None:
    encoded = writing.exif(writing.encoded(BACKYARD))
    data = writing.png(writing.chunk(b"eXIf", encoded))
    reading = reader.read(data, "a.png")
    assert (reading.format, reading.card.spec, reading.picture) == ("png", "backyard", data)
    assert reading.card.fields == PersonaFields(
        "Ada",
        description="{{char}} counts for {{user}}; {{user}} stays.",
        greeting="Hi {{user}}.",
        scenario="Rain.",
        example_dialogue="<START>\n{{user}}: One?\n{{char}}: Two.",
        system_prompt="Be brief.",
    )
    entry = data_of(reading)["character_book"]["entries"][0]
    assert entry["keys"] == ["lamp", "light"] and entry["content"] == "{{char}} lit it."
    assert Note(NoteKind.CHATS, "1") in reading.card.notes
    assert "original" not in data_of(reading)["extensions"]["hermes_desktop"]  # conversations are private


def byaf(**changes: Any) -> bytes:
    character = {
        "id": "c1",
        "name": "Ada",
        "displayName": "Ada the Counter",
        "isNSFW": True,
        "persona": "{character} counts.",
        "loreItems": [{"key": "lamp", "value": "Old."}],
        "images": [{"path": "images/a.png", "label": ""}],
    }
    first = {
        "narrative": "Rain.",
        "formattingInstructions": "Be brief.",
        "firstMessages": [{"characterID": "c1", "text": "Hi {user}."}],
        "exampleMessages": [{"text": "One."}, {"text": "#{user}: Two."}, {"text": ""}],
        "messages": [{"type": "human", "text": "Hello"}],
    }
    manifest = {
        "schemaVersion": 1,
        "characters": ["characters/c1/character.json"],
        "scenarios": ["scenarios/1.json", "scenarios/2.json", "scenarios/gone.json"],
    }
    files: dict[str, Any] = {
        "manifest.json": manifest,
        "characters/c1/character.json": character,
        "scenarios/1.json": first,
        "scenarios/2.json": {"firstMessages": [{"text": "Oh."}]},
    }
    made = {name: json.dumps(value).encode() for name, value in (files | changes).items()}
    return writing.archive(made | {"characters/c1/images/a.png": writing.png()})


def test_a_backyard_archive() -> None:
    reading = reader.read(byaf(), "a.byaf")
    assert (reading.format, reading.card.spec, reading.picture) == ("byaf", "byaf", writing.png())
    assert reading.card.fields == PersonaFields(
        "Ada",
        description="{{char}} counts.",
        scenario="Rain.",
        system_prompt="Be brief.",
        greeting="Hi {{user}}.",
        alternate_greetings=("Oh.",),
        example_dialogue="<START>\n{{char}}: One.\n{{user}}: Two.",
        tags=("nsfw",),
    )
    assert reading.card.lore_entries == 1
    assert Note(NoteKind.CHATS, "1") in reading.card.notes


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"manifest.json": {"characters": []}}, ErrorKind.CARD_DAMAGED),
        ({"manifest.json": []}, ErrorKind.CARD_UNKNOWN),
        ({"manifest.json": {"characters": ["../../x"]}}, ErrorKind.CARD_DAMAGED),
        (
            {"characters/c1/character.json": {"name": "A"}, "scenarios/1.json": {}, "scenarios/2.json": {}},
            None,
        ),
    ],
)
def test_archives_that_hold_no_character(changes: dict[str, Any], kind: ErrorKind | None) -> None:
    with pytest.raises(KnownError) as caught:
        reader.read(byaf(**changes), "a.byaf")
    assert caught.value.kind is (kind or ErrorKind.CARD_UNKNOWN)


# ---- anything --------------------------------------------------------------------------------------

SHAPES = [
    AGNAI,
    BACKYARD["character"],
    {"char_name": "A", "char_persona": "x"},
    {"name": "A", "context": "x"},
]


@given(st.sampled_from(SHAPES), st.dictionaries(st.sampled_from([*AGNAI, "aiName"]), JSON_VALUES, max_size=5))
def test_odd_values_are_a_card_or_refused(shape: dict[str, Any], odd: dict[str, Any]) -> None:
    for document in (shape | odd, {"character": shape | odd, "version": 4}):
        try:
            reading = read(document)
        except KnownError:
            continue
        assert reading.card.fields.name.strip()
        patched = card.patch(reading.card.card, reading.card.fields, reading.card.fields)
        assert json.loads(patched) == json.loads(reading.card.card)


@pytest.mark.parametrize(
    "document",
    [
        {"character": {"aiName": "\r", "loreItems": [{}]}},
        {"char_name": " ", "char_persona": "", "char_greeting": "\n"},
        {"kind": "character", "name": "\t", "greeting": "", "persona": {}},
    ],
)
def test_a_name_of_blanks_and_nothing_beside_it_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(KnownError) as caught:
        reader.read(json.dumps(document).encode(), "blank.json")
    assert caught.value.kind is ErrorKind.CARD_UNKNOWN
