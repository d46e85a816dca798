"""Knows the page on which conversations come in from files; not how they are read."""

from collections.abc import Sequence
from pathlib import Path, PurePath

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout

from hermes_desktop.app.chat_words import PROGRAMS
from hermes_desktop.app.chats import Brought, ChatReport, ChatsService
from hermes_desktop.app.matching import Made, MatchingService, made_in
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.sources import Source
from hermes_desktop.ui.pieces import button, column, long_heading, note, words
from hermes_desktop.ui.report_page import ReportPage
from hermes_desktop.ui.transcripts.missing import MissingCard

_SHOWN = 10  # conversations of one file
# What the dialog shows at first; what a file is, its bytes say.
_SUFFIXES = "*.json *.jsonl *.txt *.zip *.byaf *.png *.jpg"


class ChatImportPage(ReportPage):
    """Choose files, see them come in, and what became of each."""

    conversation_requested = Signal(int)
    persona_requested = Signal(int)
    lorebook_requested = Signal(int)
    profiles_requested = Signal(list)  # list[int]
    match_asked = Signal(list, str, int)  # list[int] of conversations, what they are called, the persona made
    match_decided = Signal(list, int)  # list[int] of conversations, persona

    def __init__(self, chats: ChatsService, matching: MatchingService, personas: PersonasService) -> None:
        translate = QCoreApplication.translate
        files = button(translate("ChatImportPage", "Choose files…"), "primary")
        folder = button(translate("ChatImportPage", "Choose a folder…"))
        super().__init__(
            translate("ChatImportPage", "Import conversations"),
            translate("ChatImportPage", "‹ Back to the conversation"),
            translate("ChatImportPage", "Back to the conversation"),
            files,
            folder,
        )
        self._chats, self._matching, self._personas = chats, matching, personas
        files.clicked.connect(lambda: self._ask(QFileDialog.FileMode.ExistingFiles))
        folder.clicked.connect(lambda: self._ask(QFileDialog.FileMode.Directory))
        chats.progressed.connect(self.show_progress)
        chats.ended.connect(self.show_reports)
        self.cancelled.connect(chats.cancel)
        self.say(
            self.tr(
                "Conversations of Hermes Desktop, SillyTavern, Kobold, Oobabooga, Agnai, RisuAI, "
                "Character.AI, Backyard, ChatGPT, Claude and ShareGPT come in, logs of “Name: text”, and "
                "the whole folder of a SillyTavern user with its characters, lorebooks and "
                "your personas. Choose files, or drop them onto the window. "
                "What is here is never overwritten."
            )
        )

    def import_files(self, files: Sequence[Source]) -> None:
        """Bring in files and folders."""
        if files:
            self._chats.start(files)

    def _ask(self, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self, self.tr("Import conversations"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.ExistingFiles:
            dialog.setNameFilter(
                self.tr("Conversations") + f" ({_SUFFIXES});;" + self.tr("All files") + " (*)"
            )
        dialog.filesSelected.connect(lambda files: self.import_files([Path(file) for file in files]))
        dialog.open()

    def _offers(self, reports: Sequence[ChatReport]) -> Sequence[Made]:
        return made_in(reports)

    def _card(self, report: ChatReport | Made) -> QFrame:
        if isinstance(report, Made):
            return self._missing_card(report)
        made = ChatCard(report)
        made.conversation_shown.connect(self.conversation_requested)
        made.persona_shown.connect(self.persona_requested)
        made.lorebook_shown.connect(self.lorebook_requested)
        made.profiles_shown.connect(self.profiles_requested)
        return made

    def _missing_card(self, made: Made) -> QFrame:
        card = MissingCard(made, self._matching, self._personas)
        card.match_asked.connect(self.match_asked)
        card.match_decided.connect(self.match_decided)
        card.persona_shown.connect(self.persona_requested)
        return card

    def _summed(self, reports: Sequence[ChatReport]) -> str:
        brought = [each for report in reports for each in report.conversations]
        known = sum(each.duplicate for each in brought)
        personas = sum(bool(report.persona_id) for report in reports)
        refused = sum(not report.ok for report in reports)
        parts = [self.tr("New conversations: {n}").replace("{n}", str(len(brought) - known))]
        for said, count in (
            (self.tr("here already: {n}"), known),
            (self.tr("characters: {n}"), personas),
            (self.tr("lorebooks: {n}"), sum(bool(report.lorebook_id) for report in reports)),
            (self.tr("profiles: {n}"), sum(len(report.profile_ids) for report in reports)),
            (self.tr("files refused: {n}"), refused),
        ):
            if count:
                parts.append(said.replace("{n}", str(count)))
        return ", ".join(parts) + "."


class ChatCard(QFrame):
    """Show what became of one file."""

    conversation_shown = Signal(int)
    persona_shown = Signal(int)
    lorebook_shown = Signal(int)
    profiles_shown = Signal(list)  # list[int]

    def __init__(self, report: ChatReport) -> None:
        super().__init__()
        self.setProperty("role", "card")
        file = PurePath(report.file).name
        self.setAccessibleName(file)
        whole = column(self, spacing=8, margin=16)
        if not report.ok:
            whole.addWidget(long_heading(file))
            whole.addWidget(words(report.error.replace(report.file, file)))
            return
        program = PROGRAMS.get(report.format, report.format.upper())
        for each in report.conversations[:_SHOWN]:
            self._add(whole, each)
        if report.persona_id:
            whole.addLayout(self._line(report.name, lambda: self.persona_shown.emit(report.persona_id)))
        more = len(report.conversations) - _SHOWN
        if more > 0:
            whole.addWidget(words(self.tr("and {n} more conversations").replace("{n}", str(more))))
        if not report.conversations and not report.persona_id:
            self._add_other(whole, report, file)
        for said in report.notes:
            whole.addWidget(words(said))
        whole.addWidget(note(" · ".join((file, program))))

    def _add_other(self, whole: QVBoxLayout, report: ChatReport, file: str) -> None:
        name = report.name or file
        if report.lorebook_id:
            whole.addLayout(self._line(name, lambda: self.lorebook_shown.emit(report.lorebook_id)))
            whole.addWidget(note(self.tr("lorebook")))
        elif report.profile_ids:
            whole.addLayout(self._line(name, lambda: self.profiles_shown.emit(list(report.profile_ids))))
            whole.addWidget(note(self.tr("profiles of yours")))
        else:
            whole.addWidget(long_heading(name))

    def _add(self, whole: QVBoxLayout, each: Brought) -> None:
        title = each.title or self.tr("Untitled")
        whole.addLayout(self._line(title, lambda: self.conversation_shown.emit(each.conversation_id)))
        whole.addWidget(note(self.tr("messages: {n}").replace("{n}", f"{each.messages:,}")))
        for said in each.notes:
            whole.addWidget(words(said))

    def _line(self, text: str, act: object) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(long_heading(text), 1)
        look = button(self.tr("Show"), "plain", self.tr("Show {name}").replace("{name}", text))
        look.clicked.connect(act)
        line.addWidget(look, 0, Qt.AlignmentFlag.AlignTop)
        return line
