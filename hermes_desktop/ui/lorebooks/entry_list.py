"""Knows the list of a book's entries: which are shown, in which order, how a row is painted; not the form."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from hermes_desktop.app.lore_words import keys_line
from hermes_desktop.domain.lore import Entry
from hermes_desktop.domain.lorebook import Written
from hermes_desktop.ui.rows import paint_row
from hermes_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ENTRY = Qt.ItemDataRole.UserRole + 1
_ROW = 48  # pixels
_PAD = 12


class EntryListModel(QAbstractListModel):
    """Hold the entries of a book, and show those that a search finds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Written] = []
        self._shown: list[int] = []
        self._query = ""

    @property
    def entries(self) -> tuple[Written, ...]:
        """Give every entry, in the order of the book."""
        return tuple(self._entries)

    def show_entries(self, entries: Sequence[Written]) -> None:
        """Hold other entries."""
        self._entries = list(entries)
        self._filter()

    def set_query(self, query: str) -> None:
        """Show the entries whose name, keys or text hold these words."""
        self._query = query.strip().casefold()
        self._filter()

    # ---- places ------------------------------------------------------------------------------------

    def place_of(self, row: int) -> int:
        """Give the place in the book of a row that is shown."""
        return self._shown[row]

    def row_of(self, place: int) -> int:
        """Give the row that shows a place; -1 where the search hides it."""
        return self._shown.index(place) if place in self._shown else -1

    def entry(self, place: int) -> Entry:
        """Give the entry at a place."""
        return self._entries[place].entry

    def written(self, place: int) -> Written:
        """Give the entry at a place, with where it came from."""
        return self._entries[place]

    # ---- changing ----------------------------------------------------------------------------------

    def put(self, place: int, entry: Entry) -> None:
        """Change an entry."""
        self._entries[place] = replace(self._entries[place], entry=entry)
        row = self.row_of(place)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def insert(self, place: int, written: Written) -> None:
        """Add an entry; it is shown whatever is searched for."""
        self.beginResetModel()
        self._entries.insert(place, written)
        self._find()
        if place not in self._shown:
            self._shown = sorted([*self._shown, place])
        self.endResetModel()

    def take(self, place: int) -> Written:
        """Remove an entry and give it."""
        gone = self._entries.pop(place)
        self._filter()
        return gone

    def move(self, place: int, to: int) -> None:
        """Put an entry elsewhere."""
        self._entries.insert(to, self._entries.pop(place))
        self._filter()

    # ---- Qt ----------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        """Count the entries that are shown."""
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what a row shows, and what is read out."""
        if not index.isValid():
            return None
        entry = self._entries[self._shown[index.row()]].entry
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return title_of(entry)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            off = self.tr("off") if not entry.enabled else ""
            return ", ".join(part for part in (title_of(entry), keys_line(entry.keys), off) if part)
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if entry.enabled else Qt.CheckState.Unchecked
        return None

    def _filter(self) -> None:
        self.beginResetModel()
        self._find()
        self.endResetModel()

    def _find(self) -> None:
        self._shown = [place for place, each in enumerate(self._entries) if _holds(each.entry, self._query)]


def _holds(entry: Entry, query: str) -> bool:
    if not query:
        return True
    texts = (entry.comment, entry.name, *entry.keys, *entry.secondary_keys, entry.content)
    return any(query in text.casefold() for text in texts)


def title_of(entry: Entry) -> str:
    """Give the words by which a person knows an entry."""
    words = " ".join(entry.label.split())
    return words or QCoreApplication.translate("EntryView", "Untitled entry")


class EntryView(QListView):
    """Walk along the entries with the keyboard; delete, move and switch them."""

    opened = Signal(int)  # row
    delete_asked = Signal()
    undo_asked = Signal()
    switch_asked = Signal(int)  # row
    move_asked = Signal(int)  # by

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "list")
        self.setAccessibleName(self.tr("Lore entries"))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(EntryRow(theme, self))
        self.clicked.connect(lambda index: self.opened.emit(index.row()))
        theme.changed.connect(self.viewport().update)

    def event(self, event: QEvent) -> bool:
        """Keep undo for this list, where the window would take back something in a conversation."""
        overriding = event.type() == QEvent.Type.ShortcutOverride
        if overriding and isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Undo):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open on Enter, switch on Space, delete on Del, move with Alt and the arrows."""
        key, row = event.key(), self.currentIndex().row()
        moved = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self.opened.emit(row)
        elif key == Qt.Key.Key_Space and row >= 0:
            self.switch_asked.emit(row)
        elif key == Qt.Key.Key_Delete and row >= 0:
            self.delete_asked.emit()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo_asked.emit()
        elif moved and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.move_asked.emit(-1 if key == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)


class EntryRow(QStyledItemDelegate):
    """Paint an entry's name over its keys; one that is off is faint."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Give every row the same height."""
        return QSize(0, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        palette = self._theme.palette
        paint_row(painter, rect, option.state, palette, palette.accent_ground, palette.accent_ground)
        self._paint_entry(painter, rect.adjusted(_PAD, 6, -_PAD, -6), index.data(ENTRY))
        painter.restore()

    def _paint_entry(self, painter: QPainter, rect: QRect, entry: Entry) -> None:
        palette = self._theme.palette
        badge = self._badge(entry)
        small = self._font(11)
        width = QFontMetrics(small).horizontalAdvance(badge) + 8 if badge else 0
        upper = QRect(rect.left(), rect.top(), rect.width() - width, rect.height() // 2)
        lower = QRect(rect.left(), upper.bottom() + 1, rect.width(), rect.height() // 2)
        font = self._font(13)
        painter.setFont(font)
        painter.setPen(QColor(palette.ink if entry.enabled else palette.faint))
        self._draw(painter, upper, title_of(entry), Qt.AlignmentFlag.AlignLeft)
        painter.setFont(small)
        painter.setPen(QColor(palette.faint))
        if badge:
            where = QRect(upper.right(), rect.top(), width, upper.height())
            self._draw(painter, where, badge, Qt.AlignmentFlag.AlignRight)
        self._draw(painter, lower, keys_line(entry.keys) or "—", Qt.AlignmentFlag.AlignLeft)

    def _badge(self, entry: Entry) -> str:
        if not entry.enabled:
            return self.tr("off")
        return self.tr("always") if entry.constant else ""

    def _draw(self, painter: QPainter, rect: QRect, text: str, side: Qt.AlignmentFlag) -> None:
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, shown)

    def _font(self, pixels: int) -> QFont:
        font = QFont(self._theme.font)
        font.setPixelSize(pixels)
        return font
