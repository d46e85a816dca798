"""Knows how a database is examined for damage, also for the kind that SQLite does not notice."""

from dataclasses import dataclass

from sqlmodel import Session, select

from hermes_desktop.storage import soundness
from hermes_desktop.storage.tables import Message
from hermes_desktop.storage.text import checksum


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What an examination found."""

    structure: str  # "ok", or what SQLite says
    broken_references: int
    changed_messages: tuple[int, ...]  # ids whose text is not what was written
    messages: int

    @property
    def sound(self) -> bool:
        """Say whether nothing is wrong."""
        return self.structure == soundness.OK and not self.broken_references and not self.changed_messages


def check(session: Session) -> CheckReport:
    """Examine the whole file: pages, references, and the checksum of every message."""
    connection = session.connection()
    structure = soundness.examined(
        lambda words: connection.exec_driver_sql(words).scalars().all(), soundness.WHOLE
    )
    broken = len(connection.exec_driver_sql("pragma foreign_key_check").fetchall())
    changed, messages = [], 0
    for message_id, text, expected in session.exec(select(Message.id, Message.text, Message.checksum)):
        messages += 1
        if checksum(text) != expected and message_id is not None:
            changed.append(message_id)
    return CheckReport(structure, broken, tuple(changed), messages)
