"""Knows which kinds of engine child there are, and what a child says that has no engine."""

import argparse
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.prompt import Budget, Prompt
from hermes_desktop.engine import protocol
from hermes_desktop.engine.backend import Backend, Emit, Ticket

log = logging.getLogger(__name__)


def make(arguments: Sequence[str], write: Callable[[bytes], None]) -> Backend:
    """Make the backend that the arguments name; `write` puts raw bytes on the wire."""
    parser = argparse.ArgumentParser(prog="hermes-desktop --engine")
    parser.add_argument("kind", choices=("llama", "remote", "scripted"))
    parser.add_argument("--script", type=Path)
    chosen = parser.parse_args(list(arguments))
    if chosen.kind == "scripted":
        from hermes_desktop.engine.scripted import Scripted, read_script

        return Scripted(read_script(chosen.script), write)
    if chosen.kind == "remote":
        from hermes_desktop.engine.remote import Remote

        return Remote()
    try:
        from hermes_desktop.engine.session import Session

        return Session()
    except (ImportError, OSError, RuntimeError) as error:  # the package is missing, or one of its libraries
        log.exception("no engine")
        return Missing(f"{type(error).__name__}: {error}"[:500])


class Missing(Backend):
    """Refuse everything, since llama-cpp-python cannot be imported."""

    def __init__(self, detail: str) -> None:
        self._detail = detail

    def hello(self) -> protocol.Hello:
        return protocol.Hello(protocol.PROTOCOL, "llama", "", gpu_offload=False)

    def load(self, command: protocol.Load, emit: Emit, ticket: Ticket) -> None:  # noqa: ARG002 - it refuses
        raise self._error()

    def unload(self) -> None:
        """Have nothing to free."""

    def generate(self, command: protocol.Generate, emit: Emit, ticket: Ticket) -> None:  # noqa: ARG002 - it refuses
        raise self._error()

    def count(self, texts: Sequence[str]) -> tuple[int, ...]:  # noqa: ARG002 - it refuses
        raise self._error()

    def measure(self, prompt: Prompt, reserve: int) -> Budget:  # noqa: ARG002 - it refuses
        raise self._error()

    def interrupt(self) -> None:
        """Have nothing to stop."""

    def resume(self) -> None:
        """Have nothing to begin."""

    def _error(self) -> KnownError:
        return KnownError(ErrorKind.ENGINE_MISSING, detail=self._detail)
