"""Knows how rows of lists are painted: their ground, and a person with a line of words; not who that is."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle

from hermes_desktop.ui.palette import Palette
from hermes_desktop.ui.theme import Theme

ROW_HEIGHT = 52  # pixels
AVATAR = 28
PAD = 8
GAP = 10
_RADIUS = 8
_LINE = 18


def paint_row(
    painter: QPainter, rect: QRect, state: QStyle.StateFlag, palette: Palette, ground: str, edge: str
) -> None:
    """Paint what a row stands on; `ground` and `edge` are the colours of a chosen one."""
    box = QRectF(rect).adjusted(0.5, 1.5, -0.5, -1.5)
    if state & QStyle.StateFlag.State_Selected:
        focused = state & QStyle.StateFlag.State_HasFocus
        painter.setBrush(QColor(ground))
        painter.setPen(QPen(QColor(palette.accent if focused else edge), 1))
        painter.drawRoundedRect(box, _RADIUS, _RADIUS)
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.user_ground))
        painter.drawRoundedRect(box, _RADIUS, _RADIUS)


def paint_person(
    painter: QPainter, rect: QRect, theme: Theme, picture: QPixmap, name: str, said: str
) -> None:
    """Paint a small picture, a name and the line under it, where there is one."""
    top = rect.top() + (rect.height() - AVATAR) // 2
    painter.drawPixmap(QRect(rect.left() + PAD, top, AVATAR, AVATAR), picture)
    left = rect.left() + PAD + AVATAR + GAP
    width = rect.right() - PAD - left
    middle = rect.center().y()
    bold = sized(theme.font, 13, QFont.Weight.DemiBold)
    first = middle - (_LINE if said else _LINE // 2)
    one_line(painter, QRect(left, first, width, _LINE), name, bold, theme.palette.ink)
    one_line(painter, QRect(left, middle, width, _LINE), said, sized(theme.font, 13), theme.palette.soft)


def sized(face: QFont, pixels: int, weight: QFont.Weight | None = None) -> QFont:
    """Give a face in another size, and in another weight where one is named."""
    font = QFont(face)
    font.setPixelSize(pixels)
    if weight is not None:
        font.setWeight(weight)
    return font


def one_line(painter: QPainter, where: QRect, text: str, font: QFont, colour: str) -> None:
    """Write a line and end it with dots where it is too long."""
    painter.setFont(font)
    painter.setPen(QColor(colour))
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, where.width())
    painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
