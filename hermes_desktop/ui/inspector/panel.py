"""Knows the right pane's three tabs: persona, memory, sampling; not what stands in them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from hermes_desktop.app.services import Services
from hermes_desktop.ui.inspector.books import BooksHere
from hermes_desktop.ui.inspector.memory import MemoryTab
from hermes_desktop.ui.inspector.persona import PersonaTab
from hermes_desktop.ui.inspector.remembered import Remembered
from hermes_desktop.ui.inspector.sampling import SamplingTab
from hermes_desktop.ui.pieces import column
from hermes_desktop.ui.theme import Theme

WIDTH = 300  # pixels
TABS = ("persona", "memory", "sampling")


class Inspector(QWidget):
    """Show the open conversation from three sides."""

    persona_edit_requested = Signal(int)
    profiles_asked = Signal()
    lore_requested = Signal(int)  # persona id, whose own book is wanted
    book_requested = Signal(int)  # lorebook id
    lorebooks_requested = Signal()
    message_requested = Signal(int)

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        s = services
        self.setFixedWidth(WIDTH)
        self.setProperty("role", "inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._tabs = QTabBar()
        self._tabs.setAccessibleName(self.tr("Inspector"))
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        for name in (self.tr("Persona"), self.tr("Memory"), self.tr("Sampling")):
            self._tabs.addTab(name)
        self._stack = QStackedWidget()
        persona = PersonaTab(s.chat, s.personas, s.profiles, theme)
        persona.profiles_asked.connect(self.profiles_asked)
        persona.edit_requested.connect(self.persona_edit_requested)
        books = BooksHere(s.chat, s.lorebooks)
        books.lore_requested.connect(self.lore_requested)
        books.book_requested.connect(self.book_requested)
        books.lorebooks_requested.connect(self.lorebooks_requested)
        remembered = Remembered(s)
        remembered.message_asked.connect(self.message_requested)
        sampling = SamplingTab(s.chat, s.models, s.preferences, s.notices)
        for tab in (persona, MemoryTab(s.chat, theme, remembered, books), sampling):
            self._stack.addWidget(tab)
        self._tabs.currentChanged.connect(self._stack.setCurrentIndex)
        column(self, self._tabs, self._stack, spacing=0)
        self.show_tab("memory")

    def show_tab(self, name: str) -> None:
        """Show "persona", "memory" or "sampling"."""
        self._tabs.setCurrentIndex(TABS.index(name))
