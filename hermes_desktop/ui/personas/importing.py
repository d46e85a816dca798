"""Knows how cards are chosen for an import and how its end is told; not how cards are read or reported."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMenu, QStackedWidget, QWidget

from hermes_desktop.app.imports import ImportReport, ImportsService, Source
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.ui.personas.pasting import pasted
from hermes_desktop.ui.personas.report import ImportPage

# What the dialog shows at first; what a file is, its bytes say.
_SUFFIXES = "*.png *.apng *.json *.charx *.jpg *.jpeg *.webp *.yaml *.yml *.byaf *.zip *.lorebook"
_PATIENCE_MS = 400  # until the progress of an import is shown


class Importing(QObject):
    """Bring cards in beside a stack of pages; who writes is not interrupted."""

    left = Signal()
    persona_requested = Signal(int)
    profiles_requested = Signal(list)  # list[int]
    book_requested = Signal(int)

    def __init__(
        self,
        imports: ImportsService,
        notices: NoticesService,
        stack: QStackedWidget,
        writing: Callable[[], bool],
    ) -> None:
        super().__init__(stack)
        self._imports = imports
        self._notices = notices
        self._stack = stack
        self._writing = writing
        imports.progressed.connect(lambda done, total: self.report.show_progress(done, total))
        imports.ended.connect(self._on_imported)
        self.patience = QTimer(self)
        self.patience.setSingleShot(True)
        self.patience.setInterval(_PATIENCE_MS)
        self.patience.timeout.connect(self._on_patience)

    @cached_property
    def report(self) -> ImportPage:
        """Give the page of progress and reports."""
        report = ImportPage()
        report.left.connect(self.left)
        report.persona_requested.connect(self.persona_requested)
        report.profiles_requested.connect(self.profiles_requested)
        report.lorebook_requested.connect(self.book_requested)
        report.cancelled.connect(self._imports.cancel)
        self._stack.addWidget(report)
        return report

    def take_pasted(self, page: QWidget) -> None:
        """Bring in what is pasted on a page."""
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), page)
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.activated.connect(lambda: self.start(pasted(QGuiApplication.clipboard().mimeData())))

    def start(self, sources: Sequence[Source]) -> None:
        """Bring in cards, and folders of them; what became of each is told when it is over."""
        if sources:
            self._imports.start(sources)
            self.patience.start()

    # ---- choosing ----------------------------------------------------------------------------------

    def menu(self, over: QWidget) -> QMenu:
        """Offer files and folders."""
        menu = QMenu(over)
        menu.addAction(self.tr("Card files…"), self._on_files)
        menu.addAction(self.tr("A folder of cards…"), self._on_folder)
        return menu

    def _on_files(self) -> None:
        dialog = self._dialog(self.tr("Import character cards"), QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Character cards") + f" ({_SUFFIXES});;" + self.tr("All files") + " (*)")
        dialog.open()

    def _on_folder(self) -> None:
        self._dialog(self.tr("Import a folder of cards"), QFileDialog.FileMode.Directory).open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._stack, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(lambda files: self.start([Path(file) for file in files]))
        return dialog

    # ---- telling -----------------------------------------------------------------------------------

    def _on_patience(self) -> None:
        if self._imports.busy and not self._writing():
            self._stack.setCurrentWidget(self.report)

    def _on_imported(self, reports: list[ImportReport]) -> None:
        self.report.show_reports(reports)
        here = self._stack.currentWidget()
        if len(reports) == 1 and here is not self.report:
            self._tell_one(reports[0])
        elif reports and not self._writing():
            self._stack.setCurrentWidget(self.report)
        elif reports:
            self._tell_many(len(reports))
        elif here is self.report:
            self.left.emit()

    def _tell_one(self, report: ImportReport) -> None:
        if not report.ok:
            self._notices.post(Notice(NoticeKind.ERROR, report.error))
            return
        text = self.tr("{name} is here already.") if report.duplicate else self.tr("{name} has come in.")
        text, hint = text.replace("{name}", report.name), " ".join(report.notes)
        if report.profile_ids:
            self._notices.post(Notice(NoticeKind.INFO, text, hint=hint))
            self.profiles_requested.emit(list(report.profile_ids))
            return
        self._offer_report(text, hint)
        if self._writing():
            return
        if report.lorebook_id:
            self.book_requested.emit(report.lorebook_id)
        else:
            self.persona_requested.emit(report.persona_id)

    def _tell_many(self, number: int) -> None:
        self._offer_report(self.tr("{n} files were read.").replace("{n}", str(number)), "")

    def _offer_report(self, text: str, hint: str) -> None:
        self._notices.post(
            Notice(
                NoticeKind.INFO,
                text,
                hint=hint,
                action=self.tr("What came in"),
                act=lambda: self._stack.setCurrentWidget(self.report),
            )
        )
