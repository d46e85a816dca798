"""Knows how the downloader process is started, listened to and ended; not what an errand is for.

It is started without the access token. Only where the hub refuses, the token is asked for and the errand is
done again with it; it travels on stdin, never among the arguments or the variables.
"""

import json
import os
import sys
from dataclasses import replace

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.token import HUB_TOKEN, TokenService
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.engine.wire import BadFrameError, build
from hermes_desktop.hub import errand as frames
from hermes_desktop.hub import listing
from hermes_desktop.hub.errand import (
    AnyErrand,
    Contacted,
    Failed,
    Fetched,
    Found,
    Licensed,
    Looked,
    Moved,
    Peeked,
)

_FRAMES: dict[str, type] = {
    kind.__name__: kind for kind in (Moved, Contacted, Fetched, Failed, Licensed, Found, Looked, Peeked)
}
_KILL_MS = 2000
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


class ErrandProcess(QObject):
    """Do one errand at a time in a process of its own."""

    told = Signal(object)  # a frame of hub.errand, but no failure
    failed = Signal(object)  # KnownError; the process has ended
    ended = Signal()  # the process has ended well

    def __init__(
        self, tokens: TokenService, preferences: PreferencesService, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tokens, self._preferences = tokens, preferences
        self._process: QProcess | None = None
        self._errand: AnyErrand | None = None
        self._buffer = bytearray()

    @property
    def busy(self) -> bool:
        """Say whether an errand is being done."""
        return self._errand is not None

    def start(self, errand: AnyErrand) -> None:
        """Do an errand; the one before is given up."""
        self.stop()
        self._errand = errand
        process = QProcess(self)
        process.setProgram(sys.executable)
        frozen = getattr(sys, "frozen", False)
        process.setArguments(([] if frozen else ["-m", "hermes_desktop"]) + ["--download"])
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONSAFEPATH", "1")  # a folder is never searched for modules
        for name in HUB_TOKEN.variables:
            environment.remove(name)
        for name in _PROXIES if self._preferences.value.proxy else ():
            environment.insert(name, self._preferences.value.proxy)
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._on_stdout)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        self._buffer.clear()
        process.start()
        process.write(frames.written(errand))
        process.closeWriteChannel()

    def stop(self) -> None:
        """Let the process go: it is killed at once and may be, since it owns nothing."""
        self._errand = None
        process, self._process = self._process, None
        if process is not None:
            process.readyReadStandardOutput.disconnect(self._on_stdout)
            process.finished.disconnect(self._on_finished)
            process.errorOccurred.disconnect(self._on_error)
            process.kill()
            process.waitForFinished(_KILL_MS)
            process.deleteLater()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            self._fail(KnownError(ErrorKind.DOWNLOAD_BROKE, detail=self._process.errorString()))

    def _on_finished(self) -> None:
        self._on_stdout()
        if self._process is None:
            return
        if self._process.exitStatus() is QProcess.ExitStatus.NormalExit and not self._process.exitCode():
            self.stop()
            self.ended.emit()
            return
        detail = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._fail(KnownError(ErrorKind.DOWNLOAD_BROKE, detail=detail.strip()[-500:]))

    def _on_stdout(self) -> None:
        while self._process is not None:
            self._buffer += self._process.readAllStandardOutput().data()
            end = self._buffer.find(b"\n")
            if end < 0:
                if len(self._buffer) > frames.LINE_LIMIT:
                    self._fail(KnownError(ErrorKind.DOWNLOAD_BROKE, detail="a line without end"))
                return
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            fields = json.loads(line)
            frame = build(_FRAMES[fields["frame"]], fields)
        except (ValueError, KeyError, TypeError, BadFrameError) as error:
            self._fail(KnownError(ErrorKind.DOWNLOAD_BROKE, detail=str(error)[:500]))
            return
        if isinstance(frame, Failed):
            self._fail(KnownError(_kind(frame.kind), **frame.values))
        else:
            self.told.emit(frame)

    def _fail(self, error: KnownError) -> None:
        errand = self._errand
        self.stop()
        if error.kind is ErrorKind.HUB_REFUSED and errand is not None and not errand.token:
            self._errand = errand  # still busy
            self._tokens.ask(lambda token: self._with_token(errand, token, error))
        else:
            self.failed.emit(error)

    def _with_token(self, errand: AnyErrand, token: str, error: KnownError) -> None:
        if self._errand is not errand:
            return  # given up meanwhile
        if token:
            self.start(replace(errand, token=token))
        else:
            self._errand = None
            self.failed.emit(error)


def endpoint(preferences: PreferencesService, chosen: str = "") -> str:
    """Give the address of the hub: a chosen one, that of the settings, HF_ENDPOINT, or the hub's own."""
    address = chosen or preferences.value.hub_endpoint or os.environ.get("HF_ENDPOINT", "")
    return (address or listing.ENDPOINT).rstrip("/")


def _kind(name: str) -> ErrorKind:
    try:
        return ErrorKind(name)
    except ValueError:
        return ErrorKind.DOWNLOAD_BROKE
