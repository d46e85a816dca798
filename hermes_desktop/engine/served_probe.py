"""Knows how to ask a server which models it offers, in a process of its own; the key comes on stdin alone."""

import asyncio
import json
import sys
from dataclasses import asdict

from hermes_desktop import machine
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.remote import RemoteModel
from hermes_desktop.engine import protocol, served, wire
from hermes_desktop.engine.server import Server, StatusError

_QUESTION_LIMIT = 64 * 1024  # bytes


def main() -> int:
    """Read a Connect frame, print the models as a line of JSON; give the exit status."""
    machine.die_with_parent()
    try:
        command = wire.decode_command(sys.stdin.buffer.readline(_QUESTION_LIMIT))
        if not isinstance(command, protocol.Connect):
            raise wire.BadFrameError("another question")
        answer: dict[str, object] = {"models": [asdict(model) for model in asyncio.run(_ask(command))]}
    except KnownError as error:
        answer = {"error": error.kind.value, "values": error.values}
    except wire.BadFrameError:
        answer = {"error": ErrorKind.ENGINE_GARBAGE.value, "values": {"detail": "the question"}}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if "models" in answer else 1


async def _ask(command: protocol.Connect) -> list[RemoteModel]:
    server = Server(command.server, command.key, command.proxy)
    try:
        return await served.models(server)
    except StatusError as error:
        raise server.known(error) from error
    finally:
        await server.close()
