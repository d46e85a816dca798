"""Knows how the window looks: which palette, which face, avatars; no widget and no layout."""

import hashlib

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QImage,
    QPainter,
    QPainterPath,
    QPalette,
    QPixmap,
)
from PySide6.QtWidgets import QApplication

from hermes_desktop.app.markup import monogram, monogram_ground
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain import preferences as values
from hermes_desktop.ui.palette import DARK, LIGHT, Palette
from hermes_desktop.ui.style import sheet

_FACE = "Inter"
_PANE_PIXELS = 13


class Theme(QObject):
    """Follow the system's scheme or the person's choice, and dress the application in it."""

    changed = Signal()

    def __init__(self, preferences: PreferencesService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.font = _face()
        self.palette = self._wanted()
        self._pictures: dict[tuple[str, str, int], QPixmap] = {}
        preferences.changed.connect(self._on_preferences)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme)

    @property
    def dark(self) -> bool:
        """Say whether the dark palette is in use."""
        return self.palette is DARK

    @property
    def text_size(self) -> int:
        """Give the pixels of body text that the person wants."""
        return self._preferences.value.text_size

    def avatar(self, name: str, picture: bytes, size: int) -> QPixmap:
        """Give a round picture, or the first letter of the name on a colour of its own."""
        key = (name, hashlib.blake2b(picture, digest_size=8).hexdigest() if picture else "", size)
        if key not in self._pictures:
            if len(self._pictures) > 500:
                self._pictures.clear()
            self._pictures[key] = _round(name, picture, size, _ratio())
        return self._pictures[key]

    # ---- which palette -----------------------------------------------------------------------------

    def _wanted(self) -> Palette:
        chosen = self._preferences.value.theme
        if chosen is values.Theme.SYSTEM:
            dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        else:
            dark = chosen is values.Theme.DARK
        return DARK if dark else LIGHT

    def _on_preferences(self, _value: values.Preferences) -> None:
        self._on_scheme()

    def _on_scheme(self) -> None:
        wanted = self._wanted()
        if wanted is not self.palette:
            self.palette = wanted
            self.dress()
            self.changed.emit()

    def dress(self) -> None:
        """Dress the application; a window that is whole by then is dressed once, not widget by widget."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setFont(self.font)
        application.setPalette(_qt_palette(self.palette))
        application.setStyleSheet(sheet(self.palette))


def _face() -> QFont:
    font = QFont(_FACE) if _FACE in QFontDatabase.families() else QFont()
    font.setPixelSize(_PANE_PIXELS)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _qt_palette(colours: Palette) -> QPalette:
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: colours.ground,
        QPalette.ColorRole.WindowText: colours.ink,
        QPalette.ColorRole.Base: colours.ground,
        QPalette.ColorRole.AlternateBase: colours.panel,
        QPalette.ColorRole.Text: colours.ink,
        QPalette.ColorRole.Button: colours.panel,
        QPalette.ColorRole.ButtonText: colours.ink,
        QPalette.ColorRole.ToolTipBase: colours.panel,
        QPalette.ColorRole.ToolTipText: colours.ink,
        QPalette.ColorRole.PlaceholderText: colours.faint,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.Link: colours.accent,
        QPalette.ColorRole.LinkVisited: colours.accent,
        QPalette.ColorRole.Accent: colours.accent,
    }
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.faint))
    return made


def _ratio() -> float:
    screen = QGuiApplication.primaryScreen()
    return screen.devicePixelRatio() if screen else 1.0


def _empty(size: QSize, ratio: float) -> QPixmap:
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def _round(name: str, picture: bytes, size: int, ratio: float) -> QPixmap:
    pixmap = _empty(QSize(size, size), ratio)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    circle = QPainterPath()
    circle.addEllipse(QRectF(0, 0, size, size))
    painter.setClipPath(circle)
    image = QImage.fromData(picture) if picture else QImage()
    if image.isNull():
        _draw_letter(painter, name, size)
    else:
        side = round(size * ratio)
        scaled = image.scaled(
            QSize(side, side),
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        painter.drawImage(QRectF(0, 0, size, size), scaled)
    painter.end()
    return pixmap


def _draw_letter(painter: QPainter, name: str, size: int) -> None:
    painter.fillRect(0, 0, size, size, QColor(monogram_ground(name)))
    font = _face()
    font.setPixelSize(max(round(size * 0.42), 8))
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(QRectF(0, 0, size, size), Qt.AlignmentFlag.AlignCenter, monogram(name))
