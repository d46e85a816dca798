"""Knows how long it takes to write a very long conversation for people to read, and what memory that takes."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from hermes_desktop import machine
from hermes_desktop.bench.stage import Stage, stage
from hermes_desktop.domain.conversation import Role
from hermes_desktop.storage import conversations, messages, personas, profiles
from hermes_desktop.storage.database import Database

MESSAGES = 100_000
PDF_MESSAGES = 10_000
_TEXT = (
    "*She turns page {n} of the log.* “The tide was **{n}** minutes late,” she says, “and nobody wrote down "
    "why. There are two ways to read that:\n1. the clock was wrong,\n2. or the keeper was.”\n\nShe waits."
)


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What exports of 100,000 messages took, each in a process of its own."""

    markdown_s: float
    html_s: float
    pdf_message_ms: float
    memory_mb: float  # of the largest of them
    longest_frame_ms: float  # of the window while a PDF is written
    cancel_ms: float  # of a PDF on the way


def transcribe(folder: Path) -> Transcribed:
    """Write one conversation as Markdown and HTML whole, as PDF in part; cancel a PDF in the window."""
    _fill(folder)
    markdown, html = _export(folder, "md", MESSAGES), _export(folder, "html", MESSAGES)
    pdf = _export(folder, "pdf", PDF_MESSAGES)
    with stage(folder) as opened:
        frame, cancelled = _cancel(opened, folder / "cancelled.pdf")
    return Transcribed(
        markdown[0], html[0], pdf[0] * 1000 / PDF_MESSAGES, max(markdown[1], html[1], pdf[1]), frame, cancelled
    )


def _fill(folder: Path) -> None:
    from hermes_desktop.bootstrap import build
    from hermes_desktop.paths import Folders

    program = build(Folders.of(folder))
    conversation = program.services.chat.start(program.services.personas.all()[0].id)
    said = (
        (Role.USER if number % 2 else Role.ASSISTANT, "Robert", _TEXT.replace("{n}", str(number)))
        for number in range(MESSAGES - 1)
    )
    program.store.write(messages.extend, conversation.id, said)
    program.close()


