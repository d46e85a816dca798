"""`models download` as scripts call it, against a hub on loopback."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.hub import part
from tests.cli.shell import Shell, one_sentence
from tests.hub.fake_hub import FakeHub, running


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    whole = tiny_gguf.write(tmp_path / "tiny.gguf").read_bytes()
    with running(FakeHub({"tiny.gguf": whole, "page.gguf": b"<html>" * 1000}, "maker/tiny")) as found:
        yield found


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_model_is_fetched_verified_and_listed(shell: Shell, hub: FakeHub) -> None:
    ended = shell("models", "download", "maker/tiny/tiny.gguf", "--endpoint", hub.endpoint, "--json")
    assert ended.status == 0, ended.err
    *moved, last = lines(ended.out)
    assert last == {
        "state": "done",
        "path": str(shell.folder / "models" / "maker" / "tiny" / "tiny.gguf"),
        "sha256": hub.sha256("tiny.gguf"),
    }
    assert {"asking", "fetching"} <= {line["state"] for line in moved}
    assert all({"done", "total", "bytes_per_second", "seconds_left"} <= line.keys() for line in moved)
    listed = {model["name"]: model for model in shell("models", "list", "--json").json}
    assert listed["Tiny Hermes"]["verified"] and listed["Tiny Hermes"]["sha256"] == last["sha256"]
    assert shell("models", "verify", "Tiny Hermes").status == 0
    sent = hub.sent
    again = shell("models", "download", "maker/tiny/tiny.gguf", "--endpoint", hub.endpoint)
    assert again.status == 0 and str(last["path"]) in again.out
    assert hub.sent == sent


def test_a_download_that_broke_goes_on_with_the_same_command(shell: Shell, hub: FakeHub) -> None:
    words = ("models", "download", "maker/tiny/tiny.gguf", "--endpoint", hub.endpoint, "--json")
    hub.cut_at, hub.always = 200_000, "stall"
    with subprocess.Popen(
        shell.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=shell.environment()
    ) as running_command:
        assert running_command.stdout is not None
        for line in running_command.stdout:
            if json.loads(line)["state"] == "fetching":
                break
        running_command.send_signal(signal.SIGINT)
        out, _ = running_command.communicate(timeout=30)
    assert running_command.returncode == 1
    assert lines(out.decode())[-1]["state"] == "paused"
    assert [model["name"] for model in shell("models", "list", "--json").json] == ["Understudy"]
    hub.always = ""
    ended = shell(*words)
    assert ended.status == 0 and lines(ended.out)[-1]["state"] == "done"
    first, second = hub.ranges
    start = int(second.removeprefix("bytes=").rstrip("-"))
    assert first == "" and 0 < start <= 200_000
    assert hub.sent == len(hub.files["tiny.gguf"]) + 200_000 - start


def test_failures_are_one_sentence_and_say_whether_they_can_be_resumed(shell: Shell, hub: FakeHub) -> None:
    nothing = shell("models", "download", "maker/tiny/nothing.gguf", "--endpoint", hub.endpoint, "--json")
    assert nothing.status == 1
    last = lines(nothing.out)[-1]
    assert last["state"] == "failed" and "nothing.gguf" in last["error"] and not last["resumable"]
    again = shell("models", "download", "maker/tiny/nothing.gguf", "--endpoint", hub.endpoint)
    one_sentence(again, "maker/tiny")
    one_sentence(shell("models", "download", "nonsense"), "nonsense")
    hub.always = "wrong bytes"
    damaged = shell("models", "download", "maker/tiny/tiny.gguf", "--endpoint", hub.endpoint)
    one_sentence(damaged, "tiny.gguf")
    assert [model["name"] for model in shell("models", "list", "--json").json] == ["Understudy"]
    assert not part.leftovers(shell.folder)


def test_what_is_no_model_is_fetched_but_not_taken(shell: Shell, hub: FakeHub) -> None:
    ended = shell("models", "download", "maker/tiny/page.gguf", "--endpoint", hub.endpoint)
    one_sentence(ended, "page.gguf")
    assert [model["name"] for model in shell("models", "list", "--json").json] == ["Understudy"]


def test_a_licence_is_accepted_once_before_anything_is_asked(shell: Shell, hub: FakeHub) -> None:
    words = ("models", "download", "8b-q4_k_m", "--endpoint", hub.endpoint)
    refused = shell(*words)
    one_sentence(refused, "--accept-licence")
    assert "llama3.1" in refused.err
    one_sentence(shell(*words, "--accept-licence"), "Hermes-3-Llama-3.1-8B")  # this hub does not have it
    again = shell(*words)
    assert "--accept-licence" not in again.err and again.status == 1
    one_sentence(shell("models", "download", "3b-q4_k_m", "--endpoint", hub.endpoint), "llama3.2")
