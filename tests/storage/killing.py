"""Writes in a child process that is killed again and again, and looks what became of what it acknowledged.

Run as a program: `python -m tests.storage.killing FOLDER CYCLES honest|hasty`; prints one line of JSON. The
hasty writer acknowledges before the disk has the words: it shows that the examination finds a loss.
"""

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hermes_desktop.domain.conversation import MessageState, Role
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.storage import check, conversations, messages, personas, profiles
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.storage.writer import Writer

_MOST = 10  # acknowledgements before the kill


@dataclass
class Findings:
    """What the examinations found over all cycles."""

    cycles: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    shortened: list[str] = field(default_factory=list)  # a reply that is shorter than was acknowledged
    damaged: int = 0


def main(folder: Path, cycles: int, *, hasty: bool) -> Findings:
    """Run the cycles on one database."""
    chance = random.Random(20261123)
    conversation = _prepare(folder)
    findings = Findings()
    for cycle in range(cycles):
        said = _cycle(folder, conversation, cycle, chance.randint(1, _MOST), hasty=hasty)
        _examine(folder, conversation, said, findings)
        findings.cycles += 1
    return findings


def _prepare(folder: Path) -> int:
    database = Database.open(folder)
    with database.session() as session:
        persona = personas.add(session, PersonaFields("Mira"), spec="own", card="{}")
        made = conversations.create(session, persona, profiles.default(session), ["Hello."])
    database.close()
    return made.id


def _cycle(folder: Path, conversation: int, cycle: int, count: int, *, hasty: bool) -> list[str]:
    """Let a child write, kill it after some acknowledgements, and give what it acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _write_until_killed(folder, conversation, cycle, writing, hasty=hasty)
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as lines:
        said = [line.strip() for _, line in zip(range(count), lines, strict=False)]
        os.kill(child, signal.SIGKILL)
        said += [line.strip() for line in lines if line.endswith("\n")]
    os.waitpid(child, 0)
    return said


def _write_until_killed(folder: Path, conversation: int, cycle: int, pipe: int, *, hasty: bool) -> None:
    writer = Writer(Database.open(folder))

    def put(work: Callable[[Session], object], word: str) -> object:
        future = writer.submit(work)
        result = None if hasty else future.result()
        os.write(pipe, f"{word}\n".encode())
        return result

    number = 0
    while True:
        text = f"{cycle}.{number}"
        put(lambda s, t=text: messages.append(s, conversation, Role.USER, "J", t), text)
        if not hasty:
            _reply(writer, conversation, cycle, number, put)
        number += 1


def _reply(
    writer: Writer,
    conversation: int,
    cycle: int,
    number: int,
    put: Callable[[Callable[[Session], object], str], object],
) -> None:
    running = MessageState.RUNNING
    name = f"{cycle}.{number}:"
    reply = writer.submit(
        lambda s: messages.append(s, conversation, Role.ASSISTANT, "M", name, state=running)
    ).result()
    for length in range(1, 4):
        put(lambda s, n=length: messages.checkpoint(s, reply.id, name + "x" * n), name + "x" * length)


def _examine(folder: Path, conversation: int, said: list[str], findings: Findings) -> None:
    database = Database.open(folder)
    with database.session() as session:
        report = check.check(session)
        written = [message.text for message in messages.path(session, conversation)]
        messages.mark_interrupted(session)
    database.close()
    findings.damaged += not report.sound
    findings.acknowledged += len(said)
    for word in said:
        _, _, grown = word.partition(":")
        if not grown:
            findings.lost += [word] if word not in written else []
        elif not any(text.startswith(word) for text in written):
            findings.shortened.append(word)
    lines = [text for text in written if ":" not in text][1:]
    if lines != sorted(lines, key=lambda text: [int(part) for part in text.split(".")]):
        findings.damaged += 1


if __name__ == "__main__":
    found = main(Path(sys.argv[1]), int(sys.argv[2]), hasty=sys.argv[3] == "hasty")
    sys.stdout.write(json.dumps(asdict(found)) + "\n")
