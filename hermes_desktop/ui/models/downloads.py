"""Knows how a model that is on its way is shown, and what can be done with it; the service acts."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar

from hermes_desktop.app.sentences import byte_size, sentence
from hermes_desktop.domain.download import Download, DownloadState
from hermes_desktop.ui.pace import left_words
from hermes_desktop.ui.pieces import button, column, heading, note

_STEPS = 1000  # of the progress bar


class DownloadCard(QFrame):
    """Show one download: how far, how fast, how long; pause, go on, throw away."""

    pause_asked = Signal(int)
    resume_asked = Signal(int)
    cancel_asked = Signal(int)

    def __init__(self, download: Download) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.download = download
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Download of {name}").replace("{name}", download.title))
        self._said = note("")
        self._failure = note("")
        self._failure.setProperty("role", "warning")
        self._pause = button(
            self.tr("Pause"), "plain", self.tr("Pause {name}").replace("{name}", download.title)
        )
        self._resume = button(
            self.tr("Go on"), "primary", self.tr("Go on with {name}").replace("{name}", download.title)
        )
        cancel = button(self.tr("Cancel"), "link", self.tr("Cancel {name}").replace("{name}", download.title))
        cancel.setToolTip(self.tr("Throw away what has come."))
        self._pause.clicked.connect(lambda: self.pause_asked.emit(self.download.id))
        self._resume.clicked.connect(lambda: self.resume_asked.emit(self.download.id))
        cancel.clicked.connect(lambda: self.cancel_asked.emit(self.download.id))
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (self._pause, self._resume, cancel):
            acts.addWidget(made)
        acts.addStretch(1)
        column(
            self, heading(download.title), self._said, self._bar, self._failure, acts, spacing=8, margin=16
        )
        self.show_download(download)

    def take_focus(self) -> None:
        """Let the keyboard act on this download."""
        self._pause.setFocus()

    def show_download(self, download: Download) -> None:
        """Show how it stands."""
        self.download = download
        self._bar.setValue(round(_STEPS * download.done / download.total) if download.total else 0)
        self._said.setText(self._words(download))
        self._pause.setVisible(not download.is_over)
        self._resume.setVisible(download.is_resumable)
        error = download.error
        words = sentence(error) if error is not None else None
        self._failure.setText(f"{words.text} {words.hint}" if words else "")
        self._failure.setVisible(words is not None)

    def _words(self, download: Download) -> str:
        parts = [self._state_words(download.state)]
        if download.total:
            text = self.tr("{done} of {size}").replace("{done}", byte_size(download.done))
            parts.append(text.replace("{size}", byte_size(download.total)))
        if download.bytes_per_second:
            parts.append(self.tr("{rate}/s").replace("{rate}", byte_size(download.bytes_per_second)))
        if download.seconds_left >= 0 and download.state is DownloadState.FETCHING:
            parts.append(left_words(download.seconds_left))
        return " · ".join(parts)

    def _state_words(self, state: DownloadState) -> str:
        return {
            DownloadState.QUEUED: self.tr("Waits for its turn"),
            DownloadState.ASKING: self.tr("Asking the hub"),
            DownloadState.CHECKING: self.tr("Checking what has come before"),
            DownloadState.FETCHING: self.tr("Fetching"),
            DownloadState.WAITING: self.tr("The line broke; trying again"),
            DownloadState.PAUSED: self.tr("Paused"),
            DownloadState.DONE: self.tr("Done"),
            DownloadState.FAILED: self.tr("Stopped"),
        }[state]
