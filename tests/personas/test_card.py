"""Cards of every version are read, patched without loss, and never believed."""

import copy
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.personas import card
from hermes_desktop.personas.card import ImportedCard
from hermes_desktop.personas.card_fields import LIST_LIMIT
from hermes_desktop.personas.notes import Note, NoteKind

V1: dict[str, Any] = {
    "name": "Mira",
    "description": "{{char}} keeps the lighthouse.",
    "personality": "Dry.",
    "scenario": "Rain.",
    "first_mes": "Come in.",
    "mes_example": "<START>\n{{char}}: Mind the step.",
}
V2: dict[str, Any] = {
    "spec": "chara_card_v2",
    "spec_version": "2.0",
    "data": {
        **V1,
        "creator_notes": "Slow.",
        "system_prompt": "{{original}} Be brief.",
        "post_history_instructions": "Stay.",
        "alternate_greetings": ["Oh.", "You again?"],
        "character_book": {"entries": [{"keys": ["lamp"], "content": "It is old."}, {}]},
        "tags": ["sea", "quiet"],
        "creator": "A",
        "character_version": "1.1",
        "extensions": {"depth_prompt": {"depth": 4, "prompt": "x"}},
    },
}
V3: dict[str, Any] = {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "data": {
        **V2["data"],
        "name": "Mirabel Ashdown",
        "nickname": "Mira",
        "group_only_greetings": ["All of you?"],
        "assets": [{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}],
        "creation_date": 1700000000,
    },
}
FIELDS = PersonaFields(
    name="Mira",
    description="{{char}} keeps the lighthouse.",
    personality="Dry.",
    scenario="Rain.",
    greeting="Come in.",
    example_dialogue="<START>\n{{char}}: Mind the step.",
)
FULL = dataclasses.replace(
    FIELDS,
    creator_notes="Slow.",
    system_prompt="{{original}} Be brief.",
    post_history_instructions="Stay.",
    alternate_greetings=("Oh.", "You again?"),
    tags=("sea", "quiet"),
    creator="A",
    character_version="1.1",
    note="x",
)
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text(min_size=1).filter(str.strip)
PERSONAS = st.builds(
    PersonaFields,
    name=NAMES,
    alternate_greetings=st.lists(st.text(), max_size=3).map(tuple),
    tags=st.lists(st.text(), max_size=3).map(tuple),
    group_greetings=st.lists(st.text(), max_size=3).map(tuple),
    note_depth=st.integers(0, 9999),
    note_role=st.sampled_from([Role.SYSTEM, Role.USER, Role.ASSISTANT]),
    **{
        field.name: st.text()
        for field in dataclasses.fields(PersonaFields)
        if field.name
        not in ("name", "alternate_greetings", "tags", "group_greetings", "note_depth", "note_role")
    },
)
KNOWN_KEYS = [*V3["data"], "creatorcomment", "spec", "data", "avatar"]


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a card of some version in which any field may hold any JSON value."""
    odd = st.dictionaries(st.sampled_from(KNOWN_KEYS) | st.text(), JSON_VALUES, max_size=6)
    document = copy.deepcopy(draw(st.sampled_from([V1, V2, V3])))
    document |= draw(odd)
    data = document.get("data")
    if isinstance(data, dict):
        data |= draw(odd)
    holder = data if isinstance(data, dict) and draw(st.booleans()) else document
    holder["name"] = draw(NAMES)
    assume(_is_card(document))
    return document


def _is_card(document: object) -> bool:
    try:
        parsed(document)
    except KnownError:
        return False
    return True


def parsed(document: object) -> ImportedCard:
    return card.parse(json.dumps(document).encode(), "a.json")


def patched(document: object, **changes: Any) -> Any:
    before = parsed(document)
    return json.loads(card.patch(before.card, dataclasses.replace(before.fields, **changes), before.fields))


def failure(data: bytes) -> KnownError:
    with pytest.raises(KnownError) as caught:
        card.parse(data, "a.json")
    assert caught.value.values["path"] == "a.json"
    return caught.value


# ---- the versions ----------------------------------------------------------------------------------


def test_a_v1_card() -> None:
    imported = parsed(V1)
    assert imported.spec == "v1"
    assert imported.fields == FIELDS
    assert imported.lore_entries == 0
    assert imported.used == tuple(V1)
    assert imported.kept == imported.ignored == ()


def test_a_v2_card() -> None:
    imported = parsed(V2)
    assert imported.spec == "v2"
    assert imported.fields == FULL
    assert imported.lore_entries == 2
    assert imported.kept == ("extensions",) and "character_book" in imported.used
    assert imported.ignored == ()


def test_a_v3_card() -> None:
    imported = parsed(V3)
    assert imported.spec == "v3"
    assert imported.fields == dataclasses.replace(
        FULL, name="Mirabel Ashdown", nickname="Mira", group_greetings=("All of you?",)
    )
    assert imported.fields.spoken_name == "Mira"
    assert imported.kept == ("extensions", "group_only_greetings", "assets")
    assert imported.ignored == ("creation_date",)


@pytest.mark.parametrize(
    ("extra", "spec"),
    [
        ({}, "v2"),
        ({"nickname": "M"}, "v3"),
        ({"assets": []}, "v3"),
        ({"group_only_greetings": []}, "v3"),
    ],
)
def test_a_card_that_does_not_name_its_version_is_known_by_its_fields(
    extra: dict[str, Any], spec: str
) -> None:
    assert parsed({"data": V1 | extra}).spec == spec
    assert parsed({"spec": "own_format", "data": V1 | extra}).spec == spec


def test_a_later_minor_version_is_read_too() -> None:
    assert parsed(V3 | {"spec_version": "3.7"}).spec == "v3"
    assert parsed(V3 | {"spec_version": None}).spec == "v3"


@pytest.mark.parametrize("key", ["description", "personality", "scenario", "first_mes", "mes_example"])
def test_a_name_and_one_more_field_make_a_v1_card(key: str) -> None:
    assert parsed({"name": "Mira", key: ""}).spec == "v1"


def test_a_wrapped_card_without_its_wrapping_is_read_from_the_root() -> None:
    imported = parsed(V1 | {"spec": "chara_card_v2", "tags": "sea, , quiet "})
    assert imported.spec == "v1"
    assert imported.fields.tags == ("sea", "quiet")


def test_data_that_is_no_card_does_not_hide_the_one_at_the_root() -> None:
    imported = parsed(V1 | {"data": {"name": "not me"}})
    assert imported.spec == "v1"
    assert imported.fields.name == "Mira"


def test_where_root_and_data_differ_data_counts() -> None:
    assert parsed(V2 | {"name": "Old", "first_mes": "Old."}).fields == FULL


def test_the_early_key_of_the_notes_is_read_where_the_newer_is_empty() -> None:
    data = V2["data"] | {"creator_notes": ""}
    assert parsed(V2 | {"creatorcomment": "Old."}).fields.creator_notes == "Slow."
    assert parsed(V2 | {"data": data, "creatorcomment": "Old."}).fields.creator_notes == "Old."
    assert parsed(V2 | {"data": data | {"creatorcomment": "Older."}}).fields.creator_notes == "Older."


def test_the_order_of_a_byte_order_mark_and_utf_16() -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        assert card.parse(json.dumps(V2, ensure_ascii=False).encode(encoding), "").fields == FULL


# ---- values of the wrong kind ----------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, 3, True, [], {}, ["text"]])
def test_a_text_of_the_wrong_kind_counts_as_none(value: object) -> None:
    imported = parsed(V1 | {"scenario": value})
    assert imported.fields == dataclasses.replace(FIELDS, scenario="")
    assert "scenario" not in imported.used


@pytest.mark.parametrize(
    ("value", "greetings"),
    [
        (None, ()),
        (3, ()),
        ({"0": "Oh."}, ()),
        (["Oh.", 3, None, ["x"], "Ah."], ("Oh.", "Ah.")),
        ("Hello, you, there.", ("Hello, you, there.",)),
        (" ", ()),
    ],
)
def test_greetings_of_the_wrong_kind(value: object, greetings: tuple[str, ...]) -> None:
    data = V2["data"] | {"alternate_greetings": value}
    assert parsed(V2 | {"data": data}).fields.alternate_greetings == greetings


@pytest.mark.parametrize(
    ("value", "version"), [(2, "2"), (1.5, "1.5"), (True, ""), (None, ""), ("1.0", "1.0")]
)
def test_a_version_may_be_a_number(value: object, version: str) -> None:
    imported = parsed(V2 | {"data": V2["data"] | {"character_version": value}})
    assert imported.fields.character_version == version


@pytest.mark.parametrize(
    ("book", "entries"),
    [
        (None, 0),
        ([], 0),
        ({}, 0),
        ({"entries": None}, 0),
        ({"entries": 7}, 0),
        ({"entries": [1, {}]}, 2),
        ({"entries": {"0": {}}}, 1),
    ],
)
def test_lore_is_counted(book: object, entries: int) -> None:
    assert parsed(V2 | {"data": V2["data"] | {"character_book": book}}).lore_entries == entries


def test_very_many_greetings_are_cut_but_kept_in_the_card() -> None:
    many = [str(number) for number in range(LIST_LIMIT + 5)]
    document = V2 | {"data": V2["data"] | {"alternate_greetings": many, "tags": ",".join(many)}}
    imported = parsed(document)
    assert len(imported.fields.alternate_greetings) == len(imported.fields.tags) == LIST_LIMIT
    assert json.loads(imported.card) == document
    assert patched(document, scenario="Sun.")["data"]["alternate_greetings"] == many


def test_what_is_not_understood_is_listed() -> None:
    imported = parsed(
        V1 | {"talkativeness": "0.5", "fav": False, "chat": "", "avatar": None, "extensions": {}}
    )
    assert imported.ignored == ("talkativeness", "fav")
    assert imported.kept == ()


def test_lone_surrogates_are_cleaned() -> None:
    data = json.dumps(V1).replace("Dry.", "Dry\\ud800.").encode()
    imported = card.parse(data, "")
    assert imported.fields.personality == "Dry�."
    assert imported.card.encode("utf-8")
    assert json.loads(imported.card)["personality"] == "Dry\ud800."  # the card itself keeps it


# ---- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no JSON",
        b"{",
        b"\xff\xfe\x00",
        b'{"name": "\xed\xa0\x80"}',
        b"GIF89a",
        b"[" * 100_000,
        b'{"name": "Mira", "description": ' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"name": "Mira", "description": "", "x": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda data: repr(data[:40]),
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    error = failure(data)
    assert error.kind is ErrorKind.CARD_NOT_JSON
    assert error.values["reason"]


@pytest.mark.parametrize(
    "document",
    [
        None,
        3,
        "Mira",
        [],
        [V1],
        {},
        {"name": "Mira"},
        {"name": "Mira", "data": V1["name"]},
        {"name": "", "description": " "},
        {"name": "\n ", "description": 3},
        {"name": 3, "description": "x"},
        {"name": None, "data": {}},
        {"spec": "chara_card_v2", "data": {"first_mes": " "}},
        {"spec": "chara_card_v2", "data": {"name": " "}},
        {"spec": "chara_card_v3"},
        {"spec": "lorebook_v3", "data": {"name": "Lore", "entries": []}},
        {"spec": ["chara_card_v3"], "data": {"name": "Mira"}},
    ],
)
def test_json_that_is_no_card_is_refused(document: object) -> None:
    assert failure(json.dumps(document).encode()).kind is ErrorKind.CARD_UNKNOWN


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_what_is_no_number_counts_as_nothing(number: str) -> None:
    imported = card.parse(f'{{"name": "Mira", "description": "x", "y": {number}}}'.encode(), "")
    assert json.loads(imported.card)["y"] is None


def test_line_breaks_in_strings_are_taken() -> None:
    assert card.parse(b'{"name": "Mira", "description": "a\n\tb"}', "").fields.description == "a\n\tb"


@pytest.mark.parametrize(
    "document",
    [
        {"name": "", "description": "x"},
        {"name": "\n ", "first_mes": "x"},
        {"spec": "chara_card_v2", "data": {"first_mes": "x"}},
        {"spec": "chara_card_v3", "data": {"name": None, "scenario": "x"}},
    ],
)
def test_a_card_without_a_name_gets_that_of_its_file(document: object) -> None:
    imported = card.parse(json.dumps(document).encode(), "folder/Mira B.json")
    assert imported.fields.name == "Mira B"
    assert imported.notes[0] == Note(NoteKind.NAME_FROM_FILE, "Mira B")
    assert json.loads(card.patch(imported.card, imported.fields, imported.fields)) == document


def test_a_card_that_is_too_large_is_refused_before_it_is_read() -> None:
    most = json.dumps(V1).encode().ljust(card.SIZE_LIMIT)
    assert card.parse(most, "").fields == FIELDS
    error = failure(most + b" ")
    assert error.kind is ErrorKind.FILE_TOO_LARGE
    assert error.values["limit"] == card.SIZE_LIMIT


def test_of_two_equal_keys_the_last_counts() -> None:
    assert card.parse(b'{"name": "A", "name": "B", "description": ""}', "").fields.name == "B"


@given(st.binary())
def test_bytes_that_are_no_card_are_refused(data: bytes) -> None:
    with pytest.raises(KnownError):
        card.parse(data, "")


@given(JSON_VALUES)
def test_any_json_is_a_card_or_refused(value: Any) -> None:
    with pytest.raises(KnownError) as caught:
        parsed(value)
    assert caught.value.kind is ErrorKind.CARD_UNKNOWN


# ---- patches ---------------------------------------------------------------------------------------


@given(documents())
def test_an_untouched_card_comes_back_whole(document: dict[str, Any]) -> None:
    imported = parsed(document)
    assert json.loads(imported.card) == document
    assert json.loads(card.patch(imported.card, imported.fields, imported.fields)) == document


@given(documents(), PERSONAS)
def test_a_patch_says_what_was_written_and_keeps_its_version(
    document: dict[str, Any], written: PersonaFields
) -> None:
    imported = parsed(document)
    again = card.parse(card.patch(imported.card, written, imported.fields).encode(), "a.json")
    assert again.fields == written


@given(documents(), st.text(), st.lists(st.text(), max_size=3))
def test_a_patch_leaves_everything_else_as_it_is(
    document: dict[str, Any], text: str, tags: list[str]
) -> None:
    imported = parsed(document)
    after = json.loads(
        card.patch(
            imported.card,
            dataclasses.replace(imported.fields, scenario=text, tags=tuple(tags)),
            imported.fields,
        )
    )
    assert _without(after, "scenario", "tags") == _without(document, "scenario", "tags")


def _without(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    rest = {key: value for key, value in document.items() if key not in keys}
    if isinstance(rest.get("data"), dict):
        rest["data"] = {key: value for key, value in rest["data"].items() if key not in keys}
    return rest


def test_the_copy_at_the_root_is_written_where_there_is_one() -> None:
    document = V2 | {"name": "Mira", "scenario": "Rain.", "fav": True}
    assert patched(document, scenario="Sun.", personality="Warm.") == document | {
        "scenario": "Sun.",
        "data": V2["data"] | {"scenario": "Sun.", "personality": "Warm."},
    }


def test_the_notes_are_written_under_both_their_keys() -> None:
    document = V2 | {"data": V2["data"] | {"creator_notes": ""}, "creatorcomment": "Old."}
    after = patched(document, creator_notes="")
    assert after["creatorcomment"] == after["data"]["creator_notes"] == ""
    assert parsed(after).fields.creator_notes == ""


def test_lists_stay_lists() -> None:
    assert patched(V1 | {"tags": "sea, quiet"}, tags=("loud",))["tags"] == ["loud"]


# ---- a card of our own -----------------------------------------------------------------------------


@given(PERSONAS)
def test_a_persona_written_here_is_a_v3_card(written: PersonaFields) -> None:
    text = card.new(written)
    imported = card.parse(text.encode(), "")
    assert imported.spec == "v3"
    assert imported.fields == written
    assert imported.ignored == ()
    document = json.loads(text)
    assert document["spec_version"] == "3.0"
    assert document["data"]["group_only_greetings"] == list(written.group_greetings)


@given(PERSONAS, PERSONAS)
def test_an_edit_of_a_persona_written_here_is_the_card_written_anew(
    before: PersonaFields, after: PersonaFields
) -> None:
    assume(before != after)
    assert json.loads(card.patch(card.new(before), after)) == json.loads(card.new(after))
