"""Knows how a message's text is changed: a box in the place of the composer, and three ways out of it."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.ui.chat.composer import MessageEdit
from hermes_desktop.ui.keys import Keys


class MessageEditor(QFrame):
    """Edit one message; what is saved becomes a version beside it."""

    saved = Signal(int, str, bool)  # message id, text, keep what follows
    closed = Signal()

    def __init__(self, keys: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "composer")
        self._message: Message | None = None
        self._words = QLabel()
        self._words.setProperty("role", "small")
        self.edit = MessageEdit(keys)
        self.edit.setAccessibleName(self.tr("Text of the message"))
        self.edit.sent.connect(self._on_default)
        self._keep = self._button(self.tr("Save, keep what follows"), lambda: self._save(keep=True))
        self._save_button = self._button(self.tr("Save"), lambda: self._save(keep=False))
        self._save_button.setProperty("role", "primary")
        cancel = self._button(self.tr("Cancel"), self.close_editor)
        buttons = QHBoxLayout()
        buttons.addWidget(self._words, 1)
        for button in (cancel, self._keep, self._save_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 10, 10)
        layout.addWidget(self.edit)
        layout.addLayout(buttons)
        self.hide()

    def open_editor(self, message: Message, *, has_following: bool) -> None:
        """Begin to edit."""
        self._message = message
        self.edit.setPlainText(message.text)
        self._keep.setVisible(has_following)
        mine = message.role is Role.USER
        self._save_button.setText(self.tr("Save and get a reply") if mine else self.tr("Save"))
        self._save_button.setAccessibleName(self._save_button.text())
        self._words.setText(self.tr("The old text stays as a version."))
        self.show()
        self.edit.setFocus()
        self.edit.moveCursor(self.edit.textCursor().MoveOperation.End)

    def close_editor(self) -> None:
        """Leave everything as it is."""
        if self._message is not None:
            self._message = None
            self.hide()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cancel with Esc, save with Ctrl+Enter."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape:
            self.close_editor()
        elif control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_default()
        else:
            super().keyPressEvent(event)

    def _button(self, text: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.clicked.connect(act)
        return button

    def _on_default(self) -> None:
        """Do what loses least: keep what follows, where something does."""
        self._save(keep=not self._keep.isHidden())

    def _save(self, *, keep: bool) -> None:
        message, text = self._message, self.edit.toPlainText()
        self.close_editor()
        if message is not None and text.strip() and text != message.text:
            self.saved.emit(message.id, text, keep)
