"""Knows how smoothly a long reply streams, what memory that takes, and how soon a reply is on the screen."""

import json
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bench.stage import Stage, longest_gap_ms, stage
from hermes_desktop.bootstrap import ENGINE
from hermes_desktop.domain.conversation import Message, Role

_TOKENS = 4_000
_TOKENS_A_SECOND = 200
_SENDINGS = 9
_REST_SECONDS = 0.3
_PARAGRAPH = "*She turns the key over.* “It opened it **once**. Nobody has climbed those stairs since.”\n\n"


@dataclass(frozen=True, slots=True)
class Streamed:
    """What streaming a long reply cost."""

    longest_frame_ms: float  # the longest time for which the window could not react
    memory_mb: float  # resident, of the window's process


def stream(folder: Path) -> Streamed:
    """Stream 4,000 tokens at 200 a second in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "hermes_desktop.bench.speaking", str(folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    return Streamed(**json.loads(ended.stdout.splitlines()[-1]))


def first_token_overhead_ms(folder: Path, model: Path | None) -> float:
    """Send several messages; give the median time to the first words less what the engine itself took.

    Without a model of one's own, llama.cpp runs a tiny one.
    """
    with stage(folder, ENGINE) as opened:
        _load(
            opened, model or tiny_gguf.write(folder / "tiny.gguf", context=8192, says=["Aye", ", so it is."])
        )
        chat = opened.program.services.chat
        chat.start(opened.program.services.personas.all()[0].id)
        return statistics.median(_overhead_ms(opened, number) for number in range(_SENDINGS))


def _overhead_ms(opened: Stage, number: int) -> float:
    chat = opened.program.services.chat
    shown: list[float] = []

    def on_added(message: Message) -> None:
        if message.role is Role.ASSISTANT:
            opened.window.repaint()
            shown.append(time.perf_counter())

    chat.message_added.connect(on_added)
    began = time.perf_counter()
    chat.send(f"Tell me about page {number} of the log.")
    opened.run_until(lambda: bool(shown))
    opened.run_until(lambda: not chat.busy)
    chat.message_added.disconnect(on_added)
    rested = time.perf_counter() + _REST_SECONDS  # what follows a reply is over when a person sends again
    opened.run_until(lambda: time.perf_counter() > rested)
    assert chat.statistics is not None
    return (shown[0] - began) * 1000 - chat.statistics.first_token_ms


def _stream_here(folder: Path) -> Streamed:
    words = [word + " " for word in _PARAGRAPH.split(" ")]
    pieces = [words[number % len(words)] for number in range(_TOKENS)]
    engine = _scripted(folder, {"pieces": pieces, "delay": 1 / _TOKENS_A_SECOND})
    with stage(folder, engine) as opened:
        _load(opened, tiny_gguf.write(folder / "tiny.gguf", context=8192))
        chat = opened.program.services.chat
        chat.start(opened.program.services.personas.all()[0].id)
        chat.send("Tell me everything.")
        opened.run_until(lambda: chat.budget is not None and chat.busy)
        longest = longest_gap_ms(opened, lambda: not chat.busy)
        memory = psutil.Process().memory_info().rss / 1e6
    return Streamed(longest, memory)


def _scripted(folder: Path, reply: dict[str, object]) -> tuple[str, ...]:
    script = folder / "script.json"
    script.write_text(json.dumps({"replies": [reply]}), "utf-8")
    return ("--engine", "scripted", "--script", str(script))


def _load(opened: Stage, model: Path) -> None:
    models = opened.program.services.models
    models.load(models.add(model).id)
    opened.run_until(lambda: models.loaded is not None)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_stream_here(Path(sys.argv[1])))) + "\n")
