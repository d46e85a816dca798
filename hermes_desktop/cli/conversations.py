"""Knows `hermes-desktop conversations`: how conversations are printed; the service does the work."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hermes_desktop.app.services import Services
from hermes_desktop.cli import transcripts
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.conversation import Message

WRITING = frozenset({"delete", "restore"})
_Export = Callable[[Services, Output, argparse.Namespace], int]
# Who writes which format of `conversations export`.
EXPORTS: dict[str, _Export] = dict.fromkeys(("md", "html", "txt", "pdf"), transcripts.export)


def run(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Do one action of `conversations`; give the exit status."""
    if arguments.action == "list":
        return _list(services, output)
    if arguments.action == "export":
        return EXPORTS[arguments.format](services, output, arguments)
    if arguments.action in WRITING:
        return _change(services, output, arguments)
    return _show(services, output, arguments.id)


def _list(services: Services, output: Output) -> int:
    summaries = services.conversations.summaries()
    if output.as_json:
        output.document(
            [
                {
                    "conversation_id": item.id,
                    "title": item.title,
                    "persona": item.persona_name,
                    "messages": item.messages,
                    "updated_at": iso(item.updated_at),
                }
                for item in summaries
            ]
        )
        return 0
    output.table(
        [
            (str(item.id), item.persona_name, item.title, f"{item.messages} messages", iso(item.updated_at))
            for item in summaries
        ]
    )
    return 0


def _change(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Delete or restore, and say what became of it."""
    conversations = services.conversations
    if arguments.action == "delete":
        found = conversations.find(arguments.id)
        conversations.delete(found.id)
        said = f"Conversation {found.id} was deleted; “conversations restore {found.id}” takes it back."
    else:
        found = conversations.find_deleted(arguments.id)
        conversations.restore(found.id)
        said = f"Conversation {found.id} is back."
    if output.as_json:
        deleted = arguments.action == "delete"
        output.document({"conversation_id": found.id, "title": found.title, "deleted": deleted})
    else:
        output.line(said)
    return 0


def _show(services: Services, output: Output, name: str) -> int:
    conversation = services.conversations.find(name)
    messages = services.conversations.path(conversation.id)
    persona = services.personas.get_version(conversation.persona_version_id)
    if output.as_json:
        output.document(
            {
                "conversation_id": conversation.id,
                "title": conversation.title,
                "persona": persona.name,
                "messages": [_shown(message) for message in messages],
            }
        )
        return 0
    output.line(f"{conversation.title or persona.name} (conversation {conversation.id})")
    for message in messages:
        versions = f" ‹{message.version}/{message.versions}›" if message.versions > 1 else ""
        output.line(f"\n{message.position}. {message.name}{versions}\n{message.text}")
    return 0


def _shown(message: Message) -> dict[str, Any]:
    return {
        "message_id": message.id,
        "position": message.position,
        "role": message.role.value,
        "name": message.name,
        "text": message.text,
        "created_at": iso(message.created_at),
        "versions": message.versions,
        "version": message.version,
    }


def iso(milliseconds: int) -> str:
    """Write a time as ISO 8601 in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
