"""Knows `hermes-desktop models`: how model files are printed; the service does the work."""

import argparse
from pathlib import Path
from time import monotonic
from typing import Any

from hermes_desktop.app.models import hash_of
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.app.services import Services
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.model_file import ModelFile

WRITING = frozenset({"add", "remove", "verify"})


def run(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Do one action of `models`; give the exit status."""
    if arguments.action == "list":
        return _list(services, output)
    if arguments.action == "add":
        return _tell(output, add_with_progress(services, output, arguments.file))
    model = services.models.find(arguments.name)
    if arguments.action == "remove":
        services.models.remove(model.id)
        return _tell(output, model, " was removed from the list; its file stays.")
    return _verify(services, output, model)


def _list(services: Services, output: Output) -> int:
    models = services.models.all()
    if output.as_json:
        output.document([listed(model) for model in models])
    else:
        output.table([(str(m.id), m.name, m.header.quantisation, byte_size(m.size), m.path) for m in models])
    return 0


def listed(model: ModelFile) -> dict[str, Any]:
    """Give the JSON form of a model."""
    return {
        "name": model.name,
        "path": model.path,
        "size": model.size,
        "sha256": model.sha256 or None,
        "quantisation": model.header.quantisation,
        "context": model.header.context,
        "verified": bool(model.verified_at),
    }


def add_with_progress(services: Services, output: Output, file: Path) -> ModelFile:
    """Add a model file and hash it where that has not been done; raises a KnownError."""
    model = services.models.register(file)
    if not model.sha256:
        services.models.note_hash(model, _hash(output, model))
        model = services.models.find(model.path)
    return model


def _verify(services: Services, output: Output, model: ModelFile) -> int:
    changed = services.models.note_hash(model, _hash(output, model))
    if changed is not None:
        output.error(changed)
        return 1
    return _tell(output, services.models.find(model.path), " is the file that was added.")


def _hash(output: Output, model: ModelFile) -> str:
    started = monotonic()

    def progress(done: int, total: int) -> None:
        rate = done / max(monotonic() - started, 0.001)
        left = (total - done) / max(rate, 1)
        output.status(
            f"checking {model.name}: {done / max(total, 1):.0%}, {byte_size(int(rate))}/s, {left:.0f} s left"
        )

    digest = hash_of(model, progress, lambda: False)
    output.status("")
    assert digest is not None  # it is never cancelled here
    return digest


def _tell(output: Output, model: ModelFile, words: str = "") -> int:
    if output.as_json:
        output.document(listed(model))
    elif words:
        output.line(model.name + words)
    else:
        output.line(
            f"{model.name}: {model.header.quantisation}, {byte_size(model.size)}, sha256 {model.sha256}"
        )
    return 0
