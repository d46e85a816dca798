"""A second start hands its files to the first window; what nobody of ours says changes nothing."""

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from hermes_desktop.app import instance
from hermes_desktop.app.instance import FILES_LIMIT, MESSAGE_LIMIT, Instance, raise_first

Heard = list[object]


@pytest.fixture
def first(qtbot: QtBot, tmp_path: Path) -> Iterator[Instance]:
    assert qtbot is not None
    made = Instance(tmp_path)
    yield made
    made.close()


@pytest.fixture
def listening(first: Instance) -> Heard:
    heard: Heard = []
    first.raised.connect(lambda: heard.append("raised"))
    first.handed.connect(heard.append)
    return heard


def test_files_are_handed_over(listening: Heard, qtbot: QtBot, tmp_path: Path) -> None:
    assert raise_first(tmp_path, [tmp_path / "ä\udcff.charx", Path("here.png")])
    qtbot.waitUntil(lambda: len(listening) == 2)
    assert listening == ["raised", [tmp_path / "ä\udcff.charx", Path.cwd() / "here.png"]]


def test_many_files_come_in_several_messages(listening: Heard, qtbot: QtBot, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.png" for number in range(FILES_LIMIT + 3)]
    assert raise_first(tmp_path, files)
    qtbot.waitUntil(lambda: len(listening) == 4)
    assert [*listening[1], *listening[3]] == files  # type: ignore[misc]


@pytest.mark.parametrize(
    "words",
    [
        b"lower\n",
        b"[]\n",
        b'{"open": []}\n',
        b'{"open": "/a"}\n',
        b'{"open": ["relative"]}\n',
        b'{"open": ["/nul\\u0000"]}\n',
        json.dumps({"open": ["/" + "x" * 5000]}).encode() + b"\n",
        json.dumps({"open": ["/x"] * (FILES_LIMIT + 1)}).encode() + b"\n",
        b"[" * 100_000 + b"\n",
        b"x" * (MESSAGE_LIMIT + 10),
    ],
    ids=["word", "list", "none", "text", "relative", "nul", "long", "many", "deep", "endless"],
)
def test_what_nobody_says_is_not_heard(listening: Heard, qtbot: QtBot, tmp_path: Path, words: bytes) -> None:
    socket = QLocalSocket()
    socket.connectToServer(instance._server_name(tmp_path))
    assert socket.waitForConnected(1000)
    socket.write(words)
    qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    assert listening == []


def test_what_comes_in_pieces_is_waited_for(
    first: Instance, listening: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    socket = QLocalSocket()
    socket.connectToServer(instance._server_name(tmp_path))
    assert socket.waitForConnected(1000)
    socket.write(b'{"open": [')
    socket.flush()
    qtbot.waitUntil(lambda: any(heard.bytesAvailable() == 10 for heard in first._sockets))
    assert listening == []
    socket.write(b'"/a.charx"]}\n')
    qtbot.waitUntil(lambda: listening == ["raised", [Path("/a.charx")]])


def test_a_window_that_goes_while_others_start_takes_nothing_with_it(qtbot: QtBot, tmp_path: Path) -> None:
    raised = []
    for number in range(120):
        first = Instance(tmp_path)
        first.raised.connect(lambda: raised.append(True))
        assert raise_first(tmp_path)
        for _ in range(number % 4):  # the window hears of it, or is gone before
            QCoreApplication.processEvents()
        first.close()
    gc.collect()
    assert raised and qtbot is not None
