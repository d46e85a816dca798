"""Knows how to drive the engine child: start, speak, listen, notice its death; not what it is asked for."""

import logging
import re
import sys
from collections import deque
from collections.abc import Callable, Sequence
from enum import StrEnum
from time import monotonic

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal, SignalInstance

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.engine import protocol, wire

_log = logging.getLogger(__name__)

HANG_SECONDS = 10.0  # without any frame; the child beats once a second
CANCEL_MS = 2000  # a cancel that is not obeyed by then ends the child
QUIT_MS = 2000
_STDERR_LINES = 40
_NO_MEMORY = re.compile(r"bad_alloc|MemoryError|[Cc]annot allocate memory|out of memory")
_LOST = re.compile(r"RPC server crashed|Failed to connect to|RPC handshake failed")


class EngineState(StrEnum):
    """Say what the child is doing."""

    ABSENT = "absent"
    STARTING = "starting"
    UP = "up"


class EngineClient(QObject):
    """Own one engine child. Every request ends in an event: where the child dies first, in Failed."""

    event_arrived = Signal(object)  # protocol.Event, never Alive
    state_changed = Signal(object)  # EngineState
    died = Signal(object)  # KnownError: after the Failed of every open request

    def __init__(
        self,
        arguments: Sequence[str] = ("--engine", "llama"),
        parent: QObject | None = None,
        may_work_behind: Callable[[], bool] = lambda: True,
    ) -> None:
        """`may_work_behind` says whether a background reply may be begun just now; nobody else has to ask."""
        super().__init__(parent)
        self._arguments = list(arguments)
        self._may_work_behind = may_work_behind
        self._process: QProcess | None = None
        self._buffer = bytearray()
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._open: set[int] = set()
        self._lenders: tuple[str, ...] = ()  # RPC servers that the child knows
        self._last_id = 0
        self._last_frame = 0.0
        self._reason: KnownError | None = None  # why we ended it, where we did
        self.state = EngineState.ABSENT
        self.hello: protocol.Hello | None = None
        self._watch = QTimer(self)
        self._watch.setInterval(1000)
        self._watch.timeout.connect(self._on_watch)

    # ---- speaking ----------------------------------------------------------------------------------

    @property
    def arguments(self) -> tuple[str, ...]:
        """Give what a child is started with."""
        return tuple(self._arguments)

    def next_id(self) -> int:
        """Give an id for a new request."""
        self._last_id += 1
        return self._last_id

    def send(self, command: protocol.Command) -> None:
        """Send a command, starting the child where there is none."""
        if isinstance(command, protocol.Generate) and command.background and not self._may_work_behind():
            refused = protocol.Failed(command.id, ErrorKind.POWER_SAVED.value, {})
            QTimer.singleShot(0, self, lambda: self.event_arrived.emit(refused))
            return
        if isinstance(command, protocol.Load):
            self._lenders = command.rpc
        if self._process is None:
            self._start()
        if not isinstance(command, protocol.Cancel | protocol.Quit):
            self._open.add(command.id)
        assert self._process is not None
        self._process.write(wire.encode(command))

    def use(self, arguments: Sequence[str]) -> None:
        """Start another kind of child from now on; one of the present kind ends."""
        if list(arguments) != self._arguments:
            self._replace()
            self._arguments = list(arguments)

    def end_lending(self) -> None:
        """End a child that uses devices of other computers: they serve one at a time, and it forgets none."""
        if self._process is not None and self._lenders:
            self._replace()

    def _replace(self) -> None:
        stopped = sorted(self._open)
        self.close()
        for request in stopped:
            self.event_arrived.emit(protocol.Failed(request, ErrorKind.ENGINE_REPLACED.value, {}))

    def cancel(self, target: int) -> None:
        """Stop a request; a child that does not obey is ended, and started again when it is needed."""
        if target not in self._open:
            return
        self.send(protocol.Cancel(self.next_id(), target))
        QTimer.singleShot(CANCEL_MS, self, lambda: self._on_cancel_overdue(target))

    def close(self) -> None:
        """Let the child go without waiting for its end; nothing of it is reported any more."""
        process = self._release()
        if process is None:
            return
        process.finished.connect(process.deleteLater)
        QTimer.singleShot(QUIT_MS, process, process.kill)
        process.write(wire.encode(protocol.Quit(self.next_id())))
        process.closeWriteChannel()
        self._set_state(EngineState.ABSENT)

    def shut_down(self) -> None:
        """End the child and wait for its end; for the end of the program."""
        process = self._release()
        if process is not None:
            process.kill()  # it owns no data
            process.waitForFinished(QUIT_MS)

    def _release(self) -> QProcess | None:
        process, self._process = self._process, None
        self._watch.stop()
        self._open.clear()
        self.hello = None
        if process is not None:
            self._unwire(process)
        return process

    def kill(self, reason: KnownError) -> None:
        """End the child at once; open requests fail with the reason."""
        if self._process is not None:
            self._reason = reason
            self._process.kill()

    @property
    def pid(self) -> int:
        """Give the child's process id, 0 where there is none."""
        return int(self._process.processId()) if self._process is not None else 0

    def last_words(self) -> str:
        """Give the last lines that the child wrote to stderr."""
        return "\n".join(self._stderr)

    # ---- the process -------------------------------------------------------------------------------

    def _start(self) -> None:
        process = QProcess(self)
        process.setProgram(sys.executable)
        frozen = getattr(sys, "frozen", False)
        process.setArguments(([] if frozen else ["-m", "hermes_desktop"]) + self._arguments)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        environment.insert("GGML_NO_BACKTRACE", "1")  # where it aborts, it would start a debugger
        environment.insert("PYTHONSAFEPATH", "1")  # a folder is never searched for modules
        process.setProcessEnvironment(environment)
        for signal, slot in self._wires(process):
            signal.connect(slot)
        self._process = process
        self._buffer.clear()
        self._stderr.clear()
        self._reason = None
        self._last_frame = monotonic()
        self._set_state(EngineState.STARTING)
        process.start()
        self._watch.start()

    def _wires(self, process: QProcess) -> list[tuple[SignalInstance, Callable[..., None]]]:
        return [
            (process.readyReadStandardOutput, self._on_stdout),
            (process.readyReadStandardError, self._on_stderr),
            (process.finished, self._on_finished),
            (process.errorOccurred, self._on_error),
        ]

    def _unwire(self, process: QProcess) -> None:
        for signal, slot in self._wires(process):
            signal.disconnect(slot)

    def _set_state(self, state: EngineState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        # Every other error is followed by `finished`.
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            detail = self._process.errorString()
            self._end(KnownError(ErrorKind.ENGINE_MISSING, detail=detail))

    def _on_finished(self) -> None:
        if self._process is None:
            return
        self._on_stdout()
        self._on_stderr()
        self._end(self._reason or self._why())

    def _why(self) -> KnownError:
        """Say why the child has died: llama.cpp aborts where a server that lends devices goes away."""
        words = self.last_words()
        if _NO_MEMORY.search(words):
            return KnownError(ErrorKind.ENGINE_MEMORY, needed=0, free=0)
        if self._lenders and _LOST.search(words):
            return KnownError(ErrorKind.RPC_LOST, address=", ".join(self._lenders))
        return KnownError(ErrorKind.ENGINE_CRASHED, detail=words)

    def _end(self, error: KnownError) -> None:
        process, self._process = self._process, None
        self._watch.stop()
        self.hello = None
        if process is not None:
            self._unwire(process)
            process.deleteLater()
        open_requests, self._open = sorted(self._open), set()
        self._set_state(EngineState.ABSENT)
        for request in open_requests:
            self.event_arrived.emit(protocol.Failed(request, error.kind.value, error.values))
        self.died.emit(error)

    def _on_watch(self) -> None:
        silence = monotonic() - self._last_frame
        if silence > HANG_SECONDS:
            self.kill(KnownError(ErrorKind.ENGINE_HUNG, seconds=int(HANG_SECONDS)))

    def _on_cancel_overdue(self, target: int) -> None:
        if target in self._open:
            self.kill(KnownError(ErrorKind.ENGINE_HUNG, seconds=CANCEL_MS // 1000))

    # ---- listening ---------------------------------------------------------------------------------

    def _on_stderr(self) -> None:
        if self._process is None:
            return
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        for line in text.splitlines():
            self._stderr.append(line[:500])
            _log.info("engine: %s", line[:500])

    def _on_stdout(self) -> None:
        if self._process is None:
            return
        said = self._process.readAllStandardOutput().data()
        if self._reason is not None:
            return  # it is being ended: what it still says counts for nothing, not even a last word
        self._buffer += said
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[: end + 1])
            del self._buffer[: end + 1]
            if not self._take(line):
                return
        if len(self._buffer) > protocol.FRAME_LIMIT:
            self._on_garbage(f"frame over {protocol.FRAME_LIMIT} bytes")

    def _take(self, line: bytes) -> bool:
        try:
            event = wire.decode_event(line)
        except wire.BadFrameError as error:
            self._on_garbage(str(error))
            return False
        self._last_frame = monotonic()
        self._dispatch(event)
        return self._process is not None

    def _dispatch(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.Alive):
            return
        if isinstance(event, protocol.Hello):
            self.hello = event
            if event.protocol != protocol.PROTOCOL:
                self._on_garbage(f"protocol {event.protocol}")
                return
            self._set_state(EngineState.UP)
        elif event.id not in self._open:
            return  # an answer to what nobody waits for any more
        elif isinstance(event, _LAST_EVENTS):
            self._open.discard(event.id)
        self.event_arrived.emit(event)

    def _on_garbage(self, detail: str) -> None:
        _log.warning("engine: bad frame: %s", detail)
        self._buffer.clear()
        self.kill(KnownError(ErrorKind.ENGINE_GARBAGE, detail=detail))


def failure_of(event: protocol.Failed) -> KnownError:
    """Give what a child says went wrong; a kind that nobody knows is garbage on the wire."""
    try:
        kind = ErrorKind(event.kind)
    except ValueError:
        return KnownError(ErrorKind.ENGINE_GARBAGE, detail=event.kind[:200])
    return KnownError(kind, **{name: value for name, value in event.values.items() if name != "kind"})


_LAST_EVENTS = (
    protocol.Loaded,
    protocol.Unloaded,
    protocol.Counted,
    protocol.Measured,
    protocol.Done,
    protocol.Replayed,
    protocol.Failed,
)
