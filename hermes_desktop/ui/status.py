"""Knows the line under the pages: what the engine did, where, and on what power; it only shows."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from hermes_desktop.app.reply import ReplyStatistics
from hermes_desktop.domain.prompt import Budget

_READ_FROM = 600  # pixels of width from which there is room for how much was read


class StatusBar(QWidget):
    """Say in small print what the engine did."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(28)
        self._network = QLabel()
        self.show_lenders(())
        self._power = QLabel(self.tr("on battery"))
        self._power.setToolTip(
            self.tr(
                "Replies use half the threads, and work in the background waits for mains. "
                "The settings under “Devices” can turn this off."
            )
        )
        self._power.hide()
        self._figures, self._read = QLabel(), QLabel()
        self._context = QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 0, 24, 0)
        layout.setSpacing(20)
        layout.addWidget(self._network)
        layout.addWidget(self._power)
        layout.addWidget(self._figures)
        layout.addWidget(self._read)
        layout.addStretch(1)
        layout.addWidget(self._context)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what would be cut off."""
        super().resizeEvent(event)
        self._read.setVisible(self.width() >= _READ_FROM)

    def show_lenders(self, addresses: Sequence[str]) -> None:
        """Say whether the model's work leaves this computer, and where to."""
        said, why = self.tr("offline"), self.tr("No part of the app that is running may open a connection.")
        if addresses:
            said = self.tr("computed on {hosts}, too").replace("{hosts}", ", ".join(addresses))
            why = self.tr("Layers of the model lie on other computers; what they compute passes the network.")
        self._network.setText("● " + said)
        self._network.setToolTip(why)

    def show_saving(self, saving: bool) -> None:
        """Say whether the computer is on battery and work is saved."""
        self._power.setVisible(saving)

    def show_statistics(self, figures: ReplyStatistics | None) -> None:
        """Show speed and how much of the prompt was read anew."""
        if figures is None:
            self._figures.clear()
            self._read.clear()
            return
        number = QLocale()
        speed = number.toString(figures.tokens_per_second, "f", 1)
        self._figures.setText(self.tr("{speed} tokens/s").replace("{speed}", speed))
        words = self.tr("read {read} of {all} prompt tokens")
        words = words.replace("{read}", number.toString(figures.evaluated))
        self._read.setText(words.replace("{all}", number.toString(figures.prompt_tokens)))

    def show_budget(self, budget: Budget | None) -> None:
        """Show how full the context is."""
        used = [QLocale().toString(n) for n in (budget.prompt_tokens, budget.context)] if budget else []
        self._context.setText(" / ".join(used))
