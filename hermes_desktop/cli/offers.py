"""Knows `hermes-desktop models catalog` and `models fit`: how they are printed; they need no database."""

import argparse
from typing import Any

from hermes_desktop.app import devices, offers, speeds
from hermes_desktop.app.offers import Instead, Ranked
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.fit import Fit
from hermes_desktop.domain.model_file import KvType
from hermes_desktop.domain.speed import Calibration
from hermes_desktop.paths import Folders

ACTIONS = frozenset({"catalog", "fit"})


def run(folders: Folders, output: Output, arguments: argparse.Namespace) -> int:
    """Do one of the actions; give the exit status."""
    if arguments.action == "catalog":
        return _catalog(
            output, _measured(folders, output) if arguments.measure else speeds.kept(folders.config)
        )
    return _fit(folders, output, arguments, speeds.kept(folders.config))


def _measured(folders: Folders, output: Output) -> Calibration | None:
    output.status("measuring for a few seconds")
    found = speeds.Measurement().run()
    output.status("")
    if found is not None:
        speeds.keep(folders.config, found)
    return found


def _catalog(output: Output, calibration: Calibration | None) -> int:
    found = offers.ranked()
    if output.as_json:
        output.document([_listed(entry, calibration) for entry in found])
        return 0
    head: tuple[str, ...] = ("", "name", "model", "size", "needs", "context", "speed", "from")
    output.table([head, *(_row(entry, calibration) for entry in found)])
    output.words(
        "* suits this machine best. needs: with a context of 8,192 tokens. context: the longest that fits."
    )
    if calibration is None:
        output.words("speed: not measured yet; “models catalog --measure” does it in a few seconds.")
    return 0


def _row(entry: Ranked, calibration: Calibration | None) -> tuple[str, ...]:
    offer, fit = entry.offer, entry.fit
    room = f"{fit.room:,}" if fit.room else "does not fit"
    return (
        "*" if entry.best else "",
        offer.id,
        f"{offer.family.name} {offer.quantisation}",
        byte_size(offer.size),
        byte_size(fit.total_ram),
        room,
        offers.speed_words(entry.tokens_per_second(calibration)),
        offer.publisher,
    )


def _listed(entry: Ranked, calibration: Calibration | None) -> dict[str, Any]:
    offer, fit = entry.offer, entry.fit
    return {
        "name": offer.id,
        "model": offer.family.name,
        "publisher": offer.publisher,
        "repository": offer.repository,
        "revision": offer.revision,
        "file": offer.file,
        "parts": offer.parts,
        "quantisation": offer.quantisation,
        "size": offer.size,
        "size_recorded": bool(offer.recorded_size),
        "sha256": offer.sha256 or None,
        "licence": offer.licence,
        "total_ram": fit.total_ram,
        "fits": fit.fits,
        "longest_context": fit.room,
        "tokens_per_second": _rounded(entry.tokens_per_second(calibration)),
        "best": entry.best,
        "advice": offers.advice(fit),
    }


def _rounded(tokens_per_second: float) -> float | None:
    return round(tokens_per_second, 2) or None


def _fit(
    folders: Folders, output: Output, arguments: argparse.Namespace, calibration: Calibration | None
) -> int:
    rooms = devices.rooms(folders.cache, arguments.vram)
    title, geometry, fit = offers.fit(
        arguments.name, arguments.context, KvType(arguments.kv), ram=arguments.ram, rooms=rooms
    )
    instead = offers.instead(fit, ram=arguments.ram, rooms=rooms)
    show_fit(output, title, fit, speed=offers.speed(geometry, fit, calibration), instead=instead)
    return 0


def show_fit(
    output: Output, title: str, fit: Fit, speed: float = 0.0, instead: Instead | None = None
) -> None:
    """Print what a model takes of a machine's memory, how fast it writes, and what would fit instead."""
    if output.as_json:
        more = {"tokens_per_second": _rounded(speed), "instead": instead.id if instead else None}
        output.document(_estimated(fit) | more)
        return
    output.line(title)
    memory = fit.memory
    output.table(
        [
            ("weights", byte_size(memory.weights)),
            ("context", byte_size(memory.kv)),
            ("compute", byte_size(memory.compute)),
            ("main memory", byte_size(fit.total_ram)),
            ("GPU memory", byte_size(fit.total_vram)),
            ("layers on the GPU", f"{fit.gpu_layers} of {fit.layers}"),
            *([("speed", offers.speed_words(speed))] if speed else []),
        ]
    )
    output.line(offers.advice(fit))
    if instead is not None:
        output.line(instead.words)


def _estimated(fit: Fit) -> dict[str, Any]:
    return {
        "weights": fit.memory.weights,
        "kv": fit.memory.kv,
        "compute": fit.memory.compute,
        "total_ram": fit.total_ram,
        "total_vram": fit.total_vram,
        "gpu_layers": fit.gpu_layers,
        "layers": fit.layers,
        "fits": fit.fits,
        "advice": offers.advice(fit),
    }
