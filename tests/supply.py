"""What a computer is fed by, in the hands of a test."""

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop import machine
from hermes_desktop.app.power import PowerService
from hermes_desktop.domain.power import PowerSource

WAIT_MS = 15_000


class Supply:
    """Stands in for the driver of every program that is built from now on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self._source = PowerSource.MAINS
        monkeypatch.setattr(machine, "power_source", lambda: self._source)

    def turn(self, power: PowerService, source: PowerSource) -> None:
        """Feed the computer by something else, and wait until the program has seen it."""
        self._source = source

        def seen() -> bool:
            power.look()  # again, where an earlier look was still on its way
            return power.source is source

        self._qtbot.waitUntil(seen, timeout=WAIT_MS)
