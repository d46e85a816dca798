"""Knows `hermes-desktop memory show` and `recall`: how they are printed; the service finds."""

import argparse
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hermes_desktop.app.recall import turn_tokens
from hermes_desktop.app.services import Services
from hermes_desktop.cli import memories
from hermes_desktop.cli.output import Output
from hermes_desktop.containers import json_guard
from hermes_desktop.containers.json_guard import BadJsonError
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.recall import Recalled
from hermes_desktop.fitting.memory import USUAL_CONTEXT

WRITING = memories.WRITING
_BYTES = 16_000_000  # of a file of queries
_LINE = 200_000  # bytes of a line
_LINES = 20_000


@dataclass(frozen=True, slots=True)
class _Query:
    id: str | int
    text: str


def run(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Do one action of `memory`; give the exit status."""
    if arguments.action == "show":
        return _show(services, output, arguments)
    if arguments.action == "recall":
        return _recall(services, output, arguments)
    return memories.run(services, output, arguments)


def _recall(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    conversation_id = services.conversations.find(arguments.conversation).id
    budget = arguments.budget
    if arguments.queries is not None:
        for query in _queries(arguments.queries):
            found = services.recall.recall(conversation_id, query.text, budget)
            output.document_line({"id": query.id} | _document(conversation_id, budget, found))
        return 0
    found = services.recall.recall(conversation_id, arguments.query, budget)
    if output.as_json:
        output.document(_document(conversation_id, budget, found))
        return 0
    for number, one in enumerate(found):
        message = one.message
        head = f"{message.position}. {message.name or message.role.value}"
        output.line("\n" * (number > 0) + f"{head}  {turn_tokens(message)} tokens, {one.score:.1f}")
        output.line(message.text)
    if not found:
        output.words("No message has to do with that, or none fits.")
    return 0


def _document(conversation_id: int, budget: int, found: list[Recalled]) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "budget": budget,
        "tokens": sum(turn_tokens(one.message) for one in found),
        "messages": [_described(one) for one in found],
    }


def _described(one: Recalled) -> dict[str, Any]:
    message = one.message
    return {
        "message_id": message.id,
        "position": message.position,
        "role": message.role.value,
        "name": message.name,
        "text": message.text,
        "tokens": turn_tokens(message),
        "score": round(one.score, 3),
    }


def _queries(file: Path) -> list[_Query]:
    """Read all of them before the first is answered, so that a bad line prints nothing else."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_BYTES + 1)
    except FileNotFoundError as error:
        raise KnownError(ErrorKind.FILE_MISSING, path=str(file)) from error
    except OSError as error:
        reason = error.strerror or "unknown"
        raise KnownError(ErrorKind.FILE_UNREADABLE, path=str(file), reason=reason) from error
    if len(data) > _BYTES:
        raise KnownError(ErrorKind.FILE_TOO_LARGE, path=str(file), limit=_BYTES)
    return list(_read(file, data))


def _read(file: Path, data: bytes) -> Iterator[_Query]:
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if number > _LINES and line.strip():
            raise _bad(file, number, f"a file has at most {_LINES:,} lines")
        if not line.strip():
            continue
        try:
            value = json_guard.read(line, _LINE)
        except BadJsonError as error:
            raise _bad(file, number, str(error).removesuffix(" in line 1")) from error
        if not isinstance(value, dict) or not isinstance(value.get("query"), str):
            raise _bad(file, number, "it has no “query”")
        known = value.get("id")
        if not isinstance(known, str | int) or isinstance(known, bool):
            raise _bad(file, number, "it has no “id”")
        yield _Query(known, value["query"])


def _bad(file: Path, line: int, reason: str) -> KnownError:
    return KnownError(ErrorKind.QUERIES_LINE, path=str(file), line=line, reason=reason)


def _show(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Estimate how the next prompt fills the context; what a model counted comes with the last reply."""
    conversation = services.conversations.find(arguments.conversation)
    record = services.recall.last_record(conversation.id)
    known = record.context if record is not None else services.preferences.value.load.context
    context = known or USUAL_CONTEXT
    wanted = services.preferences.sampling_of(conversation.preset).max_tokens
    budget = services.recall.estimated(conversation, context, min(wanted, context // 4))
    document = {
        "conversation_id": conversation.id,
        "context": context,
        "reserve": budget.reserve,
        "line_position": services.recall.line_position(conversation),
        "segments": [dataclasses.asdict(each) for each in budget.segments],
        "evaluated_last_reply": record.evaluated_tokens if record is not None else None,
        "about": True,
        "left_out": budget.memories_left_out,
    }
    if output.as_json:
        output.document(document)
        return 0
    output.line(f"Context: {context:,} tokens, {budget.reserve:,} of them for the reply")
    output.table([(each.kind.value, f"about {each.tokens:,} tokens") for each in budget.segments])
    if budget.memories_left_out:
        output.line(f"Without room: {budget.memories_left_out} of what is remembered")
    line = document["line_position"]
    output.line(f"Remembered from message {line} on." if line is not None else "No message yet.")
    if record is not None:
        output.line(f"For the last reply {record.evaluated_tokens:,} tokens were read anew.")
    return 0
