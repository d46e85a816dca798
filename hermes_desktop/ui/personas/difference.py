"""Knows how what changed between two versions is named and shown; the app finds it."""

from html import escape

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy

from hermes_desktop.app.differences import Change, FieldChange, Stretch, stretches
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.ui.pieces import caption, column
from hermes_desktop.ui.theme import Theme

_CONTEXT = "Difference"
_AROUND = 120  # letters that are shown on both sides of a change
_MOST = 4_000  # letters of one change that are shown
_NAMES = {
    "name": QT_TRANSLATE_NOOP("Difference", "name"),
    "nickname": QT_TRANSLATE_NOOP("Difference", "nickname"),
    "description": QT_TRANSLATE_NOOP("Difference", "description"),
    "personality": QT_TRANSLATE_NOOP("Difference", "personality"),
    "scenario": QT_TRANSLATE_NOOP("Difference", "scenario"),
    "system_prompt": QT_TRANSLATE_NOOP("Difference", "system prompt"),
    "post_history_instructions": QT_TRANSLATE_NOOP("Difference", "last instructions"),
    "greeting": QT_TRANSLATE_NOOP("Difference", "greeting"),
    "alternate_greetings": QT_TRANSLATE_NOOP("Difference", "greeting {n}"),
    "example_dialogue": QT_TRANSLATE_NOOP("Difference", "example dialogue"),
    "creator": QT_TRANSLATE_NOOP("Difference", "creator"),
    "creator_notes": QT_TRANSLATE_NOOP("Difference", "notes"),
    "character_version": QT_TRANSLATE_NOOP("Difference", "version of the card"),
    "tags": QT_TRANSLATE_NOOP("Difference", "tags"),
    "group_greetings": QT_TRANSLATE_NOOP("Difference", "greeting for groups {n}"),
    "note": QT_TRANSLATE_NOOP("Difference", "character’s note"),
    "note_depth": QT_TRANSLATE_NOOP("Difference", "place of the character’s note"),
    "note_role": QT_TRANSLATE_NOOP("Difference", "who says the character’s note"),
    "picture": QT_TRANSLATE_NOOP("Difference", "picture"),
    "lore": QT_TRANSLATE_NOOP("Difference", "number of lore entries"),
}


def field_name(change: FieldChange) -> str:
    """Name the field that changed; greetings count from the main one."""
    number = change.place + (2 if change.field == "alternate_greetings" else 1)
    return QCoreApplication.translate(_CONTEXT, _NAMES[change.field]).replace("{n}", str(number))


class Difference(QFrame):
    """Show one field: words that came and went, told by signs as well as by colour."""

    def __init__(self, change: FieldChange, theme: Theme) -> None:
        super().__init__()
        label = QLabel()
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setWordWrap(True)
        label.setMinimumWidth(40)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        told = stretches(change.before, change.after)
        label.setText("".join(self._shown(one, theme) for one in told) or self.tr("another one"))
        label.setAccessibleName("".join(_spoken(one) for one in told))
        column(self, caption(field_name(change)), label, spacing=4)

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
