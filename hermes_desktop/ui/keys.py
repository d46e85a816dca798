"""Knows every command of the window and the key that calls it; not what a command does."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.preferences import Preferences

_CONTEXT = "Keys"


class Scope(StrEnum):
    """Say where a key counts."""

    WINDOW = "window"  # anywhere in the window: the action carries the key
    COMPOSER = "composer"  # only while the message box has the keyboard, which asks `Keys.matches`


@dataclass(frozen=True, slots=True)
class Command:
    """Something the window can do, and the keys it starts with."""

    name: str
    text: str  # untranslated
    group: str  # untranslated
    keys: str  # portable; several are divided by "; "
    scope: Scope = Scope.WINDOW
    checkable: bool = False


_TALK = QT_TRANSLATE_NOOP("Keys", "Conversation")
_PANES = QT_TRANSLATE_NOOP("Keys", "Window")
_WRITE = QT_TRANSLATE_NOOP("Keys", "Message box")

COMMANDS: tuple[Command, ...] = (
    Command("send", QT_TRANSLATE_NOOP("Keys", "Send"), _WRITE, "Return", Scope.COMPOSER),
    Command("new_line", QT_TRANSLATE_NOOP("Keys", "New line"), _WRITE, "Shift+Return", Scope.COMPOSER),
    Command(
        "edit_last",
        QT_TRANSLATE_NOOP("Keys", "Edit the last message"),
        _WRITE,
        "Up",
        Scope.COMPOSER,
    ),
    Command(
        "version_back",
        QT_TRANSLATE_NOOP("Keys", "Previous version"),
        _WRITE,
        "Left",
        Scope.COMPOSER,
    ),
    Command(
        "version_forward",
        QT_TRANSLATE_NOOP("Keys", "Next or new version"),
        _WRITE,
        "Right",
        Scope.COMPOSER,
    ),
    Command("stop", QT_TRANSLATE_NOOP("Keys", "Stop the reply"), _TALK, "Esc"),
    Command("regenerate", QT_TRANSLATE_NOOP("Keys", "Regenerate the reply"), _TALK, "Ctrl+Return"),
    Command("continue", QT_TRANSLATE_NOOP("Keys", "Continue the reply"), _TALK, "Alt+Return"),
    Command("pin", QT_TRANSLATE_NOOP("Keys", "Pin or unpin the message"), _TALK, "Ctrl+Shift+P"),
    Command("replay", QT_TRANSLATE_NOOP("Keys", "Replay the last reply and compare"), _TALK, ""),
    Command("undo", QT_TRANSLATE_NOOP("Keys", "Undo"), _TALK, "Ctrl+Z"),
    Command("redo", QT_TRANSLATE_NOOP("Keys", "Redo"), _TALK, "Ctrl+Shift+Z"),
    Command("find", QT_TRANSLATE_NOOP("Keys", "Find in this conversation"), _TALK, "Ctrl+F"),
    Command("export", QT_TRANSLATE_NOOP("Keys", "Export the conversation…"), _TALK, "Ctrl+E"),
    Command("new_conversation", QT_TRANSLATE_NOOP("Keys", "New conversation"), _TALK, "Ctrl+N"),
    Command("import_chats", QT_TRANSLATE_NOOP("Keys", "Import conversations…"), _TALK, ""),
    Command("match", QT_TRANSLATE_NOOP("Keys", "Go on with another persona…"), _TALK, ""),
    Command("search", QT_TRANSLATE_NOOP("Keys", "Search conversations"), _TALK, "Ctrl+K"),
    Command("export", QT_TRANSLATE_NOOP("Keys", "Share the persona"), _PANES, "Ctrl+E"),
    Command("conversations", QT_TRANSLATE_NOOP("Keys", "Back to the conversation"), _PANES, "Alt+1"),
    Command("personas", QT_TRANSLATE_NOOP("Keys", "Personas"), _PANES, "Alt+2"),
    Command("lorebooks", QT_TRANSLATE_NOOP("Keys", "Lorebooks"), _PANES, "Alt+4"),
    Command("models", QT_TRANSLATE_NOOP("Keys", "Models"), _PANES, "Alt+3"),
    Command("profiles", QT_TRANSLATE_NOOP("Keys", "My profiles"), _PANES, "Alt+5"),
    Command("settings", QT_TRANSLATE_NOOP("Keys", "Settings"), _PANES, "Ctrl+,"),
    Command("sidebar", QT_TRANSLATE_NOOP("Keys", "Sidebar"), _PANES, "Ctrl+B", checkable=True),
    Command("inspector", QT_TRANSLATE_NOOP("Keys", "Inspector"), _PANES, "Ctrl+I", checkable=True),
    Command("zoom_in", QT_TRANSLATE_NOOP("Keys", "Larger text"), _PANES, "Ctrl++; Ctrl+="),
    Command("zoom_out", QT_TRANSLATE_NOOP("Keys", "Smaller text"), _PANES, "Ctrl+-"),
    Command("zoom_reset", QT_TRANSLATE_NOOP("Keys", "Usual text size"), _PANES, "Ctrl+0"),
    Command("first_steps", QT_TRANSLATE_NOOP("Keys", "First steps"), _PANES, ""),
    Command("keys_list", QT_TRANSLATE_NOOP("Keys", "List of keys"), _PANES, "F1; Ctrl+/"),
    Command("quit", QT_TRANSLATE_NOOP("Keys", "Quit"), _PANES, "Ctrl+Q"),
)
_BY_NAME = MappingProxyType({command.name: command for command in COMMANDS})
# Where Enter makes a new line, sending takes Ctrl+Enter and regenerating moves on.
_ENTER_IS_NEW_LINE = MappingProxyType(
    {"send": "Ctrl+Return", "new_line": "Return; Shift+Return", "regenerate": "Ctrl+Shift+Return"}
)
_TYPING = Qt.KeyboardModifier.ShiftModifier.value | Qt.KeyboardModifier.KeypadModifier.value


class Keys(QObject):
    """Own one action a command, and keep the keys that the person has changed."""

    changed = Signal()

    def __init__(self, preferences: PreferencesService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._actions = {command.name: self._action(command) for command in COMMANDS}
        self._apply()
        preferences.changed.connect(self._on_preferences_changed)

    # ---- asking ------------------------------------------------------------------------------------

    def names(self) -> tuple[str, ...]:
        """List the commands in the order of the list of keys."""
        return tuple(_BY_NAME)

    def action(self, name: str) -> QAction:
        """Give the one action of a command."""
        return self._actions[name]

    def actions(self, scope: Scope = Scope.WINDOW) -> Iterator[QAction]:
        """Give the actions of one scope; the window adds those of its own to itself."""
        return (self._actions[command.name] for command in COMMANDS if command.scope is scope)

    def text(self, name: str) -> str:
        """Give the translated name of a command."""
        return QCoreApplication.translate(_CONTEXT, _BY_NAME[name].text)

    def group(self, name: str) -> str:
        """Give the translated heading under which a command is listed."""
        return QCoreApplication.translate(_CONTEXT, _BY_NAME[name].group)

    def sequences(self, name: str) -> list[QKeySequence]:
        """Give every key of a command; none where the person took it away."""
        own = dict(self._preferences.value.keys)
        return _parsed(own.get(name, self._default(name)))

    def sequence(self, name: str) -> QKeySequence:
        """Give the first key of a command, an empty one where there is none."""
        found = self.sequences(name)
        return found[0] if found else QKeySequence()

    def label(self, name: str) -> str:
        """Give the keys of a command as a person reads them, such as "Ctrl+K"."""
        return ", ".join(readable(sequence) for sequence in self.sequences(name))

    def tooltip(self, name: str) -> str:
        """Give a command's name with its key behind it."""
        sequence = self.sequence(name)
        return f"{self.text(name)} ({readable(sequence)})" if sequence else self.text(name)

    def is_changed(self, name: str) -> bool:
        """Tell whether the person has chosen the key."""
        return name in dict(self._preferences.value.keys)

    def matches(self, name: str, event: QKeyEvent) -> bool:
        """Tell whether a pressed key calls a command; both Enter keys count as one."""
        return pressed(event) in self.sequences(name)

    # ---- changing ----------------------------------------------------------------------------------

    def rebind(self, name: str, sequence: QKeySequence) -> str:
        """Give a command another key and return ""; or change nothing and return why it cannot be."""
        refused = self._refusal(name, sequence)
        if not refused:
            self._keep({**dict(self._preferences.value.keys), name: _portable([sequence])})
        return refused

    def reset(self, name: str) -> str:
        """Give a command its first key again and return ""; or return who has taken it since."""
        for sequence in _parsed(self._default(name)):
            taken = self._taken(name, sequence)
            if taken:
                return taken
        self._keep({key: value for key, value in self._preferences.value.keys if key != name})
        return ""

    def reset_all(self) -> None:
        """Give every command its first key again."""
        self._keep({})

    # ---- inside ------------------------------------------------------------------------------------

    def _action(self, command: Command) -> QAction:
        action = QAction(self.text(command.name), self)
        action.setObjectName(command.name)
        action.setCheckable(command.checkable)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        return action

    def _apply(self) -> None:
        for command in COMMANDS:
            action = self._actions[command.name]
            if command.scope is Scope.WINDOW:
                action.setShortcuts(self.sequences(command.name))
            action.setToolTip(self.tooltip(command.name))

    def _on_preferences_changed(self, _value: Preferences) -> None:
        before = {name: self._actions[name].toolTip() for name in _BY_NAME}
        self._apply()
        if before != {name: self._actions[name].toolTip() for name in _BY_NAME}:
            self.changed.emit()

    def _default(self, name: str) -> str:
        if not self._preferences.value.send_with_enter and name in _ENTER_IS_NEW_LINE:
            return _ENTER_IS_NEW_LINE[name]
        return _BY_NAME[name].keys

    def _keep(self, own: dict[str, str]) -> None:
        kept = tuple((name, own[name]) for name in sorted(own) if own[name] != self._default_text(name))
        self._preferences.update(keys=kept)

    def _default_text(self, name: str) -> str:
        return _portable(_parsed(self._default(name))) if name in _BY_NAME else ""

    def _refusal(self, name: str, sequence: QKeySequence) -> str:
        if sequence and _BY_NAME[name].scope is Scope.WINDOW and _types_text(sequence):
            return self.tr("{key} types text, so it needs Ctrl or Alt with it.").replace(
                "{key}", readable(sequence)
            )
        return self._taken(name, sequence)

    def _taken(self, name: str, sequence: QKeySequence) -> str:
        for other in _BY_NAME:
            if sequence and other != name and sequence in self.sequences(other):
                return (
                    self.tr("{key} already calls “{command}”.")
                    .replace("{key}", readable(sequence))
                    .replace("{command}", self.text(other))
                )
        return ""


def pressed(event: QKeyEvent) -> QKeySequence:
    """Give the key that was pressed, without the keypad's mark and with one Enter."""
    combination = event.keyCombination()
    key = Qt.Key.Key_Return if combination.key() == Qt.Key.Key_Enter else combination.key()
    modifiers = combination.keyboardModifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(modifiers.value | key.value)


def readable(sequence: QKeySequence) -> str:
    """Give a key as the person's system writes it; Return is called Enter, as keyboards do."""
    text = sequence.toString(QKeySequence.SequenceFormat.NativeText)
    return text.replace("Return", QCoreApplication.translate(_CONTEXT, "Enter"))


def _types_text(sequence: QKeySequence) -> bool:
    combination = sequence[0]  # type: ignore[index]  # the stub lacks the operator
    if combination.keyboardModifiers().value & ~_TYPING:
        return False
    key = combination.key().value
    return key < Qt.Key.Key_Escape.value or combination.key() in (
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
    )


def _parsed(text: str) -> list[QKeySequence]:
    return [QKeySequence(part, QKeySequence.SequenceFormat.PortableText) for part in text.split("; ") if part]


def _portable(sequences: list[QKeySequence]) -> str:
    portable = QKeySequence.SequenceFormat.PortableText
    return "; ".join(sequence.toString(portable) for sequence in sequences if sequence)
