"""Knows `hermes-desktop models`: how model files are printed; the service does the work."""

import argparse
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from hermes_desktop.app.registration import hash_of
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.app.services import Services
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelFile

WRITING = frozenset({"add", "remove", "verify", "move"})


def run(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Do one action of `models`; give the exit status."""
    if arguments.action == "list":
        return _list(services, output)
    if arguments.action == "add":
        return _tell(output, add_with_progress(services, output, arguments.file))
    if arguments.action == "move":
        return _move(services, output, arguments.folder)
    if arguments.action == "verify" and arguments.all:
        return _verify_all(services, output)
    model = services.models.find(arguments.name)
    if arguments.action == "remove":
        return _remove(services, output, model, keep_file=arguments.keep_file)
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


def _verify_all(services: Services, output: Output) -> int:
    """Verify one model after the other; 1 where one is not what it was, or is gone."""
    found, good = [], True
    for model in services.models.all():
        try:
            changed = services.models.note_hash(model, _hash(output, model))
        except KnownError as error:
            if error.kind is ErrorKind.CHECK_STOPPED:
                raise
            changed = error
        fresh = services.models.find(str(model.id))
        found.append(listed(fresh) | {"verified": changed is None})
        good = good and changed is None
        if changed is not None:
            output.error(changed)
        elif not output.as_json:
            output.line(f"{model.name} is the file that was added.")
    if output.as_json:
        output.document(found)
    return 0 if good else 1


def _remove(services: Services, output: Output, model: ModelFile, *, keep_file: bool) -> int:
    freed = services.library.remove(model.id, keep_file=keep_file)
    if output.as_json:
        output.document(listed(model) | {"freed": freed})
    elif freed:
        output.line(f"{model.name} was removed, its file deleted: {byte_size(freed)} freed.")
    else:
        output.line(f"{model.name} was removed from the list; its file stays.")
    return 0


def _move(services: Services, output: Output, folder: Path) -> int:
    target = folder.expanduser().absolute()
    pace = _Pace(output, f"moving to {target}")
    services.library.move_now(target, pace.tell)
    output.status("")
    if output.as_json:
        output.document({"folder": str(services.library.folder)})
    else:
        output.line(f"The models are in {services.library.folder} now; new ones are fetched there.")
    return 0


class _Pace:
    """Tell how far long work is, how fast it goes, and how long it still takes."""

    def __init__(self, output: Output, what: str) -> None:
        self._output, self._what, self._started = output, what, monotonic()

    def tell(self, done: int, total: int) -> None:
        """Show bytes done, and of all."""
        rate = done / max(monotonic() - self._started, 0.001)
        left = (total - done) / max(rate, 1)
        share = f"{done / max(total, 1):.0%}, {byte_size(int(rate))}/s, {left:.0f} s left"
        self._output.status(f"{self._what}: {share}")


def _hash(output: Output, model: ModelFile) -> str:
    with _interrupts() as interrupted:
        digest = hash_of(model, _Pace(output, f"checking {model.name}").tell, interrupted)
    output.status("")
    if digest is None:
        raise KnownError(ErrorKind.CHECK_STOPPED, name=model.name)
    return digest


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Tell whether Ctrl+C or SIGTERM came, for work that lets no event loop run."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
