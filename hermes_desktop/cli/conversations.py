"""Knows `hermes-desktop conversations`: how conversations are printed; the service does the work."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hermes_desktop.app import saving
from hermes_desktop.app.chats import Brought, ChatReport
from hermes_desktop.app.matching import made_in
from hermes_desktop.app.services import Services
from hermes_desktop.cli import transcripts
from hermes_desktop.cli.hits import search
from hermes_desktop.cli.output import Output, iso
from hermes_desktop.domain.conversation import Message

WRITING = frozenset({"delete", "restore", "import", "match"})
_NAMED = 20  # numbers of conversations in a line of advice
_Export = Callable[[Services, Output, argparse.Namespace], int]


def run(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Do one action of `conversations`; give the exit status."""
    if arguments.action == "list":
        return _list(services, output)
    if arguments.action == "export":
        return EXPORTS[arguments.format](services, output, arguments)
    if arguments.action == "import":
        return _import(services, output, arguments)
    if arguments.action == "match":
        return _match(services, output, arguments)
    if arguments.action == "search":
        return search(services, output, arguments)
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


def _export(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    conversation = services.conversations.find(arguments.id)
    if output.takes_file(arguments.output):
        services.conversations.export(conversation.id, arguments.format, sys.stdout.buffer)
        sys.stdout.flush()
        return 0
    name = saving.file_name(conversation.title, arguments.format, f"conversation {conversation.id}")
    file = Path(arguments.output) if arguments.output else transcripts.free(name)
    services.conversations.export_to(conversation.id, arguments.format, file)
    if output.as_json:
        output.document({"file": str(file), "conversation_id": conversation.id, "format": arguments.format})
    else:
        output.line(f"{conversation.title or conversation.id} was written to {file}.")
    return 0


def _import(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    persona_id = services.personas.find(arguments.persona).id if arguments.persona else 0
    reports = services.chats.run_for(arguments.files, persona_id)
    status = output.reports(reports, _reported, partial(_say, output))
    for made in made_in(reports):
        numbers = [*map(str, made.conversation_ids[:_NAMED]), *["…"] * (len(made.conversation_ids) > _NAMED)]
        command = f"conversations match {' '.join(numbers)} --persona NAME --put-away"
        output.words(f"“{command}” matches {made.name} with a persona of yours.")
    return status


def _match(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    persona = services.personas.find(arguments.persona)
    found = [services.conversations.find(name) for name in arguments.ids]
    theirs: dict[int, list[int]] = {}
    for each in found:
        theirs.setdefault(each.persona_id if arguments.put_away else 0, []).append(each.id)
    moved = sum(services.matching.match(ids, persona.id, before) for before, ids in theirs.items())
    if output.as_json:
        numbers = list(dict.fromkeys(each.id for each in found))
        output.document(
            {"persona_id": persona.id, "persona": persona.name, "conversation_ids": numbers, "matched": moved}
        )
    elif moved:
        output.line(f"{persona.name} goes on with them now ({moved}).")
    else:
        output.line(f"{persona.name} speaks there already; nothing was changed.")
    return 0


def _say(output: Output, report: ChatReport) -> None:
    if report.persona_id:
        output.line(f"{report.name} (persona {report.persona_id}) from {report.file}")
    if report.lorebook_id:
        output.line(f"{report.name} (lorebook {report.lorebook_id}) from {report.file}")
    if report.profile_ids:
        numbers = ", ".join(map(str, report.profile_ids))
        output.line(f"{report.name} (profiles {numbers}) from {report.file}")
    for each in report.conversations:
        title = each.title or "untitled"
        where = f"conversation {each.conversation_id}, {each.messages} messages, {report.format}"
        output.line(f"{title} ({where}) from {report.file}")
        for words in each.notes:
            output.line(f"  {words}")
    for words in report.notes:
        output.line(f"  {words}")


def _reported(report: ChatReport) -> dict[str, Any]:
    first = report.conversations[0] if report.conversations else None
    return {
        "file": report.file,
        "ok": report.ok,
        "conversation_id": first.conversation_id if first else None,
        "title": first.title if first else None,
        "format": report.format or None,
        "messages": report.messages,
        "conversations": [_brought(each) for each in report.conversations],
        "persona_id": report.persona_id or None,
        "lorebook_id": report.lorebook_id or None,
        "profile_ids": list(report.profile_ids),
        "notes": list(report.notes),
        "duplicate": report.duplicate,
        "error": report.error or None,
    }


def _brought(each: Brought) -> dict[str, Any]:
    return {
        "conversation_id": each.conversation_id,
        "title": each.title,
        "messages": each.messages,
        "duplicate": each.duplicate,
        "persona_id": each.persona_id,
        "persona": each.persona,
        "persona_made": each.persona_made,
        "persona_shared": each.persona_shared,
        "notes": list(each.notes),
    }


# Who writes which format of `conversations export`.
EXPORTS: dict[str, _Export] = {
    **dict.fromkeys(("json", "jsonl"), _export),
    **dict.fromkeys(("md", "html", "txt", "pdf"), transcripts.export),
}
