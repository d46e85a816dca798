"""Knows `conversations export` for formats that people read: options to a wish, progress, where it goes."""

import argparse
import dataclasses
import os
import shutil
import sys
import tempfile
from pathlib import Path

from hermes_desktop.app import transcript_words
from hermes_desktop.app.services import Services
from hermes_desktop.app.telling import Wish
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.transcript import CHOSEN_PARTS, Choices, Format


def export(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Write a conversation and say where it is; Ctrl+C leaves no file."""
    try:
        return _export(services, output, arguments)
    except KeyboardInterrupt:
        output.status("")
        output.words("The export was cancelled; no file was left.")
        return 1


def _export(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    conversation = services.conversations.find(arguments.id)
    choices = _chosen(services.transcripts.preset(arguments.preset).choices, arguments)
    wish = Wish(conversation.id, Format(arguments.format), choices, arguments.messages)

    def seen(done: int, total: int) -> None:
        output.status(f"{done:,} of {total:,} messages")

    if output.takes_file(arguments.output):
        with tempfile.TemporaryFile() as whole:  # a PDF needs a file that one can go back in
            services.transcripts.write_to(wish, whole, seen)
            whole.seek(0)
            shutil.copyfileobj(whole, sys.stdout.buffer)
        sys.stdout.flush()
        output.status("")
        return 0
    file = Path(arguments.output) if arguments.output else free(services.transcripts.name_of(wish))
    told = services.transcripts.write_file(wish, file, seen)
    output.status("")
    name = os.fsencode(file).decode("utf-8", "replace")
    if output.as_json:
        output.document(
            {
                "conversation_id": conversation.id,
                "format": arguments.format,
                "file": name,
                "reveals": [dataclasses.asdict(reveal) for reveal in told],
            }
        )
        return 0
    output.line(name)
    for reveal in told:
        output.words(f"It tells: {transcript_words.reveal_words(reveal)}")
    return 0


def _chosen(choices: Choices, arguments: argparse.Namespace) -> Choices:
    """Change what the preset says by the options."""
    changes: dict[str, bool | str] = {}
    for part in CHOSEN_PARTS:
        if part in arguments.with_parts or part in arguments.without_parts:
            changes[part] = part in arguments.with_parts
    if arguments.my_name is not None:
        changes["my_name"] = arguments.my_name
    if arguments.persona_name is not None:
        changes["persona_name"] = arguments.persona_name
    return dataclasses.replace(choices, **changes)  # type: ignore[arg-type]  # by name


def free(name: str) -> Path:
    """Give a path in this folder that is not taken."""
    wanted = Path(name)
    path, number = wanted, 1
    while os.path.lexists(path):
        number += 1
        path = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
    return path
