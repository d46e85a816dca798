"""Knows `hermes-desktop models devices` and `rpc-server`: how they are printed; they need no database."""

import argparse
import contextlib
import ipaddress
import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from hermes_desktop import graphics
from hermes_desktop.app import devices
from hermes_desktop.app.ledger import Ledger
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.device import rpc_address
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.paths import Folders


def run(folders: Folders, output: Output, arguments: argparse.Namespace) -> int:
    """List the devices of this machine and of those that are named; 1 where somebody did not answer."""
    others = tuple(rpc_address(address) for address in arguments.rpc)
    found = devices.survey(others)
    if others:
        _note(folders, "models devices", others, devices.outcome_of(found))
    if output.as_json:
        output.document([asdict(device) for device in found.devices])
    else:
        output.table([(device.name, devices.words_of(device)) for device in found.devices])
        for gpu in devices.unused(found.devices, graphics.built_in()):
            output.words(devices.unused_words(gpu))
    for error in found.failures:
        output.error(error)
    return 1 if found.failures else 0


def _note(folders: Folders, asked_by: str, hosts: tuple[str, ...], outcome: str) -> None:
    if folders.data.is_dir():
        Ledger(folders.ledger).note(asked_by, hosts, 0, outcome)


def lend(folders: Folders, output: Output, arguments: argparse.Namespace) -> int:
    """Lend this computer's devices until Ctrl+C; 1 where that is impossible."""
    address = rpc_address(f"{arguments.host}:{arguments.port}")
    frozen = getattr(sys, "frozen", False)
    command = [sys.executable, *([] if frozen else ["-m", "hermes_desktop"]), "--lend", address]
    for name in arguments.device:
        command += ["--device", name]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout is not None
        try:
            answer = _answer(server.stdout.readline())
            _note(folders, "rpc-server", (answer["address"],), "lending")
            _tell(output, arguments.host, answer)
            error = _answer(server.stdout.readline())  # it says nothing more while all is well
        except KeyboardInterrupt:
            return 0
        finally:
            server.kill()
    return 0 if error else 1


def _answer(line: bytes) -> dict[str, Any]:
    """Read what the server says; raises the KnownError that it names, or ENGINE_CRASHED."""
    try:
        fields: dict[str, Any] = json.loads(line)
    except ValueError as error:
        detail = line[:200].decode("utf-8", "replace") or "it ended"
        raise KnownError(ErrorKind.ENGINE_CRASHED, detail=detail) from error
    if "error" in fields:
        raise KnownError(ErrorKind(fields["error"]), **fields["values"])
    return fields


def _tell(output: Output, host: str, answer: dict[str, Any]) -> None:
    names = ", ".join(f"{device['name']} ({device['description']})" for device in answer["devices"])
    if output.as_json:
        output.document_line(answer)
    else:
        output.line(f"Lending {names} at {answer['address']}. Ctrl+C ends it.")
    if not _is_loopback(host):
        output.words(
            "Whoever can reach this address can use it and may take over this account: the protocol has no "
            "password and no encryption. Use it in a network that you trust, or through an SSH tunnel to "
            "127.0.0.1."
        )


def _is_loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
