"""Knows the page of my profiles: the grid, the form, import and export; not how they are kept or read."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QStackedWidget, QWidget

from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.persona import Profile
from hermes_desktop.domain.persona import ProfileForm as FileForm
from hermes_desktop.ui.pieces import MARGIN, PAGE_WIDTH, Emptiness, LeaveByEscape, button, column, note, title
from hermes_desktop.ui.profiles.cards import Data, ProfileListModel, grid_of
from hermes_desktop.ui.profiles.form import Draft, ProfileForm
from hermes_desktop.ui.profiles.out import ask_place, export_menu
from hermes_desktop.ui.theme import Theme

_SUFFIXES = "*.json *.yaml *.yml *.png"


class ProfilesPage(QStackedWidget):
    """Choose who I am; write, change, copy, delete, import and export profiles."""

    files_chosen = Signal(list)  # list[Path]: to bring in

    def __init__(
        self, profiles: ProfilesService, personas: PersonasService, notices: NoticesService, theme: Theme
    ) -> None:
        super().__init__()
        self._profiles, self._personas, self._notices = profiles, personas, notices
        self._drafts: dict[int, Draft] = {}  # left unsaved, by profile; 0: the new one
        self._model = ProfileListModel(profiles, personas, self)
        self._grid = grid_of(self._model, personas, theme, self)
        self._middle = QStackedWidget()
        self._cards = self._make_cards()
        self._form = ProfileForm(profiles, personas, theme)
        self._wire()
        for page in (self._cards, self._form):
            self.addWidget(page)
        self._on_reset()

    # ---- what the window asks for ------------------------------------------------------------------

    def show_cards(self) -> None:
        """Show every profile."""
        self.setCurrentWidget(self._cards)
        self._grid.setFocus()
        if not self._grid.currentIndex().isValid():
            self._grid.setCurrentIndex(self._model.index(0, 0))

    def edit(self, profile_id: int) -> None:
        """Show the form with one profile, or with what was left unsaved of it."""
        profile = self._profiles.get(profile_id)
        fresh = Draft(
            profile.id,
            profile.name,
            profile.description,
            default=self._profiles.current().id == profile.id,
            personas=frozenset(self._profiles.personas_of(profile.id)),
        )
        heading = self.tr("Edit {name}").replace("{name}", profile.name)
        self._show_form(fresh, self._personas.picture(profile.avatar), heading)

    def write_new(self) -> None:
        """Show the form for a new profile, or with what was left unsaved of it."""
        self._show_form(Draft(0), b"", self.tr("New profile"))

    # ---- building ----------------------------------------------------------------------------------

    def _make_cards(self) -> QWidget:
        new = button(self.tr("New profile"), "primary")
        new.clicked.connect(self.write_new)
        bring = button(self.tr("Import…"), name=self.tr("Import profiles"))
        bring.clicked.connect(self._on_import)
        out = button(self.tr("Export…"), name=self.tr("Export all profiles"))
        menu = export_menu(out, several=True)
        menu.chosen.connect(lambda form: self._export(self._profiles.all(), form))
        out.clicked.connect(lambda: menu.popup(out.mapToGlobal(out.rect().bottomLeft())))
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(title(self.tr("My profiles")), 1)
        for each in (bring, out, new):
            top.addWidget(each)
        said = note(
            self.tr(
                "Who you are in conversations: personas call you by this name and read what you write about "
                "yourself. A conversation keeps the profile that it began with, until you change it there."
            )
        )
        said.setMaximumWidth(PAGE_WIDTH)
        nobody = Emptiness(
            self.tr("Nobody yet"),
            self.tr("Write who you are, or drop a file with profiles of another program onto the window."),
        )
        self._middle.addWidget(self._grid)
        self._middle.addWidget(nobody)
        page = QWidget()
        layout = column(page, top, said, self._middle, spacing=14)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN // 2, 0)
        top.setContentsMargins(0, 0, MARGIN // 2, 0)
        return page

    def _wire(self) -> None:
        grid, form = self._grid, self._form
        grid.setAccessibleName(self.tr("My profiles"))
        grid.clicked.connect(self._on_chosen)
        grid.activated.connect(self._on_chosen)
        grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        grid.customContextMenuRequested.connect(self._on_menu)
        self._model.modelReset.connect(self._on_reset)
        form.saved.connect(self._on_saved)
        form.left.connect(self._on_form_left)
        form.duplicate_asked.connect(self._on_duplicate)
        form.delete_asked.connect(self._on_delete)
        form.export_asked.connect(lambda number, kind: self._export([self._profiles.get(number)], kind))
        LeaveByEscape(form).asked.connect(lambda: self._on_form_left(form.draft))

    # ---- acting ------------------------------------------------------------------------------------

    def _on_reset(self) -> None:
        self._middle.setCurrentIndex(0 if self._model.rowCount() else 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Look again: a conversation may have begun, and with it the first profile."""
        super().showEvent(event)
        if not self._model.rowCount():
            self._model.reload()

    def _on_chosen(self, index: QModelIndex) -> None:
        profile = index.data(Data.PROFILE)
        if profile is not None:
            self.edit(profile.id)

    def _on_menu(self, where: QPoint) -> None:
        profile = self._grid.indexAt(where).data(Data.PROFILE)
        if profile is not None:
            menu = self.menu_of(profile)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self._grid.viewport().mapToGlobal(where))

    def menu_of(self, profile: Profile) -> QMenu:
        """Make the menu of one profile."""
        menu = QMenu(self)
        acts: tuple[tuple[str, Callable[[], object]], ...] = (
            (self.tr("Edit"), partial(self.edit, profile.id)),
            (self.tr("Use in new conversations"), partial(self._profiles.choose, profile.id)),
            (self.tr("Duplicate"), partial(self._on_duplicate, profile.id)),
        )
        for text, act in acts:
            action = QAction(text, menu)
            action.triggered.connect(lambda _on=False, act=act: act())
            menu.addAction(action)
        out = export_menu(menu, several=False)
        out.chosen.connect(lambda form: self._export([profile], form))
        menu.addMenu(out)
        menu.addSeparator()
        delete = QAction(self.tr("Delete"), menu)
        delete.triggered.connect(partial(self._on_delete, profile.id))
        menu.addAction(delete)
        return menu

    def _on_duplicate(self, profile_id: int, *_anything: object) -> None:
        self._keep_draft()
        self.edit(self._profiles.duplicate(profile_id).id)

    def _on_delete(self, profile_id: int, *_anything: object) -> None:
        gone = self._profiles.get(profile_id)
        self._drafts.pop(profile_id, None)
        self._profiles.delete(profile_id)
        self.show_cards()
        self._notices.post(
            Notice(
                NoticeKind.INFO,
                self.tr("The profile “{name}” was deleted; conversations keep it.").replace(
                    "{name}", gone.name
                ),
                action=self.tr("Undo"),
                act=lambda: self._profiles.restore(profile_id),
            )
        )

    def _on_import(self) -> None:
        dialog = QFileDialog(self, self.tr("Import profiles"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Profiles") + f" ({_SUFFIXES});;" + self.tr("All files") + " (*)")
        dialog.filesSelected.connect(lambda files: self.files_chosen.emit([Path(file) for file in files]))
        dialog.open()

    def _export(self, chosen: list[Profile], form: FileForm) -> None:
        if chosen:
            ask_place(self, self._profiles, self._notices, chosen, form)

    # ---- the form ----------------------------------------------------------------------------------

    def _show_form(self, fresh: Draft, picture: bytes, heading: str) -> None:
        if self.currentWidget() is self._form:
            self._keep_draft()
        self._form.edit(fresh, picture, heading)
        kept = self._drafts.pop(fresh.profile_id, None)
        if kept is not None:
            self._form.take_up(kept)
        self.setCurrentWidget(self._form)

    def _keep_draft(self) -> None:
        if self.currentWidget() is self._form and self._form.is_changed():
            self._drafts[self._form.draft.profile_id] = self._form.draft

    def _on_form_left(self, draft: Draft) -> None:
        if self._form.is_changed():
            self._drafts[draft.profile_id] = draft
            name = draft.name.strip() or self.tr("the new profile")
            said = self.tr("Your changes to {name} are kept as a draft.").replace("{name}", name)
            again = partial(self.edit, draft.profile_id) if draft.profile_id else self.write_new
            self._notices.post(Notice(NoticeKind.INFO, said, action=self.tr("Go on writing"), act=again))
        self.show_cards()

    def _on_saved(self, draft: Draft) -> None:
        try:
            self._save(draft)
        except KnownError as error:
            self._notices.post(Notice(NoticeKind.ERROR, sentence(error).text, hint=sentence(error).hint))
            return
        self.show_cards()

    def _save(self, draft: Draft) -> None:
        picture = None if draft.picture is None else draft.picture.data
        if draft.profile_id:
            kept = self._profiles.update(draft.profile_id, draft.name, draft.description, picture)
        else:
            kept = self._profiles.create(draft.name, draft.description, picture)
        if draft.personas != frozenset(self._profiles.personas_of(kept.id)):
            self._profiles.bind(kept.id, draft.personas)
        if draft.default and self._profiles.current().id != kept.id:
            self._profiles.choose(kept.id)
