"""Knows how an engine child lives: its wire, its threads, what goes first, how it dies; not what it computes.

One thread reads commands, one beats, one counts, and the main thread does the long work, one job at a time.
"""

import logging
import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

from hermes_desktop import machine
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.engine import protocol, wire
from hermes_desktop.engine.backend import Backend, Emit, Ticket, unwritten
from hermes_desktop.engine.kinds import make

log = logging.getLogger(__name__)

Job = protocol.Load | protocol.Connect | protocol.Unload | protocol.Generate | protocol.Replay
_LAST_EVENTS = (protocol.Loaded, protocol.Unloaded, protocol.Done, protocol.Replayed, protocol.Failed)


def main(arguments: Sequence[str]) -> NoReturn:
    """Run the child named by the arguments until stdin ends: `llama`, `remote`, `scripted --script FILE`."""
    wire_descriptor = _guard_stdout()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the parent
    machine.die_with_parent()
    machine.be_first_to_go()
    line = Line(wire_descriptor)
    Worker(make(arguments, line.write), line).run()


def _guard_stdout() -> int:
    """Keep the wire for ourselves: whatever prints to stdout from now on, in C too, goes to stderr."""
    kept = os.dup(1)
    os.dup2(2, 1)
    return kept


class Line:
    """Write frames, whole ones, from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def emit(self, event: protocol.Event) -> None:
        """Send an event."""
        self.write(wire.encode(event))

    def write(self, data: bytes) -> None:
        """Send bytes; a parent that has gone ends the child."""
        rest = memoryview(data)
        with self._lock:
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except BrokenPipeError:
                _leave()


def _leave() -> NoReturn:
    """End at once, in whatever native call another thread is: the child owns no data."""
    os._exit(0)


@dataclass(slots=True)
class _Task:
    command: Job
    ticket: Ticket = field(default_factory=Ticket)
    over: bool = False  # its last word is on the wire, or about to be

    @property
    def background(self) -> bool:
        command = self.command
        return isinstance(command, protocol.Replay) or (
            isinstance(command, protocol.Generate) and command.background
        )

    @property
    def foreground(self) -> bool:
        return isinstance(self.command, protocol.Generate) and not self.command.background


class Worker:
    """Take commands in, give jobs out, see to it that every request is answered."""

    def __init__(self, backend: Backend, line: Line) -> None:
        self._backend = backend
        self._line = line
        self._waiting: deque[_Task] = deque()
        self._running: _Task | None = None
        self._changed = threading.Condition()
        self._questions: queue.SimpleQueue[protocol.Count | protocol.Measure] = queue.SimpleQueue()

    def run(self) -> NoReturn:
        """Serve until the parent says so or goes."""
        self._line.emit(self._backend.hello())
        for work in (self._read, self._beat, self._answer_questions):
            threading.Thread(target=work, name=work.__name__, daemon=True).start()
        while True:
            self._work(self._next())

    # ---- the reading thread ---------------------------------------------------------------------------

    def _read(self) -> None:
        stream = sys.stdin.buffer
        while line := stream.readline(protocol.FRAME_LIMIT + 1):
            if not line.endswith(b"\n"):
                log.warning("frame over %d bytes ignored", protocol.FRAME_LIMIT)
                while line and not line.endswith(b"\n"):
                    line = stream.readline(protocol.FRAME_LIMIT)
                continue
            try:
                self._take(wire.decode_command(line))
            except wire.BadFrameError as error:
                log.warning("bad frame ignored: %s", error)
        _leave()

    def _take(self, command: protocol.Command) -> None:
        if isinstance(command, protocol.Quit):
            _leave()
        if isinstance(command, protocol.Cancel):
            self._cancel(lambda task: task.command.id == command.target)
        elif isinstance(command, protocol.Count | protocol.Measure):
            self._questions.put(command)
        else:
            self._enqueue(_Task(command))

    def _enqueue(self, task: _Task) -> None:
        with self._changed:
            if task.foreground and any(other.foreground for other in self._wanted()):
                self._line.emit(protocol.Failed(task.command.id, ErrorKind.BUSY.value, {}))
                return
            if task.foreground:
                self._cancel(lambda other: other.background)
            elif not task.background:  # another model: whatever the present one is asked for is void
                self._cancel(lambda _: True)
            self._waiting.append(task)
            self._changed.notify()

    def _cancel(self, chosen: Callable[[_Task], bool]) -> None:
        with self._changed:
            for task in self._wanted():
                if chosen(task):
                    task.ticket.cancel()
                    if task is self._running:
                        self._backend.interrupt()

    def _wanted(self) -> list[_Task]:
        """List the tasks that run or wait and that nobody has cancelled."""
        running = [] if self._running is None else [self._running]
        return [task for task in (*running, *self._waiting) if not (task.ticket.cancelled or task.over)]

    # ---- the main thread --------------------------------------------------------------------------------

    def _next(self) -> _Task:
        """Wait for a task; the background ones come last."""
        with self._changed:
            self._running = None
            self._changed.wait_for(lambda: bool(self._waiting))
            task = next((task for task in self._waiting if not task.background), self._waiting[0])
            self._waiting.remove(task)
            self._running = task
            self._backend.resume()
            return task

    def _work(self, task: _Task) -> None:
        command, emit = task.command, partial(self._emit_for, task)
        if task.ticket.cancelled:
            self._line.emit(_given_up(command))
        elif isinstance(command, protocol.Load):
            self._door(command.id, emit, lambda: self._backend.load(command, emit, task.ticket))
        elif isinstance(command, protocol.Connect):
            self._door(command.id, emit, lambda: self._backend.connect(command, emit, task.ticket))
        elif isinstance(command, protocol.Unload):
            self._door(command.id, emit, lambda: self._unload(command))
        elif isinstance(command, protocol.Replay):
            self._door(command.id, emit, lambda: self._backend.replay(command, emit, task.ticket))
        else:
            self._door(command.id, emit, lambda: self._backend.generate(command, emit, task.ticket))

    def _emit_for(self, task: _Task, event: protocol.Event) -> None:
        """Send an event of a task; who hears its last one may ask for the next thing at once."""
        if isinstance(event, _LAST_EVENTS):
            with self._changed:
                task.over = True
        self._line.emit(event)

    def _unload(self, command: protocol.Unload) -> None:
        self._backend.unload()
        self._line.emit(protocol.Unloaded(command.id))

    def _door(self, id_: int, emit: Emit, work: Callable[[], None]) -> None:
        """Let nothing but the end of the process out of a request."""
        try:
            work()
        except KnownError as error:
            emit(protocol.Failed(id_, error.kind.value, error.values))
        except Exception as error:
            log.exception("request %d failed", id_)
            detail = f"{type(error).__name__}: {error}"[:500]
            emit(protocol.Failed(id_, ErrorKind.ENGINE_CRASHED.value, {"detail": detail}))

    # ---- the other threads ------------------------------------------------------------------------------

    def _beat(self) -> None:
        pause = threading.Event()
        while not pause.wait(protocol.HEARTBEAT_SECONDS):
            self._line.emit(protocol.Alive())

    def _answer_questions(self) -> None:
        while True:
            question = self._questions.get()
            self._door(question.id, self._line.emit, partial(self._answer, question))

    def _answer(self, question: protocol.Count | protocol.Measure) -> None:
        if isinstance(question, protocol.Count):
            self._line.emit(protocol.Counted(question.id, self._backend.count(question.texts)))
        else:
            budget = self._backend.measure(question.prompt, question.reserve)
            self._line.emit(protocol.Measured(question.id, budget))


def _given_up(command: Job) -> protocol.Event:
    """Answer a request that was cancelled before it began."""
    if isinstance(command, protocol.Generate):
        return unwritten(command.id)
    if isinstance(command, protocol.Replay):
        return protocol.Replayed(command.id, 0, cancelled=True)
    if isinstance(command, protocol.Unload):
        return protocol.Unloaded(command.id)
    path = command.path if isinstance(command, protocol.Load) else command.server.address
    values: dict[str, str | int] = {"path": path, "detail": "cancelled"}
    return protocol.Failed(command.id, ErrorKind.ENGINE_LOAD_FAILED.value, values)
