"""Chats of other programs, by hand-made samples of their formats; and whatever else a file may hold."""

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.transcripts import reader
from hermes_desktop.transcripts.draft import KNOWN_LIMIT, Draft, greeted
from hermes_desktop.transcripts.notes import NoteKind
from hermes_desktop.transcripts.reader import Chats
from tests import writing
from tests.transcripts import strange

U, A, S = Role.USER, Role.ASSISTANT, Role.SYSTEM


def read(document: object, source: str = "chat.json") -> Chats:
    return reader.read(json.dumps(document).encode(), source)


def shown(draft: Draft) -> list[tuple[Role, str]]:
    """The path that is shown."""
    path, at = [], draft.head.first
    while at:
        entry = draft.entries[at - 1]
        path.append((entry.role, entry.text))
        at = entry.active_child
    return path


def kinds(draft: Draft) -> set[NoteKind]:
    return {note.kind for note in draft.notes}


def zipped(**files: object) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return held.getvalue()


LITE = {
    "gamestarted": True,
    "savedsettings": {"chatname": "Jonas", "chatopponent": "Mira||$||Ada", "opmode": 3},
    "prompt": "\nMira: Hi.",
    "actions": ["\nJonas: Hello\nyou", "\nMira: Yes?"],
    "memory": "m",
    "authorsnote": "be brief",
    "worldinfo": [{"key": "a"}],
}


def test_kobold_lite() -> None:
    (draft,) = read(LITE).drafts
    assert shown(draft) == [(A, "Hi."), (U, "Hello\nyou"), (A, "Yes?")]
    assert draft.head.authors_note == "be brief" and (draft.persona, draft.user) == ("Mira", "Jonas")
    assert {NoteKind.MEMORY, NoteKind.LOREBOOK, NoteKind.GROUP} <= kinds(draft)
    assert draft.tells and draft.known.description == "m"
    assert not read(LITE | {"memory": "m" * (KNOWN_LIMIT + 1)}).drafts[0].tells  # more than a persona's text
    marked = LITE | {"prompt": "{{[INPUT]}}Hi{{[OUTPUT]}}Yo", "actions": ["{{[INPUT_END]}}{{[SYSTEM]}}rain"]}
    assert shown(read(marked).drafts[0]) == [(U, "Hi"), (A, "Yo"), (S, "rain")]


def test_a_story_of_the_koboldai_client() -> None:
    story = {
        "gamestarted": True,
        "prompt": "Once.",
        "memory": "",
        "authorsnote": "",
        "actions": [" Then.", "", {"Selected Text": "End."}],
    }
    (draft,) = read(story, "Story.json").drafts
    assert shown(draft) == [(A, "Once."), (A, "Then."), (A, "End.")]
    assert NoteKind.STORY in kinds(draft) and draft.persona == "Story" and draft.format == "koboldai"


def test_oobabooga() -> None:
    log = {
        "internal": [["<|BEGIN-VISIBLE-CHAT|>", "Hi <b>"], ["Hello", "two"]],
        "visible": [["", "Hi &lt;b&gt;"], ["Hello", "two"]],
        "metadata": {
            "user_1": {"timestamp": "2025-05-01T10:00:00"},
            "assistant_1": {"versions": [{"content": "one"}, {"content": "two"}], "current_version_index": 1},
        },
    }
    (draft,) = read(log, "logs/chat/Mira/20250501-10-00-00.json").drafts
    assert shown(draft) == [(A, "Hi <b>"), (U, "Hello"), (A, "two")] and len(draft.entries) == 4
    assert draft.persona == "Mira" and draft.entries[1].created_at and NoteKind.NO_DATES not in kinds(draft)
    old = {"data": [["a", "b"]], "data_visible": [["a", "b"]]}
    assert shown(read(old, "Ada_persistent.json").drafts[0]) == [(U, "a"), (A, "b")]
    only = {
        "internal": [],
        "visible": [["x &amp; y", "z"]],
        "metadata": {"assistant_0": {"versions": [{"content": "q"}]}},
    }
    assert shown(read(only, "Ada.json").drafts[0]) == [(U, "x & y"), (A, "z")]


def test_agnai() -> None:
    chat = {
        "name": "Mira",
        "greeting": "Hi.",
        "scenario": "s",
        "messages": [
            {"msg": "Hi.", "characterId": "c", "name": "Mira", "createdAt": "2024-05-01T10:00:00.000Z"},
            {"msg": "Hello", "userId": "u", "handle": "Jonas"},
            {"msg": "new", "characterId": "c", "name": "Mira", "retries": ["old", "new"]},
        ],
    }
    (draft,) = read(chat).drafts
    assert shown(draft) == [(A, "Hi."), (U, "Hello"), (A, "new")] and len(draft.entries) == 4
    assert (draft.persona, draft.user) == ("Mira", "Jonas") and NoteKind.SCENARIO in kinds(draft)
    assert (draft.known.scenario, draft.known.greeting) == ("s", "Hi.")
    bare = {"name": "Mira", "messages": [{"msg": "a", "name": "Mira"}, {"msg": "b", "handle": "Jonas"}]}
    (draft,) = read(bare).drafts
    assert shown(draft) == [(A, "a"), (U, "b")] and NoteKind.GUESSED in kinds(draft)


def test_risu_and_its_greeting() -> None:
    chat = {
        "message": [
            {"role": "user", "data": "Hello", "time": 1_714_557_600_000},
            {"role": "char", "data": "two", "swipes": ["one", "two"]},
            {"role": "char", "data": "x", "swipes": ["y"]},
        ],
        "note": "n",
        "name": "First",
        "localLore": [{}],
        "fmIndex": 0,
    }
    (draft,) = read({"type": "risuChat", "ver": 2, "data": chat}, "Mira_chat.json").drafts
    assert shown(draft) == [(U, "Hello"), (A, "two"), (A, "x")] and draft.persona == "Mira"
    assert draft.greeting == 1 and draft.head.title == "First" and draft.head.authors_note == "n"
    with_it = greeted(draft, ("main", " ", "other"))
    assert shown(with_it)[:2] == [(A, "main"), (U, "Hello")]  # the one that is meant is blank
    assert shown(greeted(draft, ("main", "other")))[0] == (A, "other")
    assert shown(greeted(draft, ("main",)))[0] == (A, "main") and greeted(draft, ()) == draft
    both = read({"type": "risuAllChats", "ver": 2, "data": [chat, chat | {"name": ""}]}, "Mira_2024-01.json")
    assert len(both.drafts) == 2 and both.drafts[1].persona == "Mira"


def test_character_ai() -> None:
    def said(human: bool, text: str, **more: object) -> dict[str, object]:
        return {"src": {"is_human": human, "name": "Jonas" if human else "Mira"}, "text": text} | more

    one = {"msgs": [said(False, "Hi"), said(True, "Yo", created="2024-05-01T10:00:00Z")]}
    found = read({"histories": {"histories": [one, {"msgs": [said(False, "Again")]}, {"msgs": []}]}})
    assert [shown(draft) for draft in found.drafts] == [[(A, "Hi"), (U, "Yo")], [(A, "Again")]]
    assert (found.drafts[0].persona, found.drafts[0].user) == ("Mira", "Jonas")
    about = {"name": "Ada", "title": "A guide", "description": "Knows the hills.", "greeting": "Well met."}
    info = read({"info": {"character": about | {"definition": "A guide"}}, "histories": [one]}).drafts[0]
    assert info.persona == "Ada" and info.known.greeting == "Well met."
    assert info.known.description == "A guide\n\nKnows the hills." and not found.drafts[0].tells


def node(parent: str | None, role: str, words: object, *children: str, **more: object) -> dict[str, object]:
    parts = words if isinstance(words, list) else [words]
    message = {
        "author": {"role": role},
        "content": {"content_type": "text", "parts": parts},
        "create_time": 1_714_557_600.5,
    }
    return {"parent": parent, "children": list(children), "message": message | more}


GPT = {
    "title": "Trip",
    "create_time": 1_714_557_600.25,
    "current_node": "a2",
    "mapping": {
        "root": {"parent": None, "children": ["s"], "message": None},
        "s": node("root", "system", "", "u"),
        "u": node("s", "user", "Hello", "a1", "t"),
        "a1": node("u", "assistant", "first"),
        "t": node("u", "assistant", "search()", "r", recipient="browser"),
        "r": node("t", "tool", "found", "a2", metadata={"is_visually_hidden_from_conversation": True}),
        "a2": node("r", "assistant", [{"asset": 1}, "second", {"text": "third"}]),
    },
}


def test_chatgpt_with_its_branches() -> None:
    (draft,) = read([GPT]).drafts
    assert shown(draft) == [(U, "Hello"), (A, "second\nthird")] and len(draft.entries) == 3
    assert draft.head.title == "Trip" and draft.head.created_at == 1_714_557_600_250
    assert draft.persona == "ChatGPT" and {NoteKind.LEFT_OUT, NoteKind.ATTACHMENTS} <= kinds(draft)
    elsewhere = GPT | {"current_node": "a1", "create_time": None}
    assert shown(read(elsewhere).drafts[0])[-1] == (A, "first")
    loop = {
        "mapping": {"a": node("b", "user", "x", "b"), "b": node("a", "user", "y", "a")},
        "current_node": "a",
    }
    with pytest.raises(KnownError):
        read(loop)  # nothing in it is a beginning
    lone = {"mapping": {"a": node(None, "critic", "x")}, "current_node": "zz"}
    assert shown(read(lone).drafts[0]) == [(Role.TOOL, "x")]
    whole = zipped(**{"conversations_dot_json": [GPT], "chat_dot_html": b"<html>", "a_dot_png": b"x"})
    assert reader.read(whole, "export.zip").format == "chatgpt"


def test_claude() -> None:
    chat = {
        "uuid": "1",
        "name": "Trip",
        "created_at": "2024-05-01T10:00:00.000000Z",
        "chat_messages": [
            {
                "sender": "human",
                "text": "Hello",
                "content": [{"type": "text", "text": "Hello"}],
                "files": [{}],
            },
            {"sender": "assistant", "text": "Hi", "content": []},
            {"sender": "assistant", "text": " "},
        ],
    }
    (draft,) = read([chat]).drafts
    assert shown(draft) == [(U, "Hello"), (A, "Hi")] and draft.head.title == "Trip"
    assert kinds(draft) == {NoteKind.LEFT_OUT, NoteKind.ATTACHMENTS}


def test_sharegpt_and_openai() -> None:
    chat = {
        "id": "x",
        "conversations": [
            {"from": "system", "value": "s"},
            {"from": "human", "value": "q"},
            {"from": "gpt", "value": "a"},
            {"from": "gpt", "value": ""},
        ],
    }
    assert shown(read([chat]).drafts[0]) == [(S, "s"), (U, "q"), (A, "a")]
    messages = {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "q"}]},
            {"role": "odd", "content": "a"},
        ]
    }
    assert shown(read(messages).drafts[0]) == [(U, "q"), (A, "a")]
    lines = b"\n".join([json.dumps(chat).encode(), b"", b"{bad", json.dumps(messages).encode()])
    assert len(reader.read(lines, "all.jsonl").drafts) == 2
    with pytest.raises(KnownError):
        reader.read(b'{"x": 1}\n{"y": 2}\n', "a.jsonl")
    with pytest.raises(KnownError) as caught:
        reader.read(b'{"x": 1,\n "y": }\n', "a.json")
    assert caught.value.kind is ErrorKind.CHAT_DAMAGED


def byaf(**scenario: object) -> bytes:
    manifest = {
        "schemaVersion": 1,
        "characters": ["characters/c/character.json"],
        "scenarios": ["scenarios/1.json", "gone"],
    }
    said: dict[str, Any] = {
        "narrative": "n",
        "firstMessages": [{"characterID": "c", "text": "Hi {user}"}],
        "messages": [
            {"type": "human", "text": "Hello", "createdAt": "2025-05-01T10:00:00.000Z"},
            {
                "type": "ai",
                "outputs": [
                    {"text": "one", "activeTimestamp": "2025-05-01T10:00:02.000Z"},
                    {"text": "two", "activeTimestamp": "2025-05-01T10:00:01.000Z"},
                ],
            },
        ],
    }
    return zipped(
        **{
            "manifest_dot_json": manifest,
            "characters__c__character_dot_json": {"name": "Mira", "persona": "p"},
            "scenarios__1_dot_json": said | scenario,
        }
    )


def test_backyard() -> None:
    found = reader.read(byaf(), "a.byaf")
    assert found.with_card and shown(found.drafts[0]) == [(A, "Hi {user}"), (U, "Hello"), (A, "one")]
    assert len(found.drafts[0].entries) == 4 and found.drafts[0].persona == "Mira"
    with pytest.raises(KnownError) as caught:
        reader.read(byaf(messages=[]), "a.byaf")
    assert caught.value.kind is ErrorKind.CHAT_CARD
    chat = {
        "name": "t",
        "ChatItems": [
            {"input": "Hello", "output": "one", "RegenSwipes": ["two", {"text": "one"}, 5]},
            {"output": ""},
        ],
    }
    character = {"character": {"aiName": "Mira", "firstMessage": "Hi", "Chat": [chat, {}]}, "version": 4}
    assert shown(read(character).drafts[0]) == [(A, "Hi"), (U, "Hello"), (A, "one")]


def test_a_picture_of_backyard() -> None:
    chat = {"ChatItems": [{"input": "Hello", "output": "one"}]}
    document = {"character": {"aiDisplayName": "Mira", "Chat": [chat]}, "version": 1}
    comment = writing.exif(json.dumps(document).encode())
    for data in (writing.jpeg(comment), writing.png(writing.chunk(b"eXIf", comment))):
        found = reader.read(data, "a")
        assert found.with_card and shown(found.drafts[0]) == [(U, "Hello"), (A, "one")]
    for other in (b"{broken" * 5, b'{"character": 5, "version": 1}', b"a camera wrote this comment"):
        with pytest.raises(KnownError):
            reader.read(writing.jpeg(writing.exif(other)), "a.jpg")


def test_a_log_of_names() -> None:
    words = "Mira: Hi.\nYou: Hello\nthere\n\nMira: Yes? http://x\n"
    (draft,) = reader.read(words.encode(), "log.txt").drafts
    assert shown(draft) == [(A, "Hi."), (U, "Hello\nthere"), (A, "Yes? http://x")]
    assert reader.read("A: 1\nB: 2\nC: 3\nA: 4\nB: 5\n".encode("utf-16"), "l.txt").drafts[0].user == "B"


NOTHING = [
    *(
        b"",
        b"\0",
        b"name: Ada\ncontext: x\ngreeting: y\n",
        b"hello",
        b"\xff\xff",
        b"[]",
        b"{}",
        b"5",
        b"[[]]",
    ),
    *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\x03\x04", b'{"entries": {}}', b"[" * 500),
    *(b'{"spec": "chara_card_v2", "data": {"name": "a"}}', zipped(a_dot_json={"x": 1})),
]


@pytest.mark.parametrize("data", NOTHING)
def test_what_is_no_chat_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(KnownError) as caught:
        reader.read(data, "x")
    assert caught.value.kind.value.startswith("chat_")


SAMPLES: list[object] = [
    *(LITE, GPT, [GPT], {"internal": [["a", "b"]], "visible": []}, {"chat_messages": [{"text": "a"}]}),
    {"type": "risuChat", "data": {"message": [{"role": "user", "data": "a"}]}},
    {"messages": [{"msg": "a", "userId": "u"}]},
    {"histories": {"histories": [{"msgs": [{"text": "a"}]}]}},
    {"conversations": [{"from": "a", "value": "b"}]},
]


def refused_or_read(data: bytes) -> None:
    try:
        found = reader.read(data, "x.json")
    except KnownError:
        return
    for draft in found.drafts:
        keys = {0}
        for number, entry in enumerate(draft.entries, 1):
            assert entry.key == number and entry.parent in keys
            keys.add(number)
        assert {draft.head.first, draft.head.tip, *(e.active_child for e in draft.entries)} <= keys


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), st.integers(0, 60), strange.JSON)
def test_anything_may_stand_anywhere(sample: object, place: int, value: object) -> None:
    refused_or_read(json.dumps(strange.put(sample, place, value)).encode())


@settings(max_examples=200)
@given(
    st.sampled_from([*(json.dumps(s).encode() for s in SAMPLES), byaf(), b"A: 1\nB: 2\nA: 3\n"]),
    st.integers(0, 3000),
    st.binary(max_size=6),
)
def test_any_bytes_are_a_chat_or_refused(data: bytes, place: int, junk: bytes) -> None:
    at = place % len(data)
    refused_or_read(data[:at] + junk + data[at + len(junk) // 2 :])
    refused_or_read(data[:at])
    refused_or_read(junk)
