"""Knows the page of model files: adding, the cards, how models are loaded; the service does the work."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from hermes_desktop.app.downloads import DownloadsService
from hermes_desktop.app.notices import Notice, NoticeKind
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.app.services import Services
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import ModelFile
from hermes_desktop.ui.models.arrivals import Arrivals
from hermes_desktop.ui.models.card import ModelCard
from hermes_desktop.ui.models.detail import ModelDetail
from hermes_desktop.ui.models.found import FoundPanel
from hermes_desktop.ui.models.loading import LoadingForm
from hermes_desktop.ui.models.offers import OffersPanel
from hermes_desktop.ui.models.ordering import Ordering
from hermes_desktop.ui.models.place import PlacePanel
from hermes_desktop.ui.models.search import SearchPanel
from hermes_desktop.ui.pieces import (
    PAGE_WIDTH,
    Fold,
    Scroll,
    button,
    column,
    files_of,
    note,
    title,
)
from hermes_desktop.ui.theme import Theme


class ModelsPage(QWidget):
    """List the models; add, load, verify and remove them."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        models, library = services.models, services.library
        self._models, self._library, self._notices = models, library, services.notices
        self._speeds, self._detail = services.speeds, ModelDetail(services, theme)
        self._cards: dict[int, ModelCard] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(12)
        self._verify = button(self.tr("Verify all"), "link", self.tr("Verify all models"))
        self._verify.clicked.connect(library.verify_all)
        self._add = button(self.tr("Add a GGUF file…"), "primary")
        self._add.clicked.connect(self._on_add)
        self._arriving = Arrivals(services.downloads)
        self._others = FoundPanel()
        self._others.wanted.connect(lambda path: self.add_files([path]))
        self._offers = OffersPanel(services.speeds)
        self._ordering = self._make_ordering(services.downloads)
        self._place = Fold(self.tr("Where fetched models lie"), PlacePanel(library, services.notices))
        self._loading = Fold(self.tr("How models are loaded"), LoadingForm(models, services.preferences))
        self._build(SearchPanel(services.search, services.downloads))
        services.power.changed.connect(self._measure_once)
        self._wire()
        self._refresh()
        self._arriving.refresh()
        models.look_around()

    def _wire(self) -> None:
        models = self._models
        self._arriving.changed.connect(self._offers.show_busy)
        models.others_found.connect(self._others.show_found)
        models.changed.connect(models.look_around)
        self._detail.left.connect(self.show_all)
        models.changed.connect(self._refresh)
        models.state_changed.connect(self._show_states)
        models.load_progressed.connect(self._on_load_progressed)
        models.hash_progressed.connect(self._on_hash_progressed)
        models.hashing.paused.connect(self._on_hash_paused)

    def add_files(self, files: Sequence[Path]) -> None:
        """Add model files; the first good one is loaded unless a real model is in use. Bad ones are told."""
        for file in files:
            try:
                model = self._models.add(file)
            except KnownError as error:
                self._notices.post_error(error)
                continue
            if not self._models.plays:
                self._models.load(model.id)

    def show_details(self, model_id: int) -> None:
        """Show the page of one model."""
        try:
            self._detail.show_model(self._models.find(str(model_id)))
        except KnownError as error:
            self._notices.post_error(error)
            return
        self._whole.setCurrentWidget(self._detail)
        self._detail.focus_back()

    def show_all(self) -> None:
        """Go back from the page of one model."""
        shown = self._detail.shown_id
        self._whole.setCurrentWidget(self._scroll)
        if shown in self._cards:
            self._cards[shown].focus_details()

    def showEvent(self, event: QShowEvent) -> None:
        """Measure this machine when its models are looked at for the first time."""
        super().showEvent(event)
        self._measure_once()

    def _measure_once(self) -> None:
        if self.isVisible():
            self._speeds.measure_once()

    # ---- building ----------------------------------------------------------------------------------

    def _make_ordering(self, downloads: DownloadsService) -> Ordering:
        licence = self._offers.licence
        ordering = Ordering(downloads, self._notices, licence, self)
        self._offers.wanted.connect(ordering.order)
        ordering.asked.connect(lambda: self._bring(licence))
        ordering.begun.connect(lambda begun: self._show_begun(begun.id))
        return ordering

    def _build(self, search: SearchPanel) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(title(self.tr("Models")))
        top.addStretch(1)
        top.addWidget(self._verify)
        top.addWidget(self._add)
        said = note(
            self.tr(
                "A model is a GGUF file on this computer. One that you have is added where it lies; "
                "Hermes 3 can be fetched below."
            )
        )
        inside = QWidget()
        search.begun.connect(self._show_begun)
        search.read_asked.connect(self._ordering.tell_address)
        hub = Fold(self.tr("Other models on the hub"), search)
        found = (self._list, self._arriving, self._others, self._offers)
        parts = (top, said, *found, hub, self._loading, self._place)
        column(inside, *parts, spacing=16).addStretch(1)
        self._scroll = Scroll(inside, width=PAGE_WIDTH)
        self._whole = QStackedWidget()
        self._whole.addWidget(self._scroll)
        self._whole.addWidget(self._detail)
        column(self, self._whole)

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
        self._loading.setVisible(bool(models))
        self._show_states()

    def _card(self, model: ModelFile) -> ModelCard:
        card = ModelCard(model, stand_in=self._models.is_understudy(model))
        card.load_asked.connect(self._models.load)
        card.details_asked.connect(self.show_details)
        card.unload_asked.connect(self._models.unload)
        card.verify_asked.connect(self._models.verify)
        card.verify_cancelled.connect(self._models.cancel_verify)
        card.remove_asked.connect(self._on_remove)
        card.removal_chosen.connect(self._on_removal)
        waiting = self._models.hashing.fraction_paused(model.id)
        if waiting is not None:  # since before there was a page
            card.show_hashing_paused(waiting)
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

    def _on_hash_paused(self, model_id: int, fraction: float) -> None:
        if model_id in self._cards:
            self._cards[model_id].show_hashing_paused(fraction)

    # ---- acting ------------------------------------------------------------------------------------

    def _on_add(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a model file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([self.tr("Models") + " (*.gguf)", self.tr("All files") + " (*)"])
        dialog.filesSelected.connect(lambda files: self.add_files([Path(file) for file in files]))
        dialog.open()

    def _show_begun(self, download_id: int) -> None:
        card = self._arriving.card(download_id)
        if card is not None:
            card.take_focus()
            self._bring(card)

    def _bring(self, widget: QWidget) -> None:
        """Scroll to what has just appeared, once it has its place."""
        QTimer.singleShot(0, widget, lambda: self._scroll.ensureWidgetVisible(widget))

    def _on_remove(self, model: ModelFile) -> None:
        if self._library.is_own(model) and Path(model.path).exists():
            self._cards[model.id].ask_removal()
        else:
            self._on_removal(model, keep=True)

    def _on_removal(self, model: ModelFile, keep: bool) -> None:
        try:
            freed = self._library.remove(model.id, keep_file=keep)
        except KnownError as error:
            self._notices.post_error(error)
            return
        if freed:
            said = self.tr("“{name}” was deleted: {size} freed.").replace("{size}", byte_size(freed))
            self._notices.post(Notice(NoticeKind.INFO, said.replace("{name}", model.name)))
        else:
            self._tell_removed(model)

    def _tell_removed(self, model: ModelFile) -> None:
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
