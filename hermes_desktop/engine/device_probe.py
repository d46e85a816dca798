"""Knows how to ask the engine's build for its devices in a process of its own, since drivers crash.

`--devices` lists those of this machine. `--devices --rpc HOST:PORT` lists those that another computer lends;
a process for each, since ggml aborts on a server that answers wrongly.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace

from hermes_desktop import machine
from hermes_desktop.domain.device import Device, DeviceKind, rpc_address
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.engine import devices


def main(words: Sequence[str]) -> int:
    """Look, print what was found as a line of JSON; give the exit status."""
    machine.die_with_parent()
    out = os.dup(1)
    os.dup2(2, 1)  # what C prints is no answer
    parser = argparse.ArgumentParser(prog="hermes-desktop --devices")
    parser.add_argument("--rpc", default="")
    address = parser.parse_args(list(words)).rpc
    try:
        build, found = look(rpc_address(address) if address else "")
        answer: dict[str, object] = {"build": build, "devices": [asdict(device) for device in found]}
        status = 0
    except KnownError as error:
        answer, status = {"error": error.kind.value, "values": error.values}, 1
    with os.fdopen(out, "w", encoding="ascii") as stream:
        stream.write(json.dumps(answer) + "\n")
    return status


def look(address: str) -> tuple[str, list[Device]]:
    """Give the build and its devices, with an address only those of that server.

    Raises KnownError ENGINE_MISSING, RPC_MISSING, RPC_UNREACHABLE.
    """
    try:
        from hermes_desktop.engine import llama

        llama.start()
        if address:
            devices.reach(address)
            devices.add_server(address)
        found = [device for _, device in devices.found()]
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        raise KnownError(ErrorKind.ENGINE_MISSING, detail=f"{type(error).__name__}: {error}"[:500]) from error
    if address:
        return llama.build(), [device for device in found if device.kind is DeviceKind.RPC]
    return llama.build(), [_with_main_memory(device) for device in found]


def _with_main_memory(device: Device) -> Device:
    """Say what is really free: for the processor ggml calls everything free."""
    if device.kind is not DeviceKind.CPU:
        return device
    free, total = machine.main_memory()
    return replace(device, free=free, total=total)
