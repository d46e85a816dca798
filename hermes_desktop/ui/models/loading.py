"""Knows the form of how models are loaded, but for what takes memory; it takes effect when it is applied."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.ui.pieces import button, column, field, note, number

_LEFT = Qt.AlignmentFlag.AlignLeft
_MMAP: tuple[bool | None, ...] = (None, True, False)


class LoadingForm(QWidget):
    """Edit `LoadOptions` and the idle time; loads the present model again when applied."""

    def __init__(
        self, models: ModelsService, preferences: PreferencesService, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._models, self._preferences = models, preferences
        self._mmap = _box([self.tr("Decide by free memory"), self.tr("Always"), self.tr("Never")])
        self._layers = number(-1, 999, self.tr("as many as fit"))
        self._threads = number(0, 512, self.tr("automatic"))
        self._batch = number(32, 4096, "")
        self._idle = number(0, 24 * 60, self.tr("never"))
        self._apply = button(self.tr("Apply"), "primary", self.tr("Apply and load the model again"))
        self._apply.clicked.connect(self._on_apply)
        self._build()
        self._mmap.currentIndexChanged.connect(self._mark)
        for spin in (self._layers, self._threads, self._batch, self._idle):
            spin.valueChanged.connect(self._mark)
        self._show(preferences.value.load)

    def _build(self) -> None:
        rows: tuple[tuple[str, QWidget, str], ...] = (
            (
                self.tr("Layers on the GPU"),
                self._layers,
                self.tr("Without a GPU in the build this changes nothing."),
            ),
            (
                self.tr("Threads"),
                self._threads,
                self.tr("Automatic is one a physical core; more rarely helps. A very small model gets one."),
            ),
            (self.tr("Batch (tokens)"), self._batch, self.tr("How much of a prompt is read at once.")),
            (
                self.tr("Map the file into memory"),
                self._mmap,
                self.tr("Mapped weights can be given back by the system."),
            ),
            (
                self.tr("Unload when idle for (minutes)"),
                self._idle,
                self.tr("The next message loads the model again."),
            ),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(14)
        for at, (text, widget, explanation) in enumerate(rows):
            grid.addWidget(field(text, widget, explanation), at // 2, at % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        said = note(self.tr("Context and KV cache are chosen on a model’s own page, beside what they take."))
        column(self, said, grid, self._apply, spacing=16).setAlignment(self._apply, _LEFT)

    def _value(self) -> LoadOptions:
        return replace(
            self._preferences.value.load,
            gpu_layers=self._layers.value(),
            mmap=_MMAP[self._mmap.currentIndex()],
            threads=self._threads.value(),
            batch=self._batch.value(),
        )

    def _show(self, options: LoadOptions) -> None:
        settings: tuple[tuple[QWidget, Callable[[], object]], ...] = (
            (self._mmap, lambda: self._mmap.setCurrentIndex(_MMAP.index(options.mmap))),
            (self._layers, lambda: self._layers.setValue(options.gpu_layers)),
            (self._threads, lambda: self._threads.setValue(options.threads)),
            (self._batch, lambda: self._batch.setValue(options.batch)),
            (self._idle, lambda: self._idle.setValue(self._preferences.value.unload_after_minutes)),
        )
        for widget, put in settings:
            with QSignalBlocker(widget):
                put()
        self._mark()

    def _mark(self, *_anything: object) -> None:
        kept = self._preferences.value
        changed = self._value() != kept.load or self._idle.value() != kept.unload_after_minutes
        self._apply.setEnabled(changed)

    def _on_apply(self) -> None:
        options = self._value()
        self._preferences.update(unload_after_minutes=self._idle.value())
        if options != self._preferences.value.load:
            self._models.set_options(options)
        self._models.note_use()
        self._mark()


def _box(texts: list[str]) -> QComboBox:
    box = QComboBox()
    box.addItems(texts)
    return box
