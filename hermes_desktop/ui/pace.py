"""Knows how fast long work goes and how long it still takes, in words; not what the work is."""

from PySide6.QtCore import QCoreApplication, QLocale

from hermes_desktop.app.sentences import byte_size

_CONTEXT = "Pace"
_SETTLED_SECONDS = 0.7  # before that, a rate is a guess


class Pace:
    """Measure one piece of work by its share done; times are seconds of any steady clock."""

    def __init__(self, size: int, now: float) -> None:
        self._size = size
        self._start = now
        self._first: float | None = None  # share that was done when the clock began

    def words(self, fraction: float, now: float) -> str:
        """Say how much is done, how fast, and how long it still takes."""
        if self._first is None:
            self._first, self._start = fraction, now
        text = (
            QCoreApplication.translate(_CONTEXT, "{done} of {size}")
            .replace("{done}", byte_size(int(self._size * fraction)))
            .replace("{size}", byte_size(self._size))
        )
        elapsed, done = now - self._start, fraction - self._first
        if elapsed < _SETTLED_SECONDS or done <= 0:
            return text
        rate = QCoreApplication.translate(_CONTEXT, "{rate}/s")
        rate = rate.replace("{rate}", byte_size(int(self._size * done / elapsed)))
        return f"{text} · {rate} · {left_words(elapsed * (1 - fraction) / done)}"


def counted_words(done: int, total: int, seconds: float) -> str:
    """Say how many of things are done after so many seconds, how fast, and how long it still takes."""
    text = QCoreApplication.translate(_CONTEXT, "{n} of {m}")
    text = text.replace("{n}", QLocale().toString(done)).replace("{m}", QLocale().toString(total))
    if seconds < _SETTLED_SECONDS or not done:
        return text
    rate = QCoreApplication.translate(_CONTEXT, "{n} a second").replace("{n}", f"{done / seconds:.0f}")
    return f"{text} · {rate} · {left_words(seconds * (total - done) / done)}"


def left_words(seconds: float) -> str:
    """Say how long something still takes, more roughly the longer it is."""
    if seconds < 1:
        return QCoreApplication.translate(_CONTEXT, "almost done")
    if seconds < 90:
        return QCoreApplication.translate(_CONTEXT, "{n} s left").replace("{n}", f"{seconds:.0f}")
    return QCoreApplication.translate(_CONTEXT, "{n} min left").replace("{n}", f"{seconds / 60:.0f}")
