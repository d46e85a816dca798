"""Knows the grid of personas: how a card is painted; not which are shown nor what a click leads to."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from hermes_desktop.app.personas import PersonasService
from hermes_desktop.domain.persona import PersonaSummary
from hermes_desktop.ui.palette import Palette
from hermes_desktop.ui.personas.listing import Data, Index, PersonaListModel, blurb
from hermes_desktop.ui.personas.portraits import Portraits
from hermes_desktop.ui.rows import one_line, sized
from hermes_desktop.ui.theme import Theme

__all__ = ["Data", "PersonaCard", "PersonaGrid", "PersonaListModel"]

_CARD_WIDTH = 236  # pixels, at least; cards share what room is left
_CARD_HEIGHT = 148
_GAP = 12
_PAD = 14
_AVATAR = 44
_STAR = 20
_LINES_KEPT = 2_000


class PersonaCard(QStyledItemDelegate):
    """Paint one persona; a press on the star is told as a signal."""

    starred = Signal(object)  # PersonaSummary

    def __init__(self, personas: PersonasService, theme: Theme, grid: QListView) -> None:
        super().__init__(grid)
        self._portraits = Portraits(personas, theme, _AVATAR, grid)
        self._portraits.arrived.connect(grid.viewport().update)
        self._theme = theme
        self._grid = grid
        self._lines: dict[tuple[int, int], list[str]] = {}  # how a text breaks, by version and width

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Fill the cell; without this Qt makes the card as small as its name."""
        return self._grid.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one card."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        persona: PersonaSummary = index.data(Data.PERSONA)
        inner = rect.adjusted(0, 0, -_GAP, -_GAP)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, inner, state)
        self._paint_words(painter, inner.adjusted(_PAD, _PAD, -_PAD, -_PAD), persona)
        self._paint_star(painter, rect, persona, hovered=bool(state & QStyle.StateFlag.State_MouseOver))
        painter.restore()

    def editorEvent(
        self, event: QEvent, _model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """Notice a press on the star."""
        rect: QRect = option.rect
        released = event.type() == QEvent.Type.MouseButtonRelease
        if (
            released
            and isinstance(event, QMouseEvent)
            and star_rect(rect).contains(event.position().toPoint())
        ):
            self.starred.emit(index.data(Data.PERSONA))
            return True
        return False

    # ---- painting ----------------------------------------------------------------------------------

    def _paint_ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        paint_ground(painter, rect, state, self._theme.palette)

    def _paint_words(self, painter: QPainter, rect: QRect, persona: PersonaSummary) -> None:
        palette = self._theme.palette
        picture = self._portraits.of(persona)
        painter.drawPixmap(QRect(rect.left(), rect.top(), _AVATAR, _AVATAR), picture)
        left = rect.left() + _AVATAR + 12
        width = rect.right() - left - _STAR
        bold = self._font(14)
        bold.setWeight(QFont.Weight.DemiBold)
        one_line(painter, QRect(left, rect.top() + 3, width, 20), persona.name, bold, palette.ink)
        tags = " · ".join(persona.tags[:4])
        one_line(painter, QRect(left, rect.top() + 24, width, 18), tags, self._font(12), palette.faint)
        below = QRect(rect.left(), rect.top() + _AVATAR + 10, rect.width(), rect.height() - _AVATAR - 10)
        self._paint_blurb(painter, below, persona)

    def _paint_blurb(self, painter: QPainter, where: QRect, persona: PersonaSummary) -> None:
        font = self._font(13)
        key = persona.version_id, where.width()
        if key not in self._lines:
            if len(self._lines) >= _LINES_KEPT:
                self._lines.clear()
            self._lines[key] = lines_of(blurb(persona), QFontMetrics(font), where.size())
        paint_lines(painter, where, self._lines[key], font, self._theme.palette.soft)

    def _paint_star(self, painter: QPainter, rect: QRect, persona: PersonaSummary, *, hovered: bool) -> None:
        if not persona.favourite and not hovered:
            return
        palette = self._theme.palette
        painter.setFont(self._font(16))
        painter.setPen(QColor(palette.accent if persona.favourite else palette.faint))
        star = "★" if persona.favourite else "☆"
        painter.drawText(star_rect(rect), Qt.AlignmentFlag.AlignCenter, star)

    def _font(self, pixels: int) -> QFont:
        return sized(self._theme.font, pixels)


class PersonaGrid(QListView):
    """Lay the cards out in as many columns as there is room for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setProperty("role", "list")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among the columns."""
        room = self.viewport().width() - 2
        columns = max(1, room // (_CARD_WIDTH + _GAP))
        self.setGridSize(QSize(room // columns, _CARD_HEIGHT + _GAP))
        super().resizeEvent(event)


def star_rect(rect: QRect) -> QRect:
    """Give the place of the star in a card's cell."""
    return QRect(rect.right() - _GAP - _PAD - _STAR + 4, rect.top() + _PAD - 4, _STAR + 4, _STAR + 4)


def paint_ground(painter: QPainter, rect: QRect, state: QStyle.StateFlag, palette: Palette) -> None:
    """Paint what a card stands on; its edge says whether it has the keyboard or the pointer."""
    focused = state & QStyle.StateFlag.State_HasFocus
    hovered = state & QStyle.StateFlag.State_MouseOver
    edge = palette.accent if focused else palette.faint if hovered else palette.line
    painter.setPen(QPen(QColor(edge), 1))
    painter.setBrush(QColor(palette.panel))
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)


def paint_lines(painter: QPainter, where: QRect, lines: Sequence[str], font: QFont, colour: str) -> None:
    """Write lines that were broken before, one under the other."""
    height = QFontMetrics(font).lineSpacing() + 1
    painter.setFont(font)
    painter.setPen(QColor(colour))
    for number, line in enumerate(lines):
        place = QRect(where.left(), where.top() + number * height, where.width(), height)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)


def lines_of(text: str, metrics: QFontMetrics, size: QSize) -> list[str]:
    """Break a text into as many lines as fit; the last one ends with dots where there is more."""
    most = size.height() // (metrics.lineSpacing() + 1)
    rest, lines = text.split(), []
    for number in range(most):
        line, rest = fill_line(rest, metrics, size.width(), last=number == most - 1)
        lines.append(metrics.elidedText(line, Qt.TextElideMode.ElideRight, size.width()))
    return lines


def fill_line(rest: list[str], metrics: QFontMetrics, width: int, *, last: bool) -> tuple[str, list[str]]:
    """Take words for one line; the last line takes all that are left."""
    if last:
        return " ".join(rest[:40]), []
    taken = 1
    while taken < len(rest) and metrics.horizontalAdvance(" ".join(rest[: taken + 1])) <= width:
        taken += 1
    return " ".join(rest[:taken]), rest[taken:]
