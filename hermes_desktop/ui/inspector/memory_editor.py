"""Knows how what is remembered is written by hand: a box in its own place, and two ways out of it."""

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from hermes_desktop.app.memories import FACT_LIMIT, SUMMARY_LIMIT, WHO_LIMIT
from hermes_desktop.domain.memory import Memory, MemoryKind
from hermes_desktop.ui.inspector.shelf import ShelfRow
from hermes_desktop.ui.pieces import LeaveByEscape, button, column, text_box

_LINES = {MemoryKind.SUMMARY: 10, MemoryKind.FACT: 3}
_LIMITS = {MemoryKind.SUMMARY: SUMMARY_LIMIT, MemoryKind.FACT: FACT_LIMIT}


class MemoryEditor(QWidget):
    """Edit a summary or a fact: Ctrl+Enter saves, Esc leaves it as it was."""

    saved = Signal(str, str)  # text, whom it is about
    closed = Signal()

    def __init__(self, memory: Memory, name: str) -> None:
        super().__init__()
        self._memory = memory
        self._limit = _LIMITS[memory.kind]
        self._who = who_line()
        self._who.setText(memory.who)
        self._who.setVisible(memory.kind is MemoryKind.FACT)
        self._box = text_box(_LINES[memory.kind], name=name)
        self._box.setPlainText(memory.text)
        self._box.installEventFilter(self)
        self._who.installEventFilter(self)
        self._save = button(self.tr("Save"), "small")
        self._save.setToolTip(self.tr("Save (Ctrl+Enter)"))
        cancel = button(self.tr("Cancel"), "small")
        cancel.setToolTip(self.tr("Leave it as it was (Esc)"))
        ways = QHBoxLayout()
        ways.setSpacing(8)
        ways.addStretch(1)
        for each in (cancel, self._save):
            ways.addWidget(each)
        column(self, self._who, self._box, ways, spacing=8)
        self._box.textChanged.connect(self._on_changed)
        self._save.clicked.connect(self.save)
        cancel.clicked.connect(self.closed)
        LeaveByEscape(self).asked.connect(self.closed)

    @property
    def changed(self) -> bool:
        """Say whether what stands here differs from what is kept, and could be kept."""
        text, who = self._written()
        return bool(text) and (text, who) != (self._memory.text, self._memory.who)

    def begin(self) -> None:
        """Take the keyboard."""
        self._box.setFocus()
        self._box.moveCursor(self._box.textCursor().MoveOperation.End)

    def save(self) -> None:
        """Keep what stands here; nothing is kept where nothing was changed."""
        text, who = self._written()
        if self.changed:
            self.saved.emit(text, who)
        elif text:
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim Ctrl+Enter, which makes a reply anew elsewhere in the window."""
        if not isinstance(event, QKeyEvent) or event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return super().eventFilter(watched, event)
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress:
            self.save()
        return True

    def _written(self) -> tuple[str, str]:
        return self._box.toPlainText().strip()[: self._limit], self._who.text().strip()

    def _on_changed(self) -> None:
        self._save.setEnabled(bool(self._box.toPlainText().strip()))


class EditableRow(ShelfRow):
    """Show a summary or a fact that can be edited in its place."""

    rewritten = Signal(object, str, str)  # Memory, text, who
    deleted = Signal(object)  # Memory

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self.memory = memory
        self._editor: MemoryEditor | None = None
        self._layout = column(self, spacing=2)

    @property
    def held(self) -> bool:
        """Say whether somebody is writing in it."""
        return self._editor is not None

    def note_memory(self, memory: Memory) -> None:
        """Take what is to be shown from now on; what is being edited stays the one that it was."""
        if not self.held:
            self.memory = memory

    def edit(self) -> None:
        """Begin to edit the whole text in its place."""
        if self._editor is None:
            self._editor = MemoryEditor(self.memory, self._text_name())
            self._editor.saved.connect(self._on_saved)
            self._editor.closed.connect(self._on_closed)
            self._layout.addWidget(self._editor)
            self._editor.show()  # now, so that it can take the keyboard
            self.enchain()
            self._settle()
        self._editor.begin()

    def leave(self) -> None:
        """Keep what was written: somebody goes away without saying what is to become of it."""
        if self._editor is not None and self._editor.changed:
            self._editor.save()

    def take_keyboard(self) -> None:
        """Stand on the row."""
        raise NotImplementedError

    def _text_name(self) -> str:
        """Name the text that is edited, for readers of screens."""
        raise NotImplementedError

    def _settle(self) -> None:
        """Show what belongs beside the editor, or in its place."""
        raise NotImplementedError

    def _on_saved(self, text: str, who: str) -> None:
        self._drop_editor()
        self.rewritten.emit(self.memory, text, who)

    def _on_closed(self) -> None:
        self._drop_editor()
        self.take_keyboard()

    def _drop_editor(self) -> None:
        gone, self._editor = self._editor, None
        if gone is not None:
            self._layout.removeWidget(gone)
            gone.hide()
            gone.deleteLater()  # its own button may be what has led here
        self._settle()


def who_line() -> QLineEdit:
    """Make the line in which one writes whom a fact is about."""
    made = QLineEdit()
    made.setMaxLength(WHO_LIMIT)
    made.setPlaceholderText(QCoreApplication.translate("MemoryEditor", "Who"))
    made.setAccessibleName(QCoreApplication.translate("MemoryEditor", "Whom the fact is about"))
    return made
