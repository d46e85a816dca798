"""Knows the personas page: the grid, one persona, the form, import; not how cards are read or stored."""

from collections.abc import Sequence
from functools import cached_property

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from hermes_desktop.app.exports import ExportsService
from hermes_desktop.app.imports import ImportsService, Source
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.studio import StudioService
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.persona import CardExtras, Persona, PersonaFields, PersonaSummary
from hermes_desktop.ui.personas.cards import PersonaCard, PersonaGrid
from hermes_desktop.ui.personas.detail import PersonaDetail
from hermes_desktop.ui.personas.exporting import Exporting
from hermes_desktop.ui.personas.filters import FilterBar
from hermes_desktop.ui.personas.form import Draft, PersonaForm
from hermes_desktop.ui.personas.importing import Importing
from hermes_desktop.ui.personas.listing import Data, PersonaListModel
from hermes_desktop.ui.personas.preview import PromptPreview
from hermes_desktop.ui.personas.sharing import SharePage
from hermes_desktop.ui.personas.versions import PersonaVersions
from hermes_desktop.ui.pieces import MARGIN, Emptiness, button, column, title
from hermes_desktop.ui.theme import Theme


class Gallery(QStackedWidget):
    """Choose whom to talk with; write, change, import and delete personas."""

    talk_requested = Signal(int, int)  # persona id, index of the greeting
    version_requested = Signal(object)  # Persona: a version for the open conversation
    profiles_asked = Signal(list)  # list[int]: ids of those that have come in
    profile_of = Signal(object, bool)  # Persona; whether {{user}} and {{char}} trade places
    try_requested = Signal(int)  # persona id
    lore_requested = Signal(int)  # persona id, whose own book is wanted
    book_requested = Signal(int)  # lorebook id
    lorebooks_requested = Signal()

    def __init__(
        self,
        personas: PersonasService,
        studio: StudioService,
        imports: ImportsService,
        exports: ExportsService,
        notices: NoticesService,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._personas = personas
        self._studio = studio
        self._exports = exports
        self._theme = theme
        self.open_version = 0  # of the open conversation
        self._notices = notices
        self._drafts: dict[int, Draft] = {}  # left unsaved, by persona; 0: the new one
        self._importing = Importing(imports, notices, self, lambda: self._writing)
        self._importing.left.connect(self.show_cards)
        self._importing.persona_requested.connect(self.show_persona)
        self._importing.profiles_requested.connect(self.profiles_asked)
        self._importing.book_requested.connect(self.book_requested)
        self.exporting = Exporting(personas, exports, notices, self)
        self._model = PersonaListModel(personas, self)
        self._filters = FilterBar()
        self._grid = self._make_grid(theme)
        self._middle = QStackedWidget()
        self._cards = self._make_cards()
        self.addWidget(self._cards)
        self._importing.take_pasted(self._cards)
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
        if here is self._cards:
            shown = self._grid.currentIndex().data(Data.PERSONA)
        else:
            shown = self._detail.persona if isinstance(here, PersonaDetail) else None
        if shown is not None:
            self.share(shown.id)

    def show_prompt(self) -> None:
        """Show what the model would read of what stands in the form."""
        self._on_preview(self.form.draft, 0)

    def show_versions(self, persona_id: int) -> None:
        """Show the versions of a persona."""
        self._on_versions(self._personas.get(persona_id))

    def _on_versions(self, persona: Persona) -> None:
        self._versions.show_persona(persona, self.open_version)
        self.setCurrentWidget(self._versions)

    def import_files(self, files: Sequence[Source]) -> None:
        """Bring in cards, and folders of them; what became of each is told when it is over."""
        self._importing.start(files)

    # ---- pages, each built when it is first wanted -------------------------------------------------

    @cached_property
    def _detail(self) -> PersonaDetail:
        detail = PersonaDetail(self._personas, self._theme)
        detail.left.connect(self.show_cards)
        detail.talk_requested.connect(self.talk_requested)
        detail.try_requested.connect(self.try_requested)
        detail.edit_requested.connect(self.edit)
        detail.lore_requested.connect(self.lore_requested)
        detail.share_requested.connect(self.share)
        detail.profile_requested.connect(self.profile_of)
        detail.delete_requested.connect(self._on_delete)
        detail.favourite_requested.connect(self._on_starred)
        detail.versions_requested.connect(self._on_versions)
        self.addWidget(detail)
        return detail

    @cached_property
    def form(self) -> PersonaForm:
        """Give the form, for what helps with writing in it."""
        form = PersonaForm(self._studio, self._theme)
        form.saved.connect(self._on_saved)
        form.left.connect(self._on_form_left)
        form.preview_requested.connect(self._on_preview)
        self.addWidget(form)
        return form

    @cached_property
    def _sharing(self) -> SharePage:
        sharing = SharePage(self._exports, self._notices)
        sharing.left.connect(self._on_sharing_left)
        self.addWidget(sharing)
        return sharing

    @cached_property
    def _preview(self) -> PromptPreview:
        preview = PromptPreview(self._studio, self._theme)
        preview.left.connect(lambda: self.setCurrentWidget(self.form))
        self.addWidget(preview)
        return preview

    @cached_property
    def _versions(self) -> PersonaVersions:
        page = PersonaVersions(self._personas, self._notices, self._theme)
        page.left.connect(lambda: self.show_persona(page.persona_id))
        page.use_requested.connect(self.version_requested)
        self.addWidget(page)
        return page

    @property
    def _writing(self) -> bool:
        """Say whether somebody is at the form, or looks at what it makes."""
        return isinstance(self.currentWidget(), PersonaForm | PromptPreview)

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
        bring = button(self.tr("Files…"), name=self.tr("Import or export character cards"))
        menu = self._importing.menu(bring)
        menu.addSeparator()
        menu.addAction(self.tr("Export all personas into a folder…"), self.exporting.ask)
        bring.clicked.connect(lambda: menu.popup(bring.mapToGlobal(bring.rect().bottomLeft())))
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(title(self.tr("Personas")), 1)
        books = button(self.tr("Lorebooks"), "link")
        books.clicked.connect(self.lorebooks_requested)
        for part in (books, bring, new):
            top.addWidget(part)
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

    # ---- acting ------------------------------------------------------------------------------------

    def _on_reset(self) -> None:
        self._middle.setCurrentIndex(0 if self._model.rowCount() else 1)

    def _on_read(self) -> None:
        self._filters.show_tags(self._model.tags())

    def _on_changed(self) -> None:
        shown = self._detail.persona if isinstance(self.currentWidget(), PersonaDetail) else None
        if shown is not None:
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

    def _on_sharing_left(self) -> None:
        if self._sharing.persona is not None:
            self.show_persona(self._sharing.persona.id)

    # ---- the form ----------------------------------------------------------------------------------

    def _show_form(
        self,
        fresh: Draft,
        avatar: bytes,
        heading: str,
        extras: CardExtras | None = None,
        lore: tuple[str, ...] = (),
    ) -> None:
        self.form.edit(fresh, avatar, heading, extras, lore)
        kept = self._drafts.pop(fresh.persona_id, None)
        if kept is not None:
            self.form.take_up(kept)
        self.setCurrentWidget(self.form)

    def _on_form_left(self, draft: Draft) -> None:
        if self.form.is_changed():
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
            self.form.say(sentence(error).text)
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
