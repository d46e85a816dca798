"""Knows the line in which one looks for words in the open conversation; the transcript does the looking."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget


class FindBar(QWidget):
    """Ask for words, forwards or back."""

    asked = Signal(str, bool)  # words, backwards
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._words = QLineEdit()
        self._words.setPlaceholderText(self.tr("Find in this conversation"))
        self._words.setAccessibleName(self._words.placeholderText())
        self._words.returnPressed.connect(lambda: self._ask(backwards=True))
        self._answer = QLabel()
        self._answer.setProperty("role", "soft")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 8, 24, 8)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._answer)
        for text, name, act in (
            ("↑", self.tr("Find earlier"), lambda: self._ask(backwards=True)),
            ("↓", self.tr("Find later"), lambda: self._ask(backwards=False)),
            ("✕", self.tr("Close"), self.close_bar),
        ):
            button = QPushButton(text)
            button.setProperty("role", "quiet")
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.clicked.connect(act)
            layout.addWidget(button)
        self.hide()

    def open_bar(self) -> None:
        """Show it, ready to type."""
        self.show()
        self._words.setFocus()
        self._words.selectAll()

    def close_bar(self) -> None:
        """Hide it."""
        self.hide()
        self.closed.emit()

    def show_found(self, found: bool) -> None:
        """Say whether the words were there."""
        self._answer.setText("" if found else self.tr("Not found"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    def _ask(self, *, backwards: bool) -> None:
        if self._words.text():
            self.asked.emit(self._words.text(), backwards)
