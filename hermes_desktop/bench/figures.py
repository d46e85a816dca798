"""Knows the promised figures and how they are judged and printed; the measuring is in its neighbours."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hermes_desktop.bench import reading, speaking, starting
from hermes_desktop.cli.output import Output


@dataclass(frozen=True, slots=True)
class Figure:
    """A promise and what was measured; it holds when the measure is at most the bound."""

    name: str
    measured: float
    bound: float
    unit: str

    @property
    def holds(self) -> bool:
        """Say whether the promise was kept."""
        return self.measured <= self.bound


def run(arguments: argparse.Namespace, output: Output) -> int:
    """Measure everything in fresh folders and print it; give 1 where a promise was missed."""
    figures: list[Figure] = []
    for measure in _measures(arguments.model):
        with TemporaryDirectory(prefix="hermes-bench-") as folder:
            figures += measure(Path(folder))
        output.status("")
    if output.as_json:
        output.document(
            [
                {"name": f.name, "measured": f.measured, "bound": f.bound, "unit": f.unit, "holds": f.holds}
                for f in figures
            ]
        )
    else:
        output.table([_row(figure) for figure in figures])
    return 0 if all(figure.holds for figure in figures) else 1


def _row(figure: Figure) -> tuple[str, str, str, str]:
    return (
        "ok  " if figure.holds else "MISS",
        figure.name,
        f"{figure.measured:,.1f} {figure.unit}",
        f"at most {figure.bound:,.0f} {figure.unit}",
    )


def _measures(model: Path | None) -> list[Callable[[Path], list[Figure]]]:
    def start(folder: Path) -> list[Figure]:
        return [Figure("window usable after the start, no model", starting.usable_ms(folder), 1500, "ms")]

    def read(folder: Path) -> list[Figure]:
        return [
            Figure("opening a conversation of 2,000 messages", reading.opening_ms(folder), 300, "ms"),
            Figure("a hostile message of 64 kB", reading.hostile_ms(), 100, "ms"),
        ]

    def speak(folder: Path) -> list[Figure]:
        streamed = speaking.stream(folder)
        return [
            Figure("longest frame, 4,000 tokens at 200 a second", streamed.longest_frame_ms, 50, "ms"),
            Figure("memory of the window after that", streamed.memory_mb, 250, "MB"),
        ]

    def answer(folder: Path) -> list[Figure]:
        own = speaking.first_token_overhead_ms(folder, model)
        return [Figure("first token after send, over the engine's own time", own, 60, "ms")]

    return [start, read, speak, answer]
