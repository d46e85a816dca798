"""Knows how a square is cut out of a picture by mouse and keyboard; not where the picture comes from."""

from math import log

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSlider, QWidget

from hermes_desktop.app.paper import cut_square
from hermes_desktop.ui.pieces import button, column, soft
from hermes_desktop.ui.theme import Theme

_SIDE = 360  # pixels of the view
_DEEPEST = 8.0  # times that one can come nearer
_STEP = 1.15
_MOVE = 0.04  # of the square, by an arrow key
_SCALE = 100  # steps of the slider
_ARROWS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}


class CropView(QWidget):
    """Show a picture under a square, and move it: drag, wheel, arrows, plus and minus."""

    zoomed = Signal(float)  # 0 to 1

    def __init__(self, image: QImage, theme: Theme) -> None:
        super().__init__()
        self._image = image
        self._theme = theme
        self._most = float(min(image.width(), image.height()))
        self._side = self._most
        self._middle = QPointF(image.width() / 2, image.height() / 2)
        self._held: QPointF | None = None
        self.setFixedSize(_SIDE, _SIDE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName(self.tr("The part of the picture that is used"))
        self.setAccessibleDescription(self.tr("Arrow keys move it, plus and minus change its size."))

    @property
    def square(self) -> QRect:
        """Give the part of the picture that is chosen, in its own pixels."""
        side = max(1, round(self._side))
        left, top = round(self._middle.x() - self._side / 2), round(self._middle.y() - self._side / 2)
        left = min(max(left, 0), self._image.width() - side)
        return QRect(left, min(max(top, 0), self._image.height() - side), side, side)

    def set_zoom(self, part: float) -> None:
        """Come nearer: 0 shows as much as there is, 1 as little as one can choose."""
        self._take(self._most * self._nearest ** min(max(part, 0.0), 1.0), self._middle)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the chosen part, and the round that most places show of it."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect())
        painter.drawImage(frame, self._image, QRectF(self.square))
        outside = QPainterPath()
        outside.addRect(frame)
        circle = QPainterPath()
        circle.addEllipse(frame.adjusted(2, 2, -2, -2))
        painter.fillPath(outside.subtracted(circle), QColor(0, 0, 0, 96))
        painter.setPen(QPen(QColor(self._theme.palette.accent if self.hasFocus() else "#FFFFFF"), 2))
        painter.drawEllipse(frame.adjusted(2, 2, -2, -2))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        self._held = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture with the pointer."""
        if self._held is not None:
            moved = (self._held - event.position()) * (self._side / _SIDE)
            self._held = event.position()
            self._take(self._side, self._middle + moved)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let it go."""
        self._held = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Come nearer or go back."""
        self._near(event.angleDelta().y() / 120)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by the arrows, come nearer by plus, go back by minus."""
        key = Qt.Key(event.key())
        if key in _ARROWS:
            self._take(self._side, self._middle + _ARROWS[key] * (self._side * _MOVE))
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._near(1)
        elif event.key() == Qt.Key.Key_Minus:
            self._near(-1)
        else:
            super().keyPressEvent(event)

    @property
    def _nearest(self) -> float:
        return 1 / min(_DEEPEST, max(self._most / 16, 1.0))

    def _near(self, steps: float) -> None:
        self._take(self._side * _STEP**-steps, self._middle)

    def _take(self, side: float, middle: QPointF) -> None:
        self._side = min(max(side, self._most * self._nearest), self._most)
        half = self._side / 2
        x = min(max(middle.x(), half), self._image.width() - half)
        self._middle = QPointF(x, min(max(middle.y(), half), self._image.height() - half))
        self.update()
        self.zoomed.emit(self._zoom())

    def _zoom(self) -> float:
        return log(self._side / self._most) / log(self._nearest) if self._nearest < 1 else 0.0


class CropDialog(QDialog):
    """Let a square be chosen, or the whole picture be kept as it is."""

    cropped = Signal(bytes)  # PNG
    whole_chosen = Signal()

    def __init__(self, image: QImage, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._image = image
        self.setWindowTitle(self.tr("Choose the part that is shown"))
        self.view = CropView(image, theme)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, _SCALE)
        self._slider.setAccessibleName(self.tr("How near"))
        self._slider.valueChanged.connect(lambda value: self.view.set_zoom(value / _SCALE))
        self.view.zoomed.connect(self._on_zoomed)
        use = button(self.tr("Use this part"), "primary")
        use.clicked.connect(self._on_use)
        whole = button(self.tr("Keep the file as it is"))
        whole.clicked.connect(self._on_whole)
        cancel = button(self.tr("Cancel"), "link")
        cancel.clicked.connect(self.reject)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (use, whole, cancel):
            made.setAutoDefault(made is use)
            acts.addWidget(made)
        acts.addStretch(1)
        said = soft(
            self.tr(
                "Drag it, turn the wheel, or use the arrows, + and −.\n"
                "A picture that moves stays one only as a whole."
            )
        )
        column(self, self.view, self._slider, said, acts, spacing=12, margin=20)
        self.view.setFocus()

    def sizeHint(self) -> QSize:
        """Be as wide as the view."""
        return QSize(_SIDE + 40, super().sizeHint().height())

    def _on_zoomed(self, part: float) -> None:
        self._slider.blockSignals(True)
        self._slider.setValue(round(part * _SCALE))
        self._slider.blockSignals(False)

    def _on_use(self) -> None:
        self.cropped.emit(cut_square(self._image, self.view.square))
        self.accept()

    def _on_whole(self) -> None:
        self.whole_chosen.emit()
        self.accept()
