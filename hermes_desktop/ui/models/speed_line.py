"""Knows how the measurement of this machine is told and asked for; the service measures."""

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hermes_desktop.app.speeds import SpeedsService
from hermes_desktop.ui.pieces import button, note


class SpeedLine(QWidget):
    """Say when this machine was measured, and offer to do it again."""

    def __init__(self, speeds: SpeedsService) -> None:
        super().__init__()
        self._speeds = speeds
        self._said = note("")
        self._measure = button("", "link")
        self._measure.clicked.connect(speeds.measure)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._said, 1)
        line.addWidget(self._measure)
        speeds.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        self._said.setText(self._words())
        known = self._speeds.calibration is not None
        text = self.tr("Measure again") if known else self.tr("Measure")
        self._measure.setText(text)
        self._measure.setAccessibleName(
            self.tr("Measure again how fast this machine is")
            if known
            else self.tr("Measure how fast this machine is")
        )
        self._measure.setEnabled(not self._speeds.measuring)

    def _words(self) -> str:
        found = self._speeds.calibration
        if self._speeds.measuring:
            return self.tr("Measuring for a few seconds how fast this machine is …")
        if found is None:
            return self.tr("How fast this machine is has not been measured yet.")
        day = QDateTime.fromMSecsSinceEpoch(found.measured_at).date()
        text = self.tr("Speeds are estimates from a measurement of this machine on {day}.")
        return text.replace("{day}", QLocale().toString(day, QLocale.FormatType.ShortFormat))
