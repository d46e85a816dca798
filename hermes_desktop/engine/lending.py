"""Knows how to lend this computer's devices to others, in a process of its own, until it is ended.

`--lend HOST:PORT [--device NAME]...` says on stdout, as a line of JSON, what is lent as soon as somebody
could connect. The protocol of llama.cpp knows neither passwords nor encryption.
"""

import argparse
import json
import os
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict

from hermes_desktop import machine
from hermes_desktop.domain.device import Device, DeviceKind, rpc_address
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.engine import devices

_PAUSE = 0.02  # seconds between two tries to connect to ourselves
_TRIES = 250
_FAILED = 1


def main(words: Sequence[str]) -> int:
    """Lend until the process is ended; give 1 where that is impossible."""
    machine.die_with_parent()
    out = os.dup(1)
    os.dup2(2, 1)  # what C prints is no answer
    parser = argparse.ArgumentParser(prog="hermes-desktop --lend")
    parser.add_argument("address")
    parser.add_argument("--device", action="append", default=[])
    chosen = parser.parse_args(list(words))
    try:
        lend(rpc_address(chosen.address), chosen.device, out)
    except KnownError as error:
        _tell(out, {"error": error.kind.value, "values": error.values})
    return _FAILED


def lend(address: str, names: Sequence[str], out: int) -> None:
    """Serve the devices with these names, without names those that suit; it never returns.

    Raises KnownError ENGINE_MISSING, DEVICE_UNKNOWN, RPC_PORT_TAKEN, RPC_MISSING.
    """
    try:
        from hermes_desktop.engine import llama

        llama.start()
        found = devices.found()
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        raise KnownError(ErrorKind.ENGINE_MISSING, detail=f"{type(error).__name__}: {error}"[:500]) from error
    lent = chosen(found, names)
    host, port = _free(address)
    answer = {"address": address, "devices": [asdict(device) for _, device in lent]}
    threading.Thread(target=_tell_when_open, args=(host, port, out, answer), daemon=True).start()
    devices.serve(f"{host}:{port}", [handle for handle, _ in lent], machine.cores())
    raise KnownError(ErrorKind.RPC_PORT_TAKEN, address=address, detail="the server has ended")


def chosen(found: Sequence[tuple[int, Device]], names: Sequence[str]) -> list[tuple[int, Device]]:
    """Choose devices by name; without names the graphics cards, where there are none the processor.

    Raises KnownError DEVICE_UNKNOWN.
    """
    for name in names:
        if name not in (device.name for _, device in found):
            known = ", ".join(device.name for _, device in found)
            raise KnownError(ErrorKind.DEVICE_UNKNOWN, name=name[:100], known=known)
    if names:
        return [(handle, device) for handle, device in found if device.name in names]
    cards = [each for each in found if each[1].kind in (DeviceKind.GPU, DeviceKind.IGPU)]
    return cards or [each for each in found if each[1].kind is DeviceKind.CPU]


def _free(address: str) -> tuple[str, int]:
    """Resolve an address and see that nobody listens there: ggml's server would end without a word."""
    host, _, port = address.rpartition(":")
    try:
        number = socket.gethostbyname(host)
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((number, int(port)))
    except OSError as error:
        raise KnownError(ErrorKind.RPC_PORT_TAKEN, address=address, detail=str(error)[:200]) from error
    return number, int(port)


def _tell_when_open(host: str, port: int, out: int, answer: dict[str, object]) -> None:
    for _ in range(_TRIES):
        try:
            socket.create_connection(("127.0.0.1" if host == "0.0.0.0" else host, port), timeout=1).close()
            break
        except OSError:
            time.sleep(_PAUSE)
    _tell(out, answer)


def _tell(out: int, answer: dict[str, object]) -> None:
    os.write(out, json.dumps(answer).encode("ascii") + b"\n")
