"""Knows the list of keys, where each can be changed; `ui.keys` decides what is allowed."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from hermes_desktop.ui.keys import Keys, pressed
from hermes_desktop.ui.pieces import button, caption, card, column, note, soft

_ESCAPE = QKeySequence(Qt.Key.Key_Escape)
_MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class KeysPart(QWidget):
    """List every command with its key; press a new one to change it."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self._keys = keys
        self._labels: dict[str, KeyButton] = {}
        self._resets: dict[str, QPushButton] = {}
        self._refused = note("")
        self._refused.setProperty("role", "warning")
        self._refused.hide()
        reset = button(
            self.tr("All keys as they came"), "plain", self.tr("Give every command its first key again")
        )
        reset.clicked.connect(keys.reset_all)
        said = note(self.tr("Choose a key to change it, then press the new one. Esc leaves it as it was."))
        layout = column(self, said, self._refused, spacing=12)
        for group in dict.fromkeys(keys.group(name) for name in keys.names()):
            layout.addWidget(caption(group))
            layout.addWidget(self._card(group))
        layout.addWidget(reset, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
        keys.changed.connect(self._refresh)
        self._refresh()

    def _card(self, group: str) -> QWidget:
        frame = card()
        grid = QGridLayout(frame)
        grid.setContentsMargins(16, 8, 8, 8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for row, name in enumerate(n for n in self._keys.names() if self._keys.group(n) == group):
            label = soft(self._keys.text(name))
            label.setProperty("role", "words")
            key = KeyButton(self._keys, name)
            key.refused.connect(self._say)
            reset = button(
                self.tr("Reset"),
                "link",
                self.tr("Reset the key of “{command}”").replace("{command}", self._keys.text(name)),
            )
            reset.clicked.connect(lambda _=False, name=name: self._say(self._keys.reset(name)))
            self._labels[name], self._resets[name] = key, reset
            grid.addWidget(label, row, 0)
            grid.addWidget(reset, row, 1)
            grid.addWidget(key, row, 2)
        return frame

    def _say(self, words: str) -> None:
        self._refused.setText(words)
        self._refused.setVisible(bool(words))

    def _refresh(self) -> None:
        for name, label in self._labels.items():
            label.show_key()
            self._resets[name].setVisible(self._keys.is_changed(name))


class KeyButton(QPushButton):
    """Show the key of a command; once pressed, take the next key as the new one."""

    refused = Signal(str)  # why the key cannot be taken; "" where it was

    def __init__(self, keys: Keys, name: str) -> None:
        super().__init__()
        self._keys, self._name = keys, name
        self._listens = False
        self.setMinimumWidth(150)
        self.clicked.connect(self._on_clicked)
        self.show_key()

    def show_key(self) -> None:
        """Show the key that counts now."""
        self._listens = False
        text = self._keys.label(self._name) or self.tr("none")
        self.setText(text)
        self.setAccessibleName(f"{self._keys.text(self._name)}: {text}")

    def event(self, event: QEvent) -> bool:
        """Keep the window's own keys away while a key is awaited."""
        if self._listens and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if self._listens and event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self._take(event)
            return True  # also Tab, which would move on otherwise
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Give up when the person goes elsewhere."""
        super().focusOutEvent(event)
        self.show_key()

    def _on_clicked(self) -> None:
        self._listens = True
        self.setText(self.tr("Press a key…"))

    def _take(self, event: QKeyEvent) -> None:
        if event.key() in _MODIFIERS:
            return
        sequence = pressed(event)
        words = "" if sequence == _ESCAPE else self._keys.rebind(self._name, sequence)
        self.show_key()
        self.refused.emit(words)
