"""Knows the small parts that panels and pages are made of: words, cards, folds, scrolling; no page."""

from html import escape
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QLabel,
    QLayout,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

PAGE_WIDTH = 760  # pixels; lines longer than this are hard to read
MARGIN = 24
_TIP_LETTERS = 1_000


def tip(text: str) -> str:
    """Give the words of a tooltip that hold what strangers wrote: Qt would take some of it for HTML."""
    shown = text if len(text) <= _TIP_LETTERS else text[:_TIP_LETTERS] + "…"
    return "<qt>" + escape(shown).replace("\n", "<br>") + "</qt>" if text else ""


def _label(text: str, role: str, *, wrap: bool) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if wrap:
        label.setMinimumWidth(40)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
    return label


def title(text: str) -> QLabel:
    """Make the heading of a page."""
    return _label(text, "title", wrap=False)


def heading(text: str) -> QLabel:
    """Make the heading of a part of a page."""
    return _label(text, "heading", wrap=False)


def long_heading(text: str) -> QLabel:
    """Make a heading that breaks into lines: the title of a stranger may be long."""
    return _label(text, "heading", wrap=True)


def caption(text: str) -> QLabel:
    """Make the small heading over a group, in capitals."""
    return _label(text.upper(), "caption", wrap=False)


def note(text: str) -> QLabel:
    """Make a line of explanation."""
    return _label(text, "note", wrap=True)


def words(text: str) -> QLabel:
    """Make a paragraph in the usual ink."""
    return _label(text, "words", wrap=True)


def soft(text: str) -> QLabel:
    """Make a short label in soft ink."""
    return _label(text, "soft", wrap=False)


def button(text: str, role: str = "plain", name: str = "") -> QPushButton:
    """Make a button: "primary" for the one next step, "plain", or "link" for what is beside the point."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setAccessibleName(name or text.strip())
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def card() -> QFrame:
    """Make a frame that holds what belongs together."""
    frame = QFrame()
    frame.setProperty("role", "card")
    return frame


def column(widget: QWidget, *parts: QWidget | QLayout, spacing: int = 8, margin: int = 0) -> QVBoxLayout:
    """Put parts under each other into a widget."""
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    for part in parts:
        if isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
    return layout


def emptied(layout: QLayout) -> None:
    """Take everything out of a layout, at once for the eye."""
    while (item := layout.takeAt(0)) is not None:
        gone = item.widget()
        if gone is not None:
            gone.hide()
            gone.deleteLater()


def field(text: str, widget: QWidget, explanation: str = "") -> QWidget:
    """Put a label over a control and, where there is one, an explanation under it."""
    whole = QWidget()
    label = _label(text, "field", wrap=False)
    label.setBuddy(widget)
    layout = column(whole, label, widget, spacing=4)
    if not widget.accessibleName():
        widget.setAccessibleName(text)
    if explanation:
        widget.setAccessibleDescription(explanation)
        layout.addWidget(note(explanation))
    return whole


def number(low: int, high: int, lowest: str) -> QSpinBox:
    """Make a box for a number; the lowest one stands for a word."""
    box = QSpinBox()
    box.setRange(low, high)
    box.setSpecialValueText(lowest)
    box.lineEdit().setTextMargins(8, 0, 8, 0)  # the style sheet's padding does not reach it
    return box


def text_box(lines: int, placeholder: str = "", name: str = "") -> QPlainTextEdit:
    """Make a box for several lines of plain text; Tab leaves it."""
    box = QPlainTextEdit()
    box.setPlaceholderText(placeholder)
    box.setAccessibleName(name)
    box.setTabChangesFocus(True)
    box.setFixedHeight(box.fontMetrics().lineSpacing() * (lines + 1) + 16)
    return box


def files_of(mime: QMimeData, *suffixes: str) -> list[Path]:
    """List the local files in what is dragged, as far as they have one of the suffixes."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() in suffixes]


class LeaveByEscape(QObject):
    """Keep Esc for a page and what is on it, where the window would stop a reply with it."""

    asked = Signal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        page.installEventFilter(self)

    def eventFilter(self, _page: QObject, event: QEvent) -> bool:
        """Claim the key before the window's shortcuts do, then take it."""
        if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Escape:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress:
            self.asked.emit()
        return True


class _Ground(QWidget):
    """Be as high as what stands on it is at the width there is."""

    def minimumSizeHint(self) -> QSize:
        """Ask for no height: Qt would reckon with words that are wrapped at their narrowest."""
        return QSize(super().minimumSizeHint().width(), 0)


class Scroll(QScrollArea):
    """Scroll a column downwards only; on a wide page it stands in the middle and keeps its width."""

    def __init__(self, inside: QWidget, *, width: int = 0, margin: int = MARGIN) -> None:
        super().__init__()
        self._inside = inside
        self._width = width
        self._margin = margin
        self._holder = _Ground()
        self._layout = column(self._holder, inside)
        self._holder.setProperty("role", "ground")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(self._holder)
        self._settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Widen the margins with the view."""
        self._settle()  # first, or the old margins keep the inside too wide for a view that got narrower
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """Let the window decide; everything can be scrolled to."""
        return QSize(240, 120)

    def _settle(self) -> None:
        room = self.viewport().width() - self._width if self._width else 0
        side = max(self._margin, room // 2)
        self._layout.setContentsMargins(side, self._margin, side, self._margin)


class Fold(QWidget):
    """Hide what is needed rarely behind its heading."""

    def __init__(self, text: str, inside: QWidget, *, unfolded: bool = False) -> None:
        super().__init__()
        self._inside = inside
        self._button = QToolButton()
        self._button.setText(text)
        self._button.setProperty("role", "fold")
        self._button.setAccessibleName(text)
        self._button.setCheckable(True)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.toggled.connect(self._on_toggled)
        column(self, self._button, inside, spacing=12)
        self._button.setChecked(unfolded)
        self._on_toggled(unfolded)

    def _on_toggled(self, unfolded: bool) -> None:
        self._button.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        self._inside.setVisible(unfolded)


class Emptiness(QWidget):
    """Say what is not there yet and offer the next step; what is beside it stands under it."""

    def __init__(self, text: str, explanation: str, *steps: QAbstractButton) -> None:
        super().__init__()
        head = heading(text)
        head.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        said = words(explanation)
        said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = column(self, spacing=12, margin=MARGIN)
        layout.addStretch(1)
        layout.addWidget(head)
        layout.addWidget(said)
        for step in steps:
            layout.addWidget(step, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
