"""Knows the page of the lorebooks: their list, the editor, drafts; not how books are read or stored."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from hermes_desktop.app.notices import Notice, NoticeKind
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.services import Services
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.lorebook import Lorebook, Manuscript
from hermes_desktop.ui.lorebooks import out
from hermes_desktop.ui.lorebooks.editor import LoreEditor, Part
from hermes_desktop.ui.lorebooks.holders import Holders
from hermes_desktop.ui.lorebooks.places import PlacesPanel
from hermes_desktop.ui.lorebooks.shelf import Shelf
from hermes_desktop.ui.lorebooks.trial import TrialPanel
from hermes_desktop.ui.lorebooks.versions import BookVersions
from hermes_desktop.ui.theme import Theme

_SUFFIXES = "*.json *.lorebook *.png *.yaml *.yml"


class LorebooksPage(QStackedWidget):
    """List, write and delete lorebooks; write a persona's own one, too."""

    left = Signal()
    persona_requested = Signal(int)
    persona_versions_requested = Signal(int)
    files_wanted = Signal(list)  # list[Path]
    wanted = Signal()  # it has something to show, on whatever page one is

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        s = services
        self._lorebooks, self._personas, self._notices = s.lorebooks, s.personas, s.notices
        self._drafts: dict[tuple[int, int], Manuscript] = {}  # left unsaved, by book
        holders = Holders(s.personas, s.profiles, s.conversations, self)
        self._shelf = Shelf(s.lorebooks, holders)
        places = PlacesPanel(s.lorebooks, holders)
        self._editor = LoreEditor(
            theme, places, lambda manuscript: TrialPanel(s.chat, s.personas, s.profiles, manuscript)
        )
        self._versions = BookVersions(s.lorebooks, theme)
        for page in (self._shelf, self._editor, self._versions):
            self.addWidget(page)
        self._shelf.left.connect(self.left)
        self._shelf.opened.connect(self.edit)
        self._shelf.places_asked.connect(lambda book_id: self.edit(book_id, Part.PLACES))
        self._shelf.export_asked.connect(self._on_export)
        self._shelf.delete_asked.connect(self._on_delete)
        self._shelf.new_asked.connect(self._on_new)
        self._shelf.import_asked.connect(self._on_import)
        self._editor.saved.connect(self._on_saved)
        self._editor.left.connect(self._on_left)
        self._editor.versions_asked.connect(self._on_versions)
        self._versions.left.connect(lambda: self.edit(self._versions.book_id))
        self._versions.restore_requested.connect(self._on_restore)

    # ---- what the window asks for ------------------------------------------------------------------

    def show_shelf(self) -> None:
        """Show every lorebook."""
        self._keep_draft()
        self._shelf.refresh()
        self.setCurrentWidget(self._shelf)
        self._shelf.focus_first()

    def edit(self, book_id: int, part: Part = Part.ENTRY) -> None:
        """Open a lorebook, or what was left unsaved of it."""
        try:
            manuscript = self._lorebooks.open(book_id)
        except KnownError as error:
            self._notices.post_error(error)
            return
        self._show(manuscript, manuscript.fields.name, part)

    def edit_of(self, persona_id: int) -> None:
        """Open a persona's own lorebook, or what was left unsaved of it."""
        try:
            manuscript = self._lorebooks.open_of(persona_id)
            name = self._personas.get(persona_id).name
        except KnownError as error:
            self._notices.post_error(error)
            return
        self._show(manuscript, self.tr("Lorebook of {name}").replace("{name}", name), Part.ENTRY)

    # ---- the editor --------------------------------------------------------------------------------

    def _show(self, manuscript: Manuscript, heading: str, part: Part) -> None:
        self._keep_draft()
        self._editor.edit(manuscript, heading, part)
        kept = self._drafts.pop(manuscript.place, None)
        if kept is not None:
            self._editor.take_up(kept)
        self.setCurrentWidget(self._editor)

    def _keep_draft(self) -> bool:
        """Keep what was written and not saved; say whether there was anything."""
        if self.currentWidget() is not self._editor or not self._editor.is_changed():
            return False
        manuscript = self._editor.manuscript
        self._drafts[manuscript.place] = manuscript
        return True

    def _on_left(self, manuscript: Manuscript) -> None:
        if self._keep_draft():
            said = self.tr("Your changes to the lorebook are kept as a draft.")
            self._notices.post(
                Notice(
                    NoticeKind.INFO,
                    said,
                    action=self.tr("Go on writing"),
                    act=lambda: self._go_on(manuscript),
                )
            )
        self.setCurrentWidget(self._shelf)
        if manuscript.persona_id:
            self.persona_requested.emit(manuscript.persona_id)
        else:
            self._shelf.focus_first()

    def _go_on(self, manuscript: Manuscript) -> None:
        if manuscript.persona_id:
            self.edit_of(manuscript.persona_id)
        else:
            self.edit(manuscript.book_id)
        self.wanted.emit()

    def _on_saved(self, manuscript: Manuscript) -> None:
        try:
            saved = self._lorebooks.save(manuscript)
        except KnownError as error:
            self._editor.say(sentence(error).text)
            return
        self._editor.note_saved(saved)

    # ---- versions ----------------------------------------------------------------------------------

    def show_versions(self, book_id: int) -> None:
        """Show the versions of a lorebook that stands by itself."""
        self._keep_draft()
        try:
            self._versions.show_book(book_id)
        except KnownError as error:
            self._notices.post_error(error)
            return
        self.setCurrentWidget(self._versions)
        self._versions.focus_back()

    def _on_versions(self, manuscript: Manuscript) -> None:
        if manuscript.persona_id:  # its book has those of the card that it stands in
            self._keep_draft()
            self.persona_versions_requested.emit(manuscript.persona_id)
        else:
            self.show_versions(manuscript.book_id)

    def _on_restore(self, version: Lorebook) -> None:
        try:
            fresh = self._lorebooks.go_back(version)
        except KnownError as error:
            self._notices.post_error(error)
            return
        said = self.tr("Version {n} of {name} is back, as version {m}.").replace("{n}", str(version.version))
        said = said.replace("{name}", fresh.name).replace("{m}", str(fresh.version))
        draft = self._drafts.pop((fresh.id, 0), None)  # or the editor would show it, not what came back
        again = None if draft is None else (lambda: self._take_up(draft))
        offer = self.tr("Go on with my unsaved changes") if draft is not None else ""
        self._notices.post(Notice(NoticeKind.INFO, said, action=offer, act=again))
        self._versions.show_book(fresh.id)

    def _take_up(self, draft: Manuscript) -> None:
        self._drafts[draft.place] = draft
        self._go_on(draft)

    # ---- the shelf ---------------------------------------------------------------------------------

    def _on_new(self) -> None:
        book = self._lorebooks.create(self.tr("New lorebook"))
        self.edit(book.id, Part.BOOK)
        self._editor.focus_name()

    def _on_export(self, book: Lorebook) -> None:
        out.offer(self, lambda form: out.ask_place(self, self._lorebooks, self._notices, book, form))

    def _on_delete(self, book: Lorebook) -> None:
        self._lorebooks.delete(book.id)
        self._notices.post(
            Notice(
                NoticeKind.INFO,
                self.tr("{name} was deleted.").replace("{name}", book.name),
                action=self.tr("Undo"),
                act=lambda: self._lorebooks.restore(book.id),
            )
        )

    def _on_import(self) -> None:
        dialog = QFileDialog(self, self.tr("Import lorebooks"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Lorebooks") + f" ({_SUFFIXES});;" + self.tr("All files") + " (*)")
        dialog.filesSelected.connect(lambda files: self.files_wanted.emit([Path(file) for file in files]))
        dialog.open()
