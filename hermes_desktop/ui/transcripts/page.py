"""Knows the page on which a conversation is exported: choices, how it begins, saving it."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QStandardPaths, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QHideEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QWidget,
)

from hermes_desktop.app import transcript_words
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.telling import Wish
from hermes_desktop.app.transcripts import Copied, TranscriptsService
from hermes_desktop.domain.conversation import Conversation
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.transcript import Choices, Reveal
from hermes_desktop.ui.pieces import (
    LeaveByEscape,
    Scroll,
    button,
    column,
    soft,
    tip,
    title,
    words,
)
from hermes_desktop.ui.theme import Theme
from hermes_desktop.ui.transcripts.form import ChoicesForm
from hermes_desktop.ui.transcripts.preview import PreviewView

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

_WIDE = 820  # pixels from which choices and preview stand beside each other
_FORM = 340
_ANY = 16_777_215  # Qt's word for no limit
_LINES = 3  # of what it tells; more than that runs on
_WAIT_MS = 250


class ExportPage(QWidget):
    """Export one conversation."""

    left = Signal()

    def __init__(self, transcripts: TranscriptsService, notices: NoticesService, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._transcripts, self._notices, self._theme = transcripts, notices, theme
        self._conversation: Conversation | None = None
        self._printer: QPrinter | None = None
        self._looking: list[Callable[[], None]] = []  # what stops each look
        self.form = ChoicesForm(transcripts)
        self.preview = PreviewView(theme)
        self._title = title("")
        self._told = words("")
        self._wait = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._switch = button("", "link")
        self._bar, self._count, self._running = QProgressBar(), soft(""), QWidget()
        self._buttons = QWidget()
        self._shows_preview = False
        self._for_reading: list[QWidget] = []  # what can be done with a text, and with no whole conversation
        self._build()
        self._wire()

    # ---- opening -----------------------------------------------------------------------------------

    def open(self, conversation: Conversation, first: int = 0) -> None:
        """Show a conversation; with `first` from that message on."""
        self._conversation = conversation
        about = self._transcripts.about(conversation.id)
        self._title.setText(self.tr("Export"))
        self._title.setToolTip(tip(about.title))
        self.form.messages.fill(about.messages, partial(self._transcripts.lines, conversation.id), first)
        self.form.open(about.my_name, about.persona_name)
        self._refresh()
        self.form.setFocus()

    @property
    def wish(self) -> Wish | None:
        """Give what is chosen; nothing where that makes no sense."""
        if self._conversation is None:
            return None
        if self.form.form.whole:
            return Wish(self._conversation.id, self.form.form, Choices())
        if not self.form.messages.makes_sense:
            return None
        stretches = self.form.messages.stretches
        return Wish(self._conversation.id, self.form.form, self.form.choices, stretches)

    def _refresh(self) -> None:
        self._wait.stop()
        self._stop_looking()
        wish = self.wish
        self._buttons.setEnabled(wish is not None)
        for each in self._for_reading:
            each.setVisible(wish is None or not wish.form.whole)
        if wish is not None:
            self._show_reveals(None)
            self._show_beginning(wish)
            self._looking.append(self._transcripts.look(wish, self._show_reveals))

    def _stop_looking(self) -> None:
        while self._looking:
            self._looking.pop()()

    def _show_beginning(self, wish: Wish) -> None:
        """Show how the file begins; a whole conversation is read for that, beside the event loop."""
        if wish.form.whole:
            self.preview.wait()
            show = partial(self.preview.show_preview, form=wish.form)
            self._looking.append(self._transcripts.look_ahead(wish, show))
        else:
            self.preview.show_preview(self._transcripts.preview(wish), wish.form)

    def _show_reveals(self, reveals: tuple[Reveal, ...] | None) -> None:
        if reveals is None:
            self._told.setText(self.tr("Looking for what is private in it…"))
        elif not reveals:
            self._told.setText(self.tr("It tells nothing but the conversation itself."))
        else:
            said = [transcript_words.reveal_words(reveal) for reveal in reveals]
            brief = len(said) <= _LINES
            listed = "\n".join(f"•  {each}" for each in said) if brief else "  ·  ".join(said)
            self._told.setText(f"{self.tr('It tells:')}\n{listed}")

    # ---- building ----------------------------------------------------------------------------------

    def _build(self) -> None:
        back = button(self.tr("‹ Back to the conversation"), "link", self.tr("Back to the conversation"))
        back.clicked.connect(self.left)
        LeaveByEscape(self).asked.connect(self.left)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._switch)
        inside = QWidget()
        column(inside, self.form).addStretch(1)
        self._choices = Scroll(inside, margin=4)
        both = QHBoxLayout()
        both.setSpacing(20)
        both.addWidget(self._choices)
        both.addWidget(self.preview, 1)
        layout = column(self, spacing=12, margin=24)
        layout.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(head)
        layout.addLayout(both, 1)
        layout.addWidget(self._told)
        layout.addWidget(self._foot())

    def _foot(self) -> QWidget:
        cancel = button(self.tr("Cancel"), name=self.tr("Cancel the export"))
        cancel.clicked.connect(self._transcripts.cancel)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the export"))
        running = QHBoxLayout(self._running)
        buttons = QHBoxLayout(self._buttons)
        for line in (running, buttons):
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(8)
        running.addWidget(self._bar, 1)
        running.addWidget(self._count)
        running.addWidget(cancel)
        self._running.hide()
        buttons.addStretch(1)
        copy, menu = button(self.tr("Copy")), QMenu(self)
        menu.addAction(self.tr("As Markdown"), partial(self._copy, rich=False))
        menu.addAction(self.tr("As rich text"), partial(self._copy, rich=True))
        copy.setMenu(menu)
        buttons.addWidget(copy)
        self._for_reading.append(copy)
        for text, role, act in (
            (self.tr("Print…"), "plain", self._on_print),
            (self.tr("Save…"), "primary", self._on_save),
        ):
            made = button(text, role)
            made.clicked.connect(act)
            buttons.addWidget(made)
            if act == self._on_print:
                self._for_reading.append(made)
        whole = QWidget()
        column(whole, self._running, self._buttons)
        return whole

    def _wire(self) -> None:
        self.form.changed.connect(self._wait.start)
        self._wait.timeout.connect(self._refresh)
        self._switch.clicked.connect(self._on_switch)
        self._theme.changed.connect(self._on_look_changed)
        self._transcripts.progressed.connect(self._on_progressed)
        self._transcripts.ended.connect(self._on_ended)
        self._transcripts.failed.connect(self._on_failed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show choices and preview beside each other where there is room, else one of them."""
        super().resizeEvent(event)
        self._settle()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look for nothing that nobody sees."""
        super().hideEvent(event)
        self._wait.stop()
        self._stop_looking()

    def _settle(self) -> None:
        wide = self.width() >= _WIDE
        self._switch.setVisible(not wide)
        self._switch.setText(self.tr("Choices") if self._shows_preview else self.tr("Preview"))
        self._switch.setAccessibleName(self._switch.text())
        self._choices.setVisible(wide or not self._shows_preview)
        self.preview.setVisible(wide or self._shows_preview)
        self._choices.setMaximumWidth(_FORM if wide else _ANY)
        self._choices.setMinimumWidth(_FORM if wide else 0)

    def _on_look_changed(self) -> None:
        if self.isVisible():
            self._refresh()

    def _on_switch(self) -> None:
        self._shows_preview = not self._shows_preview
        self._settle()

    # ---- writing -----------------------------------------------------------------------------------

    def _on_save(self) -> None:
        wish = self.wish
        if wish is None or self._transcripts.busy:
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        proposed = str(Path(folder) / self._transcripts.name_of(wish))
        kind = f"{transcript_words.format_name(wish.form)} (*.{wish.form})"
        name, _kind = QFileDialog.getSaveFileName(self, self.tr("Export"), proposed, kind)
        if name:
            self.save(wish, Path(name))

    def save(self, wish: Wish, file: Path) -> None:
        """Write what was chosen to a file."""
        if not file.suffix:
            file = file.with_suffix(f".{wish.form}")
        self._transcripts.remember(wish.form, self.form.preset)
        self._transcripts.save(wish, file)
        self._show_running(running=True)

    def _on_print(self) -> None:
        wish = self.wish
        if wish is None or self._transcripts.busy:
            return
        # What prints is loaded when somebody prints: no start waits for it.
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if QPrintDialog(printer, self).exec() == QDialog.DialogCode.Accepted:
            self.print_on(wish, printer)

    def print_on(self, wish: Wish, printer: "QPrinter") -> None:
        """Print what was chosen."""
        self._printer = printer  # it lives as long as something is drawn on it
        self._transcripts.print_on(wish, printer)
        self._show_running(running=True)

    def _copy(self, *_anything: object, rich: bool) -> None:
        wish = self.wish
        if wish is not None:
            self._transcripts.copy(wish, partial(self._on_copied, rich=rich))

    def _on_copied(self, copied: Copied, *, rich: bool) -> None:
        data = QMimeData()
        data.setText(copied.markdown)
        if rich:
            data.setHtml(copied.html)
        QGuiApplication.clipboard().setMimeData(data)
        self._notices.post(Notice(NoticeKind.INFO, self.tr("Copied.")))

    def _show_running(self, *, running: bool) -> None:
        self._running.setVisible(running)
        self._buttons.setVisible(not running)
        self._bar.setRange(0, 0)
        self._count.setText("")

    def _on_progressed(self, done: int, total: int) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        said = self.tr("{n} of {m} messages").replace("{n}", f"{done:,}").replace("{m}", f"{total:,}")
        self._count.setText(said)

    def _on_ended(self, file: Path | None, whole: bool) -> None:
        self._printer = None
        self._show_running(running=False)
        if not whole:
            self._notices.post(
                Notice(NoticeKind.INFO, self.tr("The export was cancelled; no file was left."))
            )
        elif file is None:
            self._notices.post(Notice(NoticeKind.INFO, self.tr("The conversation was printed.")))
        else:
            name = os.fsencode(file).decode("utf-8", "replace")
            show = partial(_show_folder, file.parent)
            said = self.tr("The conversation was exported.")
            self._notices.post(Notice(NoticeKind.INFO, said, name, self.tr("Show folder"), show))

    def _on_failed(self, error: KnownError) -> None:
        self._printer = None
        self._show_running(running=False)
        self._notices.post_error(error)


def _show_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
