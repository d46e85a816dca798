"""Knows the page of model files: adding, the cards, how models are loaded; the service does the work."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import ModelFile
from hermes_desktop.ui.models.card import ModelCard
from hermes_desktop.ui.models.loading import LoadingForm
from hermes_desktop.ui.pieces import (
    PAGE_WIDTH,
    Emptiness,
    Fold,
    Scroll,
    button,
    column,
    files_of,
    note,
    title,
)


class ModelsPage(QWidget):
    """List the models; add, load, verify and remove them."""

    def __init__(
        self,
        models: ModelsService,
        preferences: PreferencesService,
        notices: NoticesService,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._models, self._notices = models, notices
        self._cards: dict[int, ModelCard] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(12)
        self._add = button(self.tr("Add a GGUF file…"), "primary")
        self._add.clicked.connect(self._on_add)
        self._empty = self._emptiness()
        self._loading = Fold(self.tr("How models are loaded"), LoadingForm(models, preferences))
        self._build()
        models.changed.connect(self._refresh)
        models.state_changed.connect(self._show_states)
        models.load_progressed.connect(self._on_load_progressed)
        models.hash_progressed.connect(self._on_hash_progressed)
        self._refresh()

    def add_files(self, files: Sequence[Path]) -> None:
        """Add model files; the first good one is loaded where none is in use. Bad ones are told."""
        for file in files:
            try:
                model = self._models.add(file)
            except KnownError as error:
                self._notices.post_error(error)
                continue
            if self._models.chosen is None:
                self._models.load(model.id)

    # ---- building ----------------------------------------------------------------------------------

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(title(self.tr("Models")))
        top.addStretch(1)
        top.addWidget(self._add)
        said = note(
            self.tr(
                "A model is a GGUF file on this computer; it stays where it is. As Q4_K_M, Hermes 3 8B "
                "has 4.9 GB and wants 16 GB of memory; 3B has 2.0 GB and runs in 8 GB."
            )
        )
        inside = QWidget()
        column(inside, top, said, self._empty, self._list, self._loading, spacing=16).addStretch(1)
        column(self, Scroll(inside, width=PAGE_WIDTH))

    def _emptiness(self) -> Emptiness:
        step = button(self.tr("Choose a file…"), "primary", self.tr("Choose a model file"))
        step.clicked.connect(self._on_add)
        return Emptiness(
            self.tr("No model yet"),
            self.tr("Choose the GGUF file of a Hermes 3 model, and a persona can answer you."),
            step,
        )

    # ---- showing -----------------------------------------------------------------------------------

    def _refresh(self) -> None:
        models = self._models.all()
        present = {model.id for model in models}
        for gone in set(self._cards) - present:
            card = self._cards.pop(gone)
            self._list.removeWidget(card)
            card.deleteLater()
        for place, model in enumerate(models):
            if model.id in self._cards:
                self._cards[model.id].show_model(model)
            else:
                self._cards[model.id] = self._card(model)
                self._list.insertWidget(place, self._cards[model.id])
        self._empty.setVisible(not models)
        self._add.setVisible(bool(models))
        self._loading.setVisible(bool(models))
        self._show_states()

    def _card(self, model: ModelFile) -> ModelCard:
        card = ModelCard(model)
        card.load_asked.connect(self._models.load)
        card.unload_asked.connect(self._models.unload)
        card.verify_asked.connect(self._models.verify)
        card.verify_cancelled.connect(self._models.cancel_verify)
        card.remove_asked.connect(self._on_remove)
        return card

    def _show_states(self, *_anything: object) -> None:
        for card in self._cards.values():
            card.show_state(self._models)

    def _on_load_progressed(self, fraction: float) -> None:
        chosen = self._models.chosen
        if chosen is not None and chosen.id in self._cards:
            self._cards[chosen.id].show_loading(fraction)

    def _on_hash_progressed(self, model_id: int, fraction: float) -> None:
        if model_id in self._cards:
            self._cards[model_id].show_hashing(fraction)

    # ---- acting ------------------------------------------------------------------------------------

    def _on_add(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a model file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([self.tr("Models") + " (*.gguf)", self.tr("All files") + " (*)"])
        dialog.filesSelected.connect(lambda files: self.add_files([Path(file) for file in files]))
        dialog.open()

    def _on_remove(self, model: ModelFile) -> None:
        self._models.remove(model.id)
        self._notices.post(
            Notice(
                NoticeKind.INFO,
                self.tr("“{name}” was taken off the list. The file stays where it is.").replace(
                    "{name}", model.name
                ),
                action=self.tr("Undo"),
                act=lambda: self.add_files([Path(model.path)]),
            )
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept model files."""
        if files_of(event.mimeData(), ".gguf"):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the files that were dropped."""
        event.acceptProposedAction()
        self.add_files(files_of(event.mimeData(), ".gguf"))
