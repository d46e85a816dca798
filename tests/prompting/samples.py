"""Messages, personas and turns that the tests of prompting are built from."""

from hermes_desktop.domain.conversation import Message, MessageState, Role
from hermes_desktop.domain.memory import Memory, MemoryKind
from hermes_desktop.domain.persona import PersonaFields, Profile
from hermes_desktop.prompting.macros import Names

NAMES = Names(char="Mira", user="Sam")
PROFILE = Profile(id=1, version_id=1, name="Sam", description="Sam mends clocks.")
MIRA = PersonaFields(
    name="Mirabel Ashdown",
    nickname="Mira",
    description="{{char}} keeps the lighthouse.",
    personality="Dry, patient.",
    scenario="{{user}} has come in from the rain.",
)


def message(id_: int, role: Role, text: str, name: str = "") -> Message:
    """Make a stored message; the speaker's name follows from the role where none is given."""
    return Message(
        id=id_,
        conversation_id=1,
        parent_id=id_ - 1,
        depth=id_,
        position=id_,
        role=role,
        name=name or ("Sam" if role is Role.USER else "Mira"),
        text=text,
        state=MessageState.COMPLETE,
        created_at=0,
        version=1,
        versions=1,
    )


def talk(*texts: str) -> list[Message]:
    """Make a conversation in which Mira greets first and the two take turns."""
    return [
        message(number, Role.USER if number % 2 == 0 else Role.ASSISTANT, text)
        for number, text in enumerate(texts, 1)
    ]


def memory(id_: int, first: int, last: int, text: str, who: str = "") -> Memory:
    """Make a summary of messages, or a fact where it is about somebody."""
    kind = MemoryKind.FACT if who else MemoryKind.SUMMARY
    return Memory(id_, kind, last, last, first, created_at=0, text=text, who=who)
