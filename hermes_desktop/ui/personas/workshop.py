"""Knows how sandbox and ghostwriter are reached from the personas' pages, which know nothing of either."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from hermes_desktop.app.ghostwriter import PARTS
from hermes_desktop.app.sandbox import Candidate
from hermes_desktop.app.services import Services
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.ui.personas.form import Draft
from hermes_desktop.ui.personas.gallery import Gallery
from hermes_desktop.ui.personas.greetings import GreetingRow
from hermes_desktop.ui.personas.part_help import PartHelp, offer_help
from hermes_desktop.ui.personas.quill import put
from hermes_desktop.ui.personas.sandbox import SandboxPage
from hermes_desktop.ui.personas.writing import WritingPage
from hermes_desktop.ui.pieces import button
from hermes_desktop.ui.theme import Theme


class Workshop(QObject):
    """Add what helps to write and to try a persona to the gallery and its form."""

    conversation_made = Signal(int)  # its id
    models_asked = Signal()

    def __init__(self, gallery: Gallery, services: Services, theme: Theme) -> None:
        super().__init__(gallery)
        self._gallery, self._services, self._theme = gallery, services, theme
        self._came_from: QWidget = gallery
        self._sandbox: SandboxPage | None = None
        self._writing: WritingPage | None = None
        self._idea = QLineEdit()
        gallery.try_requested.connect(self._on_try)
        gallery.form.aids.addWidget(self._make_strip())
        self._offer_help()

    # ---- the form ----------------------------------------------------------------------------------

    def _make_strip(self) -> QWidget:
        self._idea.setPlaceholderText(self.tr("In one line: a lighthouse keeper who lies about the sea"))
        self._idea.setAccessibleName(self.tr("The persona in one line"))
        self._idea.returnPressed.connect(self._on_write)
        write = button(self.tr("Write it with me…"), name=self.tr("Write it with me"))
        write.clicked.connect(self._on_write)
        attempt = button(self.tr("Try it"), name=self.tr("Try the draft in the sandbox"))
        attempt.clicked.connect(self._on_try_draft)
        strip = QWidget()
        line = QHBoxLayout(strip)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._idea, 1)
        line.addWidget(write)
        line.addWidget(attempt)
        return strip

    def _offer_help(self) -> None:
        form = self._gallery.form
        for part, box in form.boxes.by_field().items():
            if isinstance(box, QPlainTextEdit) and part in PARTS and part != "greeting":
                self._help(part, box)
        for row in form.boxes.greetings.rows():
            self._on_greeting(row)
        form.boxes.greetings.row_added.connect(self._on_greeting)
        form.shown.connect(self._idea.clear)

    def _help(self, part: str, box: QPlainTextEdit) -> None:
        services = self._services
        made = PartHelp(part, box, self._fields, services.ghostwriter, services.models)
        self._gallery.form.shown.connect(made.close_help)
        offer_help(made, self._gallery.form.boxes.examples if part == "example_dialogue" else box)

    def _on_greeting(self, row: GreetingRow) -> None:
        self._help("greeting", row.edit)

    def _fields(self) -> PersonaFields:
        return self._gallery.form.draft.fields

    # ---- writing -----------------------------------------------------------------------------------

    def _on_write(self) -> None:
        page = self._writing = self._writing or self._make_writing()
        self._show(page)
        page.begin(self._idea.text().strip(), self._fields)
        self._idea.clear()

    def _make_writing(self) -> WritingPage:
        page = WritingPage(self._services.ghostwriter, self._services.models)
        page.taken.connect(lambda part, text: put(self._gallery.form.boxes.by_field()[part], text))
        page.left.connect(self._back)
        self._gallery.addWidget(page)
        return page

    # ---- trying ------------------------------------------------------------------------------------

    def _on_try(self, persona_id: int) -> None:
        self._try(persona_id, None)

    def _on_try_draft(self) -> None:
        form = self._gallery.form
        unsaved = form.is_changed() or not form.draft.persona_id
        self._try(form.draft.persona_id, form.draft if unsaved else None)

    def _try(self, persona_id: int, draft: Draft | None) -> None:
        try:
            versions = self._services.sandbox.versions(persona_id) if persona_id else []
        except KnownError as error:
            self._services.notices.post_error(error)
            return
        candidates = [Candidate(version.fields, version) for version in versions]
        if draft is not None:
            newest = versions[0] if versions else None
            candidates.insert(
                0,
                Candidate(
                    draft.fields, newest, draft=True, picture=draft.picture.data if draft.picture else None
                ),
            )
        page = self._sandbox = self._sandbox or self._make_sandbox()
        self._show(page)
        page.show_persona(candidates[0].fields.spoken_name, candidates)

    def _make_sandbox(self) -> SandboxPage:
        services = self._services
        page = SandboxPage(services.sandbox, services.models, services.notices, self._theme)
        page.left.connect(self._back)
        page.kept.connect(self._on_kept)
        page.models_asked.connect(self.models_asked)
        self._gallery.addWidget(page)
        return page

    def _on_kept(self, conversation_id: int, saved: bool) -> None:
        if saved:
            self._gallery.show_cards()  # the form holds a draft that has become a version
        else:
            self._back()
        self.conversation_made.emit(conversation_id)

    # ---- coming and going --------------------------------------------------------------------------

    def _show(self, page: QWidget) -> None:
        self._came_from = self._gallery.currentWidget() or self._gallery
        self._gallery.setCurrentWidget(page)

    def _back(self) -> None:
        self._gallery.setCurrentWidget(self._came_from)
