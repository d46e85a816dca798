"""Knows how one place in the window asks the ghostwriter, hears its own answers only, and words them."""

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from hermes_desktop.app.ghostwriter import Draft, GhostwriterService, Proposal
from hermes_desktop.app.models import ModelsService, ModelState
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.persona import PersonaFields

# What people call the parts; the order is that of the form.
PART_WORDS = {
    "name": QT_TRANSLATE_NOOP("PersonaParts", "Name"),
    "tags": QT_TRANSLATE_NOOP("PersonaParts", "Tags"),
    "description": QT_TRANSLATE_NOOP("PersonaParts", "Description"),
    "personality": QT_TRANSLATE_NOOP("PersonaParts", "Personality"),
    "scenario": QT_TRANSLATE_NOOP("PersonaParts", "Scenario"),
    "greeting": QT_TRANSLATE_NOOP("PersonaParts", "Greeting"),
    "creator_notes": QT_TRANSLATE_NOOP("PersonaParts", "Notes"),
    "example_dialogue": QT_TRANSLATE_NOOP("PersonaParts", "Example dialogue"),
    "system_prompt": QT_TRANSLATE_NOOP("PersonaParts", "System prompt"),
    "post_history_instructions": QT_TRANSLATE_NOOP("PersonaParts", "Last instructions"),
}


def part_words(part: str) -> str:
    """Name a part of a persona for a person."""
    return QCoreApplication.translate("PersonaParts", PART_WORDS[part])


def put(box: QLineEdit | QPlainTextEdit, text: str) -> None:
    """Put a text in the place of what stands in a box; undo in the box takes it back."""
    if isinstance(box, QLineEdit):
        box.selectAll()
        box.insert(text)
        box.setCursorPosition(0)
        return
    cursor = box.textCursor()
    cursor.beginEditBlock()
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.insertText(text)
    cursor.endEditBlock()


class Quill(QObject):
    """Ask for proposals from one place."""

    said = Signal(str)  # how far it is, or what is to be known of the end; "" for nothing
    grew = Signal(object)  # Proposal
    ended = Signal(object)  # Draft

    def __init__(self, writer: GhostwriterService, models: ModelsService, parent: QObject) -> None:
        super().__init__(parent)
        self._writer = writer
        self._models = models
        self.running = False
        writer.loading.connect(self._on_loading)
        models.load_progressed.connect(self._on_load_progressed)
        writer.reading.connect(self._on_reading)
        writer.grew.connect(self._on_grew)
        writer.ended.connect(self._on_ended)

    @property
    def warning(self) -> str:
        """Say what is to be known of who writes; "" for nothing."""
        weak = self.tr(
            "The Understudy plays now. It is too small to write anybody; choose Hermes 3 for a draft "
            "worth keeping."
        )
        return weak if self._writer.is_weak else ""

    def write_persona(self, idea: str, known: PersonaFields) -> None:
        """Ask for a whole persona."""
        if self._begins():
            self._writer.write_persona(idea, known)

    def write_part(self, part: str, fields: PersonaFields, present: str, wish: str) -> None:
        """Ask for one part; every time it comes out differently."""
        if self._begins():
            self._writer.write_part(part, fields, present=present, wish=wish)

    def stop(self) -> None:
        """End what was asked for here, and keep what has come."""
        if self.running:
            self._writer.stop()

    # ---- inside ------------------------------------------------------------------------------------

    def _begins(self) -> bool:
        if self._writer.running:
            self.said.emit(self.tr("Another part is being written. Wait for its end, or stop it."))
            return False
        self.running = True
        self.said.emit(self.tr("Reads…"))
        return True

    def _on_loading(self) -> None:
        self._on_load_progressed(0.0)

    def _on_load_progressed(self, fraction: float) -> None:
        if self.running and self._models.state is ModelState.LOADING:
            words = self.tr("Loading {name}: {n} %").replace("{name}", self._models.name)
            self.said.emit(words.replace("{n}", str(int(fraction * 100))))

    def _on_reading(self, done: int, total: int) -> None:
        if self.running and done < total:
            words = self.tr("Reads: {n} of {m} tokens").replace("{n}", f"{done:,}")
            self.said.emit(words.replace("{m}", f"{total:,}"))

    def _on_grew(self, proposal: Proposal) -> None:
        if self.running and proposal.values:
            self.said.emit(self.tr("Writes…"))
            self.grew.emit(proposal)

    def _on_ended(self, draft: Draft) -> None:
        if self.running:
            self.running = False
            self.said.emit(self._words(draft))
            self.ended.emit(draft)

    def _words(self, draft: Draft) -> str:
        if draft.error is not None:
            words = sentence(draft.error)
            return f"{words.text} {words.hint}"
        if draft.stopped:
            return self.tr("Stopped. What has come can be used.")
        if draft.proposal.cut:
            names = ", ".join(part_words(part) for part in draft.proposal.cut)
            return self.tr("It became too long; the end of this is missing: {names}.").replace(
                "{names}", names
            )
        if not draft.whole:
            return self.tr("Not everything has come. What there is can be used.")
        return self.warning
