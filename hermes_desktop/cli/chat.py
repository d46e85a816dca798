"""Knows a conversation in the terminal: read a line, show the reply; the services do the rest."""

import argparse
import dataclasses
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from hermes_desktop.app.chat import ChatState
from hermes_desktop.app.models import ModelState
from hermes_desktop.app.notices import Notice, NoticeKind
from hermes_desktop.app.services import Services
from hermes_desktop.cli.models import add_with_progress
from hermes_desktop.cli.output import Output
from hermes_desktop.cli.remote import asked_key
from hermes_desktop.domain.conversation import GenerationRecord, Message, Role
from hermes_desktop.domain.device import rpc_address
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import KvType, LoadOptions, ModelFile
from hermes_desktop.domain.remote import RemoteServer, remote_address
from hermes_desktop.domain.sampling import Sampling, clamped

_DEFAULT_PERSONA = "Hermes"
_HELP = "/regenerate  /continue  /undo  /help  /quit      an empty line continues, Ctrl+C stops a reply"


class TerminalChat(QObject):
    """Drive the chat service from the terminal; `ended` carries the exit status."""

    ended = Signal(int)
    _line_read = Signal(object)  # str, or None at the end of the input

    def __init__(self, services: Services, output: Output, arguments: argparse.Namespace) -> None:
        super().__init__()
        self._services = services
        self._chat = services.chat
        self._output = output
        self._arguments = arguments
        self._terminal = sys.stdin.isatty() and arguments.once is None
        self._answered = threading.Event()  # lets the reading thread take the next line
        self._shown = 0  # characters of the reply that stand on the terminal
        self._failure = False
        self._waiting = False  # for the end of a reply that was asked for
        self._replies: list[int] = []
        self._chat.answer_grew.connect(self._on_grew)
        self._chat.message_added.connect(self._on_message)
        self._chat.message_changed.connect(self._on_message)
        self._chat.state_changed.connect(self._on_state)
        services.models.load_progressed.connect(self._on_load_progressed)
        services.models.state_changed.connect(self._on_model_state)
        services.notices.posted.connect(self._on_notice)
        self._line_read.connect(self._on_line)

    def start(self) -> None:
        """Choose model and conversation, then say the first thing."""
        try:
            self._choose()
        except KnownError as error:
            self._output.error(error)
            self.ended.emit(1)
            return
        services = self._services
        services.notices.release()
        if self._failure:
            self.ended.emit(1)
            return
        if self._arguments.once is not None:
            self._say(self._arguments.once)
            return
        if self._terminal:
            self._introduce()
        threading.Thread(target=self._read_lines, daemon=True).start()

    # ---- before the first word ---------------------------------------------------------------------

    def _choose(self) -> None:
        arguments, services = self._arguments, self._services
        model = self._chosen_model()
        if arguments.conversation is not None:
            conversation = services.conversations.find(arguments.conversation)
            services.chat.open(conversation.id)
        else:
            services.chat.start(_persona_id(services, arguments.persona))
        if arguments.preset is not None:
            services.preferences.sampling_of(arguments.preset)
            services.chat.set_preset(arguments.preset)
        services.chat.sampling_override = _sampling(services.chat.sampling(), arguments)
        services.chat.exact = arguments.exact
        services.lenders.instead = tuple(rpc_address(address) for address in arguments.rpc)
        if model is not None:
            services.models.load(model.id, _load_options(services.preferences.value.load, arguments))
        else:
            self._output.words(f"Replies leave this computer: {services.remote.host}.")
            services.models.choose_last()

    def _chosen_model(self) -> ModelFile | None:
        """Find the model that is meant; None where a server plays."""
        arguments, remote = self._arguments, self._services.remote
        if arguments.remote is not None:
            address = remote_address(arguments.remote)
            remote.instead = RemoteServer(address, arguments.model or "", arguments.context or 0)
            remote.key_instead = asked_key() if arguments.ask_key else ""
        elif arguments.model is not None:
            remote.paused = True
        if remote.server is not None:
            return None
        return chosen_model(self._services, self._output, arguments.model)

    def _introduce(self) -> None:
        conversation, persona = self._chat.conversation, self._chat.persona
        assert conversation is not None
        assert persona is not None
        self._output.words(f"{persona.name} · conversation {conversation.id} · {_HELP}")
        for message in self._chat.page(limit=6):
            self._output.line(f"{message.name}: {message.text}")

    # ---- from the person ---------------------------------------------------------------------------

    def _read_lines(self) -> None:
        # On a thread of its own: reading a terminal blocks.
        for line in sys.stdin:
            self._line_read.emit(line.rstrip("\n"))
            self._answered.wait()
            self._answered.clear()
        self._line_read.emit(None)

    def _on_line(self, line: str | None) -> None:
        if line is None or line.strip() == "/quit":
            self._end()
        elif line.startswith("/"):
            self._command(line.strip())
        elif not line.strip() and not self._terminal:
            self._answered.set()  # an empty line of a file says nothing
        else:
            self._say(line)

    def _command(self, line: str) -> None:
        acts = {"/regenerate": self._chat.regenerate, "/continue": self._chat.continue_reply}
        if line in acts:
            self._ask(acts[line])
            return
        if line == "/undo":
            self._chat.undo()
            last = self._chat.last()
            self._output.line(f"{last.name}: {last.text}" if last else "")
        else:
            self._output.words(_HELP)
        self._answered.set()

    def _say(self, text: str) -> None:
        self._ask(lambda: self._chat.send(text))

    def _ask(self, act: Any) -> None:
        self._shown = 0
        self._waiting = True
        act()

    def interrupt(self) -> None:
        """Stop the reply, or end where there is none; what Ctrl+C does."""
        if self._chat.state is ChatState.IDLE:
            self._end()
        else:
            self._chat.stop()

    # ---- from the persona --------------------------------------------------------------------------

    def _on_grew(self, _message_id: int, text: str) -> None:
        if self._output.as_json:
            return
        if self._shown == 0:
            self._output.status("")
            if self._terminal and self._chat.persona is not None:
                self._output.stream(f"{self._chat.persona.fields.spoken_name}: ")
        self._output.stream(text[self._shown :])
        self._shown = len(text)

    def _on_message(self, message: Message) -> None:
        if message.role is Role.ASSISTANT and message.id not in self._replies and self._waiting:
            self._replies.append(message.id)
        if message.role is Role.ASSISTANT and self._waiting:
            self._on_grew(message.id, message.text)  # what came after the last time it was told to have grown

    def _on_state(self, state: ChatState) -> None:
        if state is ChatState.WAITING and not self._output.as_json:
            self._output.status("loading the model…")
        if state is ChatState.IDLE and self._waiting:
            # After the event that ended the reply has gone its whole way.
            QTimer.singleShot(0, self, self._on_answered)

    def _on_load_progressed(self, fraction: float) -> None:
        self._output.status(f"loading the model… {fraction:.0%}")

    def _on_model_state(self, state: ModelState) -> None:
        if state is ModelState.READY and self._chat.ignored:
            self._output.words(
                f"{self._services.remote.host} does not take: {', '.join(self._chat.ignored)}."
            )
        if state is ModelState.FAILED and self._waiting:
            self._on_answered()

    def _on_notice(self, notice: Notice) -> None:
        self._output.status("")
        self._output.words(f"{notice.text} {notice.hint}".strip())
        if notice.kind is NoticeKind.ERROR:
            self._failure = True
            if self._waiting and self._chat.state is ChatState.IDLE:
                QTimer.singleShot(0, self, self._on_answered)

    def _on_answered(self) -> None:
        if not self._waiting:
            return
        self._waiting = False
        if self._arguments.once is not None:
            self._after_once()
            return
        if self._shown:
            self._output.line("")
        if self._output.as_json and self._replies:
            self._output.document_line(self._reply_document(self._replies[-1]))
        self._replies.clear()
        self._answered.set()

    # ---- the end -----------------------------------------------------------------------------------

    def _after_once(self) -> None:
        if self._failure or not self._replies:
            self._end(1)
            return
        if len(self._replies) < self._arguments.alternatives:
            if self._shown:
                self._output.line("\n")
            self._ask(self._chat.regenerate)
            return
        if self._output.as_json:
            document = self._reply_document(self._replies[-1])
            if self._arguments.alternatives > 1:
                document["alternatives"] = [self._reply_document(item) for item in self._replies]
            self._output.document(document)
        elif self._shown:
            self._output.line("")
        self._end()

    def _reply_document(self, message_id: int) -> dict[str, Any]:
        message, record = self._services.conversations.reply(message_id)
        document: dict[str, Any] = {
            "conversation_id": message.conversation_id,
            "message_id": message.id,
            "text": message.text,
            "stop_reason": message.stop_reason.value if message.stop_reason else None,
        }
        if record is not None:
            document |= _figures(record)
        return document

    def _end(self, status: int = 0) -> None:
        self.ended.emit(status)


def _figures(record: GenerationRecord) -> dict[str, Any]:
    devices = [item.rpartition(":") for item in record.devices]
    return {
        "seed": record.seed,
        "prompt_tokens": record.prompt_tokens,
        "evaluated_tokens": record.evaluated_tokens,
        "kept_tokens": record.kept_tokens,
        "shifted_tokens": record.shifted_tokens,
        "generated_tokens": record.generated_tokens,
        "first_token_ms": record.first_token_ms,
        "tokens_per_second": record.tokens_per_second,
        "restored_from_snapshot": False,
        "model": {"name": record.model_name, "sha256": record.model_sha256},
        "devices": [{"name": name, "layers": int(layers)} for name, _, layers in devices],
    }


def chosen_model(services: Services, output: Output, name: str | None) -> ModelFile:
    """Find the model that is meant: by name, by file, or the usual one; raises a KnownError."""
    if name is None:
        usual = services.models.usual()
        if usual is None:
            raise KnownError(ErrorKind.MODEL_NONE)
        return usual
    if name.lower().endswith(".gguf") or Path(name).exists():
        return add_with_progress(services, output, Path(name))
    return services.models.find(name)


def _persona_id(services: Services, name: str | None) -> int:
    if name is not None:
        return services.personas.find(name).id
    personas = services.personas.all()
    for persona in personas:
        if persona.name == _DEFAULT_PERSONA:
            return persona.id
    if not personas:
        raise KnownError(ErrorKind.PERSONA_UNKNOWN, name=_DEFAULT_PERSONA)
    return personas[0].id


def _sampling(base: Sampling, arguments: argparse.Namespace) -> Sampling:
    given = {
        "seed": arguments.seed,
        "temperature": arguments.temperature,
        "max_tokens": arguments.max_tokens,
    }
    return clamped(dataclasses.replace(base, **{k: v for k, v in given.items() if v is not None}))


def _load_options(base: LoadOptions, arguments: argparse.Namespace) -> LoadOptions:
    return dataclasses.replace(
        base,
        context=arguments.context or base.context,
        kv_type=KvType(arguments.kv) if arguments.kv else base.kv_type,
        gpu_layers=base.gpu_layers if arguments.gpu_layers is None else arguments.gpu_layers,
    )


class InterruptWatch(QObject):
    """Turn SIGINT and SIGTERM into signals of the event loop, by a wake-up descriptor."""

    interrupted = Signal()
    terminated = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        signal.set_wakeup_fd(self._far.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # the byte on the wake-up descriptor says it all
        self._notifier = QSocketNotifier(self._near.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_activated)

    def _on_activated(self) -> None:
        for number in os.read(self._near.fileno(), 64):
            if number == signal.SIGINT:
                self.interrupted.emit()
            elif number == signal.SIGTERM:
                self.terminated.emit()
