"""Knows how figures about the context are painted: a bar of shares, its legend; not what they count."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from hermes_desktop.domain.prompt import SpanKind
from hermes_desktop.ui.inspector.shares import Share
from hermes_desktop.ui.pieces import emptied, soft
from hermes_desktop.ui.theme import Theme

_BAR_HEIGHT = 10  # pixels
_READABLE = 150  # percent, at which letters of every share keep 4.5:1
# Told apart on both grounds; each has its name beside it, so colour is never the only sign.
_COLOURS: dict[str, str] = {
    SpanKind.PERSONA: "#8F5A3C",
    SpanKind.PROFILE: "#B98A6E",
    SpanKind.LORE: "#C79A43",
    SpanKind.TOOLS: "#8C8A55",
    SpanKind.EXAMPLES: "#5F8C86",
    SpanKind.FACTS: "#4F7D6A",
    SpanKind.SUMMARY: "#667C4D",
    SpanKind.PINNED: "#AC632F",
    SpanKind.TURNS: "#7F97AC",
    SpanKind.RECALLED: "#7D5B87",
    SpanKind.NOTE: "#B0657A",
    SpanKind.INSTRUCTIONS: "#97836B",
    SpanKind.PREFILL: "#5C6C92",
}


def share_colour(theme: Theme, name: str) -> QColor:
    """Give the colour of a share; room that is kept free has the colour of lines."""
    return QColor(_COLOURS.get(name, theme.palette.line))


def share_ink(theme: Theme, name: str) -> QColor:
    """Give the colour of a share for small letters, dark or light enough for the ground."""
    colour = share_colour(theme, name)
    return colour.lighter(_READABLE) if theme.dark else colour.darker(_READABLE)


class BudgetBar(QWidget):
    """Paint the shares of the context side by side."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shares: tuple[Share, ...] = ()
        self._context = 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("How the context is filled"))

    def show_shares(self, shares: tuple[Share, ...], context: int) -> None:
        """Paint other shares of a context of so many tokens."""
        self._shares = shares
        self._context = max(context, 1)
        said = ", ".join(f"{share.label} {share.tokens}" for share in shares)
        self.setAccessibleDescription(said)
        self.setToolTip(said.replace(", ", "\n"))
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for a thin line."""
        return QSize(120, _BAR_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what holds words; what is free shows the ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), share_colour(self._theme, ""))
        left = 0.0
        for share in self._shares:
            width = self.width() * share.tokens / self._context
            if share.filled:
                painter.fillRect(QRectF(left, 0, width, _BAR_HEIGHT), share_colour(self._theme, share.name))
                left += width


class Swatch(QWidget):
    """Paint the small square of a legend."""

    def __init__(self, colour: QColor) -> None:
        super().__init__()
        self._colour = colour
        self.setFixedSize(10, 10)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the square."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawRoundedRect(self.rect(), 2, 2)


class Figures(QWidget):
    """Show names on the left and numbers on the right, a colour before each where there is one."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)

    def show_rows(self, rows: list[tuple[QColor | None, str, str]]) -> None:
        """Show other rows: colour, name, number."""
        emptied(self._grid)
        for line, (colour, name, number) in enumerate(rows):
            if colour is not None:
                self._grid.addWidget(Swatch(colour), line, 0)
            self._grid.addWidget(soft(name), line, 1)
            value = QLabel(number)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(value, line, 2)
