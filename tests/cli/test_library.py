"""The files of the models as scripts deal with them: verify all, remove with the space, move the folder."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

from hermes_desktop.bench import tiny_gguf
from tests.cli.shell import Shell, one_sentence


@pytest.fixture
def fetched(shell: Shell) -> Path:
    """A model that lies where the app fetches to."""
    path = shell.folder / "models/maker/tiny/fetched.gguf"
    path.parent.mkdir(parents=True)
    tiny_gguf.write(path, name="Fetched Hermes")
    assert shell("models", "add", str(path)).status == 0
    return path


def test_what_was_fetched_is_deleted_and_the_space_is_told(shell: Shell, fetched: Path) -> None:
    size = fetched.stat().st_size
    ended = shell("models", "remove", "Fetched Hermes", "--json")
    assert ended.status == 0 and ended.json["freed"] == size
    assert not fetched.parent.exists()


def test_a_file_stays_where_it_is_wanted_or_is_the_persons_own(
    shell: Shell, fetched: Path, tmp_path: Path
) -> None:
    own = tiny_gguf.write(tmp_path / "own.gguf", name="Own Hermes")
    shell("models", "add", str(own))
    for name, words in (("Fetched Hermes", ("--keep-file",)), ("Own Hermes", ())):
        ended = shell("models", "remove", name, *words)
        assert ended.status == 0 and "its file stays" in ended.out
    assert own.exists() and fetched.exists()


def test_all_models_are_verified(shell: Shell, fetched: Path) -> None:
    ended = shell("models", "verify", "--all", "--json")
    assert ended.status == 0 and {model["name"] for model in ended.json} == {"Fetched Hermes", "Understudy"}
    assert all(model["verified"] for model in ended.json)
    data = bytearray(fetched.read_bytes())
    data[-1] ^= 1
    fetched.write_bytes(data)
    ended = shell("models", "verify", "--all", "--json")
    verified = {model["name"]: model["verified"] for model in ended.json}
    assert ended.status == 1 and verified == {"Fetched Hermes": False, "Understudy": True}
    assert "fetched.gguf" in ended.err
    fetched.unlink()
    assert shell("models", "verify", "--all").status == 1
    assert shell("models", "verify").status == 2  # one of them has to be said


def test_the_folder_is_moved_and_the_models_with_it(shell: Shell, fetched: Path, tmp_path: Path) -> None:
    target = tmp_path / "large disk" / "models"
    ended = shell("models", "move", str(target))
    assert ended.status == 0 and str(target) in ended.out
    listed = {model["name"]: model for model in shell("models", "list", "--json").json}
    moved = target / "maker/tiny/fetched.gguf"
    assert listed["Fetched Hermes"]["path"] == str(moved) and listed["Fetched Hermes"]["verified"]
    assert moved.exists() and not fetched.exists()
    assert shell("models", "verify", "Fetched Hermes").status == 0
    one_sentence(shell("models", "move", str(target / "inner")), "cannot be moved", str(target))
    assert shell("models", "remove", "Fetched Hermes", "--json").json["freed"] > 0


@pytest.mark.skipif(os.name == "nt", reason="a terminal of its own")
@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (("models", "verify", "Large"), signal.SIGINT),
        (("chat", "--once", "Hi", "--model", "large.gguf"), signal.SIGTERM),
    ],
)
def test_the_reading_of_a_large_file_can_be_stopped(
    shell: Shell, fetched: Path, tmp_path: Path, words: tuple[str, ...], sent: signal.Signals
) -> None:
    """It is told how far it is, and ends within a piece where somebody wants that."""
    large = tmp_path / "large.gguf"
    large.write_bytes(fetched.read_bytes())
    if words[0] == "models":
        assert shell("models", "add", str(large)).status == 0
        words = (*words[:2], str(large))
    with large.open("r+b") as file:
        file.truncate(64 * 1024**3)  # a hole that takes half a minute to read
    shown, terminal = os.openpty()
    command = shell.command(*(str(large) if word == large.name else word for word in words))
    with subprocess.Popen(
        command, env=shell.environment(), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, stderr=terminal
    ) as running:
        os.close(terminal)
        said = b""
        while b"checking" not in said:
            said += os.read(shown, 1024)
        running.send_signal(sent)
        with contextlib.suppress(OSError):  # how Linux tells that nobody writes to a terminal any more
            while more := os.read(shown, 1024):
                said += more
    os.close(shown)
    assert running.returncode == 1 and b"was not checked to its end" in said
    assert b"Traceback" not in said and b" s left" in said
