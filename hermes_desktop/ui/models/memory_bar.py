"""Knows how a device's memory is painted: what others hold, weights, KV cache, computing, what is free."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from hermes_desktop.app.model_page import DeviceMemory
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.ui.inspector.bar import Figures
from hermes_desktop.ui.pieces import column, soft
from hermes_desktop.ui.theme import Theme

_HEIGHT = 14  # pixels
_WEIGHTS, _KV, _COMPUTE = "#8F5A3C", "#5F8C86", "#C79A43"  # told apart on both grounds, and named beside


class MemoryBar(QWidget):
    """Paint one device; what does not fit is hatched beyond a mark."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._device: DeviceMemory | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("How the memory would be filled"))

    def show_device(self, device: DeviceMemory, said: str) -> None:
        """Paint another device, or the same with other shares; `said` is it in words."""
        self._device = device
        self.setAccessibleDescription(said)
        self.setToolTip(said)
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for a line."""
        return QSize(160, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the shares from the left; free room shows the ground."""
        device = self._device
        if device is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), _HEIGHT / 2, _HEIGHT / 2)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), self._theme.palette.line)
        scale = self.width() / max(device.total, device.others + device.needed, 1)
        left = 0.0
        for colour, size in shares(device, self._theme):
            painter.fillRect(QRectF(left, 0, size * scale, _HEIGHT), colour)
            left += size * scale
        if device.free < 0:
            end = device.total * scale
            hatch = QBrush(QColor(self._theme.palette.danger), Qt.BrushStyle.BDiagPattern)
            painter.fillRect(QRectF(end, 0, self.width() - end, _HEIGHT), self._theme.palette.panel)
            painter.fillRect(QRectF(end, 0, self.width() - end, _HEIGHT), hatch)
            painter.fillRect(QRectF(end - 1, 0, 2, _HEIGHT), self._theme.palette.danger)


def shares(device: DeviceMemory, theme: Theme) -> list[tuple[QColor, int]]:
    """Give colour and bytes of what is taken, from the left."""
    return [
        (QColor(theme.palette.faint), device.others),
        (QColor(_WEIGHTS), device.weights),
        (QColor(_KV), device.kv),
        (QColor(_COMPUTE), device.compute),
    ]


class DevicePanel(QWidget):
    """Show one device: its name, its bar, the figures."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._name = QLabel()
        self._left = soft("")
        self._bar = MemoryBar(theme)
        self._figures = Figures()
        top = QHBoxLayout()
        top.addWidget(self._name, 1)
        top.addWidget(self._left)
        column(self, top, self._bar, self._figures, spacing=10)

    def show_device(self, device: DeviceMemory) -> None:
        """Show how a device would be filled."""
        names = (
            self.tr("Other programs"),
            self.tr("Weights"),
            self.tr("KV cache"),
            self.tr("Computing"),
        )
        taken = shares(device, self._theme)
        rows = [
            (colour, name, byte_size(size)) for name, (colour, size) in zip(names, taken, strict=True) if size
        ]
        self._name.setText(
            self.tr("{name}, {size}")
            .replace("{name}", device.name)
            .replace("{size}", byte_size(device.total))
        )
        over = device.free < 0
        left = self.tr("{size} too much") if over else self.tr("{size} free")
        self._left.setText(left.replace("{size}", byte_size(abs(device.free))))
        self._left.setProperty("role", "warning" if over else "soft")
        self._left.style().polish(self._left)
        said = [f"{name} {size}" for _, name, size in rows]
        self._bar.show_device(device, "\n".join([*said, self._left.text()]))
        self._figures.show_rows([(colour, name, size) for colour, name, size in rows])
