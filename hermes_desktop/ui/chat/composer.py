"""Knows the box in which a message is written: its keys, its growth, its draft; not what is done with it."""

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QSizePolicy, QWidget

from hermes_desktop.ui.keys import Keys

_MAX_LINES = 8
_DRAFT_MS = 700


class MessageEdit(QPlainTextEdit):
    """Write several lines; what is pressed in an empty box means something else."""

    sent = Signal()
    edit_last_asked = Signal()
    version_asked = Signal(int)  # step
    focus_changed = Signal(bool)

    def __init__(self, keys: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = keys
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send, or act on the conversation where the box is empty."""
        keys = self._keys
        if keys.matches("new_line", event):
            self.insertPlainText("\n")
        elif keys.matches("send", event):
            self.sent.emit()
        elif self.toPlainText():
            super().keyPressEvent(event)
        elif keys.matches("edit_last", event):
            self.edit_last_asked.emit()
        elif keys.matches("version_back", event):
            self.version_asked.emit(-1)
        elif keys.matches("version_forward", event):
            self.version_asked.emit(1)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Let the frame show it."""
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let the frame show it."""
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def changeEvent(self, event: QEvent) -> None:
        """Keep the height of a whole number of lines."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Leave files to the window."""
        return not source.hasUrls() and super().canInsertFromMimeData(source)

    def sizeHint(self) -> QSize:
        """Ask for the lines that are there, up to the limit."""
        return QSize(200, self._height())

    def minimumSizeHint(self) -> QSize:
        """Never less than one line."""
        return QSize(60, self.fontMetrics().lineSpacing() + 8)

    def _height(self) -> int:
        lines = min(max(int(self.document().size().height()), 1), _MAX_LINES)
        return lines * self.fontMetrics().lineSpacing() + 8

    def _fit(self) -> None:
        self.setFixedHeight(self._height())


class Composer(QFrame):
    """Hold the box and the one button beside it: Send, or Stop while a reply comes."""

    sent = Signal(str)
    stopped = Signal()
    edit_last_asked = Signal()
    version_asked = Signal(int)
    draft_changed = Signal(str)

    def __init__(self, keys: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "composer")
        self._keys = keys
        self._writing = False
        self._waiting = ""  # what was sent and is not on the disk yet
        self.edit = MessageEdit(keys)
        self.edit.setAccessibleName(self.tr("Message"))
        self._button = QPushButton()
        self._button.setProperty("role", "primary")
        self._button.clicked.connect(self._on_button)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.edit, 1, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignBottom)
        self._draft = QTimer(self)
        self._draft.setSingleShot(True)
        self._draft.setInterval(_DRAFT_MS)
        self._draft.timeout.connect(self.save_draft)
        self.edit.textChanged.connect(self._draft.start)
        self.edit.sent.connect(self._on_sent)
        self.edit.edit_last_asked.connect(self.edit_last_asked)
        self.edit.version_asked.connect(self.version_asked)
        self.edit.focus_changed.connect(self._on_focus)
        keys.changed.connect(self._name_button)
        self._name_button()

    def set_name(self, name: str) -> None:
        """Say whom one writes to."""
        self.edit.setPlaceholderText(self.tr("Write to {name}…").replace("{name}", name))

    def set_text(self, text: str) -> None:
        """Put a draft into the box."""
        self._waiting = ""
        self.edit.setPlainText(text)
        self.edit.moveCursor(self.edit.textCursor().MoveOperation.End)
        self._draft.stop()

    def set_writing(self, writing: bool) -> None:
        """Offer Stop while a reply is on its way."""
        self._writing = writing
        if not writing:
            self._waiting = ""  # sent or not: what stands in the box now is a draft again
        self._name_button()

    def note_saved(self) -> None:
        """Empty the box: what was sent is on the disk. What was typed since then stays."""
        if self._waiting and self.edit.toPlainText() == self._waiting:
            self.edit.clear()
            self._draft.stop()
        self._waiting = ""

    def save_draft(self) -> None:
        """Keep what stands in the box."""
        self._draft.stop()
        if not self._waiting:
            self.draft_changed.emit(self.edit.toPlainText())

    def _on_sent(self) -> None:
        if self._writing:
            return
        self._waiting = self.edit.toPlainText()
        self.sent.emit(self._waiting)

    def _on_button(self) -> None:
        if self._writing:
            self.stopped.emit()
        else:
            self._on_sent()
        self.edit.setFocus()

    def _on_focus(self, focused: bool) -> None:
        self.setProperty("active", focused)
        self.style().unpolish(self)
        self.style().polish(self)

    def _name_button(self) -> None:
        text = self.tr("Stop") if self._writing else self.tr("Send")
        self._button.setText(text)
        self._button.setAccessibleName(text)
        self._button.setToolTip(self._keys.tooltip("stop" if self._writing else "send"))
