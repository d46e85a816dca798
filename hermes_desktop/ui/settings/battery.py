"""Knows how saving on battery is set, and how it is said what this computer runs on; the service asks."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from hermes_desktop.app.power import PowerService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.power import PowerSource
from hermes_desktop.ui.pieces import column, heading, note


class BatteryPart(QWidget):
    """Turn the saving on or off; say what it does and what is the case now."""

    def __init__(self, power: PowerService, preferences: PreferencesService) -> None:
        super().__init__()
        self._power = power
        save = QCheckBox(self.tr("On battery: fewer threads, background work pauses"))
        save.setChecked(preferences.value.save_on_battery)
        save.toggled.connect(lambda on: preferences.update(save_on_battery=on))
        explained = self.tr(
            "Replies are written by half the threads: slower, and at less power. "
            "Files are hashed and this machine is measured only where you ask for it; the rest waits for "
            "mains. Downloads go on."
        )
        save.setAccessibleDescription(explained)
        self._now = note("")
        parts = (heading(self.tr("Battery")), save, note(explained), self._now)
        column(self, *parts, spacing=8)
        power.changed.connect(self._refresh)
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew now that somebody wants to see it."""
        super().showEvent(event)
        self._power.look()

    def _refresh(self) -> None:
        self._now.setText(
            {
                PowerSource.BATTERY: self.tr("This computer runs on its battery."),
                PowerSource.MAINS: self.tr("This computer runs on mains."),
                PowerSource.NO_BATTERY: self.tr("This computer has no battery."),
                PowerSource.UNKNOWN: self.tr("This computer does not say whether it runs on its battery."),
            }[self._power.source]
        )
