"""Knows how to lend this machine's processor on loopback, as another computer would."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_FREE_PORT = """
import socket
with socket.socket() as trial:
    trial.bind(("127.0.0.1", 0))
    print(trial.getsockname()[1])
"""


@dataclass(frozen=True)
class Lender:
    """A server that lends, and where."""

    address: str
    process: "subprocess.Popen[bytes]"

    def go_away(self) -> None:
        """Die as a computer does whose plug is pulled."""
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    """Give a port that nobody uses; a process of its own looks, since those of the app open no socket."""
    command = [sys.executable, "-c", _FREE_PORT]
    return int(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)


@contextmanager
def lender(*words: str) -> Iterator[Lender]:
    """Start a server, ready to be used; it ends with the block. Raises RuntimeError where it does not."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "hermes_desktop", "--lend", address, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            if json.loads(said or "{}").get("address") != address:
                raise RuntimeError(f"nothing is lent: {said!r}")
            yield Lender(address, process)
        finally:
            process.kill()
