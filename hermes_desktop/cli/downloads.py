"""Knows `hermes-desktop models download`: how it is shown in a terminal; the service does the work."""

import argparse
import json
import sys

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.sentences import byte_size, sentence
from hermes_desktop.app.services import Services
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.download import Download, DownloadState
from hermes_desktop.domain.errors import KnownError


class TerminalDownload(QObject):
    """Fetch one model and tell how it goes; `ended` carries the exit status."""

    ended = Signal(int)

    def __init__(self, services: Services, output: Output, arguments: argparse.Namespace) -> None:
        super().__init__()
        self._services, self._output, self._arguments = services, output, arguments
        self._id = 0
        services.downloads.changed.connect(self._on_changed)

    def start(self) -> None:
        """Begin, or say why not."""
        arguments, downloads = self._arguments, self._services.downloads
        try:
            begun = downloads.start(
                arguments.name,
                endpoint=arguments.endpoint or "",
                revision=arguments.revision or "",
                accept=arguments.accept_licence,
            )
        except KnownError as error:
            self._failed(error, resumable=False)
            return
        self._id = begun.id

    def interrupt(self) -> None:
        """Stop; what has come stays for the next time."""
        self._services.downloads.pause(self._id)

    def _on_changed(self, download: Download) -> None:
        if download.state is DownloadState.DONE:
            self._done(download)
        elif download.state is DownloadState.FAILED and download.error is not None:
            self._failed(download.error, resumable=download.done > 0)
        elif download.state is DownloadState.PAUSED:
            self._output.status("")
            self._output.words("The download was paused; the same command goes on from there.")
            self._line({"state": "paused", "done": download.done, "total": download.total})
            self.ended.emit(1)
        else:
            self._moved(download)

    def _moved(self, download: Download) -> None:
        if self._output.as_json:
            self._line(
                {
                    "state": download.state.value,
                    "done": download.done,
                    "total": download.total or None,
                    "bytes_per_second": download.bytes_per_second,
                    "seconds_left": download.seconds_left if download.seconds_left >= 0 else None,
                }
            )
            return
        words = [f"{download.title}: {download.state.value}"]
        if download.total:
            words.append(f"{download.done / download.total:.0%} of {byte_size(download.total)}")
        if download.bytes_per_second:
            words.append(f"{byte_size(download.bytes_per_second)}/s")
        if download.seconds_left >= 0:
            words.append(f"{download.seconds_left} s left")
        self._output.status(", ".join(words))

    def _done(self, download: Download) -> None:
        self._output.status("")
        if self._output.as_json:
            self._line({"state": "done", "path": download.path, "sha256": download.sha256 or None})
        else:
            self._output.line(f"{download.title}: {byte_size(download.total)}, {download.path}")
        self.ended.emit(0)

    def _failed(self, error: KnownError, *, resumable: bool) -> None:
        self._output.status("")
        words = sentence(error)
        self._output.error(error)
        self._line({"state": "failed", "error": words.text, "hint": words.hint, "resumable": resumable})
        self.ended.emit(1)

    def _line(self, fields: dict[str, object]) -> None:
        if self._output.as_json:
            sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
            sys.stdout.flush()
