"""Knows how what changed between two texts is shown; the app finds it, and those who show it name it."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy

from hermes_desktop.app.differences import Change, Stretch
from hermes_desktop.ui.pieces import caption, column
from hermes_desktop.ui.theme import Theme

_AROUND = 120  # letters that are shown on both sides of a change
_MOST = 4_000  # letters of one change that are shown


class Difference(QFrame):
    """Show one field: words that came and went, told by signs as well as by colour."""

    def __init__(self, name: str, told: Sequence[Stretch], theme: Theme) -> None:
        super().__init__()
        label = QLabel()
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setWordWrap(True)
        label.setMinimumWidth(40)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setText("".join(self._shown(one, theme) for one in told) or self.tr("another one"))
        label.setAccessibleName("".join(_spoken(one) for one in told))
        column(self, caption(name), label, spacing=4)

    def _shown(self, stretch: Stretch, theme: Theme) -> str:
        text = escape(_short(stretch)).replace("\n", "<br>")
        palette = theme.palette
        if stretch.change is Change.ADDED:
            return f'<span style="color:{palette.ok}"><b>[+</b>{text}<b>+]</b></span>'
        if stretch.change is Change.REMOVED:
            return f'<span style="color:{palette.danger}"><b>[−</b><s>{text}</s><b>−]</b></span>'
        return f'<span style="color:{palette.soft}">{text}</span>'


def _spoken(stretch: Stretch) -> str:
    signs = {Change.ADDED: ("[+", "+]"), Change.REMOVED: ("[−", "−]"), Change.SAME: ("", "")}[stretch.change]
    return signs[0] + _short(stretch) + signs[1]


def _short(stretch: Stretch) -> str:
    text = stretch.text
    if stretch.change is Change.SAME and len(text) > 2 * _AROUND + 8:
        return f"{text[:_AROUND]} … {text[-_AROUND:]}"
    return text if len(text) <= _MOST else f"{text[:_MOST]} …"
