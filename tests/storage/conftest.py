"""A fresh database and the people of a conversation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hermes_desktop.domain.conversation import Conversation, Role
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.storage import conversations, messages, personas, profiles
from hermes_desktop.storage.database import Database, Session


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session() as opened:
        yield opened


def begin(session: Session, *greetings: str, name: str = "Mira", title: str = "") -> Conversation:
    fields = PersonaFields(name, greeting="Hello.")
    persona = personas.add(session, fields, spec="own", card="{}")
    return conversations.create(session, persona, profiles.default(session), greetings, title=title)


def say(session: Session, conversation: Conversation, *texts: str) -> list[int]:
    roles = (Role.USER, Role.ASSISTANT)
    return [
        messages.append(session, conversation.id, roles[number % 2], "Jonas", text).id
        for number, text in enumerate(texts)
    ]


def texts(session: Session, conversation: Conversation) -> list[str]:
    return [message.text for message in messages.path(session, conversation.id)]
