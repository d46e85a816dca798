"""Knows the personas page: the grid, one persona, the form, import; not how cards are read or stored."""

from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QStackedWidget, QWidget

from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.personas import ImportReport, PersonasService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.persona import Persona, PersonaFields
from hermes_desktop.ui.personas.cards import Data, PersonaCard, PersonaGrid, PersonaListModel
from hermes_desktop.ui.personas.detail import PersonaDetail
from hermes_desktop.ui.personas.form import Draft, PersonaForm
from hermes_desktop.ui.pieces import MARGIN, Emptiness, button, column, files_of, title
from hermes_desktop.ui.theme import Theme

CARD_SUFFIXES = (".json",)


class Gallery(QStackedWidget):
    """Choose whom to talk with; write, change, import and delete personas."""

    talk_requested = Signal(int, int)  # persona id, index of the greeting

    def __init__(
        self,
        personas: PersonasService,
        notices: NoticesService,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._personas = personas
        self._notices = notices
        self._drafts: dict[int, Draft] = {}  # left unsaved, by persona; 0: the new one
        self._model = PersonaListModel(personas, self)
        self._search = QLineEdit()
        self._grid = self._make_grid(theme)
        self._middle = QStackedWidget()
        self._cards = self._make_cards()
        self._detail = self._make_detail(theme)
        self._form = PersonaForm(theme)
        self._form.saved.connect(self._on_saved)
        self._form.left.connect(self._on_form_left)
        for page in (self._cards, self._detail, self._form):
            self.addWidget(page)
        self.setAcceptDrops(True)
        self._model.modelReset.connect(self._on_reset)
        personas.changed.connect(self._on_changed)
        self._on_reset()

    # ---- what the window asks for ------------------------------------------------------------------

    def show_cards(self) -> None:
        """Show every persona."""
        self.setCurrentWidget(self._cards)
        self._grid.setFocus()
        if not self._grid.currentIndex().isValid():
            self._grid.setCurrentIndex(self._model.index(0))

    def show_persona(self, persona_id: int) -> None:
        """Show one persona."""
        try:
            self._detail.show_persona(self._personas.get(persona_id))
        except KnownError as error:
            self._notices.post_error(error)
            return
        self.setCurrentWidget(self._detail)
        self._detail.focus_talk()

    def edit(self, persona_id: int) -> None:
        """Show the form with one persona, or with what was left unsaved of it."""
        try:
            persona = self._personas.get(persona_id)
        except KnownError as error:
            self._notices.post_error(error)
            return
        fresh = Draft(persona_id, persona.fields)
        heading = self.tr("Edit {name}").replace("{name}", persona.name)
        self._show_form(fresh, self._personas.picture(persona.avatar), heading)

    def write_new(self) -> None:
        """Show the form for a new persona, or with what was left unsaved of it."""
        self._show_form(Draft(0, PersonaFields("")), b"", self.tr("New persona"))

    def import_files(self, files: list[Path]) -> None:
        """Bring in cards and tell what became of each."""
        reports = self._personas.import_files(files)
        for report in reports:
            if not report.ok:
                self._notices.post(Notice(NoticeKind.ERROR, report.error))
        good = [report for report in reports if report.ok]
        if good:
            self._notices.post(Notice(NoticeKind.INFO, self._import_words(good), hint=lore_words(good)))
            if len(good) == 1:
                self.show_persona(good[0].persona_id)
            else:
                self.show_cards()

    # ---- building ----------------------------------------------------------------------------------

    def _make_grid(self, theme: Theme) -> PersonaGrid:
        grid = PersonaGrid()
        grid.setAccessibleName(self.tr("Personas"))
        grid.setModel(self._model)
        card = PersonaCard(self._personas, theme, grid)
        card.starred.connect(self._on_starred)
        grid.setItemDelegate(card)
        grid.clicked.connect(self._on_chosen)
        grid.activated.connect(self._on_chosen)
        theme.changed.connect(grid.viewport().update)
        return grid

    def _make_cards(self) -> QWidget:
        self._search.setPlaceholderText(self.tr("Search personas"))
        self._search.setAccessibleName(self.tr("Search personas"))
        self._search.setClearButtonEnabled(True)
        self._search.setProperty("role", "search")
        self._search.setMaximumWidth(360)
        self._search.textChanged.connect(self._model.set_query)
        new = button(self.tr("New persona"), "primary")
        new.clicked.connect(self.write_new)
        bring = button(self.tr("Import cards…"), name=self.tr("Import character cards"))
        bring.clicked.connect(self._on_import)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(title(self.tr("Personas")), 1)
        top.addWidget(bring)
        top.addWidget(new)
        nobody = Emptiness(
            self.tr("Nobody here"),
            self.tr("No persona matches. Write one, or drop a character card onto the window."),
        )
        self._middle.addWidget(self._grid)
        self._middle.addWidget(nobody)
        page = QWidget()
        layout = column(page, top, self._search, self._middle, spacing=14, margin=MARGIN)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN // 2, 0)
        top.setContentsMargins(0, 0, MARGIN // 2, 0)
        return page

    def _make_detail(self, theme: Theme) -> PersonaDetail:
        detail = PersonaDetail(self._personas, theme)
        detail.left.connect(self.show_cards)
        detail.talk_requested.connect(self.talk_requested)
        detail.edit_requested.connect(self.edit)
        detail.delete_requested.connect(self._on_delete)
        detail.favourite_requested.connect(self._on_starred)
        return detail

    # ---- acting ------------------------------------------------------------------------------------

    def _on_reset(self) -> None:
        self._middle.setCurrentIndex(0 if self._model.rowCount() else 1)

    def _on_changed(self) -> None:
        shown = self._detail.persona
        if shown is not None and self.currentWidget() is self._detail:
            self._detail.show_persona(self._personas.get(shown.id))

    def _on_chosen(self, index: QModelIndex) -> None:
        persona = index.data(Data.PERSONA)
        if persona is not None:
            self.show_persona(persona.id)

    def _on_starred(self, persona: Persona) -> None:
        self._personas.set_favourite(persona.id, not persona.favourite)

    def _on_delete(self, persona: Persona) -> None:
        self.show_cards()
        self._personas.delete(persona.id)
        self._notices.post(
            Notice(
                NoticeKind.INFO,
                self.tr("{name} was deleted; its conversations stay.").replace("{name}", persona.name),
                action=self.tr("Undo"),
                act=lambda: self._personas.restore(persona.id),
            )
        )

    def _on_import(self) -> None:
        dialog = QFileDialog(self, self.tr("Import character cards"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Character cards") + " (*.json)")
        dialog.filesSelected.connect(lambda files: self.import_files([Path(file) for file in files]))
        dialog.open()

    def _import_words(self, good: list[ImportReport]) -> str:
        if len(good) == 1:
            return self.tr("{name} has come in.").replace("{name}", good[0].name)
        return self.tr("{n} personas have come in.").replace("{n}", str(len(good)))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept character cards."""
        if files_of(event.mimeData(), *CARD_SUFFIXES):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Bring in the cards that were dropped."""
        event.acceptProposedAction()
        self.import_files(files_of(event.mimeData(), *CARD_SUFFIXES))

    # ---- the form ----------------------------------------------------------------------------------

    def _show_form(self, fresh: Draft, avatar: bytes, heading: str) -> None:
        self._form.edit(fresh, avatar, heading)
        kept = self._drafts.pop(fresh.persona_id, None)
        if kept is not None:
            self._form.take_up(kept)
        self.setCurrentWidget(self._form)

    def _on_form_left(self, draft: Draft) -> None:
        if self._form.is_changed():
            self._drafts[draft.persona_id] = draft
            name = draft.fields.name or self.tr("the new persona")
            said = self.tr("Your changes to {name} are kept as a draft.").replace("{name}", name)
            again = self.write_new if not draft.persona_id else (lambda: self.edit(draft.persona_id))
            self._notices.post(Notice(NoticeKind.INFO, said, action=self.tr("Go on writing"), act=again))
        self._after_form(draft.persona_id)

    def _on_saved(self, draft: Draft) -> None:
        try:
            if draft.persona_id:
                kept = self._personas.update(draft.persona_id, draft.fields, draft.picture)
            else:
                kept = self._personas.create(draft.fields, draft.picture)
        except KnownError as error:
            self._form.say(sentence(error).text)
            return
        self._after_form(kept.id)

    def _after_form(self, persona_id: int) -> None:
        if persona_id:
            self.show_persona(persona_id)
        else:
            self.show_cards()


def lore_words(good: list[ImportReport]) -> str:
    """Say what of the cards waits for later, "" where nothing does."""
    kept = sorted({name for report in good for name in report.kept})
    return ", ".join(kept)
