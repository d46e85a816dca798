"""`memory`: what comes back, how the context is filled, what is remembered; beside an open window, too."""

import json
from pathlib import Path

import pytest

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.storage import conversations, messages, personas, profiles
from hermes_desktop.storage.database import Database
from tests.cli.shell import Shell, Typed, one_sentence
from tests.cli.test_commands import held


@pytest.fixture
def talk(shell: Shell) -> str:
    shell.folder.mkdir()
    database = Database.open(shell.folder)
    with database.session() as session:
        mira = personas.add(session, PersonaFields("Mira"), spec="own", card="{}")
        made = conversations.create(session, mira, profiles.default(session), ["Hello."], title="The map")
        said = [(Role.USER, "Jonas", "The lantern hangs in the chapel."), (Role.ASSISTANT, "Mira", "Yes.")]
        messages.extend(session, made.id, [*said, *[(Role.USER, "Jonas", f"Rain {n}.") for n in range(9)]])
    database.close()
    return str(made.id)


def test_messages_come_back_beside_an_open_window(shell: Shell, talk: str, tmp_path: Path) -> None:
    recall = ("memory", "recall", "--conversation", talk, "--budget")
    file = tmp_path / "asked.jsonl"
    file.write_text('{"id": "a", "query": "lanterns?"}\n\n{"id": 2, "query": "xylophone"}\n', "utf-8")
    with held(shell.folder):
        lines = shell(*recall, "100", "--queries", str(file), "--json")
        shown = shell("memory", "show", "--conversation", talk, "--json").json
        one_sentence(shell("memory", "pin", "2"), "has the folder")
    assert lines.status == 0, lines.err
    answers = [json.loads(line) for line in lines.out.splitlines()]
    assert [each["id"] for each in answers] == ["a", 2] and answers[1]["messages"] == []
    assert shown["line_position"] == 1 and shown["evaluated_last_reply"] is None and shown["about"] is True
    assert {"context", "reserve", "segments", "conversation_id"} < set(shown)
    assert {each["kind"] for each in shown["segments"]} == {"persona", "profile", "turns"} - {"profile"}


def test_what_comes_back_has_the_promised_form(typed: Typed, talk: str, tmp_path: Path) -> None:
    recall = ("memory", "recall", "--conversation", talk, "--budget")
    ended = typed(*recall, "100", "--query", "Where was that lantern?", "--json")
    first = ended.json["messages"][0]
    assert set(first) == {"message_id", "position", "role", "name", "text", "tokens", "score"}
    assert (first["position"], first["role"], first["tokens"]) == (2, "user", 16)
    assert ended.json["tokens"] <= ended.json["budget"] == 100
    said = typed(*recall, "100", "--query", "lantern")
    assert said.out.startswith("2. Jonas  16 tokens") and "chapel" in said.out
    assert "No message" in typed(*recall, "5", "--query", "lantern").err
    file = tmp_path / "asked.jsonl"
    file.write_text('{"id": 1, "query": "x"}\n{"id": 1}\n', "utf-8")
    one_sentence(typed(*recall, "9", "--queries", str(file)), "Line 2 of", "“query”")
    one_sentence(typed(*recall, "9", "--queries", str(tmp_path / "none")), "There is no file")
    assert typed(*recall, "-1", "--query", "x").status == 2


def test_how_the_context_is_filled_is_told_in_words(typed: Typed, talk: str) -> None:
    typed("memory", "add", "--conversation", talk, "--who", "Mira", "Fears dogs.")
    shown = typed("memory", "show", "--conversation", talk).out
    assert "for the reply" in shown and "turns" in shown and "facts" in shown
    assert "Remembered from message 1 on." in shown


def test_a_memory_line_on_another_version_does_not_count(typed: Typed, talk: str) -> None:
    def begins() -> int:
        found: int = typed("memory", "show", "--conversation", talk, "--json").json["line_position"]
        return found

    database = Database.open(typed.folder)
    with database.session() as session:
        path = messages.path(session, int(talk))
        conversations.set_memory_line(session, int(talk), path[4].id)
    assert begins() == 5
    with database.session() as session:
        messages.sibling(session, path[1].id, "Something else.")
    database.close()
    assert begins() == 1


def test_what_is_remembered_is_added_changed_and_forgotten(typed: Typed, talk: str) -> None:
    listing = ("memory", "list", "--conversation", talk, "--json")
    assert typed(*listing[:-1]).err.startswith("Nothing is remembered")
    made = typed("memory", "add", "--conversation", talk, "--who", "Mira", "Fears dogs.", "--json").json
    assert (made["kind"], made["who"], made["position"], made["by_hand"]) == ("fact", "Mira", 0, True)
    said = typed("conversations", "show", talk, "--json").json["messages"][1]
    assert "is pinned" in typed("memory", "pin", str(said["message_id"])).out
    changed = typed("memory", "edit", str(made["id"]), "Loves dogs.", "--json").json
    assert [(each["kind"], each["text"], each["who"]) for each in typed(*listing).json] == [
        ("fact", "Loves dogs.", "Mira"),
        ("pin", said["text"], ""),
    ]
    assert "everywhere" in typed(*listing[:-1]).out
    assert typed("memory", "forget", str(changed["id"])).status == 0
    assert [(each["kind"], each["position"]) for each in typed(*listing).json] == [("pin", 2)]
    one_sentence(typed("memory", "forget", "99"), "nothing remembered with the number 99")
