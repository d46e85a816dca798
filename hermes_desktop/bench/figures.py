"""Knows the promised figures and how they are judged and printed; the measuring is in its neighbours."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hermes_desktop.bench import (
    bombs,
    borrowing,
    browsing,
    carrying,
    expanding,
    fetching,
    finding,
    generating,
    importing,
    judging,
    leaving,
    lore,
    offloading,
    reading,
    remembering,
    sizing,
    speaking,
    starting,
    transcribing,
)
from hermes_desktop.bench.bombs import Cost
from hermes_desktop.bench.offloading import Offloaded
from hermes_desktop.bench.sizing import Compared, Sized
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
    measures = _wanted(arguments)
    for measure in measures:
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


def _wanted(arguments: argparse.Namespace) -> list[Callable[[Path], list[Figure]]]:
    if arguments.gpu:
        return [_offload]
    return [_size, _lie_elsewhere] if arguments.sizes else _measures(arguments.model)


def _row(figure: Figure) -> tuple[str, str, str, str]:
    return (
        "ok  " if figure.holds else "MISS",
        figure.name,
        f"{_shown(figure.measured)} {figure.unit}",
        f"at most {_shown(figure.bound)} {figure.unit}",
    )


def _size(folder: Path) -> list[Figure]:
    return [figure for sized in sizing.measure(folder) for figure in _compared(sized)]


def _lie_elsewhere(folder: Path) -> list[Figure]:
    return [figure for sized in borrowing.measure(folder) for figure in _compared(sized)]


def _offload(folder: Path) -> list[Figure]:
    return [figure for offloaded in offloading.offload(folder) for figure in _on_cards(offloaded)]


def _on_cards(model: Offloaded) -> Iterator[Figure]:
    """Give what a model did on the cards; how fast it was stands in the names, and is promised nowhere."""
    speed = f"reads {model.here.read:,.0f} and writes {model.here.written:,.1f} tokens/s there"
    told = f"{model.name}, in {model.load_seconds:.1f} s, {speed}"
    yield Figure(f"{told}: layers that did not go to the cards", model.layers_left, 0, "layers")
    told = f"{model.name}, estimated {model.memory.estimated / 1e9:.2f} GB: what the driver takes beside that"
    yield Figure(told, model.beside / 1e6, offloading.SPARED / 1e6, "MB")
    off = abs(model.cache.measured - model.cache.estimated)
    yield Figure(f"{model.name}: KV cache {_mib(model.cache.measured)}", off, 0, "bytes off")
    left = model.left
    told = f"{left.moved_tokens:,} tokens in {left.moved_ms:,.0f} ms, "
    told += f"{left.anew_tokens:,} in {left.anew_ms:,.0f}"
    yield Figure(f"{model.name}, a summary comes in, over reading anew ({told})", left.share, 0.8, "times")
    if model.processor is not None:
        told = f"reads {model.processor.read:,.0f} and writes {model.processor.written:,.1f} tokens/s"
        name = f"{model.name}, a token there over one of the processor ({told})"
        yield Figure(name, model.times, 1, "times")


def _compared(sized: Sized) -> Iterator[Figure]:
    """Give what was measured of a model beside what was estimated."""
    yield _taken(sized.name, sized.memory)
    if sized.private is not None:
        yield _taken(f"{sized.name}, private", sized.private)
    if sized.cache is not None:
        off = abs(sized.cache.measured - sized.cache.estimated)
        yield Figure(f"{sized.name}: KV cache {_mib(sized.cache.measured)}", off, 0, "bytes off")
    if sized.speed is not None:
        told = f"{sized.speed.measured:.2f} tokens/s, estimated {sized.speed.estimated:.2f}"
        yield Figure(f"{sized.name}: {told}", sized.speed.percent_off, 25, "% off")


def _taken(name: str, taken: Compared) -> Figure:
    told = f"{taken.measured / 1e9:.2f} GB, estimated {taken.estimated / 1e9:.2f} GB"
    return Figure(f"{name}: {told}", taken.percent_off, 15, "% off")


def _mib(size: float) -> str:
    return f"{size / 1024**2:,.0f} MiB"


def _shown(number: float) -> str:
    return f"{number:,.2f}" if number < 10 else f"{number:,.0f}"


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

    def write(folder: Path) -> list[Figure]:
        written = generating.generate(folder)
        return [
            Figure("what the app adds to llama.cpp's own loop, a token", written.added_us, 200, "µs"),
            Figure("the last 200 of 2,000 tokens over the first 200", written.last_to_first, 1.05, "times"),
        ]

    quick = [start, read, *_PERSONAS, _carry, _seek, _remember, _leave, speak, answer, _judge, write]
    return [*quick, _tell, _fetch, _lend]


def _alive(meanwhile: str, frame_ms: float, cancel_ms: float, soon: float) -> Iterator[Figure]:
    """Give how alive the window was while something went on, and how soon that was cancelled."""
    yield Figure(f"longest frame {meanwhile}", frame_ms, 50, "ms")
    yield Figure("cancelling that", cancel_ms, soon, "ms")


def _fetch(folder: Path) -> list[Figure]:
    fetched = fetching.fetch(folder)
    return [
        Figure("a download over curl and sha256sum, in time", fetched.times_curl, 1.25, "times"),
        Figure("memory of the downloader at its worst", fetched.memory_mb, 100, "MB"),
        *_alive("while a model comes", fetched.longest_frame_ms, fetched.cancel_ms, 200),
        Figure("pausing it", fetched.pause_ms, 1000, "ms"),
        Figure("going on, until bytes come", fetched.resume_ms, 1000, "ms"),
    ]


def _browse(folder: Path) -> list[Figure]:
    browsed = browsing.browse(folder)
    return [
        Figure("opening the page of 2,000 personas", browsed.open_ms, 300, "ms"),
        Figure("the first search among them", browsed.search_ms, 300, "ms"),
        Figure("longest frame while scrolling past all", browsed.frame_ms, 50, "ms"),
    ]


def _expand(_folder: Path) -> list[Figure]:
    return [Figure("a card whose macros double ten times over", expanding.doubling_ms(), 50, "ms")]


def _look_up(_folder: Path) -> list[Figure]:
    hostile = lore.hostile()
    return [
        Figure("2,000 entries of lore against a window of 4,000 tokens", lore.match_ms(), 20, "ms"),
        Figure("the slowest of 40 hostile patterns in their keys", hostile.slowest_ms, 50, "ms"),
        Figure("all of these for one prompt", hostile.together_ms, 350, "ms"),
    ]


def _blow_up(_folder: Path) -> list[Figure]:
    costs = bombs.throw()
    slowest = max(costs, key=lambda cost: cost.ms)
    largest = max(costs, key=lambda cost: cost.megabytes)
    let_in = sum(not cost.refused for cost in costs)
    return [
        Figure(
            f"bombs of {len(costs)} kinds in the place of a card that were not refused", let_in, 0, "bombs"
        ),
        Figure(f"the slowest of them, {slowest.name}", slowest.ms, 500, "ms"),
        Figure(f"memory for the largest, {largest.name}", largest.megabytes, 150, "MB"),
        *_lifted(bombs.lift()),
    ]


def _lifted(costs: list[Cost]) -> Iterator[Figure]:
    """Give what honest cards took that are heavier than any that was seen."""
    slowest = max(costs, key=lambda cost: cost.ms)
    largest = max(costs, key=lambda cost: cost.megabytes)
    yield Figure("heavy and honest cards that were refused", sum(cost.refused for cost in costs), 0, "cards")
    yield Figure(f"the slowest of them, {slowest.name}", slowest.ms, 2000, "ms")
    yield Figure(f"memory for the largest, {largest.name}", largest.megabytes, 300, "MB")


def _bring_in(folder: Path) -> list[Figure]:
    came = importing.bring_in(folder)
    return [
        Figure(f"a card of {importing.CARDS} that are imported, 20 a second", came.card_ms, 50, "ms"),
        *_alive("meanwhile", came.longest_frame_ms, came.cancel_ms, 500),
        Figure(f"a large one of {importing.LARGE_CARDS}", importing.bring_in_large(folder), 50, "ms"),
    ]


def _tell(folder: Path) -> list[Figure]:
    told = transcribing.transcribe(folder)
    return [
        Figure("100,000 messages to Markdown", told.markdown_s, 5, "s"),
        Figure("the same to HTML", told.html_s, 15, "s"),
        Figure("a message of a PDF", told.pdf_message_ms, 5, "ms"),
        Figure("memory of the largest of these exports", told.memory_mb, 300, "MB"),
        *_alive("while a PDF of them is written", told.longest_frame_ms, told.cancel_ms, 500),
    ]


def _seek(folder: Path) -> list[Figure]:
    sought = finding.seek(folder)
    return [
        Figure("finding a word that most of 100,000 messages hold", sought.common_ms, 300, "ms"),
        Figure("finding two that many of them hold", sought.two_ms, 150, "ms"),
        Figure("finding a rare one", sought.rare_ms, 100, "ms"),
        Figure("finding a word without spaces around it", sought.sign_ms, 100, "ms"),
        Figure("recalling what matters for a turn of 40 words", sought.recall_ms, 50, "ms"),
        Figure("saving a reply of 4,000 letters while it grows, beside them", sought.checkpoint_ms, 20, "ms"),
        Figure("ending it, which puts its words into the index", sought.end_ms, 40, "ms"),
        Figure("making the index of 100,000 messages that came before it", sought.upgrade_s, 15, "s"),
        Figure("what the index adds to the database", sought.index_percent, 50, "%"),
    ]


def _remember(folder: Path) -> list[Figure]:
    found = remembering.remember(folder)
    lost = "planted messages that did not come back"
    return [
        *(
            Figure(f"{lost} within {budget:,} tokens", 100 - percent, 50, "%")
            for budget, percent in zip(remembering.BUDGETS, found.percent, strict=True)
        ),
        Figure(f"{lost} among the few in a prompt", 100 - found.in_prompt, 55, "%"),
        Figure("what these few take of it on average", found.prompt_tokens, 200, "tokens"),
    ]


def _leave(folder: Path) -> list[Figure]:
    left = leaving.leave(folder)
    return [
        Figure("a summary that comes in, over reading the prompt anew, in time", left.share, 0.5, "times"),
        Figure("tokens read anew because something was written beside it", left.more_tokens, 0, ""),
    ]


def _carry(folder: Path) -> list[Figure]:
    return [Figure(*told) for told in carrying.figures(folder)]


def _judge(folder: Path) -> list[Figure]:
    judged = judging.judge(folder)
    return [
        Figure("judging a file of 42 GB", judged.alone_ms, 1000, "ms"),
        Figure("the command that does so, “models fit”", judged.command_ms, 1000, "ms"),
    ]


def _lend(folder: Path) -> list[Figure]:
    borrowed = borrowing.borrow(folder)
    told = f"{borrowed.there_ms:.0f} ms for {borrowed.here_ms:.0f} ms"
    return [
        Figure("layers of a 3B that did not go to RPC on loopback", borrowed.layers_left, 0, "layers"),
        Figure(f"a token there over one of the processor alone ({told})", borrowed.times, 1.25, "times"),
    ]


# What is measured of personas and of what comes with them.
_PERSONAS = (_browse, _expand, _look_up, _bring_in, _blow_up)
