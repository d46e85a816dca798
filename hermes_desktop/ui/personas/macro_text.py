"""Knows a box of text in which macros are coloured and completed; not what stands in it."""

import re

from PySide6.QtCore import QEvent, QRect, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from hermes_desktop.app.macros import MacroWords
from hermes_desktop.ui.personas.macro_list import MacroList
from hermes_desktop.ui.personas.macro_marks import MacroMarks
from hermes_desktop.ui.theme import Theme

_OPEN = re.compile(r"\{\{([A-Za-z_]*)\Z")
_GROWTH = 12  # lines that a box grows by before it scrolls
_PADDING = 18  # pixels around the text
_TAKES = (Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class MacroText(QPlainTextEdit):
    """Edit plain text with macros; grows with it for a while. Tab leaves it, or takes what is offered."""

    def __init__(self, theme: Theme, lines: int, placeholder: str = "", name: str = "") -> None:
        super().__init__()
        self._theme = theme
        self._least = lines
        self._offers: MacroList | None = None
        self.marks = MacroMarks(self.document(), theme)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.textChanged.connect(self._on_text)
        self.cursorPositionChanged.connect(self._on_cursor)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._grow()

    @property
    def offering(self) -> bool:
        """Say whether macros are offered now."""
        return self._offers is not None and self._offers.isVisible()

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window's shortcuts while macros are offered."""
        if isinstance(event, QKeyEvent) and self.offering:
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
                self.keyPressEvent(event)  # before Qt makes a step to the next control of it
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give the keys of the list to it while it is there."""
        if not self.offering or self._offers is None:
            super().keyPressEvent(event)
        elif event.key() in _TAKES:
            self._offers.take()
        elif event.key() == Qt.Key.Key_Escape:
            self._offers.hide()
        elif event.key() in _STEPS:
            self._offers.step(_STEPS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Offer nothing where nobody types."""
        self._hide()
        super().focusOutEvent(event)

    # ---- what is offered ---------------------------------------------------------------------------

    def _on_text(self) -> None:
        if self.hasFocus():
            QTimer.singleShot(0, self, self._offer)  # the cursor moves after the text

    def _on_cursor(self) -> None:
        if self.offering and _OPEN.search(self._before()) is None:
            self._hide()

    def _offer(self) -> None:
        found = _OPEN.search(self._before())
        if found is None or not self.hasFocus():
            self._hide()
            return
        if self._offers is None:
            self._offers = MacroList(self.window(), self._theme)
            self._offers.taken.connect(self._take)
            self.destroyed.connect(self._offers.deleteLater)
        place = self.cursorRect()
        corner = self.viewport().mapTo(self.window(), place.topLeft())
        self._offers.offer(found[1], QRect(corner, place.size()))

    def _take(self, words: MacroWords) -> None:
        found = _OPEN.search(self._before())
        self._hide()
        if found is None:
            return
        cursor = self.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(found[1]))
        behind = self.textCursor()
        behind.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, 2)
        closed = behind.selectedText() == "}}"
        cursor.insertText(words.name + words.arguments + ("" if closed else "}}"))
        if closed:
            cursor.movePosition(QTextCursor.MoveOperation.Right, n=2)
        elif words.arguments:  # what is an example is selected, to be written over
            cursor.movePosition(QTextCursor.MoveOperation.Left, n=2)
            cursor.movePosition(
                QTextCursor.MoveOperation.Left,
                QTextCursor.MoveMode.KeepAnchor,
                len(words.arguments.lstrip(":_ ")),
            )
        self.setTextCursor(cursor)

    def _before(self) -> str:
        cursor = self.textCursor()
        if cursor.hasSelection():
            return ""
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText()[-40:]

    def _hide(self) -> None:
        if self._offers is not None:
            self._offers.hide()

    # ---- size --------------------------------------------------------------------------------------

    def _grow(self, *_anything: object) -> None:
        lines = round(self.document().size().height())  # a plain text counts its height in lines
        shown = min(max(lines + 1, self._least + 1), self._least + _GROWTH)
        height = self.fontMetrics().lineSpacing() * shown + _PADDING
        if height != self.height() or height != self.minimumHeight():
            self.setFixedHeight(height)
