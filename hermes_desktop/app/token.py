"""Knows a secret of a person, a token or a key, and where it is kept: never on the disk itself; not shown.

The keyring of the system is asked in a thread of its own: it may wait for a person who unlocks it. It is not
asked before something was kept there, which the settings remember.
"""

import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import count
from queue import SimpleQueue
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal

from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.errors import ErrorKind, KnownError

_log = logging.getLogger(__name__)
SECONDS = 30.0  # that a locked keyring may take
_SERVICE = "hermes-desktop"
_FORM = re.compile(r"[\x21-\x7e]{1,512}")


class TokenPlace(StrEnum):
    """Say where a secret is."""

    NONE = "none"
    ENVIRONMENT = "environment"
    SESSION = "session"  # until the app ends
    KEYRING = "keyring"


@dataclass(frozen=True, slots=True)
class Secret:
    """What is to be kept."""

    user: Callable[[], str]  # whose it is in the keyring
    variables: tuple[str, ...]  # of the environment that may hold it
    remembered: str  # the setting that says whether the keyring has it


HUB_TOKEN = Secret(lambda: "hub access token", ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"), "token_kept")


class TokenService(QObject):
    """Keep, give and forget one secret."""

    changed = Signal()
    _answered = Signal(int, object)

    def __init__(
        self,
        preferences: PreferencesService,
        parent: QObject | None = None,
        *,
        secret: Secret = HUB_TOKEN,
        seconds: float = SECONDS,
    ) -> None:
        super().__init__(parent)
        self._preferences, self._secret, self._seconds = preferences, secret, seconds
        self._session = ""
        self._waiting: dict[int, Callable[[str], None]] = {}
        self._ids = count(1)
        self._work: SimpleQueue[tuple[int, Callable[[], str]]] = SimpleQueue()
        self._thread: Thread | None = None
        self._answered.connect(self._on_answered)

    @property
    def place(self) -> TokenPlace:
        """Say where the token is; a kept one may still be gone from the keyring."""
        if self._kept:
            return TokenPlace.KEYRING
        if self._session:
            return TokenPlace.SESSION
        return TokenPlace.ENVIRONMENT if self.of_environment() else TokenPlace.NONE

    @property
    def busy(self) -> bool:
        """Say whether the keyring has not answered yet."""
        return bool(self._waiting)

    def keep(self, text: str) -> None:
        """Keep a token in the keyring, or where there is none until the app ends; raises TOKEN_FORM."""
        token = text.strip()
        if not _FORM.fullmatch(token):
            raise KnownError(ErrorKind.TOKEN_FORM)
        self._session = token
        self._note(kept=False)  # what is there belongs to the token before
        self._run(partial(_write, self._secret.user(), token), lambda kept: self._on_kept(token, kept))

    def forget(self) -> None:
        """Forget the token here and in the keyring."""
        was_given = self._session or self._kept
        self._session = ""
        self._note(kept=False)
        if was_given:  # even where the keyring has not answered yet: what it was given last goes, too
            self._run(partial(_delete, self._secret.user()), lambda _: None)

    def ask(self, done: Callable[[str], None]) -> None:
        """Give the token to `done`, "" where there is none; the keyring may take its time."""
        if self._session or not self._kept:
            done(self._session or self.of_environment())
        else:
            ticket = self._run(partial(_read, self._secret.user()), lambda found: self._on_read(found, done))
            QTimer.singleShot(round(self._seconds * 1000), self, lambda: self._on_answered(ticket, ""))

    def _on_read(self, found: str, done: Callable[[str], None]) -> None:
        self._session = found
        done(found or self.of_environment())

    def _on_kept(self, token: str, kept: str) -> None:
        if kept == token == self._session:
            self._note(kept=True)

    @property
    def _kept(self) -> bool:
        return bool(getattr(self._preferences.value, self._secret.remembered))

    def _note(self, *, kept: bool) -> None:
        self._preferences.update(**{self._secret.remembered: kept})

    def of_environment(self) -> str:
        """Give what a variable of the environment holds, "" where none does."""
        names = self._secret.variables
        token = next((os.environ[name].strip() for name in names if os.environ.get(name)), "")
        return token if _FORM.fullmatch(token) else ""

    def _run(self, work: Callable[[], str], done: Callable[[str], None]) -> int:
        ticket = next(self._ids)
        self._waiting[ticket] = done
        self._work.put((ticket, work))
        if self._thread is None:  # it may hang for ever, so nobody waits for it at the end
            self._thread = Thread(target=self._serve, name="keyring", daemon=True)
            self._thread.start()
        self.changed.emit()
        return ticket

    def _serve(self) -> None:
        """Do what is asked of the keyring, in order."""
        while True:
            ticket, work = self._work.get()
            try:
                found = work()
            except Exception as error:  # the kinds differ between systems, and may quote what they were given
                _log.warning("the keyring failed: %s", type(error).__name__)
                found = ""
            try:
                self._answered.emit(ticket, found)
            except RuntimeError:  # the app has ended meanwhile
                return

    def _on_answered(self, ticket: int, found: str) -> None:
        done = self._waiting.pop(ticket, None)
        if done is not None:
            done(found)
            self.changed.emit()


def _write(user: str, token: str) -> str:
    """Keep a token; give what the keyring then has, "" where it is no real one."""
    import keyring

    if keyring.get_keyring().priority < 1:  # none at all, or one that writes plain files
        return ""
    keyring.set_password(_SERVICE, user, token)
    return keyring.get_password(_SERVICE, user) or ""


def _read(user: str) -> str:
    import keyring

    found = keyring.get_password(_SERVICE, user) or ""
    return found if _FORM.fullmatch(found) else ""


def _delete(user: str) -> str:
    import keyring

    keyring.delete_password(_SERVICE, user)
    return ""
