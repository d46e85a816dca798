"""Knows the settings of the looks: palette, text size, times; `ui.theme` and the transcript follow them."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QSignalBlocker, Qt
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QLabel, QRadioButton, QSlider, QWidget

from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.preferences import TEXT_SIZES, Preferences, Theme
from hermes_desktop.ui.pieces import column, heading, note


class Appearance(QWidget):
    """Choose light or dark and how large the text of a conversation is."""

    def __init__(self, preferences: PreferencesService) -> None:
        super().__init__()
        self._preferences = preferences
        self._group = QButtonGroup(self)
        self._size = QSlider(Qt.Orientation.Horizontal)
        self._size.setRange(*TEXT_SIZES)
        self._size.setPageStep(1)
        self._size.setAccessibleName(self.tr("Text size"))
        self._size.setMaximumWidth(320)
        self._sample = QLabel(self.tr("The quick brown fox tells a long story."))
        self._figure = QLabel()
        self._times = QCheckBox(self.tr("Show when a message was written"))
        self._times.toggled.connect(lambda on: preferences.update(show_timestamps=on))
        self._size.valueChanged.connect(lambda value: preferences.update(text_size=value))
        self._build()
        preferences.changed.connect(self._show)
        self._show(preferences.value)

    def _build(self) -> None:
        themes = QHBoxLayout()
        themes.setSpacing(20)
        for number, text in enumerate((self.tr("As the system"), self.tr("Light"), self.tr("Dark"))):
            choice = QRadioButton(text)
            self._group.addButton(choice, number)
            themes.addWidget(choice)
        themes.addStretch(1)
        self._group.idClicked.connect(lambda number: self._preferences.update(theme=list(Theme)[number]))
        size = QHBoxLayout()
        size.setSpacing(12)
        size.addWidget(self._size, 1)
        size.addWidget(self._figure)
        size.addStretch(1)
        column(
            self,
            heading(self.tr("Colours")),
            themes,
            heading(self.tr("Text of a conversation")),
            size,
            self._sample,
            heading(self.tr("Messages")),
            self._times,
            note(self.tr("Nothing in the window moves by itself, so there is no motion to switch off.")),
            spacing=12,
        ).addStretch(1)

    def _show(self, value: Preferences) -> None:
        shown: tuple[tuple[QObject, Callable[[], None]], ...] = (
            (self._group, lambda: self._group.button(list(Theme).index(value.theme)).setChecked(True)),
            (self._size, lambda: self._size.setValue(value.text_size)),
            (self._times, lambda: self._times.setChecked(value.show_timestamps)),
        )
        for widget, put in shown:
            with QSignalBlocker(widget):
                put()
        self._figure.setText(self.tr("{n} pixels").replace("{n}", str(value.text_size)))
        self._sample.setStyleSheet(f"font-size: {value.text_size}px")
