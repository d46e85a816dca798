"""Knows how it is shown what became of each card that was imported; not how cards are read."""

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hermes_desktop.app.imports import ImportReport
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.ui.pieces import (
    Fold,
    button,
    caption,
    column,
    note,
    words,
)
from hermes_desktop.ui.report_page import ReportPage

_KEYS_SHOWN = 60  # of one kind; a hostile card has thousands
_KEY_LENGTH = 80
_VERSIONS = ("v1", "v2", "v3")
# What people call the fields of a card; the rest goes by its own name.
_FIELDS = {
    "name": QT_TRANSLATE_NOOP("CardFields", "Name"),
    "nickname": QT_TRANSLATE_NOOP("CardFields", "Nickname"),
    "description": QT_TRANSLATE_NOOP("CardFields", "Description"),
    "personality": QT_TRANSLATE_NOOP("CardFields", "Personality"),
    "scenario": QT_TRANSLATE_NOOP("CardFields", "Scenario"),
    "first_mes": QT_TRANSLATE_NOOP("CardFields", "Greeting"),
    "alternate_greetings": QT_TRANSLATE_NOOP("CardFields", "Other greetings"),
    "mes_example": QT_TRANSLATE_NOOP("CardFields", "Example dialogue"),
    "system_prompt": QT_TRANSLATE_NOOP("CardFields", "System prompt"),
    "post_history_instructions": QT_TRANSLATE_NOOP("CardFields", "Instructions after the history"),
    "creator": QT_TRANSLATE_NOOP("CardFields", "Creator"),
    "creator_notes": QT_TRANSLATE_NOOP("CardFields", "Notes of the creator"),
    "character_version": QT_TRANSLATE_NOOP("CardFields", "Version"),
    "tags": QT_TRANSLATE_NOOP("CardFields", "Tags"),
    "character_book": QT_TRANSLATE_NOOP("CardFields", "Lorebook"),
    "extensions": QT_TRANSLATE_NOOP("CardFields", "Settings of other programs"),
    "assets": QT_TRANSLATE_NOOP("CardFields", "Pictures and other files"),
    "group_only_greetings": QT_TRANSLATE_NOOP("CardFields", "Greetings for groups"),
    "creator_notes_multilingual": QT_TRANSLATE_NOOP("CardFields", "Notes in other languages"),
    "source": QT_TRANSLATE_NOOP("CardFields", "Where it comes from"),
    "entries": QT_TRANSLATE_NOOP("CardFields", "Entries"),
    "scan_depth": QT_TRANSLATE_NOOP("CardFields", "Messages that are looked through"),
    "token_budget": QT_TRANSLATE_NOOP("CardFields", "Tokens of the entries"),
    "recursive_scanning": QT_TRANSLATE_NOOP("CardFields", "Entries that bring up others"),
}


class ImportPage(ReportPage):
    """Show an import of cards while it runs, and its reports afterwards."""

    persona_requested = Signal(int)
    profiles_requested = Signal(list)  # list[int]
    lorebook_requested = Signal(int)

    def __init__(self) -> None:
        back = QCoreApplication.translate("ImportPage", "‹ All personas")
        named = QCoreApplication.translate("ImportPage", "Back to all personas")
        super().__init__(QCoreApplication.translate("ImportPage", "Import"), back, named)

    def _card(self, report: ImportReport) -> "ReportCard":
        made = ReportCard(report)
        made.shown.connect(self.lorebook_requested if report.lorebook_id else self.persona_requested)
        made.profiles_shown.connect(self.profiles_requested)
        return made

    def _summed(self, reports: Sequence[ImportReport]) -> str:
        refused = sum(not report.ok for report in reports)
        known = sum(report.duplicate for report in reports)
        fresh = [report for report in reports if report.ok and not report.duplicate]
        books = sum(bool(report.lorebook_id) for report in fresh)
        mine = sum(bool(report.profile_ids) for report in fresh)
        people = len(fresh) - books - mine
        others = mine or books
        parts = [self.tr("New personas: {n}").replace("{n}", str(people))] if people or not others else []
        if books:
            parts.append(self.tr("new lorebooks: {n}").replace("{n}", str(books)))
        if mine:
            parts.append(self.tr("files with profiles of yours: {n}").replace("{n}", str(mine)))
        if known:
            parts.append(self.tr("here already: {n}").replace("{n}", str(known)))
        if refused:
            parts.append(self.tr("refused: {n}").replace("{n}", str(refused)))
        said = ", ".join(parts) + "."
        return said[0].upper() + said[1:]


class ReportCard(QFrame):
    """Show what became of one file."""

    shown = Signal(int)  # id of the persona or the lorebook
    profiles_shown = Signal(list)  # list[int]

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.report = report
        file = PurePath(report.file).name
        self.setAccessibleName(report.name or file)
        whole = column(self, self._head(report, file), spacing=6, margin=16)
        if report.ok:
            self._add_details(whole, file)
        else:
            whole.addWidget(words(report.error.replace(report.file, file)))

    def _head(self, report: ImportReport, file: str) -> QHBoxLayout:
        name = words(report.name or file)  # a paragraph, since the name of a stranger may be long
        name.setProperty("role", "heading")
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(name, 1)
        if report.ok:
            look = button(self.tr("Show"), "plain", self.tr("Show {name}").replace("{name}", report.name))
            look.clicked.connect(self._on_look)
            line.addWidget(look, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def _on_look(self) -> None:
        if self.report.profile_ids:
            self.profiles_shown.emit(list(self.report.profile_ids))
        else:
            self.shown.emit(self.report.persona_id or self.report.lorebook_id)

    def _add_details(self, whole: QVBoxLayout, file: str) -> None:
        report = self.report
        parts = [file, report.format.upper()]
        if report.lorebook_id:
            parts.insert(0, self.tr("Lorebook"))
        if report.spec in _VERSIONS:
            parts.append(report.spec.upper())
        if report.lore_entries:
            parts.append(self.tr("lore entries: {n}").replace("{n}", str(report.lore_entries)))
        whole.addWidget(note(" · ".join(parts)))
        for said in report.notes:
            whole.addWidget(words(said))
        if report.used or report.kept or report.ignored:
            whole.addWidget(Fold(self.tr("What became of its fields"), FieldLists(report)))


class FieldLists(QWidget):
    """List the fields of a card by what became of them, as soon as somebody looks."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self._report: ImportReport | None = report
        self._lines = column(self, spacing=3)

    def showEvent(self, event: QShowEvent) -> None:
        """Write the lists when they are first seen."""
        report, self._report = self._report, None
        if report is not None:
            self._fill(report)
        super().showEvent(event)

    def _fill(self, report: ImportReport) -> None:
        kept = self.tr("They are kept as they came, for later and for other programs.")
        unknown = self.tr("Nothing here knows what they mean; they are kept as they came.")
        for name, keys, why in (
            (self.tr("Used"), report.used, ""),
            (self.tr("Kept, not used yet"), report.kept, kept),
            (self.tr("Ignored"), report.ignored, unknown),
        ):
            if keys:
                self._lines.addSpacing(6 if self._lines.count() else 0)
                self._lines.addWidget(caption(name))
                self._lines.addWidget(words(_named(keys)))
                if why:
                    self._lines.addWidget(note(why))


def _named(keys: Sequence[str]) -> str:
    """List keys by the names that people have for them."""
    named = [
        QCoreApplication.translate("CardFields", _FIELDS[key]) if key in _FIELDS else key[:_KEY_LENGTH]
        for key in keys[:_KEYS_SHOWN]
    ]
    return ", ".join(named) + (" …" if len(keys) > _KEYS_SHOWN else "")
