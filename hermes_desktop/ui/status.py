"""Knows the line under the pages: what the engine did, where, and on what power; it only shows."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from hermes_desktop.app.reply import ReplyStatistics
from hermes_desktop.domain.prompt import Budget

_MARGIN, _SPACING = 24, 20  # pixels


class StatusBar(QWidget):
    """Say in small print what the engine did."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(28)
        self._network = QLabel()
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
        layout.setContentsMargins(_MARGIN, 0, _MARGIN, 0)
        layout.setSpacing(_SPACING)
        layout.addWidget(self._network)
        layout.addWidget(self._power)
        layout.addWidget(self._figures)
        layout.addWidget(self._read)
        layout.addStretch(1)
        layout.addWidget(self._context)
        self.show_network("", ())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what would be cut off."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Say how much was read where there is room for it."""
        labels = [self._network, self._figures, self._read, self._context]
        labels += [] if self._power.isHidden() else [self._power]
        needed = sum(label.sizeHint().width() + _SPACING for label in labels) + 2 * _MARGIN
        self._read.setVisible(self.width() >= needed)

    def show_network(self, server: str, lenders: Sequence[str]) -> None:
        """Say whether the model's work leaves this computer, and where to."""
        said, why = self.tr("offline"), self.tr("No part of the app that is running may open a connection.")
        if server:
            said = self.tr("replies leave this computer: {host}").replace("{host}", server)
            why = self.tr("A server plays: persona, profile and conversation are sent there.")
        elif lenders:
            said = self.tr("computed on {hosts}, too").replace("{hosts}", ", ".join(lenders))
            why = self.tr("Layers of the model lie on other computers; what they compute passes the network.")
        self._network.setText("● " + said)
        self._network.setToolTip(why)
        self._fit()

    def show_saving(self, saving: bool) -> None:
        """Say whether the computer is on battery and work is saved."""
        self._power.setVisible(saving)
        self._fit()

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
        self._fit()

    def show_budget(self, budget: Budget | None) -> None:
        """Show how full the context is."""
        used = [QLocale().toString(n) for n in (budget.prompt_tokens, budget.context)] if budget else []
        about = self.tr("about {n}") if budget is not None and budget.about else "{n}"
        self._context.setText(about.replace("{n}", " / ".join(used)) if used else "")
        self._fit()
