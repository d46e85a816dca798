"""Knows which parts tell of what is remembered in the open conversation; each is a module of its own."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from hermes_desktop.app.services import Services
from hermes_desktop.domain.prompt import Budget
from hermes_desktop.ui.inspector.facts import FactsPanel
from hermes_desktop.ui.inspector.pins import PinsPanel, RecalledPanel
from hermes_desktop.ui.inspector.story import StoryPanel
from hermes_desktop.ui.inspector.summing import SummingUp
from hermes_desktop.ui.pieces import column, note


class Remembered(QWidget):
    """Show the story so far, the facts and the pinned messages; nothing where no conversation is open."""

    message_asked = Signal(int)

    def __init__(self, services: Services) -> None:
        super().__init__()
        s = services
        self._chat = s.chat
        self._left_out = note("")
        ways = SummingUp(s.chat, s.chronicle, s.models, s.preferences, s.notices)
        story = StoryPanel(s.chat, s.memories, s.chronicle, s.notices, ways)
        pins = PinsPanel(s.memories)
        pins.message_asked.connect(self.message_asked)
        facts = FactsPanel(s.chat, s.memories, s.notices)
        self._recalled = RecalledPanel()
        self._recalled.message_asked.connect(self.message_asked)
        column(self, self._left_out, story, facts, pins, self._recalled, spacing=24)
        for signal in (s.chat.opened, s.chat.closed, s.chat.budget_changed):
            signal.connect(self._refresh)
        self._refresh()

    def _refresh(self, *_anything: object) -> None:
        self.setVisible(self._chat.conversation is not None)
        self._recalled.show_messages(self._chat.recalled)
        budget = self._chat.budget
        self._left_out.setVisible(budget is not None and budget.memories_left_out > 0)
        if budget is not None:
            self._left_out.setText(self._left_out_words(budget))

    def _left_out_words(self, budget: Budget) -> str:
        if budget.memories_left_out == 1:
            return self.tr("One memory has no room in the context. Shorten or delete some.")
        said = self.tr("{n} memories have no room in the context. Shorten or delete some.")
        return said.replace("{n}", str(budget.memories_left_out))
