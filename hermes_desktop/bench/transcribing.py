"""Knows how long it takes to write a very long conversation for people to read, in what memory."""

import contextlib
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from hermes_desktop.app.telling import Wish
from hermes_desktop.bench.stage import Stage, longest_gap_ms, stage
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.transcript import Choices, Format
from hermes_desktop.storage import messages

MESSAGES = 100_000
PDF_MESSAGES = 5_000
_POLL_SECONDS = 0.02
_ENOUGH = 3_000  # messages in the PDF before it is cancelled
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
    longest_frame_ms: float  # of the window while a PDF is written, and until it has stopped
    cancel_ms: float  # of a PDF on the way


def transcribe(folder: Path) -> Transcribed:
    """Write one conversation as Markdown and HTML whole, as PDF in part; cancel a PDF in the window."""
    with stage(folder) as opened:
        _fill(opened)
    markdown, html = _export(folder, "md", MESSAGES), _export(folder, "html", MESSAGES)
    pdf = _export(folder, "pdf", PDF_MESSAGES)
    with stage(folder) as opened:
        frame, cancelled = _cancel(opened, folder / "cancelled.pdf")
    return Transcribed(
        markdown_s=markdown[0],
        html_s=html[0],
        pdf_message_ms=pdf[0] * 1000 / PDF_MESSAGES,
        memory_mb=max(markdown[1], html[1], pdf[1]),
        longest_frame_ms=frame,
        cancel_ms=cancelled,
    )


def _fill(opened: Stage) -> None:
    services = opened.program.services
    conversation = services.chat.start(services.personas.all()[0].id)
    said = (
        (Role.USER if number % 2 else Role.ASSISTANT, "Robert", _TEXT.replace("{n}", str(number)))
        for number in range(MESSAGES - 1)
    )
    opened.program.store.write(messages.extend, conversation.id, said)


def _export(folder: Path, form: str, count: int) -> tuple[float, float]:
    """Run the command; give its seconds and its memory in MB."""
    file = folder / f"out.{form}"
    words = ("conversations", "export", "1", "--format", form, "-o", str(file), "--messages", f"1-{count}")
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "hermes_desktop", "--data-dir", str(folder), *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    largest = 0
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            largest = max(largest, psutil.Process(process.pid).memory_info().rss)
        time.sleep(_POLL_SECONDS)
    if process.returncode or file.stat().st_size < count * 100:
        raise RuntimeError(f"the export to {form} has failed")
    return time.perf_counter() - began, largest / 1e6


def _cancel(opened: Stage, file: Path) -> tuple[float, float]:
    """Begin a PDF of all of it and cancel it on the way."""
    transcripts = opened.program.services.transcripts
    ends: list[float] = []
    began: list[float] = []

    def on_progressed(done: int, _total: int) -> None:
        if done >= _ENOUGH and not began:
            began.append(time.perf_counter())
            transcripts.cancel()

    transcripts.progressed.connect(on_progressed)
    transcripts.ended.connect(lambda *_: ends.append(time.perf_counter()))
    transcripts.save(Wish(1, Format.PDF, Choices()), file)
    frame = longest_gap_ms(opened, lambda: bool(ends))
    if file.exists():
        raise RuntimeError("a cancelled export has left a file")
    return frame, (ends[0] - began[0]) * 1000
