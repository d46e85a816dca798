"""Devices typed as a script does: listing, lending, and what goes wrong."""

import json
import signal
import subprocess

from hermes_desktop.bench.lender import free_port, lender
from hermes_desktop.paths import Folders
from tests.cli.shell import Shell, one_sentence


def _noted(shell: Shell) -> list[tuple[str, list[str], str]]:
    """Read who has opened connections, where to, and what came of it, as the settings show it."""
    lines = [json.loads(line) for line in Folders.of(shell.folder).ledger.read_bytes().splitlines()]
    return [(line["asked_by"], line["hosts"], line["outcome"]) for line in lines]


def test_devices_are_listed_with_their_memory(shell: Shell) -> None:
    listed = shell("models", "devices", "--json").json
    assert {"name", "description", "kind", "backend", "free", "total"} == set(listed[0])
    assert "cpu" in [device["kind"] for device in listed]
    assert "processor" in shell("models", "devices").out
    assert not shell.folder.exists() or not list(shell.folder.glob("*.db"))


def test_those_of_another_computer_are_listed_too(shell: Shell) -> None:
    with lender() as other:
        ended = shell("models", "devices", "--rpc", other.address, "--json")
    assert ended.status == 0
    assert _noted(shell)[-1] == ("models devices", [other.address], "done")
    assert ("RPC0", "rpc", other.address) in [
        (device["name"], device["kind"], device["description"]) for device in ended.json
    ]


def test_a_computer_that_is_not_there_does_not_hide_this_one(shell: Shell) -> None:
    ended = shell("models", "devices", "--rpc", "127.0.0.1:1", "--json")
    assert ended.status == 1 and ended.json and "127.0.0.1:1" in ended.err
    assert _noted(shell) == [("models devices", ["127.0.0.1:1"], "rpc_unreachable")]
    one_sentence(shell("models", "devices", "--rpc", "no address"), "no address", "HOST:PORT")


def test_doctor_lists_devices(shell: Shell) -> None:
    assert "processor" in shell("doctor").out
    assert any("processor" in words for words in shell("doctor", "--json").json["devices"].values())


def test_this_computer_is_lent_until_somebody_ends_it(shell: Shell) -> None:
    port = str(free_port())
    command = shell.command("rpc-server", "--port", port, "--json")

    def with_ctrl_c() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background has none

    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=shell.environment(), preexec_fn=with_ctrl_c
    ) as server:
        try:
            assert server.stdout is not None
            assert json.loads(server.stdout.readline())["devices"]
            found = shell("models", "devices", "--rpc", f"127.0.0.1:{port}", "--json").json
            taken = shell("rpc-server", "--port", port)
            server.send_signal(signal.SIGINT)
            assert server.wait(20) == 0
        finally:
            server.kill()
    assert "rpc" in [device["kind"] for device in found]
    assert ("rpc-server", [f"127.0.0.1:{port}"], "lending") in _noted(shell)
    one_sentence(taken, port, "--port")


def test_a_device_that_is_not_there_cannot_be_lent(shell: Shell) -> None:
    one_sentence(shell("rpc-server", "--port", str(free_port()), "--device", "CUDA7"), "CUDA7", "CPU")


def test_a_sealed_app_asks_no_other_computer_and_lends_nothing(shell: Shell) -> None:
    (shell.folder / "config").mkdir(parents=True)
    (shell.folder / "config/preferences.json").write_text('{"sealed": true}')
    one_sentence(shell("models", "devices", "--rpc", "127.0.0.1:1"), "sealed")
    one_sentence(shell("rpc-server", "--port", str(free_port())), "sealed")
    assert shell("models", "devices").status == 0


def test_layers_land_on_the_other_computer_and_the_reply_is_the_same(shell: Shell) -> None:
    asked = ("chat", "--once", "Hello, who are you?", "--temperature", "0", "--seed", "1", "--json")
    here = shell(*asked).json
    with lender() as other:
        there = shell(*asked, "--rpc", other.address, "--gpu-layers", "all").json
        fitting = shell(*asked, "--rpc", other.address).json
        split = shell(*asked, "--rpc", other.address, "--gpu-layers", "3").json  # the output is one of them
        none = shell(*asked, "--rpc", other.address, "--gpu-layers", "0").json
    assert fitting["devices"] == there["devices"]
    assert split["devices"] == [{"name": "CPU", "layers": 3}, {"name": "RPC0", "layers": 2}]
    assert none["devices"] == here["devices"]
    assert there["devices"] == [{"name": "RPC0", "layers": here["devices"][0]["layers"]}]
    assert here["devices"][0]["name"] == "CPU"
    assert there["text"] == split["text"] == here["text"] != ""


def test_a_computer_that_was_named_but_is_not_there_is_an_error(shell: Shell) -> None:
    absent = shell("chat", "--once", "Hello", "--rpc", "127.0.0.1:1", "--json")
    one_sentence(absent, "127.0.0.1:1", "lends no device")
    one_sentence(shell("chat", "--once", "Hello", "--rpc", "no address"), "no address", "HOST:PORT")
