"""Knows `hermes-desktop memory list`, `pin`, `forget`, `add` and `edit`: how they are printed."""

import argparse
from typing import Any

from hermes_desktop.app.services import Services
from hermes_desktop.cli.output import Output, iso
from hermes_desktop.domain.memory import Memory, MemoryKind

WRITING = frozenset({"pin", "forget", "add", "edit"})


def run(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Do one action; give the exit status."""
    kept = services.memories
    if arguments.action == "list":
        return _list(services, output, arguments)
    if arguments.action == "forget":
        return _tell(services, output, kept.forget(arguments.id)[0], "is forgotten")
    if arguments.action == "pin":
        return _tell(services, output, kept.pin(arguments.message), "is pinned")
    if arguments.action == "edit":
        return _tell(services, output, kept.rewrite(arguments.id, arguments.text), "is remembered")
    conversation = services.conversations.find(arguments.conversation)
    made = kept.add_fact(conversation.id, arguments.text, arguments.who)
    return _tell(services, output, made, "is remembered")


def _list(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    conversation = services.conversations.find(arguments.conversation)
    found = services.memories.of(conversation.id)
    if output.as_json:
        output.document([_described(services, one) for one in found])
        return 0
    output.table([_row(services, one) for one in found])
    if not found:
        output.words("Nothing is remembered beside the messages.")
    return 0


def _tell(services: Services, output: Output, memory: Memory, became: str) -> int:
    if output.as_json:
        output.document(_described(services, memory))
    else:
        output.line(f"Number {memory.id} {became}.")
    return 0


def _row(services: Services, memory: Memory) -> tuple[str, ...]:
    described = _described(services, memory)
    text = " ".join(described["text"].split())
    where = f"message {described['position']}" if described["position"] else "everywhere"
    return (str(memory.id), memory.kind.value, where, memory.who, text[:100])


def _described(services: Services, memory: Memory) -> dict[str, Any]:
    text, ((first, last),) = memory.text, services.memories.turns_of(memory)
    if memory.kind is MemoryKind.PIN:
        text = services.conversations.reply(memory.message_id)[0].text
    return {
        "id": memory.id,
        "kind": memory.kind.value,
        "message_id": memory.message_id,
        "first_position": first,
        "position": last,
        "who": memory.who,
        "text": text,
        "by_hand": memory.by_hand,
        "created_at": iso(memory.created_at),
    }
