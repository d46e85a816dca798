"""Knows how the row of a list is painted that is chosen or under the pointer; not what stands in it."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle

from hermes_desktop.ui.palette import Palette

_RADIUS = 8


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
