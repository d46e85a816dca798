"""Knows how messages of a conversation are ticked for an export, however many there are; not what follows."""

from collections.abc import Callable

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QWidget

from hermes_desktop.app.transcripts import Line
from hermes_desktop.domain.transcript import Stretch, joined, stretches_of, written
from hermes_desktop.ui.pieces import button, column, note

_PAGE = 100
_HEIGHT = 220

Index = QModelIndex | QPersistentModelIndex


class MessagesModel(QAbstractListModel):
    """List the messages of a path; those that are looked at are read, page by page."""

    ticked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._read: Callable[[int, int], list[Line]] = lambda _first, _count: []
        self._pages: dict[int, list[Line]] = {}
        self.stretches: tuple[Stretch, ...] = ()  # nothing: all of them

    def fill(self, count: int, read: Callable[[int, int], list[Line]]) -> None:
        """Show another conversation; `read` gives so many messages from a position on."""
        self.beginResetModel()
        self._count, self._read, self._pages, self.stretches = count, read, {}, ()
        self.endResetModel()

    def set_stretches(self, stretches: tuple[Stretch, ...]) -> None:
        """Tick what lies in these; nothing stands for all."""
        self.stretches = stretches
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))

    def rowCount(self, _parent: Index | None = None) -> int:
        """Give the number of messages."""
        return self._count

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let every message be ticked."""
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give a line, and whether it is ticked."""
        if role == Qt.ItemDataRole.CheckStateRole:
            ticked = self._is_ticked(index.row() + 1)
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DisplayRole:
            line = self._line(index.row())
            return f"{index.row() + 1}  {line.name}: {line.text}" if line else ""
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick a message, or take the tick away; at least one stays."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        place = index.row() + 1
        whole = self.stretches or (Stretch(1, self._count),)
        if Qt.CheckState(value) is Qt.CheckState.Checked:
            left = joined((*whole, Stretch(place, place)))
        else:
            left = _without(whole, place, self._count)
        if not left:
            return False
        self.stretches = () if left == (Stretch(1, self._count),) else left
        self.dataChanged.emit(index, index)
        self.ticked.emit()
        return True

    def _is_ticked(self, place: int) -> bool:
        return not self.stretches or any(each.first <= place <= each.last for each in self.stretches)

    def _line(self, row: int) -> Line | None:
        page = row // _PAGE
        if page not in self._pages:
            if len(self._pages) > 20:
                self._pages.clear()
            self._pages[page] = self._read(page * _PAGE + 1, _PAGE)
        lines = self._pages[page]
        return lines[row % _PAGE] if row % _PAGE < len(lines) else None


def _without(stretches: tuple[Stretch, ...], place: int, count: int) -> tuple[Stretch, ...]:
    left: list[Stretch] = []
    for each in stretches:
        for first, last in ((each.first, min(each.last, place - 1)), (max(each.first, place + 1), each.last)):
            if first <= min(last, count) and not (left and left[-1] == Stretch(first, last)):
                left.append(Stretch(first, min(last, count)))
    return joined(left)


class MessagesChoice(QWidget):
    """Choose messages by their numbers or by ticks."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._model = MessagesModel()
        self._edit = QLineEdit()
        self._edit.setAccessibleName(self.tr("Messages, such as 1–20, 25"))
        self._edit.setPlaceholderText(self.tr("All; or 1–20, 25, 30–"))
        self._wrong = note(self.tr("Write numbers of messages, such as 1–20, 25."))
        self._wrong.setProperty("role", "warning")
        self._wrong.hide()
        self._list = QListView()
        self._list.setProperty("role", "hits")
        self._list.setAccessibleName(self.tr("Messages to tick"))
        self._list.setModel(self._model)
        self._list.setUniformItemSizes(True)
        self._list.setFixedHeight(_HEIGHT)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.hide()
        self._tick = button(self.tr("Tick…"), name=self.tr("Show the messages to tick them"))
        self._tick.setCheckable(True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._edit, 1)
        line.addWidget(self._tick)
        column(self, line, self._wrong, self._list)
        self._edit.textEdited.connect(self._on_edited)
        self._tick.toggled.connect(self._list.setVisible)
        self._model.ticked.connect(self._on_ticked)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """Give what is chosen; nothing stands for all."""
        return self._model.stretches

    @property
    def makes_sense(self) -> bool:
        """Tell whether what is written can be understood."""
        return not self._edit.text().strip() or bool(stretches_of(self._edit.text()))

    def fill(self, count: int, read: Callable[[int, int], list[Line]], first: int = 0) -> None:
        """Show a conversation; with `first` that message and those after it are chosen."""
        self._model.fill(count, read)
        self._model.set_stretches((Stretch(first, count),) if first > 1 else ())
        self._show_written()
        if self._model.stretches:
            self._list.scrollTo(self._model.index(first - 1), QListView.ScrollHint.PositionAtTop)

    def _on_edited(self, text: str) -> None:
        self._wrong.setVisible(not self.makes_sense)
        if self.makes_sense:
            self._model.set_stretches(stretches_of(text))
        self.changed.emit()

    def _on_ticked(self) -> None:
        self._show_written()
        self.changed.emit()

    def _show_written(self) -> None:
        self._edit.setText(written(self._model.stretches))
        self._wrong.hide()
