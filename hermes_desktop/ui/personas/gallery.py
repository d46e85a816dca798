"""Knows the personas page: the grid, one persona, the form, import; not how cards are read or stored."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QStackedWidget, QWidget

from hermes_desktop.app.imports import ImportReport, ImportsService, Source
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.studio import StudioService
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.persona import CardExtras, Persona, PersonaFields, PersonaSummary
from hermes_desktop.ui.personas.cards import PersonaCard, PersonaGrid
from hermes_desktop.ui.personas.detail import PersonaDetail
from hermes_desktop.ui.personas.filters import FilterBar
from hermes_desktop.ui.personas.form import Draft, PersonaForm
from hermes_desktop.ui.personas.listing import Data, PersonaListModel
from hermes_desktop.ui.personas.pasting import pasted
from hermes_desktop.ui.personas.preview import PromptPreview
from hermes_desktop.ui.personas.report import ImportPage
from hermes_desktop.ui.personas.versions import VersionsPage
from hermes_desktop.ui.pieces import MARGIN, Emptiness, button, column, title
from hermes_desktop.ui.theme import Theme

# What the dialog shows at first; what a file is, its bytes say.
_SUFFIXES = "*.png *.apng *.json *.charx *.jpg *.jpeg *.webp *.yaml *.yml *.byaf *.zip"
_PATIENCE_MS = 400  # until the progress of an import is shown


class Gallery(QStackedWidget):
    """Choose whom to talk with; write, change, import and delete personas."""

    talk_requested = Signal(int, int)  # persona id, index of the greeting
    version_requested = Signal(object)  # Persona: a version for the open conversation

    def __init__(
        self,
        personas: PersonasService,
        studio: StudioService,
        imports: ImportsService,
        notices: NoticesService,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._personas = personas
        self._studio = studio
        self.open_version = 0  # of the open conversation
        self._imports = imports
        self._notices = notices
        self._drafts: dict[int, Draft] = {}  # left unsaved, by persona; 0: the new one
        self._model = PersonaListModel(personas, self)
        self._filters = FilterBar()
        self._grid = self._make_grid(theme)
        self._middle = QStackedWidget()
        self._cards = self._make_cards()
        self._detail = self._make_detail(theme)
        self._form = PersonaForm(studio, theme)
        self._form.saved.connect(self._on_saved)
        self._form.left.connect(self._on_form_left)
        self._form.preview_requested.connect(self._on_preview)
        self._preview = PromptPreview(studio, theme)
        self._preview.left.connect(lambda: self.setCurrentWidget(self._form))
        self._versions = self._make_versions(theme)
        self._report = self._make_report()
        for page in (
            *(self._cards, self._detail, self._form),
            *(self._report, self._preview, self._versions),
        ):
            self.addWidget(page)
        self._model.modelReset.connect(self._on_reset)
        self._model.read.connect(self._on_read)
        personas.changed.connect(self._on_changed)
        self._on_reset()
        self._on_read()

    # ---- what the window asks for ------------------------------------------------------------------

    def show_cards(self) -> None:
        """Show every persona."""
        self._model.refresh()
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
        heading = self.tr("Edit {name}").replace("{name}", persona.name)
        self._show_form(
            Draft(persona_id, persona.fields),
            self._personas.picture(persona.avatar),
            heading,
            self._personas.extras(persona),
            self._personas.constant_lore(persona),
        )

    def write_new(self) -> None:
        """Show the form for a new persona, or with what was left unsaved of it."""
        self._show_form(Draft(0, PersonaFields("")), b"", self.tr("New persona"))

    def import_files(self, files: Sequence[Source]) -> None:
        """Bring in cards, and folders of them; what became of each is told when it is over."""
        if not files:
            return
        self._imports.start(files)
        self._patience.start()

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
        for told, act in (
            (self._filters.searched, self._model.set_query),
            (self._filters.tags_chosen, self._model.set_tags),
            (self._filters.favourites_chosen, self._model.set_favourites),
            (self._filters.sorting_chosen, self._model.set_sorting),
        ):
            told.connect(act)
        new = button(self.tr("New persona"), "primary")
        new.clicked.connect(self.write_new)
        bring = button(self.tr("Import…"), name=self.tr("Import character cards"))
        menu = QMenu(bring)
        menu.addAction(self.tr("Card files…"), self._on_import)
        menu.addAction(self.tr("A folder of cards…"), self._on_import_folder)
        bring.clicked.connect(lambda: menu.popup(bring.mapToGlobal(bring.rect().bottomLeft())))
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(title(self.tr("Personas")), 1)
        top.addWidget(bring)
        top.addWidget(new)
        everybody = button(self.tr("Show everybody"))
        everybody.clicked.connect(self._filters.clear)
        nobody = Emptiness(
            self.tr("Nobody here"),
            self.tr("No persona matches. Write one, or drop a character card onto the window."),
            everybody,
        )
        self._middle.addWidget(self._grid)
        self._middle.addWidget(nobody)
        page = QWidget()
        layout = column(page, top, self._filters, self._middle, spacing=14, margin=MARGIN)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN // 2, 0)
        top.setContentsMargins(0, 0, MARGIN // 2, 0)
        self._filters.setContentsMargins(0, 0, MARGIN // 2, 0)
        return page

    def _make_report(self) -> ImportPage:
        report = ImportPage()
        report.left.connect(self.show_cards)
        report.persona_requested.connect(self.show_persona)
        report.cancelled.connect(self._imports.cancel)
        self._imports.progressed.connect(self._on_progressed)
        self._imports.ended.connect(self._on_imported)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self._cards)
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.activated.connect(lambda: self.import_files(pasted(QGuiApplication.clipboard().mimeData())))
        return report

    def _make_detail(self, theme: Theme) -> PersonaDetail:
        detail = PersonaDetail(self._personas, theme)
        detail.left.connect(self.show_cards)
        detail.talk_requested.connect(self.talk_requested)
        detail.edit_requested.connect(self.edit)
        detail.delete_requested.connect(self._on_delete)
        detail.favourite_requested.connect(self._on_starred)
        detail.versions_requested.connect(self._on_versions)
        return detail

    def _make_versions(self, theme: Theme) -> VersionsPage:
        page = VersionsPage(theme)
        page.left.connect(lambda: self.setCurrentWidget(self._detail))
        page.restore_requested.connect(self._on_restore)
        page.use_requested.connect(self.version_requested)
        return page

    # ---- acting ------------------------------------------------------------------------------------

    def _on_reset(self) -> None:
        self._middle.setCurrentIndex(0 if self._model.rowCount() else 1)

    def _on_read(self) -> None:
        self._filters.show_tags(self._model.tags())

    def _on_changed(self) -> None:
        shown = self._detail.persona
        if shown is not None and self.currentWidget() is self._detail:
            self._detail.show_persona(self._personas.get(shown.id))

    def _on_chosen(self, index: QModelIndex) -> None:
        persona = index.data(Data.PERSONA)
        if persona is not None:
            self.show_persona(persona.id)

    def _on_starred(self, persona: Persona | PersonaSummary) -> None:
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
        dialog.setNameFilter(self.tr("Character cards") + f" ({_SUFFIXES});;" + self.tr("All files") + " (*)")
        dialog.filesSelected.connect(lambda files: self.import_files([Path(file) for file in files]))
        dialog.open()

    def _on_import_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Import a folder of cards"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda folder: self.import_files([Path(folder)]))
        dialog.open()

    # ---- versions ----------------------------------------------------------------------------------

    def _on_versions(self, persona: Persona) -> None:
        self._versions.show_versions(self._personas.versions(persona.id), self._used_of(persona))
        self.setCurrentWidget(self._versions)

    def _used_of(self, persona: Persona) -> int:
        """Give the version that the open conversation uses, where it is one of this persona's."""
        known = {version.version_id for version in self._personas.versions(persona.id)}
        return self.open_version if self.open_version in known else 0

    def _on_restore(self, version: Persona) -> None:
        fresh = self._personas.go_back(version)
        said = self.tr("Version {n} of {name} is back, as version {m}.").replace("{n}", str(version.version))
        said = said.replace("{name}", fresh.name).replace("{m}", str(fresh.version))
        self._notices.post(Notice(NoticeKind.INFO, said))
        self._on_versions(fresh)

    # ---- importing ---------------------------------------------------------------------------------

    def _on_patience(self) -> None:
        if self._imports.busy and self.currentWidget() is not self._form:
            self.setCurrentWidget(self._report)

    def _on_progressed(self, done: int, total: int) -> None:
        self._report.show_progress(done, total)

    def _on_imported(self, reports: list[ImportReport]) -> None:
        self._report.show_reports(reports)
        here = self.currentWidget()
        if len(reports) == 1 and here is not self._report:
            self._tell_one(reports[0])
        elif reports and here is not self._form:
            self.setCurrentWidget(self._report)
        elif reports:  # somebody is writing
            self._tell_many(len(reports))
        elif here is self._report:
            self.show_cards()

    def _tell_one(self, report: ImportReport) -> None:
        if not report.ok:
            self._notices.post(Notice(NoticeKind.ERROR, report.error))
            return
        text = self.tr("{name} is here already.") if report.duplicate else self.tr("{name} has come in.")
        self._offer_report(text.replace("{name}", report.name), " ".join(report.notes))
        if self.currentWidget() is not self._form:
            self.show_persona(report.persona_id)

    def _tell_many(self, number: int) -> None:
        self._offer_report(self.tr("{n} files were read.").replace("{n}", str(number)), "")

    def _offer_report(self, text: str, hint: str) -> None:
        self._notices.post(
            Notice(
                NoticeKind.INFO,
                text,
                hint=hint,
                action=self.tr("What came in"),
                act=lambda: self.setCurrentWidget(self._report),
            )
        )

    # ---- the form ----------------------------------------------------------------------------------

    def _show_form(
        self,
        fresh: Draft,
        avatar: bytes,
        heading: str,
        extras: CardExtras | None = None,
        lore: tuple[str, ...] = (),
    ) -> None:
        self._form.edit(fresh, avatar, heading, extras, lore)
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
            kept = self._keep(draft)
        except KnownError as error:
            self._form.say(sentence(error).text)
            return
        self._after_form(kept.id)

    def _keep(self, draft: Draft) -> Persona:
        data = None if draft.picture is None else draft.picture.data
        whole = draft.picture is not None and draft.picture.whole
        if draft.persona_id:
            return self._personas.update(draft.persona_id, draft.fields, data, whole=whole)
        return self._personas.create(draft.fields, data, whole=whole)

    def _on_preview(self, draft: Draft, greeting: int) -> None:
        self._preview.show_draft(self._personas.drafted(draft.persona_id, draft.fields), greeting)
        self.setCurrentWidget(self._preview)

    def _after_form(self, persona_id: int) -> None:
        if persona_id:
            self.show_persona(persona_id)
        else:
            self.show_cards()
