"""Knows how the text of a conversation is set: its size, its colours, the height of lines, the column."""

from PySide6.QtGui import QFontMetricsF, QTextFrame
from PySide6.QtWidgets import QTextBrowser

from hermes_desktop.app.markup import style_sheet
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.ui.chat.grounds import Grounds
from hermes_desktop.ui.chat.turns import Turns
from hermes_desktop.ui.theme import Theme

COLUMN = 720  # pixels
LINE_HEIGHT = 1.6  # of the text size


class Look:
    """Set the document as the preferences and the palette say. What is written already is not set anew."""

    def __init__(
        self,
        view: QTextBrowser,
        turns: Turns,
        grounds: Grounds,
        preferences: PreferencesService,
        theme: Theme,
    ) -> None:
        self._view, self._turns, self._grounds = view, turns, grounds
        self._preferences, self._theme = preferences, theme
        self.put_on()

    @property
    def is_outdated(self) -> bool:
        """Say whether the preferences ask for another look now."""
        return self._worn != self._wanted()

    def put_on(self) -> None:
        """Set what is written from now on."""
        self._worn = self._wanted()
        size, _ = self._worn
        document = self._view.document()
        document.setDefaultStyleSheet(style_sheet(self._grounds.render_palette(), size))
        font = document.defaultFont()
        font.setFamilies(self._theme.font.families())
        font.setPixelSize(size)
        document.setDefaultFont(font)
        self._turns.line_height = 100 * LINE_HEIGHT * size / QFontMetricsF(font).height()

    def set_margins(self) -> None:
        """Keep the column in the middle."""
        side = max((self._view.viewport().width() - COLUMN) // 2, 24)
        frame: QTextFrame = self._view.document().rootFrame()
        shape = frame.frameFormat()
        if shape.leftMargin() != side:
            shape.setLeftMargin(side)
            shape.setRightMargin(side)
            shape.setTopMargin(16)
            shape.setBottomMargin(24)
            frame.setFrameFormat(shape)

    def _wanted(self) -> tuple[int, bool]:
        return self._preferences.value.text_size, self._preferences.value.show_timestamps
