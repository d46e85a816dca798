"""Knows a page that shows how far an import is and then what became of each file; not what was imported."""

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from hermes_desktop.ui.pace import counted_words
from hermes_desktop.ui.pieces import PAGE_WIDTH, Scroll, button, column, emptied, soft, title, words

_FIRST = 12  # reports that are shown at once: each is a widget, and the window waits for them
_BATCH = 40  # more of them, on request


class ReportPage(Scroll):
    """Show an import while it runs, with a way to stop it, and its reports afterwards; subclasses word it."""

    left = Signal()
    cancelled = Signal()

    def __init__(self, heading: str, back: str, back_name: str, *steps: QWidget) -> None:
        inside = QWidget()
        super().__init__(inside, width=PAGE_WIDTH)
        self._waiting: list[Any] = []
        self._began = 0.0  # by a steady clock, in seconds
        self._summary = words("")
        self._bar = QProgressBar()
        self._count = soft("")
        self._running = QWidget()
        self._cards = QVBoxLayout()
        self._more = button("", name=self.tr("Show more files"))
        self._build(inside, heading, button(back, "link", back_name), steps)

    # ---- what a subclass says ----------------------------------------------------------------------

    def _card(self, report: Any) -> QWidget:
        """Make what shows one report."""
        raise NotImplementedError

    def _summed(self, reports: Sequence[Any]) -> str:
        """Say in a line what became of all files."""
        raise NotImplementedError

    def _offers(self, _reports: Sequence[Any]) -> Sequence[Any]:
        """List what there is to decide; it is shown behind what was refused, and `_card` makes it."""
        return ()

    # ---- what is shown -----------------------------------------------------------------------------

    def show_progress(self, done: int, total: int) -> None:
        """Say how far the import is; a total of 0 means that the files are being counted."""
        if not self._running.isVisibleTo(self):
            self._clear()
            self._summary.setText(self.tr("Files are being read; what has come in stays if you cancel."))
            self._running.show()
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        if not done:
            self._began = time.monotonic()
        self._count.setText(counted_words(done, total, time.monotonic() - self._began) if total else "")

    def show_reports(self, reports: Sequence[Any]) -> None:
        """Show what became of the files: those that were refused first."""
        self._running.hide()
        self._clear()
        self._summary.setText(self._summed(reports))
        refused = [report for report in reports if not report.ok]
        self._waiting = [*refused, *self._offers(reports), *(report for report in reports if report.ok)]
        self._show(_FIRST)
        self.verticalScrollBar().setValue(0)

    def say(self, text: str) -> None:
        """Show a text in the place of reports."""
        self._clear()
        self._summary.setText(text)

    def _build(self, inside: QWidget, heading: str, back: QWidget, steps: Sequence[QWidget]) -> None:
        back.clicked.connect(self.left)  # type: ignore[attr-defined]  # a button
        cancel = button(self.tr("Cancel"), name=self.tr("Cancel the import"))
        cancel.clicked.connect(self.cancelled)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the import"))
        line = QHBoxLayout(self._running)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self._bar, 1)
        line.addWidget(self._count)
        line.addWidget(cancel)
        self._running.hide()
        self._cards.setSpacing(12)
        self._more.clicked.connect(self._on_more)
        offered = QHBoxLayout()
        offered.setSpacing(8)
        for step in steps:
            offered.addWidget(step)
        offered.addStretch(1)
        whole = column(inside, spacing=14)
        whole.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(title(heading))
        whole.addWidget(self._summary)
        if steps:
            whole.addLayout(offered)
        whole.addWidget(self._running)
        whole.addLayout(self._cards)
        whole.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addStretch(1)
        self._more.hide()

    def _clear(self) -> None:
        self._waiting = []
        self._more.hide()
        emptied(self._cards)

    def _on_more(self) -> None:
        self._show(_BATCH)

    def _show(self, number: int) -> None:
        now, self._waiting = self._waiting[:number], self._waiting[number:]
        for report in now:
            self._cards.addWidget(self._card(report))
        self._more.setVisible(bool(self._waiting))
        self._more.setText(self.tr("Show more ({n})").replace("{n}", str(len(self._waiting))))
