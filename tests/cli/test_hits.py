"""Searching what was said, through the real command."""

import pytest

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.storage import conversations, messages, personas, profiles
from hermes_desktop.storage.database import Database
from tests.cli.shell import Shell, one_sentence
from tests.cli.test_commands import held


@pytest.fixture
def talk(shell: Shell) -> int:
    shell.folder.mkdir()
    database = Database.open(shell.folder)
    with database.session() as session:
        mira = personas.add(session, PersonaFields("Mira"), spec="own", card="{}")
        made = conversations.create(session, mira, profiles.default(session), ["Hello."], title="The map")
        said = [(Role.USER, "Jonas", "Where is the café?"), (Role.ASSISTANT, "Mira", "By the lamps.\x1b[31m")]
        messages.extend(session, made.id, said)
        messages.sibling(session, messages.path(session, made.id)[-1].id, "Behind the lamp, *low* lamp.")
    database.close()
    return made.id


def test_messages_are_found_beside_an_open_window(shell: Shell, talk: int) -> None:
    with held(shell.folder):
        ended = shell("conversations", "search", "lamp", "--json")
    assert ended.status == 0, ended.err
    (best, other) = ended.json
    assert set(best) == {"conversation_id", "message_id", "role", "created_at", "snippet", "rank"}
    assert best["conversation_id"] == talk and best["role"] == "assistant" and best["rank"] == 1
    assert best["snippet"] == "Behind the lamp, *low* lamp." and other["rank"] == 2
    assert best["created_at"].endswith("+00:00") and other["snippet"].startswith("By the lamps.")
    assert len(shell("conversations", "search", "lamp", "--limit", "1", "--json").json) == 1
    shown = shell("conversations", "show", str(talk), "--json").json
    assert best["message_id"] == shown["messages"][-1]["message_id"]


def test_what_is_found_is_shown_with_marks(shell: Shell, talk: int) -> None:
    ended = shell("conversations", "search", "lamp")
    first, second = ended.out.split("\n\n")
    assert first.startswith(f"Mira — The map (conversation {talk})\nMira, ")
    assert first.endswith("  Behind the [lamp], *low* [lamp].")
    assert "in another version)" in second and "[lamp]s" in second and "\x1b" not in ended.out
    assert "[café]" in shell("conversations", "search", "CAFE").out


def test_nothing_found_and_nothing_asked(shell: Shell, talk: int) -> None:
    assert talk
    none = shell("conversations", "search", "ledger")
    assert (none.status, none.out) == (0, "") and "No message" in none.err
    assert shell("conversations", "search", 'NEAR( OR "', "--json").json == []
    one_sentence(shell("conversations", "search", '"'), "nothing to look for", "quotes")
    assert shell("conversations", "search", "lamp", "--limit", "0").status == 2
    assert "accents" in shell("conversations", "search", "--help").out
