"""Knows the list of macros that unfolds behind two braces; where it is typed into is its neighbour's part."""

from PySide6.QtCore import QRect, QSize, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from hermes_desktop.app.macros import MacroWords, macros
from hermes_desktop.ui.theme import Theme

_ROWS = 8
_ROW = 26  # pixels
_WIDTH = 420
_NAMES = 150
WORDS = Qt.ItemDataRole.UserRole + 1


class MacroList(QListView):
    """Offer macros by what was typed of their name; it never takes the keyboard."""

    taken = Signal(object)  # MacroWords

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._model = QStandardItemModel(self)
        for one in macros():
            item = QStandardItem(one.name)
            item.setData(one, WORDS)
            item.setData(f"{one.name}{one.arguments}: {one.explanation}", Qt.ItemDataRole.AccessibleTextRole)
            item.setEditable(False)
            self._model.appendRow(item)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._model)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setModel(self._found)
        self.setItemDelegate(_Row(theme, self))
        self.setProperty("role", "offers")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Macros"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(lambda index: self.taken.emit(index.data(WORDS)))
        self.hide()

    def offer(self, typed: str, below: QRect) -> None:
        """Show what begins with these letters under a place of the window; nothing hides the list."""
        self._found.setFilterRegularExpression(f"^{typed}" if typed else "")
        rows = self._found.rowCount()
        if not rows or (rows == 1 and self._at(0).name.lower() == typed.lower()):
            self.hide()
            return
        self.setCurrentIndex(self._found.index(0, 0))
        self._place(below, min(rows, _ROWS) * _ROW + 10)
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        """Go up or down in the list, around its ends."""
        row = (self.currentIndex().row() + by) % self._found.rowCount()
        self.setCurrentIndex(self._found.index(row, 0))

    def take(self) -> None:
        """Choose the current one."""
        self.taken.emit(self._at(self.currentIndex().row()))

    def _at(self, row: int) -> MacroWords:
        words: MacroWords = self._found.index(row, 0).data(WORDS)
        return words

    def _place(self, below: QRect, height: int) -> None:
        window = self.window().rect()
        width = min(_WIDTH, window.width() - 16)
        left = max(8, min(below.left(), window.width() - width - 8))
        under = below.bottom() + 4
        top = under if under + height <= window.height() else max(0, below.top() - height - 4)
        self.setGeometry(left, top, width, height)


class _Row(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: MacroList) -> None:
        super().__init__(view)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: object) -> QSize:
        return QSize(_WIDTH - 20, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: object) -> None:
        words: MacroWords = index.data(WORDS)  # type: ignore[attr-defined]  # an index of either kind
        palette = self._theme.palette
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.accent_ground))
            painter.drawRoundedRect(rect, 6, 6)
        metrics = QFontMetrics(self._theme.font)
        painter.setFont(self._theme.font)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        name = QRect(rect.left() + 8, rect.top(), _NAMES, rect.height())
        painter.setPen(QColor(palette.accent_ink if chosen else palette.ink))
        shown = words.name.strip() + words.arguments
        painter.drawText(name, left, metrics.elidedText(shown, Qt.TextElideMode.ElideRight, _NAMES - 8))
        rest = rect.adjusted(_NAMES + 12, 0, -8, 0)
        painter.setPen(QColor(palette.accent_ink if chosen else palette.soft))
        said = metrics.elidedText(words.explanation, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, left, said)
        painter.restore()
