"""Knows the server that a person lets play, its key, and which models it offers; not what it writes."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.ledger import Ledger
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.app.token import Secret, TokenService
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.remote import KEY_VARIABLE, RemoteModel, RemoteServer, host_of, origin_of
from hermes_desktop.engine import protocol, wire

ENGINE = ("--engine", "remote")
_SECONDS = 60.0  # that a server may take to list its models
_ANSWER_LIMIT = 8 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    models: tuple[RemoteModel, ...]


def models_of(
    server: RemoteServer, key: str, proxy: str = "", command: Sequence[str] = ()
) -> list[RemoteModel]:
    """Ask a server which models it offers, in a throw-away process; raises KnownError."""
    frozen = getattr(sys, "frozen", False)
    own = [sys.executable, *([] if frozen else ["-m", "hermes_desktop"]), "--served"]
    question = wire.encode(protocol.Connect(1, server, key, proxy))
    host = host_of(server.address)
    try:
        ended = subprocess.run(
            list(command) or own, input=question, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise KnownError(ErrorKind.REMOTE_SILENT, host=host, seconds=int(_SECONDS)) from error
    try:
        fields = json.loads(ended.stdout[:_ANSWER_LIMIT])
        if "error" in fields:
            raise KnownError(ErrorKind(fields["error"]), **fields["values"])
        answer: _Answer = wire.build(_Answer, fields)
    except (ValueError, TypeError, KeyError, wire.BadFrameError) as error:
        raise KnownError(ErrorKind.REMOTE_ANSWER, host=host, reason="no list of models") from error
    return list(answer.models)


class Remote(QObject):
    """Hold the server that plays in the place of a model on this computer; off until somebody turns it on."""

    changed = Signal()  # the server, or whether it plays
    switched = Signal()  # another one is to play from now on
    models_found = Signal(list)  # RemoteModel
    models_failed = Signal(object)  # KnownError

    def __init__(
        self,
        preferences: PreferencesService,
        tasks: Tasks,
        ledger: Ledger,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences, self._tasks, self._ledger = preferences, tasks, ledger
        secret = Secret(self._user, (KEY_VARIABLE,), "remote_key_kept")
        self.keys = TokenService(preferences, self, secret=secret)
        self.instead: RemoteServer | None = None  # of the settings, for one run of the program
        self.key_instead = ""
        self.paused = False  # for one run of the program: a model on this computer was named
        self.engine: Sequence[str] = ENGINE
        self.asking = False

    @property
    def server(self) -> RemoteServer | None:
        """Give what is to play; None: a model on this computer."""
        value = self._preferences.value
        if self.paused or self.instead is not None:
            return self.instead
        return value.remote if value.remote_on and value.remote.address else None

    @property
    def host(self) -> str:
        """Name the computer that replies come from; "" for this one."""
        return host_of(self.server.address) if self.server is not None else ""

    @property
    def known(self) -> RemoteServer:
        """Give the server that is set up, whether it plays or not."""
        return self._preferences.value.remote

    def set_up(self, server: RemoteServer) -> None:
        """Keep how a server is reached. Its key belongs to it: that of another one is forgotten."""
        before = self.known
        if server == before:
            return
        if origin_of(server.address) != origin_of(before.address):
            self.keys.forget()
        self._preferences.update(remote=server)
        self.changed.emit()
        if self.server is not None:
            self.switched.emit()

    def turn(self, *, on: bool) -> None:
        """Let the server play, or a model on this computer again."""
        if on != self._preferences.value.remote_on:
            self._preferences.update(remote_on=on)
            self.changed.emit()
            self.switched.emit()

    def leave(self) -> None:
        """Have a model on this computer play, since somebody has chosen one."""
        if not self.paused and self._preferences.value.remote_on:
            self._preferences.update(remote_on=False)
            self.changed.emit()

    # ---- asking ------------------------------------------------------------------------------------

    def ask(self, done: Callable[[protocol.Connect], None], failed: Callable[[KnownError], None]) -> None:
        """Give what the engine is to be told, without its id; the keyring may take its time."""
        server = self.server
        if self._preferences.value.sealed or server is None:
            failed(KnownError(ErrorKind.SEALED))
            return
        frame = protocol.Connect(0, server, proxy=self._preferences.value.proxy)
        self._ask_key(server, lambda key: done(replace(frame, key=key)))

    def _ask_key(self, server: RemoteServer, done: Callable[[str], None]) -> None:
        kept_for = origin_of(self.known.address)
        if self.key_instead or origin_of(server.address) != kept_for:
            done(self.key_instead or self.keys.of_environment())
        else:
            self.keys.ask(done)

    def list_models(self, server: RemoteServer) -> None:
        """Ask which models a server offers; the answer comes as a signal."""
        if self.asking:
            return
        if self._preferences.value.sealed:
            self.models_failed.emit(KnownError(ErrorKind.SEALED))
            return
        self.asking = True
        self.changed.emit()
        self._ask_key(server, partial(self._list, server))

    def _list(self, server: RemoteServer, key: str) -> None:
        work = partial(models_of, server, key, self._preferences.value.proxy)
        self._tasks.run(work, partial(self._on_listed, server), partial(self._on_not_listed, server))

    def _on_listed(self, server: RemoteServer, found: list[RemoteModel]) -> None:
        self._asked(server, "done")
        self.models_found.emit(found)

    def _on_not_listed(self, server: RemoteServer, error: KnownError) -> None:
        self._asked(server, error.kind.value)
        self.models_failed.emit(error)

    def _asked(self, server: RemoteServer, outcome: str) -> None:
        self.asking = False
        self._note(self.tr("the models of a server"), host_of(server.address), 0, outcome)
        self.changed.emit()

    # ---- the ledger --------------------------------------------------------------------------------

    def note_event(self, event: protocol.Event) -> None:
        """Write down what was opened for a reply, or to reach the server."""
        host = self.host
        if not host:
            return
        if isinstance(event, protocol.Loaded) and event.model.served is not None:
            self._note(self.tr("the server that plays"), host, 0, "done")
        elif isinstance(event, protocol.Done):
            self._note(
                self.tr("a reply of a server"), host, len(event.text.encode("utf-8", "replace")), "done"
            )
        elif isinstance(event, protocol.Failed) and event.kind.startswith("remote_"):
            self._note(self.tr("a server"), host, 0, event.kind)

    def _note(self, who: str, host: str, received: int, outcome: str) -> None:
        self._ledger.note(who, (host,), received, outcome)

    def _user(self) -> str:
        return f"key of {origin_of(self.known.address)}"
