"""Knows how one walks through the first steps: forward, back, or past them at once; not what they show."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QWidget

from hermes_desktop.app import offers
from hermes_desktop.app.services import Services
from hermes_desktop.ui.first_steps.panes import ComputerPane, ModelPane, PersonaPane
from hermes_desktop.ui.pieces import MARGIN, LeaveByEscape, button, column
from hermes_desktop.ui.theme import Theme


class FirstStepsPage(QWidget):
    """Lead from what this computer can run over a model to a persona."""

    left = Signal()
    talk_requested = Signal(int, int)  # persona id, index of the greeting
    files_wanted = Signal(object)  # Path of a model
    models_asked = Signal()

    def __init__(self, services: Services, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        sizes = offers.sizes()
        s = services
        self._personas = PersonaPane(s.personas, theme)
        self._models = ModelPane(sizes, s.models, s.downloads, s.notices)
        self._panes = QStackedWidget()
        for pane in (ComputerPane(sizes), self._models, self._personas):
            self._panes.addWidget(pane)
        self._names = (self.tr("This computer"), self.tr("A model"), self.tr("A persona"))
        self._crumbs = [self._crumb(at, name) for at, name in enumerate(self._names)]
        self._back = button(self.tr("Back"), "plain")
        self._next = button(self.tr("Next"), "primary")
        self._build()
        LeaveByEscape(self).asked.connect(self.left)
        self._personas.talk_requested.connect(self.talk_requested)
        self._models.files_wanted.connect(self.files_wanted)
        self._models.more_asked.connect(self.models_asked)
        self.show_step(0)

    def show_step(self, at: int) -> None:
        """Show one of the three steps, from 0; beyond the last one lies the conversation."""
        if at >= self._panes.count():
            self.left.emit()
            return
        self._panes.setCurrentIndex(at)
        for place, crumb in enumerate(self._crumbs):
            crumb.setProperty("current", place == at)
            crumb.style().polish(crumb)
        last = at == self._panes.count() - 1
        self._back.setEnabled(at > 0)
        self._next.setText(self.tr("Go to the conversation") if last else self.tr("Next"))
        self._next.setAccessibleName(self._next.text())
        if last:
            self._personas.focus()
        else:
            self._next.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Give the keyboard to the way on."""
        super().showEvent(event)
        self._next.setFocus()

    def _build(self) -> None:
        skip = button(self.tr("Skip"), "link", self.tr("Skip the first steps"))
        skip.setToolTip(self.tr("Straight to the conversation. All of this stays under Models and Personas."))
        skip.clicked.connect(self.left)
        top = QHBoxLayout()
        top.setContentsMargins(MARGIN, 16, MARGIN, 0)
        top.setSpacing(8)
        for crumb in self._crumbs:
            top.addWidget(crumb)
        top.addStretch(1)
        top.addWidget(skip)
        self._back.clicked.connect(lambda: self.show_step(self._panes.currentIndex() - 1))
        self._next.clicked.connect(lambda: self.show_step(self._panes.currentIndex() + 1))
        foot = QHBoxLayout()
        foot.setContentsMargins(MARGIN, 12, MARGIN, 16)
        foot.addWidget(self._back)
        foot.addStretch(1)
        foot.addWidget(self._next)
        column(self, top, self._panes, foot, spacing=0)

    def _crumb(self, at: int, name: str) -> QPushButton:
        crumb = button(f"{at + 1}  {name}", "nav", self.tr("Step {n}: {name}").replace("{n}", str(at + 1)))
        crumb.setAccessibleName(crumb.accessibleName().replace("{name}", name))
        crumb.clicked.connect(lambda: self.show_step(at))
        return crumb
