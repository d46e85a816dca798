"""Knows what models of the real shapes take, and how fast they write, beside what was estimated."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from hermes_desktop.app import speeds
from hermes_desktop.bench import shaped_gguf
from hermes_desktop.containers import model_header
from hermes_desktop.fitting import memory
from hermes_desktop.hub import catalogue

SIZES = ("3b", "8b")
_MIXTURE = "Q4_K_M"
_CONTEXT = 8192
# llama.cpp clears the whole context when it makes it, so a prompt that fills one batch touches all there is.
_TEXT = "Tell me of the sea. " * 30
_EVERY = 0.1  # seconds between two looks
_TOKENS = 48  # that it writes, to tell its speed
# The shape spells its text byte by byte; a persona of few words leaves the conversation short, as estimated.
_PERSONA = {"name": "Bare", "description": "Brief.", "first_mes": "", "system_prompt": "Be brief."}


@dataclass(frozen=True, slots=True)
class Compared:
    """What was estimated and what was seen: bytes at the worst, or tokens a second."""

    estimated: float
    measured: float

    @property
    def percent_off(self) -> float:
        """Give how far the estimate was from the truth."""
        return abs(self.estimated / self.measured - 1) * 100


@dataclass(frozen=True, slots=True)
class Sized:
    """What a model was to take and how fast it was to write, and what came of it."""

    name: str
    memory: Compared
    speed: Compared


def measure(folder: Path) -> Iterator[Sized]:
    """Load a model of each shape with 8,192 tokens of context; let it read a batch, then write a little."""
    card = folder / "bare.json"
    card.write_text(json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": _PERSONA}), "utf-8")
    for size in SIZES:
        family = next(offer.family for offer in catalogue.offers() if offer.family.id == size)
        file = shaped_gguf.write(folder / f"{size}.gguf", family.shape, _MIXTURE)
        geometry = model_header.read_geometry(file)
        bytes_taken = memory.fit(geometry, _CONTEXT, ram=0).total_ram
        tokens_per_second = speeds.estimate(geometry, speeds.Measurement().run())
        data = folder / size
        _run(data, "personas", "import", str(card))
        peak, _ = _answered(data, file, _TEXT, 1)
        _, written = _answered(data, file, "Sea?", _TOKENS)
        file.unlink()
        name = f"{family.name} {_MIXTURE}"
        yield Sized(name, Compared(bytes_taken, peak), Compared(tokens_per_second, written))


def _answered(data: Path, file: Path, text: str, tokens: int) -> tuple[int, float]:
    """Give the most bytes that the engine child has had resident meanwhile, and its tokens a second."""
    limits = ("--context", str(_CONTEXT), "--kv", "f16", "--max-tokens", str(tokens))
    peak, out = _run(
        data, "chat", "--model", str(file), "--persona", "Bare", *limits, "--once", text, "--json"
    )
    return peak, float(json.loads(out)["tokens_per_second"])


def _run(data: Path, *arguments: str) -> tuple[int, bytes]:
    """Run a command; give the most bytes of its engine, and what it has printed."""
    command = [sys.executable, "-m", "hermes_desktop", *arguments, "--data-dir", str(data)]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        watched = psutil.Process(program.pid)
        while program.poll() is None:
            peak = max(peak, *map(_resident, _engines(watched)), 0)
            _wait(program)
        assert program.stdout is not None and program.stderr is not None
        if program.returncode:
            raise RuntimeError(program.stderr.read().decode("utf-8", "replace"))
        return peak, program.stdout.read()


def _wait(program: "subprocess.Popen[bytes]") -> None:
    try:
        program.wait(_EVERY)
    except subprocess.TimeoutExpired:
        return


def _engines(program: psutil.Process) -> list[psutil.Process]:
    try:
        return [child for child in program.children() if "--engine" in child.cmdline()]
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
