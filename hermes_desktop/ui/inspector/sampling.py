"""Knows how a sampling preset is chosen and changed; the form of one is `sampling_form`."""

import itertools
from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.sampling import SHIPPED_PRESETS, Sampling
from hermes_desktop.ui.inspector.sampling_form import SamplingForm
from hermes_desktop.ui.pieces import Scroll, button, column, field, note


class PresetEditor(QWidget):
    """Choose a preset, change it, keep it under a name.

    A shipped preset is never changed: the first change makes a copy of one's own, which is chosen instead.
    """

    chosen = Signal(str)  # name of a preset; "" follows the preferences

    def __init__(
        self,
        preferences: PreferencesService,
        notices: NoticesService,
        usual: Callable[[], str] | None = None,
    ) -> None:
        """`usual` names the preset that is followed where none is chosen; without it one always is."""
        super().__init__()
        self._preferences = preferences
        self._notices = notices
        self._follows = usual is not None
        self._usual = usual or (lambda: preferences.value.preset)
        self._name = ""
        self._box = QComboBox()
        self._box.setAccessibleName(self.tr("Preset"))
        self._box.activated.connect(self._on_chosen)
        self._form = SamplingForm()
        self._form.changed.connect(self._on_changed)
        self._said = note("")
        self._new_name = QLineEdit()
        self._new_name.setPlaceholderText(self.tr("Name of a new preset"))
        self._new_name.setAccessibleName(self.tr("Name of a new preset"))
        self._new_name.returnPressed.connect(self._on_save)
        self._save = button(self.tr("Save"), name=self.tr("Save as a new preset"))
        self._save.clicked.connect(self._on_save)
        self._delete = button(self.tr("Delete"), "link", self.tr("Delete this preset"))
        self._delete.clicked.connect(self._on_delete)
        self._build()
        preferences.changed.connect(self.refresh)
        self.refresh()

    def show_preset(self, name: str) -> None:
        """Show a preset by name; "" stands for the usual one."""
        self._name = name
        self.refresh()

    def refresh(self, *_anything: object) -> None:
        """Show what the preferences hold now."""
        presets = self._preferences.presets()
        with QSignalBlocker(self._box):
            self._box.clear()
            if self._follows:
                as_set = self._usual() == self._preferences.value.preset
                words = self.tr("As in the settings ({name})") if as_set else self.tr("As usual ({name})")
                self._box.addItem(words.replace("{name}", self._usual()), "")
            for preset in sorted(
                presets, key=lambda p: (not p.shipped, p.name.casefold() if not p.shipped else "")
            ):
                self._box.addItem(preset.name, preset.name)
            self._box.setCurrentIndex(max(0, self._box.findData(self._known_name())))
        current = self._current()
        self._form.set_value(next(p.sampling for p in presets if p.name == current))
        own = not self._is_shipped(current)
        self._delete.setVisible(own)
        self._said.setText(self._words(current, own=own))

    def show_not_taken(self, names: Sequence[str], host: str) -> None:
        """Mark the settings that the server at this address does not take."""
        words = self.tr("{host} does not take this setting.").replace("{host}", host)
        self._form.show_not_taken(names, words)

    # ---- inside ------------------------------------------------------------------------------------

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._box, 1)
        top.addWidget(self._delete)
        save = QHBoxLayout()
        save.setSpacing(8)
        save.addWidget(self._new_name, 1)
        save.addWidget(self._save)
        holder = QWidget()
        column(holder, save)
        column(self, top, self._said, self._form, field(self.tr("Save as a preset"), holder), spacing=14)

    def _words(self, current: str, *, own: bool) -> str:
        if own:
            return self.tr("Changes are kept in “{name}” at once.").replace("{name}", current)
        return self.tr("“{name}” stays as it is: a change here makes a copy of your own.").replace(
            "{name}", current
        )

    def _known_name(self) -> str:
        names = {preset.name for preset in self._preferences.presets()}
        fallback = "" if self._follows else self._usual()
        return self._name if self._name in names else fallback

    def _current(self) -> str:
        names = {preset.name for preset in self._preferences.presets()}
        wanted = self._known_name() or self._usual()
        return wanted if wanted in names else SHIPPED_PRESETS[0].name

    def _is_shipped(self, name: str) -> bool:
        return any(preset.name == name for preset in SHIPPED_PRESETS)

    def _on_chosen(self, index: int) -> None:
        self._choose(str(self._box.itemData(index)))

    def _on_changed(self, sampling: Sampling) -> None:
        current = self._current()
        self._keep(self._copy_name(current) if self._is_shipped(current) else current, sampling)

    def _on_save(self) -> None:
        name = self._new_name.text().strip()
        if name:
            self._keep(name, self._form.value)
            self._new_name.clear()
        else:
            self._new_name.setFocus()

    def _on_delete(self) -> None:
        gone, sampling = self._current(), self._form.value
        self._choose("" if self._follows else SHIPPED_PRESETS[0].name)
        self._preferences.delete_preset(gone)
        self._notices.post(
            Notice(
                NoticeKind.INFO,
                self.tr("The preset “{name}” was deleted.").replace("{name}", gone),
                action=self.tr("Undo"),
                act=lambda: self._preferences.save_preset(gone, sampling),
            )
        )

    def _copy_name(self, name: str) -> str:
        taken = {preset.name.casefold() for preset in self._preferences.presets()}
        return next(
            copy for number in itertools.count(2) if (copy := f"{name} {number}").casefold() not in taken
        )

    def _keep(self, name: str, sampling: Sampling) -> None:
        self._preferences.save_preset(name, sampling)
        kept = self._preferences.value.presets[-1].name  # the service names copies of shipped ones
        if kept != self._known_name():
            self._choose(kept)

    def _choose(self, name: str) -> None:
        self._name = name
        self.refresh()
        self.chosen.emit(name)


class SamplingTab(Scroll):
    """Choose how the next reply of the open conversation is drawn."""

    def __init__(
        self,
        chat: ChatService,
        models: ModelsService,
        preferences: PreferencesService,
        notices: NoticesService,
    ) -> None:
        inside = QWidget()
        super().__init__(inside, margin=18)
        self._chat, self._models = chat, models
        self._missing = note(self.tr("Open a conversation to choose how its replies are drawn."))
        self._editor = PresetEditor(preferences, notices, lambda: chat.usual_preset)
        self._editor.chosen.connect(chat.set_preset)
        column(inside, self._missing, self._editor).addStretch(1)
        chat.opened.connect(self._refresh)
        chat.closed.connect(self._refresh)
        models.state_changed.connect(self._on_model)
        self._refresh()

    def _on_model(self, *_anything: object) -> None:
        """Follow the usual preset of another model, and what a server takes."""
        self._editor.refresh()
        served = self._models.loaded.served if self._models.loaded is not None else None
        self._editor.show_not_taken(served.unknown if served else (), served.host if served else "")

    def _refresh(self, *_anything: object) -> None:
        conversation = self._chat.conversation
        self._missing.setVisible(conversation is None)
        self._editor.setVisible(conversation is not None)
        if conversation is not None:
            self._editor.show_preset(conversation.preset)
