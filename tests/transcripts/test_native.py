"""Our own format: what is written fits the schema and is read again, what is unknown survives."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import MessageState, PromptOrder, Role, StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.history import (
    Entry,
    History,
    MemoryState,
    PersonaHistory,
    PersonaState,
    PictureBytes,
    ProfileHistory,
    ProfileState,
)
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.transcripts import native_memory, native_writer, reader
from hermes_desktop.transcripts.draft import Draft
from hermes_desktop.transcripts.notes import NoteKind
from tests.storage.test_histories import RECORD
from tests.transcripts import schema, strange

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/transcript.schema.json").read_text("utf-8"))
PICTURE = hashlib.sha256(b"x").hexdigest()
ADA = PersonaState(
    1,
    2,
    PersonaFields("Ada", tags=("a",), group_greetings=("g",), note="n", note_depth=7, note_role=Role.USER),
    "v3",
    '{"a": [1, 1.0, null]}',
    PICTURE,
    1,
    5,
    "b" * 64,
)
ORIGINAL = '{"format": "risu", "document": {"a": [1, 1.0, null]}}'
ME = ProfileState(1, 1, "Jonas", "me", PICTURE, 5, ORIGINAL)
HEAD = History(
    title="T",
    created_at=1,
    updated_at=2,
    began_at=3,
    persona=1,
    profile=1,
    personas=(PersonaHistory((ADA,), "ada", True, 9),),
    profiles=(ProfileHistory((ME,)),),
    pictures=(PictureBytes(PICTURE, "image/png", b"x"),),
    first=1,
    tip=3,
    memory_line=1,
    view=2,
    view_offset=-4,
    favourite=True,
    deleted_at=8,
    draft="d",
    authors_note="n",
    note_depth=4,
    prompt_order=PromptOrder.TAVERN,
    preset="Chat",
    extra='{"sillytavern": {"header": {"a": "\\ud83d"}}}',
    digest="c" * 64,
    variables={"begun": "\ud83d"},
    memories=(
        MemoryState(MemoryKind.SUMMARY, 1, 3, "", "They met.", created_at=5, extra='{"x": 1}'),
        MemoryState(MemoryKind.PIN, 2, 2, by_hand=True, created_at=6, deleted_at=7),
        MemoryState(MemoryKind.FACT, 0, 0, "Jonas", "Half \ud83d", True),
    ),
)
HEAD_OF = json.loads(b"".join(native_writer.write(HEAD, ())))["conversation"]
MADE = replace(RECORD, persona_version_id=1, profile_version_id=1, memory_line_id=1)
ENTRIES = (
    Entry(1, 0, Role.USER, "Jonas", "Hi 😀", 5, active_child=3, variables={"mood": "calm"}),
    Entry(
        2,
        1,
        Role.ASSISTANT,
        "Ada",
        "one",
        6,
        MessageState.STOPPED,
        StopReason.LENGTH,
        deleted_at=7,
        record=MADE,
    ),
    Entry(3, 1, Role.ASSISTANT, "Ada", "two", 7, record=replace(MADE, memory_line_id=None), extra='{"x": 1}'),
)


def written(head: History = HEAD, entries: tuple[Entry, ...] = ENTRIES) -> bytes:
    return b"".join(native_writer.write(head, entries, "Hermes Desktop 1"))


def read(document: Any) -> Draft:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    (draft,) = reader.read(data, "a.json").drafts
    return draft


def test_what_is_written_fits_the_schema_and_is_read_again() -> None:
    data = written()
    assert schema.findings(json.loads(data), SCHEMA, SCHEMA) == []
    assert schema.findings({"format": "x"}, SCHEMA, SCHEMA)
    draft = read(data)
    assert (draft.head, draft.entries, draft.notes) == (HEAD, ENTRIES, ())
    assert data.count(b"\n") < 20 and written(draft.head, draft.entries) == data
    long = tuple(
        Entry(key, key - 1, Role.USER, "n", "x" * 999, active_child=(key + 1) % 1001)
        for key in range(1, 1001)
    )
    assert read(written(HEAD, long)).entries == long


def test_variables_that_are_none_are_passed_over() -> None:
    document = json.loads(written())
    document["conversation"]["variables"] = ["no"]
    first, second, third = document["messages"]
    first["variables"], second["variables"], third["variables"] = {"a": 1, "b": "2"}, None, {}
    draft = read(document)
    assert draft.head.variables == {}
    assert [entry.variables for entry in draft.entries] == [{"b": "2"}, None, {}]


@settings(max_examples=100)
@given(st.data())
def test_what_is_unknown_survives(data: st.DataObject) -> None:
    document = json.loads(written())
    places = [
        document,
        document["conversation"],
        document["messages"][2],
        document["messages"][2]["generation"],
        document["conversation"]["memory"][0],
    ]
    for place in places:
        place["later"] = data.draw(strange.JSON)
    document["messages"][0]["generation"] = data.draw(strange.JSON)
    encoded = (
        json.dumps(document).replace("NaN", "null").replace("-Infinity", "null").replace("Infinity", "null")
    )
    wanted = json.loads(encoded)
    draft = read(encoded.encode())
    found = json.loads(written(draft.head, draft.entries))
    for place in (found, wanted):
        for message in place["messages"]:
            message.setdefault("generation", None)
    assert json.dumps(found, sort_keys=True) == json.dumps(wanted, sort_keys=True)
    assert draft.entries[2].record is not None and draft.entries[0].record is None


def test_a_card_that_would_not_come_back_is_kept_as_it_is() -> None:
    odd = replace(ADA, card='{ "a":1}')
    head = replace(HEAD, personas=(PersonaHistory((odd,)),))
    assert read(written(head)).head.personas[0].versions[0].card == '{ "a":1}'
    deep = replace(ADA, card='{"a": ' + "[" * 198 + "]" * 198 + "}")
    head = replace(HEAD, personas=(PersonaHistory((deep,)),))
    assert read(written(head)).head.personas == head.personas
    for card, kept in (("[1]", "{}"), (5, "{}")):
        document = json.loads(written())
        document["personas"][0]["versions"][0]["card"] = card
        assert read(document).head.personas[0].versions[0].card == kept


FIELDS = st.builds(
    PersonaFields,
    st.text(),
    group_greetings=st.lists(st.text()).map(tuple),
    note=st.text(),
    note_depth=st.integers(0, 10_000),
    note_role=st.sampled_from(list(Role)),
)
DOCUMENTS = st.just("") | st.dictionaries(st.text(), strange.JSON, max_size=3).map(
    lambda found: json.dumps(found).replace("NaN", "null").replace("Infinity", "1")
)


@settings(max_examples=100)
@given(FIELDS, DOCUMENTS, st.integers(0, 10_000), st.sampled_from(list(PromptOrder)))
def test_who_is_in_it_and_how_it_is_prompted_comes_back(
    fields: PersonaFields, original: str, depth: int, order: PromptOrder
) -> None:
    head = replace(
        HEAD,
        note_depth=depth,
        prompt_order=order,
        personas=(PersonaHistory((replace(ADA, fields=fields),)),),
        profiles=(ProfileHistory((replace(ME, original=original),), 6),),
    )
    data = written(head)
    assert schema.findings(json.loads(data), SCHEMA, SCHEMA) == []
    assert read(data).head == head


def test_a_document_of_earlier_days_is_read() -> None:
    document = json.loads(written())
    for name in ("group_greetings", "note", "note_depth", "note_role"):
        del document["personas"][0]["versions"][0]["fields"][name]
    del document["profiles"][0]["versions"][0]["original"]
    for name in ("note_depth", "prompt_order", "memory"):
        del document["conversation"][name]
    assert schema.findings(document | {"conversation": HEAD_OF}, SCHEMA, SCHEMA) == []
    head = read(document).head
    assert head.personas[0].versions[0].fields == PersonaFields("Ada", tags=("a",))
    assert head.profiles[0].versions[0].original == "" and head.profiles[0].versions[0].name == "Jonas"
    assert (head.note_depth, head.prompt_order, head.memories) == (1, PromptOrder.STABLE, ())


def test_how_a_reply_was_made_is_read_from_files_of_earlier_days_and_never_half() -> None:
    document = json.loads(written())
    made = document["messages"][1]["generation"]
    assert made["lore"] == [asdict(each) for each in MADE.lore] and made["recipe"] == MADE.recipe
    for name in ("lore", "recipe", "recalled"):
        del made[name]
    assert schema.findings(document, SCHEMA, SCHEMA) == []
    draft = read(document)
    assert draft.entries[1].record == replace(MADE, lore=(), recipe="", recalled=())
    assert "lore" not in json.loads(written(draft.head, draft.entries))["messages"][1]["generation"]
    (entry,) = document["messages"][2]["generation"]["lore"]
    for lore in ([entry | {"word": 5}], [entry | {"later": 1}], [{}], ["x"], {}):
        document["messages"][2]["generation"]["lore"] = lore
        draft = read(document)
        assert draft.entries[2].record is None
        assert json.loads(written(draft.head, draft.entries))["messages"][2] == document["messages"][2]


def test_messages_that_were_brought_back_have_depths() -> None:
    document = json.loads(written())
    made = document["messages"][2]["generation"]
    assert made["recalled"] == list(MADE.recalled)
    for recalled in ([0], [-1, 1], [1.5], [True], ["1"], [None], [10**308], 5, {}, "1"):
        made["recalled"] = recalled
        draft = read(document)
        assert draft.entries[2].record is None
        assert json.loads(written(draft.head, draft.entries))["messages"][2] == document["messages"][2]
    made["recalled"] = []
    record = read(document).entries[2].record
    assert record is not None and record.recalled == ()


# ---- what is remembered ---------------------------------------------------------------------------


def remembered(*said: object) -> tuple[MemoryState, ...]:
    document = json.loads(written())
    document["conversation"]["memory"] = list(said)
    return read(document).head.memories


def test_what_is_remembered_is_written_without_what_says_nothing() -> None:
    assert HEAD_OF["memory"] == [
        {
            "kind": "summary",
            "message": 3,
            "first": 1,
            "text": "They met.",
            "created_at": 5,
            "extra": {"x": 1},
        },
        {"kind": "pin", "message": 2, "by_hand": True, "created_at": 6, "deleted_at": 7},
        {"kind": "fact", "message": 0, "who": "Jonas", "text": "Half \ud83d", "by_hand": True},
    ]
    assert "memory" not in json.loads(written(replace(HEAD, memories=())))["conversation"]


def test_what_a_newer_version_remembers_survives() -> None:
    document = json.loads(written())
    kept = [
        {"kind": "mood", "message": 2, "first": 1, "text": "calm", "weight": [1, None], "created_at": 4},
        {"kind": "fact", "message": 0, "text": "old", "sources": {"a": 5}, "extra": {"agnai": 1}},
    ]
    document["conversation"]["memory"] = kept
    draft = read(document)
    assert json.loads(written(draft.head, draft.entries))["conversation"]["memory"] == kept


def test_what_hangs_on_no_message_is_not_remembered() -> None:
    for place in (4, -1, 10**308, 1.0, 1.5, True, "1", None, [], {}):
        assert remembered({"kind": "pin", "message": place}) == ()
    for kind in ("", 5, None, [], "x" * (native_memory.KIND_LIMIT + 1)):
        assert remembered({"kind": kind, "message": 1}) == ()
    assert remembered("pin", None, {}, [{"kind": "pin"}]) == ()
    assert remembered({"kind": "fact"}) == (MemoryState("fact", 0, 0),)


def test_what_is_wrong_of_something_remembered_is_passed_over() -> None:
    fact = {"kind": "fact", "message": 2}
    for first in (0, 9, -1, 10**308, "1", None, True):
        assert remembered(fact | {"first": first}) == (MemoryState("fact", 2, 2),)
    odd = {"who": 5, "text": [], "by_hand": 1, "created_at": "x", "extra": 5}
    assert remembered(fact | odd) == (MemoryState("fact", 2, 2),)
    (late,) = remembered(fact | {"created_at": 10**308, "deleted_at": -5})
    assert late.created_at < 10**15 and late.deleted_at == 0
    (long,) = remembered(
        fact
        | {
            "who": "x" * (native_memory.WHO_LIMIT + 1),
            "text": "y" * (native_memory.TEXT_LIMIT + 1),
        }
    )
    assert len(long.who) == native_memory.WHO_LIMIT and len(long.text) == native_memory.TEXT_LIMIT


def test_too_much_to_remember_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_memory, "LIMIT", 2)
    assert len(remembered(*2 * [{"kind": "pin", "message": 1}])) == 2
    with pytest.raises(KnownError) as caught:
        remembered(*3 * [{"kind": "pin", "message": 1}])
    assert caught.value.kind is ErrorKind.CHAT_TOO_MUCH


@pytest.mark.parametrize("value", ["x", 5, [1], {"key": 9, "parent": 9, "generation": 5, "conversation": 5}])
def test_nobody_speaks_in_the_name_of_a_newer_version(value: object) -> None:
    document = json.loads(written())
    said = document["conversation"]
    for place in (said, said["memory"][0], *document["messages"]):
        place["extra"] = {"hermes-desktop": value}
    draft = read(document)
    assert (draft.head.extra, draft.head.memories[0].extra, draft.entries[0].extra) == ("", "", "")
    again = json.loads(written(draft.head, draft.entries))
    assert again["messages"][0] == {key: at for key, at in document["messages"][0].items() if key != "extra"}


def test_what_only_a_lenient_reader_takes_is_made_plain() -> None:
    document = json.loads(written())
    version = document["profiles"][0]["versions"][0]
    for said, kept in (
        ('{"a": "b\nc"}', '{"a": "b\\nc"}'),
        (5, ""),
        ("[1]", ""),
        ("", ""),
        ({"a": 1}, '{"a": 1}'),
    ):
        version["original"] = said
        assert read(document).head.profiles[0].versions[0].original == kept


def test_a_newer_version_says_so() -> None:
    draft = read(json.loads(written()) | {"version": 2})
    assert draft.notes[0].kind is NoteKind.NEWER and draft.notes[0].value == "2"


def test_what_is_left_out_or_wrong_is_put_right() -> None:
    document = json.loads(written())
    said = document["conversation"]
    for name in ("tip", "view", "memory_line", "prompt_order", "deleted_at", "note_depth"):
        del said[name]
    said["created_at"] = 10**30
    document["messages"][0] |= {"state": "running", "stop_reason": "odd", "active_child": 3}
    document["pictures"] = [{"key": "x", "data": "eA=="}, {"key": PICTURE, "data": "?"}]
    draft = read(document)
    assert draft.head.tip == 3 and draft.head.pictures == () and draft.head.created_at < 10**15
    assert draft.entries[0].state is MessageState.INTERRUPTED
    said["tip"] = 0
    assert read(document).head.tip == 0


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("messages", 1, "parent"), 3),
        (("messages", 1, "key"), 1),
        (("messages", 1, "active_child"), 1),
        (("messages", 1, "role"), "boss"),
        (("conversation", "persona"), 7),
        (("conversation", "profile"), 7),
        (("conversation", "first"), 2),
        (("personas", 0, "versions"), []),
        (("personas", 0, "versions", 0, "card"), "{broken"),
        (("profiles", 0, "versions", 0, "number"), 0),
        (("profiles", 0, "versions", 0, "original"), "{broken"),
    ],
)
def test_what_makes_no_sense_is_refused(place: tuple[str | int, ...], value: object) -> None:
    document = json.loads(written())
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(KnownError) as caught:
        read(document)
    assert caught.value.kind is ErrorKind.CHAT_DAMAGED


@settings(max_examples=200)
@given(st.integers(0, 190), strange.JSON)
def test_anything_may_stand_anywhere(place: int, value: object) -> None:
    try:
        draft = read(strange.put(json.loads(written()), place, value))
    except KnownError:
        return
    written(draft.head, draft.entries)
