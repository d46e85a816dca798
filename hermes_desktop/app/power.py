"""Knows what the computer runs on, and so whether work is to be saved now; what is saved, others know."""

import logging
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from hermes_desktop import machine
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.power import PowerSource

_log = logging.getLogger(__name__)
LOOK_MS = 30_000


class PowerService(QObject):
    """Ask now and then, in a thread of its own: a driver may fail, and may never answer."""

    changed = Signal()  # the source, or whether work is saved

    _answered = Signal(object)  # PowerSource

    def __init__(
        self,
        preferences: PreferencesService,
        parent: QObject | None = None,
        read: Callable[[], PowerSource] | None = None,
    ) -> None:
        """`read` asks another driver than the machine's, in tests."""
        super().__init__(parent)
        self._preferences = preferences
        self._read = read or machine.power_source
        self._asked = self._closed = False
        self._lock = threading.Lock()
        self.source = PowerSource.UNKNOWN
        self._told = (self.source, self.saving)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._on_due)
        self._answered.connect(self._on_answered)
        preferences.changed.connect(self._tell)

    @property
    def saving(self) -> bool:
        """Say whether work is saved now: fewer threads, and nothing in the background unasked."""
        return self.source is PowerSource.BATTERY and self._preferences.value.save_on_battery

    def threads(self, loaded: int) -> int:
        """Give the threads for a reply of a model that was loaded with so many; 0: all of them."""
        return max(1, loaded // 2) if self.saving else 0

    def start(self) -> None:
        """Ask now, and from now on."""
        self.look()
        self._timer.start()

    def look(self) -> None:
        """Ask now; the answer comes later."""
        if not self._asked and not self._closed:
            self._asked = True
            # Not one of the app's tasks: those are waited for at the end, and this may hang.
            threading.Thread(target=self._ask, name="power", daemon=True).start()

    def close(self) -> None:
        """Ask no more, and hear no late answer."""
        self._timer.stop()
        with self._lock:
            self._closed = True

    def _ask(self) -> None:
        try:
            source = self._read()
        except Exception as error:  # whatever a driver may do
            _log.debug("power source unreadable: %s", error)
            source = PowerSource.UNKNOWN
        with self._lock:  # nothing is told to what has been closed
            if not self._closed:
                self._answered.emit(source)

    def _on_due(self) -> None:
        if self._asked:  # in vain, since the last time: what was known then may be wrong by now
            self._set(PowerSource.UNKNOWN)
        self.look()

    def _on_answered(self, source: PowerSource) -> None:
        self._asked = False
        self._set(source)

    def _set(self, source: PowerSource) -> None:
        self.source = source
        self._tell()

    def _tell(self, *_anything: object) -> None:
        now = (self.source, self.saving)
        if now != self._told:
            self._told = now
            self.changed.emit()
