"""Knows how a server on another computer answers commands in the place of a model; not how HTTP works."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from time import monotonic
from typing import Any, TypeVar

import httpx2

from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.fit import Memory
from hermes_desktop.domain.model_file import DeviceShare, KvType, LoadedModel
from hermes_desktop.domain.prompt import Budget, Prompt
from hermes_desktop.domain.remote import Served
from hermes_desktop.engine import protocol, served
from hermes_desktop.engine.backend import Backend, Emit, Ticket
from hermes_desktop.engine.counting import Counts
from hermes_desktop.engine.served_reply import Held, ServedReply
from hermes_desktop.engine.server import Server

T = TypeVar("T")


class Remote(Backend):
    """Serve one server. What waits for it runs in an event loop of its own, to be left at once."""

    def __init__(self) -> None:
        self._held: Held | None = None
        self._running: Future[Any] | None = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="connections", daemon=True).start()

    def hello(self) -> protocol.Hello:
        return protocol.Hello(protocol.PROTOCOL, "remote", f"httpx2 {httpx2.__version__}", gpu_offload=False)

    def load(self, command: protocol.Load, emit: Emit, ticket: Ticket) -> None:  # noqa: ARG002 - it refuses
        raise KnownError(ErrorKind.ENGINE_LOAD_FAILED, path=command.path, detail="no files")

    def connect(self, command: protocol.Connect, emit: Emit, ticket: Ticket) -> None:
        self.unload()
        started = monotonic()
        server = Server(command.server, command.key, command.proxy)
        try:
            held = self._job(_held(server, command), ticket)
        except CancelledError as error:
            address = command.server.address
            self._start(server.close())
            raise KnownError(ErrorKind.ENGINE_LOAD_FAILED, path=address, detail="cancelled") from error
        except BaseException:
            self._start(server.close())
            raise
        self._held = held
        emit(protocol.LoadProgress(command.id, 1.0))
        emit(protocol.Loaded(command.id, _described(held, monotonic() - started)))

    def unload(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._start(held.server.close())

    def generate(self, command: protocol.Generate, emit: Emit, ticket: Ticket) -> None:
        reply = ServedReply(self._need(), command, emit)
        try:
            reason = self._job(reply.write(), ticket)
        except CancelledError:
            reason = StopReason.CANCELLED
        emit(reply.done(reason))

    def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        counts = self._need().counts
        self._start(counts.learn(texts)).result()
        return tuple(counts.of(text) for text in texts)

    def measure(self, prompt: Prompt, reserve: int) -> Budget:
        return self._start(self._need().fit(prompt.opened()[0], reserve)).result().budget

    def interrupt(self) -> None:
        running = self._running
        if running is not None:
            running.cancel()  # in its loop, whatever it waits for; the connection is closed

    def resume(self) -> None:
        self._running = None

    def _need(self) -> Held:
        if self._held is None:
            raise KnownError(ErrorKind.MODEL_NONE)
        return self._held

    def _job(self, work: Coroutine[Any, Any, T], ticket: Ticket) -> T:
        """Do what can be interrupted; raises CancelledError where it was."""
        running = self._start(work)
        self._running = running
        if ticket.cancelled:  # before there was anything to interrupt
            running.cancel()
        return running.result()

    def _start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)


async def _held(server: Server, command: protocol.Connect) -> Held:
    found = await served.find(server, command.server)
    form = found.form(command.server.form)
    return Held(server, command.server, found, form, found.context, Counts(server, found.counter))


def _described(held: Held, seconds: float) -> LoadedModel:
    found, host = held.found, held.server.host
    told = Served(host, found.kind.value, held.form, held.counts.exact, found.context_told, found.unknown)
    return LoadedModel(
        path="",
        name=found.model,
        quantisation="",
        context=held.context,
        kv_type=KvType.F16,
        layers=0,
        devices=(DeviceShare(host, 0),),
        threads=0,
        batch=0,
        mmap=False,
        flash_attention=False,
        build=f"{found.kind.value or 'server'} at {host}",
        template=held.form.value,
        template_hash=held.form.value,
        tokenizer_hash="",
        load_seconds=seconds,
        size=0,
        allocated=Memory(0, 0, 0),
        served=told,
    )
