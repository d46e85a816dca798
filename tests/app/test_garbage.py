"""Cycles are collected in Qt's thread while the program runs."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from hermes_desktop.app.garbage import Garbage


class Ring(QObject):
    """Something that only the collector can free."""

    def __init__(self, died: list[int]) -> None:
        super().__init__()
        self.me = self
        weakref.finalize(self, lambda: died.append(threading.get_ident()))


@pytest.fixture
def garbage(qtbot: QtBot) -> Iterator[Garbage]:
    assert qtbot is not None
    made = Garbage()
    yield made
    made.close()


def _make_rings(count: int, died: list[int]) -> None:
    for _ in range(count):
        Ring(died)


def _allocate() -> list[list[int]]:
    """Make enough for Python to want to collect."""
    return [[number] for number in range(200_000)]


def test_no_other_thread_collects(garbage: Garbage, qtbot: QtBot) -> None:
    assert garbage is not None and not gc.isenabled()
    died: list[int] = []
    _make_rings(5, died)
    kept: list[list[list[int]]] = []
    worker = threading.Thread(target=lambda: kept.append(_allocate()))
    worker.start()
    worker.join()
    assert died == [] and len(kept) == 1
    qtbot.waitUntil(lambda: len(died) == 5, timeout=10_000)
    assert set(died) == {threading.get_ident()}


def test_afterwards_python_goes_on_by_itself(garbage: Garbage) -> None:
    garbage.close()
    assert gc.isenabled()
