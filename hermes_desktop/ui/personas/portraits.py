"""Knows how the pictures of a long list come in: a few at a time, behind what is painted; not from where."""

from collections import OrderedDict
from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from hermes_desktop.app.personas import PersonasService
from hermes_desktop.domain.persona import PersonaSummary
from hermes_desktop.ui.theme import Theme

_KEPT = 600  # small pictures
_WAITING = 40  # those that were painted last; others have gone out of sight
_AT_ONCE = 0.008  # seconds between two looks at what the person does
_TOLD_AFTER = 0.06  # seconds: to paint all cards for each picture would take longer than the pictures


class Portraits(QObject):
    """Give small round pictures; what is not ready yet follows with `arrived`."""

    arrived = Signal()

    def __init__(self, personas: PersonasService, theme: Theme, size: int, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._personas = personas
        self._theme = theme
        self._size = size
        self._ready: OrderedDict[str, QPixmap] = OrderedDict()
        self._waiting: OrderedDict[str, PersonaSummary] = OrderedDict()
        self._told = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_timer)

    def of(self, persona: PersonaSummary) -> QPixmap:
        """Give a picture, or the first letter until it is there."""
        if persona.avatar in self._ready:
            self._ready.move_to_end(persona.avatar)
            return self._ready[persona.avatar]
        if persona.avatar:
            self._waiting[persona.avatar] = persona
            self._waiting.move_to_end(persona.avatar)
            while len(self._waiting) > _WAITING:
                self._waiting.popitem(last=False)
            self._timer.start()
        return self._theme.avatar(persona.name, b"", self._size)

    def _on_timer(self) -> None:
        if not self._view.isVisible():  # what is shown again asks again
            self._waiting.clear()
        until = perf_counter() + _AT_ONCE
        while self._waiting and perf_counter() < until:
            key, persona = self._waiting.popitem(last=False)
            data = self._personas.picture(key)
            self._ready[key] = self._theme.avatar(persona.name, data, self._size)
            if len(self._ready) > _KEPT:
                self._ready.popitem(last=False)
        if not self._waiting:
            self._timer.stop()
        if not self._waiting or perf_counter() - self._told > _TOLD_AFTER:
            self._told = perf_counter()
            self.arrived.emit()
