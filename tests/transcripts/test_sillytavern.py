"""Chats of SillyTavern: read, kept and written again. The samples are made by hand."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.history import Entry, History
from hermes_desktop.transcripts import reader, sillytavern_writer
from hermes_desktop.transcripts.draft import Draft
from hermes_desktop.transcripts.notes import NoteKind

HEADERS: list[dict[str, Any]] = [
    {"user_name": "Jonas", "character_name": "Mira", "create_date": 1_687_184_400_123},
    {
        "user_name": "Jonas",
        "character_name": "Mira",
        "create_date": "2024-7-12@01h31m37s",
        "chat_metadata": {"note_prompt": "Be brief.", "note_depth": 4, "variables": {"a": "1"}, "odd": None},
    },
    {
        "chat_metadata": {"integrity": "0b1c", "tainted": True},
        "user_name": "unused",
        "character_name": "unused",
    },
    {
        "character_names": ["Mira", "Ada"],
        "notes": "n",
        "notes_type": "x",
        "scenario": "s",
        "user_name": "Jonas",
    },
]
LINES: list[dict[str, Any]] = [
    {
        "name": "Mira",
        "is_user": False,
        "is_name": True,
        "send_date": "June 19, 2023 2:20pm",
        "mes": "Hi {{user}}.",
    },
    {"name": "Jonas", "is_user": True, "send_date": 1_687_184_400_123, "mes": "Hello <b>", "extra": {}},
    {
        "name": "Mira",
        "is_user": False,
        "is_system": False,
        "send_date": "2023-4-21 @20h 02m 47s 124ms",
        "mes": "second",
        "extra": {"api": "x", "token_count": 3, "reasoning": "r", "display_text": "zweite"},
        "swipe_id": 1,
        "swipes": ["first", "second", "third"],
        "swipe_info": [{"send_date": "2024-05-01T10:00:00.000Z", "extra": {"a": 1}}, {"extra": {}}],
        "gen_started": "2024-05-01T10:00:00.000Z",
        "force_avatar": "/thumbnail?x",
        "original_avatar": "Mira.png",
    },
    {"name": "Note", "is_user": False, "is_system": True, "mes": "Rain.", "extra": {"type": "narrator"}},
    {"mes": "", "name": "Mira", "is_user": False, "swipes": [""], "swipe_id": 0, "zero": 0, "float": 0.0},
]
ODD: list[dict[str, Any]] = [
    {"name": "Mira", "is_user": False, "mes": "x", "swipes": ["a", "b"], "swipe_id": 1},  # mes is the truth
    {"name": "Mira", "is_user": False, "mes": "c", "swipes": ["a", "b"], "swipe_id": 2},  # it was interrupted
    {"name": "Mira", "is_user": False, "mes": "b", "swipes": ["a", "b"], "swipe_id": None},
    {"name": "Mira", "is_user": False, "mes": "b", "swipes": ["a", None, "b"], "swipe_id": 2},
    {"name": "Mira", "is_user": False, "mes": {"message": "m"}, "swipes": [{"message": "m"}], "swipe_id": 0},
    {"name": "Mira", "is_user": False, "mes": "half \ud83d", "swipes": []},
    {"name": "Mira", "is_user": False, "mes": 5, "swipe_id": True},
    {"name": 5, "mes": "nul \x00", "is_user": False},
]


def packed(*lines: object) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in lines)


def one(data: bytes, source: str = "Mira - 2024-7-12@01h31m37s.jsonl") -> Draft:
    (draft,) = reader.read(data, source).drafts
    return draft


def written(draft: Draft) -> list[Any]:
    """The lines of the chat as it goes out."""
    data = b"".join(sillytavern_writer.write(draft.head, draft.entries, draft.persona, draft.user))
    assert not data.endswith(b"\n")
    return [json.loads(line) for line in data.split(b"\n")]


def same(found: object, wanted: object) -> bool:
    """Deep-equal, and 0 is not 0.0 nor false."""
    return json.dumps(found, sort_keys=True) == json.dumps(wanted, sort_keys=True)


@pytest.mark.parametrize("header", HEADERS)
def test_a_chat_goes_out_as_it_came(header: dict[str, Any]) -> None:
    draft = one(packed(header, *LINES, *ODD))
    assert same(written(draft), [header, *LINES, *ODD])
    assert draft.persona == "Mira" and draft.user == "Jonas"
    roles = [entry.role for entry in draft.entries]
    assert roles[:2] == [Role.ASSISTANT, Role.USER] and Role.SYSTEM in roles
    assert draft.entries[0].text == "Hi {{user}}."


def test_a_chat_without_a_header_gets_one() -> None:
    draft = one(packed(*LINES))
    header, *lines = written(draft)
    assert same(lines, LINES) and header["user_name"] == "Jonas" and header["character_name"] == "Mira"


def test_versions_times_and_the_note_are_understood() -> None:
    draft = one(packed(HEADERS[1], *LINES))
    assert draft.head.authors_note == "Be brief." and draft.head.note_depth == 4
    swiped = [entry for entry in draft.entries if entry.text in ("first", "second", "third")]
    assert [entry.parent for entry in swiped] == [2, 2, 2]
    assert draft.entries[1].active_child == swiped[1].key
    assert swiped[0].created_at == 1_714_557_600_000 != swiped[1].created_at
    assert draft.head.created_at and draft.head.updated_at >= draft.head.created_at


def test_variables_of_a_chat_hold_from_its_beginning_and_go_out_as_they_are_in_the_end() -> None:
    meta = {"variables": {"mood": "calm", "n": 3, "list": [1]}, "odd": None}
    draft = one(packed(HEADERS[0] | {"chat_metadata": meta}, *LINES))
    assert draft.head.variables == {"mood": "calm", "n": "3", "list": "[1]"}
    assert written(draft)[0]["chat_metadata"] == meta
    later = changed(draft, 1, variables=draft.head.variables | {"n": "4"})
    told = {"variables": {"mood": "calm", "n": "4", "list": [1]}, "odd": None}
    assert written(later)[0]["chat_metadata"] == told
    gone = changed(later, 1, deleted_at=5)
    assert written(gone)[0]["chat_metadata"] == meta
    emptied = changed(draft, 1, variables={})
    assert written(emptied)[0]["chat_metadata"]["variables"] == {}


def changed(draft: Draft, key: int, **cells: Any) -> Draft:
    entries = [replace(entry, **cells) if entry.key == key else entry for entry in draft.entries]
    return replace(draft, entries=tuple(entries))


def test_what_was_changed_here_is_changed_in_its_line() -> None:
    draft = one(packed(HEADERS[1], *LINES, *ODD[:1]))
    third = next(entry for entry in draft.entries if entry.text == "third")
    first = next(entry for entry in draft.entries if entry.text == "first")
    draft = changed(draft, first.key, deleted_at=5)
    draft = replace(draft, head=replace(draft.head, authors_note="Be long."))
    header, *lines = written(draft)
    assert header["chat_metadata"]["note_prompt"] == "Be long." and header["chat_metadata"]["odd"] is None
    assert lines[2]["swipes"] == ["second", "third"] and lines[2]["swipe_id"] == 0
    info = LINES[2]["swipe_info"]
    assert lines[2]["swipe_info"][0] == info[1] and len(lines[2]["swipe_info"]) == 2
    assert lines[2]["gen_started"] and third.key
    renamed = changed(one(packed(HEADERS[0], *ODD[:1])), 2, name="Ada", text="y")
    assert written(renamed)[1] == ODD[0] | {"name": "Ada", "mes": "y", "swipes": ["a", "y"], "swipe_id": 1}


def test_what_began_here_is_written_afresh() -> None:
    entries = (
        Entry(1, 0, Role.ASSISTANT, "Mira", "a", 5, active_child=3),
        Entry(2, 0, Role.ASSISTANT, "Mira", "b", 6),
        Entry(3, 1, Role.TOOL, "x", "c", 7, deleted_at=1, active_child=4),
        Entry(4, 3, Role.USER, "Jonas", "d", 8),
    )
    head = History("t", 1_714_557_600_000, 9, 5, first=1, tip=4, authors_note="n")
    draft = Draft("", head, entries, persona="Mira", user="Jonas")
    header, first, last = written(draft)
    assert header["create_date"] == "2024-05-01T10:00:00.000Z"
    assert header["chat_metadata"]["note_depth"] == 1
    assert first["swipes"] == ["a", "b"] and first["swipe_id"] == 0 and not first["is_user"]
    assert last["is_user"] and last["mes"] == "d" and "swipes" not in last
    empty = replace(draft, head=replace(head, tip=0, authors_note=""))
    assert written(empty) == [header | {"chat_metadata": {}}]
    narrated = replace(draft, entries=(replace(entries[2], parent=0, key=1, deleted_at=None),))
    assert written(replace(narrated, head=replace(head, tip=1)))[1]["extra"] == {"type": "narrator"}


def test_bad_lines_are_told_and_the_others_come_in() -> None:
    data = (
        b'{"user_name": "J", "character_name": "Mira"}\n'
        + packed(LINES[0])
        + b"\n{broken\n\n[1]\n"
        + packed(LINES[1])
    )
    draft = one(data + b"\n\xff\xfe bad\n")
    assert len(draft.entries) == 2
    notes = {note.kind: note.value for note in draft.notes}
    assert notes[NoteKind.BAD_LINES] == "3, 5, 7"


@pytest.mark.parametrize("start", [b"{broken header\n", b"\xef\xbb\xbf", b"not json {\n"])
def test_a_broken_beginning_costs_nothing_else(start: bytes) -> None:
    assert len(one(start + packed(*LINES)).entries) == 7


def test_utf_16_is_read() -> None:
    assert one(packed(*LINES).decode().encode("utf-16")).entries[0].text == "Hi {{user}}."


def test_who_speaks_is_concluded_where_no_line_says_it() -> None:
    names = [{"name": "Ada", "mes": "a"}, {"name": "You", "mes": "b"}, {"name": "Ada", "mes": "c"}]
    draft = one(packed(*names))
    assert [entry.role for entry in draft.entries] == [Role.ASSISTANT, Role.USER, Role.ASSISTANT]
    assert NoteKind.GUESSED in {note.kind for note in draft.notes} and draft.persona == "Ada"
    others = [{"name": "Ada", "mes": "a"}, {"name": "Kim", "mes": "b"}]
    assert [entry.role for entry in one(packed(*others)).entries] == [Role.ASSISTANT, Role.USER]
    named = [{"character_name": "Kim", "chat_metadata": {}}, *others]
    assert [entry.role for entry in one(packed(*named)).entries] == [Role.USER, Role.ASSISTANT]
    assert one(packed({"mes": "alone"}), "Ada - 2024.jsonl").persona == "Ada"


def test_groups_hidden_messages_and_the_rest_are_told() -> None:
    meta = {"scenario": "s", "world_info": "Book", "note_prompt": "", "persona": "me.png"}
    lines = [
        {"name": "Ada", "is_user": False, "is_system": True, "mes": "a", "extra": {"image": "x.png"}},
        {"name": "Ada", "is_user": False, "mes": "b"},
        {"name": "Kim", "is_user": False, "mes": "c"},
    ]
    draft = one(packed({"chat_metadata": meta}, *lines))
    notes = {note.kind: note.value for note in draft.notes}
    assert notes[NoteKind.GROUP] == "Ada, Kim" and notes[NoteKind.HIDDEN] == "1"
    assert (draft.book, draft.profile) == ("Book", "me.png") and notes[NoteKind.ATTACHMENTS] == "1"
    assert {NoteKind.SCENARIO, NoteKind.NO_DATES} <= set(notes)


def test_a_summary_that_is_kept_with_a_message_comes_in() -> None:
    lines = [
        {"name": "Ada", "is_user": False, "mes": "a", "swipes": ["z", "a"], "swipe_id": 1, "send_date": 7},
        {"name": "Kim", "is_user": True, "mes": "b", "extra": {"memory": " They met. "}, "send_date": 9},
        {"name": "Ada", "is_user": False, "mes": "c", "extra": {"memory": 5}},
        {"name": "Kim", "is_user": True, "mes": "d", "extra": {"memory": "It rained.\ud800" + "x" * 30_000}},
    ]
    draft = one(packed({"chat_metadata": {}}, *lines))
    first, second = draft.head.memories
    assert (first.kind, first.first, first.message, first.text) == ("summary", 2, 3, "They met.")
    assert (second.first, second.message) == (2, 5) and len(second.text) == 20_000
    assert (
        "\ud800" not in second.text
        and {note.kind: note.value for note in draft.notes}[NoteKind.SUMMARIES] == "2"
    )


def test_a_header_alone_is_an_empty_chat() -> None:
    with pytest.raises(KnownError) as caught:
        reader.read(packed(HEADERS[0]), "a.jsonl")
    assert caught.value.kind is ErrorKind.CHAT_EMPTY


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9)
)
ANY = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
LINE = st.fixed_dictionaries(
    {"mes": st.text(max_size=9) | ANY},
    optional={
        "name": st.text(max_size=5) | ANY,
        "is_user": st.booleans() | ANY,
        "is_system": st.booleans(),
        "send_date": ANY,
        "swipes": st.lists(st.text(max_size=5) | ANY, max_size=4) | ANY,
        "swipe_id": st.integers(-1, 5) | ANY,
        "swipe_info": st.lists(ANY, max_size=4) | ANY,
        "extra": ANY,
        "other": ANY,
    },
)


@settings(max_examples=200)
@given(
    header=st.none() | st.fixed_dictionaries({"user_name": ANY}, optional={"chat_metadata": ANY}),
    lines=st.lists(LINE, min_size=1, max_size=4),
)
def test_any_line_goes_out_as_it_came(header: dict[str, Any] | None, lines: list[dict[str, Any]]) -> None:
    draft = one(packed(*([header] if header else []), *lines))
    found = written(draft)
    assert same(found[1:], lines)
    assert not header or same(found[0], header)
