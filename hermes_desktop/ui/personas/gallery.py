"""Knows the personas page: the grid, one persona, the form, import; not how cards are read or stored."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QStackedWidget, QWidget

from hermes_desktop.app.exports import ExportsService
from hermes_desktop.app.imports import ImportReport, ImportsService, Source
from hermes_desktop.app.making import Form, Wish
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.persona import Persona, PersonaFields
from hermes_desktop.ui.personas.cards import Data, PersonaCard, PersonaGrid, PersonaListModel
from hermes_desktop.ui.personas.detail import PersonaDetail
from hermes_desktop.ui.personas.form import Draft, PersonaForm
from hermes_desktop.ui.personas.pasting import pasted
from hermes_desktop.ui.personas.report import ImportPage
from hermes_desktop.ui.personas.sharing import SharePage, folder_notice
from hermes_desktop.ui.pieces import MARGIN, Emptiness, button, column, title
from hermes_desktop.ui.theme import Theme

# What the dialog shows at first; what a file is, its bytes say.
_SUFFIXES = "*.png *.apng *.json *.charx *.jpg *.jpeg *.webp *.yaml *.yml *.byaf *.zip *.lorebook"
_PATIENCE_MS = 400  # until the progress of an import is shown


class Gallery(QStackedWidget):
    """Choose whom to talk with; write, change, import and delete personas."""

    talk_requested = Signal(int, int)  # persona id, index of the greeting
    profiles_asked = Signal(list)  # list[int]: ids of those that have come in
    profile_of = Signal(object, bool)  # Persona; whether {{user}} and {{char}} trade places
    try_requested = Signal(int)  # persona id
    lore_requested = Signal(int)  # persona id, whose own book is wanted
    book_requested = Signal(int)  # lorebook id
    lorebooks_requested = Signal()

    def __init__(
        self,
        personas: PersonasService,
        imports: ImportsService,
        exports: ExportsService,
        notices: NoticesService,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._personas = personas
        self._imports = imports
        self._exports = exports
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
        self._report = self._make_report()
        self._sharing = SharePage(exports, notices)
        self._sharing.left.connect(self._on_sharing_left)
        for page in (self._cards, self._detail, self._form, self._report, self._sharing):
            self.addWidget(page)
        self._model.modelReset.connect(self._on_reset)
        personas.changed.connect(self._on_changed)
        self._on_reset()

    @property
    def form(self) -> PersonaForm:
        """Give the form, for what helps with writing in it."""
        return self._form

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

    def share(self, persona_id: int) -> None:
        """Show what a persona can be sent out as."""
        try:
            self._sharing.show_persona(self._personas.get(persona_id))
        except KnownError as error:
            self._notices.post_error(error)
            return
        self.setCurrentWidget(self._sharing)

    def share_shown(self) -> None:
        """Share the persona that is shown, or that is marked among the others."""
        here = self.currentWidget()
        shown = self._detail.persona if here is self._detail else None
        if here is self._cards:
            shown = self._grid.currentIndex().data(Data.PERSONA)
        if shown is not None:
            self.share(shown.id)

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
        send = button(self.tr("Export all…"), "link", self.tr("Export all personas into a folder"))
        send.clicked.connect(self._on_export_all)
        books = button(self.tr("Lorebooks"), "link")
        books.clicked.connect(self.lorebooks_requested)
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
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self._search, 1)
        below.addStretch(0)
        below.addWidget(send)
        page = QWidget()
        below.addWidget(books)
        layout = column(page, top, below, self._middle, spacing=14, margin=MARGIN)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN // 2, 0)
        for line in (top, below):
            line.setContentsMargins(0, 0, MARGIN // 2, 0)
        return page

    def _make_report(self) -> ImportPage:
        report = ImportPage()
        report.left.connect(self.show_cards)
        report.persona_requested.connect(self.show_persona)
        report.profiles_requested.connect(self.profiles_asked)
        report.lorebook_requested.connect(self.book_requested)
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
        detail.try_requested.connect(self.try_requested)
        detail.edit_requested.connect(self.edit)
        detail.profile_requested.connect(self.profile_of)
        detail.lore_requested.connect(self.lore_requested)
        detail.delete_requested.connect(self._on_delete)
        detail.favourite_requested.connect(self._on_starred)
        detail.share_requested.connect(self.share)
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
        dialog.setNameFilter(self.tr("Character cards") + f" ({_SUFFIXES});;" + self.tr("All files") + " (*)")
        dialog.filesSelected.connect(lambda files: self.import_files([Path(file) for file in files]))
        dialog.open()

    # ---- exporting ---------------------------------------------------------------------------------

    def _on_export_all(self) -> None:
        dialog = QFileDialog(self, self.tr("Export all personas into a folder"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda folder: self.export_all(Path(folder)))
        dialog.open()

    def export_all(self, folder: Path) -> None:
        """Write every persona into a folder as a picture with all its card, over nothing that is there."""

        def told(number: int) -> None:
            said = self.tr("Personas saved: {n}").replace("{n}", str(number))
            self._notices.post(folder_notice(said, self.tr("Show folder"), folder))

        everybody = self._personas.all()
        self._exports.start_all(folder, Wish(Form.PNG), everybody, told, self._notices.post_error)

    def _on_sharing_left(self) -> None:
        if self._sharing.persona is not None:
            self.show_persona(self._sharing.persona.id)

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
        text, hint = text.replace("{name}", report.name), " ".join(report.notes)
        if report.profile_ids:
            self._notices.post(Notice(NoticeKind.INFO, text, hint=hint))
            self.profiles_asked.emit(list(report.profile_ids))
            return
        self._offer_report(text, hint)
        if self.currentWidget() is self._form:
            return
        if report.lorebook_id:
            self.book_requested.emit(report.lorebook_id)
        else:
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
