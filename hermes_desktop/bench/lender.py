"""Knows how to lend this machine's processor on loopback, as another computer would."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import socket


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
    """Give a port that nobody uses."""
    with socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


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
