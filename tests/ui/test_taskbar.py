"""What the desktop shows of a download: the window's title, and the launchers on the session bus."""

import os
import re
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from hermes_desktop.domain.download import Download, DownloadState
from hermes_desktop.ui.taskbar import LauncherEntry, Taskbar, percent_of, socket_of
from tests.hub.fake_hub import FakeHub, running
from tests.ui.conftest import Desk, Open

NAME = "maker/model/model.gguf"
SIZE = 200_000


class Shown:
    """A bar that remembers."""

    def __init__(self) -> None:
        self.percents: list[int | None] = []

    def show(self, percent: int | None) -> None:
        self.percents.append(percent)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with running(FakeHub({"model.gguf": bytes(SIZE)})) as found:
        found.cut_at, found.always = SIZE * 3 // 4, "stall"
        yield found


@pytest.fixture
def desk(open_desk: Open, hub: FakeHub) -> Desk:
    desk = open_desk(model=False)
    desk.services.preferences.update(hub_endpoint=hub.endpoint)
    return desk


def test_the_title_tells_how_far_it_is_while_a_model_comes(desk: Desk) -> None:
    assert desk.window.windowTitle() == "Hermes Desktop"
    download = desk.services.downloads.start(NAME)
    desk.until(lambda: desk.window.windowTitle().endswith(" % · Hermes Desktop"))
    desk.services.downloads.pause(download.id)
    assert desk.window.windowTitle() == "Hermes Desktop"
    desk.services.downloads.resume(download.id)
    desk.until(lambda: desk.window.windowTitle().endswith(" % · Hermes Desktop"))
    desk.services.downloads.cancel(download.id)
    assert desk.window.windowTitle() == "Hermes Desktop"


def test_a_download_that_fails_leaves_no_progress_behind(desk: Desk, hub: FakeHub) -> None:
    shown = Shown()
    bar = Taskbar(desk.services.downloads, desk.window, shown)
    hub.always = "wrong bytes"
    desk.services.downloads.start(NAME)
    desk.until(lambda: desk.services.downloads.all()[0].state is DownloadState.FAILED)
    assert shown.percents[-1] is None and len(shown.percents) > 1
    assert all(before != after for before, after in zip(shown.percents, shown.percents[1:], strict=False))
    assert desk.window.windowTitle() == "Hermes Desktop"
    bar.deleteLater()


@pytest.mark.parametrize(
    ("state", "done", "total", "percent"),
    [
        (DownloadState.FETCHING, 0, 1000, 0),
        (DownloadState.FETCHING, 999, 1000, 99),
        (DownloadState.WAITING, 430, 1000, 43),
        (DownloadState.ASKING, 0, 0, None),
        (DownloadState.QUEUED, 430, 1000, None),
        (DownloadState.PAUSED, 430, 1000, None),
        (DownloadState.DONE, 1000, 1000, None),
        (DownloadState.FAILED, 430, 1000, None),
    ],
)
def test_only_what_runs_has_a_progress(
    state: DownloadState, done: int, total: int, percent: int | None
) -> None:
    assert percent_of(Download(1, "model", state, done, total, 0, -1)) == percent


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("unix:path=/run/user/1000/bus", "/run/user/1000/bus"),
        ("unix:path=/a%20b/bus,guid=00;tcp:host=example.org", "/a b/bus"),
        ("unix:abstract=/tmp/dbus-x,guid=00", "\0/tmp/dbus-x"),
        ("unix:runtime=yes", ""),
        ("tcp:host=example.org,port=9", ""),
        ("autolaunch:", ""),
        ("", ""),
    ],
)
def test_only_a_socket_of_this_machine_is_taken_for_the_bus(address: str, place: str) -> None:
    assert socket_of(address) == place


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux desktops have this bus")
def test_a_bus_that_hangs_holds_nothing_up(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the call and never answers; Qt's own connecting would not come back."""
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(tmp_path / "bus"))
        bus.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
        entry = LauncherEntry()
        entry.show(1)
        bus.settimeout(10)
        caller, _ = bus.accept()
        with caller:
            assert caller.recv(64).startswith(b"\0AUTH EXTERNAL ")
            for percent in (2, None):  # it says nothing, and is not waited for
                entry.show(percent)
                QCoreApplication.processEvents()
            assert not select.select([caller], [], [], 0)[0]  # nor asked again
            caller.sendall(b"REJECTED\r\n")
            qtbot.waitUntil(lambda: bool(select.select([caller], [], [], 0)[0]), timeout=10_000)
            assert caller.recv(64) == b""  # it has hung up
        entry.show(3)


@pytest.mark.parametrize("address", ["", "unix:path=/nowhere/bus", "tcp:host=127.0.0.1,port=9"])
def test_without_a_bus_nothing_happens(address: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    assert qtbot is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    asked: list[bool] = []
    monkeypatch.setattr(LauncherEntry, "connect_bus", lambda _entry: asked.append(True))
    entry = LauncherEntry()
    for percent in (1, 2, None):
        entry.show(percent)
        QCoreApplication.processEvents()
    assert not asked


@pytest.mark.skipif(
    not all(map(shutil.which, ("dbus-run-session", "dbus-monitor"))),
    reason="no session bus can be started here",
)
def test_launchers_hear_how_far_it_is() -> None:
    ended = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-m", "tests.ui.launcher_words"],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    said = re.findall(r"application://[^\"]+|double [\d.]+|boolean \w+", ended.stdout)
    uri = "application://hermes-desktop.desktop"
    assert said == [
        *(uri, "double 0.43", "boolean true"),
        *(uri, "double 0.44", "boolean true"),
        *(uri, "double 0", "boolean false"),
    ]
