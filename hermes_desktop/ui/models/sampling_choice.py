"""Knows how the default preset is chosen on a model's page, and what its makers suggest; it keeps nothing."""

from PySide6.QtCore import QCoreApplication, QLocale, QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QFrame

from hermes_desktop.app.model_page import ModelPagesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.family import Family
from hermes_desktop.domain.sampling import Preset, Sampling
from hermes_desktop.ui.pieces import button, column, field, note, words


class SamplingChoice(QFrame):
    """Choose the preset of conversations that have none of their own."""

    def __init__(self, pages: ModelPagesService, preferences: PreferencesService) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._pages, self._preferences = pages, preferences
        self._family: Family | None = None
        self._recognised = words("")
        self._source = note("")
        self._use = button(self.tr("Use the suggested preset"), "plain")
        self._use.clicked.connect(self._on_use)
        self._box = QComboBox()
        self._box.activated.connect(self._on_chosen)
        self._values = note("")
        chosen = field(self.tr("Default preset"), self._box)
        parts = (self._recognised, self._source, self._use, chosen, self._values)
        lines = column(self, *parts, spacing=10, margin=16)
        lines.setAlignment(self._use, Qt.AlignmentFlag.AlignLeft)
        preferences.changed.connect(self._refresh)
        self._refresh()

    def show_family(self, family: Family | None) -> None:
        """Show what the makers of a family suggest; None where it is not known."""
        self._family = family
        self._refresh()

    def _refresh(self, *_anything: object) -> None:
        presets = self._preferences.presets()
        names = [preset.name for preset in presets]
        chosen = self._preferences.value.preset
        with QSignalBlocker(self._box):
            self._box.clear()
            self._box.addItems(names)
            self._box.setCurrentIndex(names.index(chosen) if chosen in names else 0)
        self._values.setText(sampling_words(presets[self._box.currentIndex()].sampling))
        self._show_suggestion(self._pages.suggested(self._family))

    def _show_suggestion(self, preset: Preset | None) -> None:
        for part in (self._recognised, self._source):
            part.setVisible(preset is not None)
        self._use.setVisible(preset is not None and preset.name != self._preferences.value.preset)
        if preset is None or self._family is None:
            return
        self._recognised.setText(family_words(self._family, preset))
        self._source.setText(self.tr("From the {source}").replace("{source}", self._family.source))
        text = self.tr("Use the preset “{name}”").replace("{name}", preset.name)
        self._use.setText(text)
        self._use.setAccessibleName(text)

    def _on_use(self) -> None:
        preset = self._pages.suggested(self._family)
        if preset is not None:
            self._pages.use_preset(preset)

    def _on_chosen(self, index: int) -> None:
        self._preferences.update(preset=self._preferences.presets()[index].name)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SamplingChoice", text)


def family_words(family: Family, preset: Preset) -> str:
    """Say which family a model is of, what it writes, and how its makers sample it."""
    parts = [_tr("Recognised as {name}").replace("{name}", family.name)]
    if family.thinks:
        parts.append(_tr("it can think aloud in <{tag}> tags").replace("{tag}", family.thinks))
    if family.tools:
        parts.append(_tr("it calls tools in <{tag}> tags").replace("{tag}", family.tools))
    suggested = _tr("suggested: {values}").replace("{values}", sampling_words(preset.sampling))
    return "; ".join([*parts, suggested]) + "."


def sampling_words(sampling: Sampling) -> str:
    """Say the knobs that are not neutral in one line."""
    found: list[tuple[str, float, float]] = [
        (_tr("temperature {n}"), sampling.temperature, -1),
        (_tr("top-p {n}"), sampling.top_p, 1),
        (_tr("top-k {n}"), sampling.top_k, 0),
        (_tr("min-p {n}"), sampling.min_p, 0),
        (_tr("repeat penalty {n}"), sampling.repeat_penalty, 1),
        (_tr("DRY {n}"), sampling.dry_multiplier, 0),
        (_tr("XTC {n}"), sampling.xtc_probability, 0),
        (_tr("at most {n} tokens"), sampling.max_tokens, 0),
    ]
    locale = QLocale()
    return ", ".join(
        text.replace("{n}", locale.toString(float(value), "g", 6))
        for text, value, neutral in found
        if value != neutral
    )
