"""Knows in which thread Python collects cycles: in Qt's, never in that of the storage or of a task.

WORKAROUND: a QObject that dies in another thread than its own leaves its timers behind, and the next tick of
one is a crash; Python collects wherever it happens to allocate. https://github.com/napari/napari/issues/1029
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500


class Garbage(QObject):
    """Collect by the clock, as far as Python's own thresholds ask for it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._on_due)
        self._timer.start()

    def close(self) -> None:
        """Collect everything here and now, and let Python go on by itself."""
        self._timer.stop()
        gc.collect()
        gc.enable()

    def _on_due(self) -> None:
        for generation, (count, threshold) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)):
            if threshold == 0 or count <= threshold:
                break
            gc.collect(generation)
