"""Knows how messages are listed that are remembered word for word: pinned ones, recalled ones."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from hermes_desktop.app.memories import MemoriesService
from hermes_desktop.domain.conversation import Message
from hermes_desktop.ui.beginnings import beginning
from hermes_desktop.ui.inspector.shelf import Shelf, ShelfRow
from hermes_desktop.ui.pieces import button, column, note, tip

_LETTERS = 80  # of a message; what has no room is left out
_LEAST = 40  # pixels


class MessageLink(QPushButton):
    """Name a message by who said it and its first words; a click asks to go there."""

    asked = Signal(int)  # message id

    def __init__(self, message: Message) -> None:
        super().__init__()
        self._message = message
        self.setProperty("role", "message")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumWidth(_LEAST)
        self.clicked.connect(lambda: self.asked.emit(self._message.id))
        self.show_message(message)

    def show_message(self, message: Message) -> None:
        """Name it as it is now."""
        self._message = message
        said = beginning(message.text, _LETTERS)
        name = self.tr("Go to the message of {name}: {words}").replace("{name}", message.name)
        self.setAccessibleName(name.replace("{words}", said))
        self.setToolTip(tip(message.text))
        self._settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room."""
        super().resizeEvent(event)
        self._settle()

    def _settle(self) -> None:
        room = self.width() - 4
        lines = (self._message.name, beginning(self._message.text, _LETTERS))
        elide, right = self.fontMetrics().elidedText, Qt.TextElideMode.ElideRight
        shown = (elide(line.replace("&", "&&"), right, room) for line in lines if line)
        self.setText("\n".join(shown))


class PinRow(ShelfRow):
    """Show a pinned message; go there, or unpin it."""

    asked = Signal(int)  # message id
    unpinned = Signal(int)  # message id

    def __init__(self, message: Message) -> None:
        super().__init__()
        self._link = MessageLink(message)
        self._link.asked.connect(self.asked)
        unpin = button(self.tr("Unpin"), "line", self.tr("Unpin the message of {name}"))
        unpin.setAccessibleName(unpin.accessibleName().replace("{name}", message.name))
        unpin.clicked.connect(lambda: self.unpinned.emit(message.id))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self._link, 1)
        line.addWidget(unpin)

    def show_message(self, message: Message) -> None:
        """Name it as it is now."""
        self._link.show_message(message)


class PinsPanel(QWidget):
    """List the pinned messages of the open conversation."""

    message_asked = Signal(int)

    def __init__(self, memories: MemoriesService) -> None:
        super().__init__()
        self._memories = memories
        self._rows: dict[int, PinRow] = {}
        self._none = note(
            self.tr(
                "Nothing is pinned. What you pin under a message is repeated word for word once it has left."
            )
        )
        self._shelf = Shelf(self.tr("Pinned"), self._none)
        column(self, self._shelf)
        memories.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is pinned now."""
        before, self._rows = self._rows, {}
        for message in self._memories.pinned():
            row = self._rows[message.id] = before.get(message.id) or self._make(message)
            row.show_message(message)
        self._shelf.put(list(self._rows.values()))
        self._none.setVisible(not self._rows)

    def _make(self, message: Message) -> PinRow:
        row = PinRow(message)
        row.asked.connect(self.message_asked)
        row.unpinned.connect(self._memories.toggle_pin)
        return row


class RecalledPanel(QWidget):
    """List the earlier messages that were brought back for the last reply; hidden where none was."""

    message_asked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[Message] = []
        about = note(self.tr("Brought back for the last reply, since it is about what was said there."))
        self._shelf = Shelf(self.tr("Recalled"), about)
        column(self, self._shelf)
        self.show_messages(())

    def show_messages(self, messages: Sequence[Message]) -> None:
        """List other messages."""
        self.setVisible(bool(messages))
        if list(messages) == self._shown:
            return
        self._shown = list(messages)
        rows = []
        for message in messages:
            row, link = ShelfRow(), MessageLink(message)
            link.asked.connect(self.message_asked)
            column(row, link)
            rows.append(row)
        self._shelf.put(rows)
