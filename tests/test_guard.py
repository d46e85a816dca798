"""Proves that the guard refuses and counts what leads to a network, and lets through what does not."""

import subprocess
import sys

import pytest

BEFORE = "from hermes_desktop import guard; import socket; guard.install()\n"
AFTER = "\nprint(len(guard.refused))"


def ended(code: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.getaddrinfo('huggingface.co', 443)",
        "socket.gethostbyname('huggingface.co')",
        "socket.socket().connect(('127.0.0.1', 9))",
        "socket.socket(socket.AF_INET6).connect(('::1', 9))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
        "socket.socket().bind(('127.0.0.1', 0))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
        "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', 9))",
    ],
)
def test_what_leads_to_a_network_is_refused_and_counted(code: str) -> None:
    caught = f"try:\n    {code}\nexcept OSError as error:\n    assert 'no connection' in str(error)"
    out, err = ended(BEFORE + caught + AFTER)
    assert out == "1" and err.startswith("refused: socket."), err


def test_without_the_guard_the_same_reaches_out() -> None:
    """The control: it is the guard that refuses, not the machine."""
    reach = "    socket.create_connection(('127.0.0.1', 9))\n"
    out, _ = ended(f"import socket\ntry:\n{reach}except ConnectionRefusedError:\n    print('refused there')")
    assert out == "refused there"


def test_what_stays_in_the_machine_is_let_through() -> None:
    code = "a, b = socket.socketpair(); a.send(b'x'); assert b.recv(1) == b'x'"
    assert ended(BEFORE + code + AFTER) == ("0", "")


def test_the_command_line_runs_under_it() -> None:
    door = "import hermes_desktop.__main__ as door\ntry:\n    door.main(['--version'])\n"
    door += "except SystemExit:\n    pass\n"
    reach = "import socket\ntry:\n    socket.getaddrinfo('localhost', 9)\n"
    reach += "except PermissionError:\n    print('silent')"
    assert ended(door + reach)[0].endswith("silent")
