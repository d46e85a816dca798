"""Knows the access token for gated models and where it is kept; never shows it, and never on the disk itself.

The keyring of the system is asked in a thread of its own: it may wait for a person who unlocks it. It is not
asked before a token was kept there, which the settings remember.
"""

import logging
import os
import re
from collections.abc import Callable
from enum import StrEnum
from itertools import count
from queue import SimpleQueue
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal

from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.errors import ErrorKind, KnownError

_log = logging.getLogger(__name__)
VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
SECONDS = 30.0  # that a locked keyring may take
_SERVICE, _USER = "hermes-desktop", "hub access token"
_FORM = re.compile(r"[\x21-\x7e]{1,512}")


class TokenPlace(StrEnum):
    """Say where the token is."""

    NONE = "none"
    ENVIRONMENT = "environment"
    SESSION = "session"  # until the app ends
    KEYRING = "keyring"


class TokenService(QObject):
    """Keep, give and forget the access token."""

    changed = Signal()
    _answered = Signal(int, object)

    def __init__(
        self, preferences: PreferencesService, parent: QObject | None = None, *, seconds: float = SECONDS
    ) -> None:
        super().__init__(parent)
        self._preferences, self._seconds = preferences, seconds
        self._session = ""
        self._waiting: dict[int, Callable[[str], None]] = {}
        self._ids = count(1)
        self._work: SimpleQueue[tuple[int, Callable[[], str]]] = SimpleQueue()
        self._thread: Thread | None = None
        self._answered.connect(self._on_answered)

    @property
    def place(self) -> TokenPlace:
        """Say where the token is; a kept one may still be gone from the keyring."""
        if self._preferences.value.token_kept:
            return TokenPlace.KEYRING
        if self._session:
            return TokenPlace.SESSION
        return TokenPlace.ENVIRONMENT if _of_environment() else TokenPlace.NONE

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
        self._preferences.update(token_kept=False)  # what is there belongs to the token before
        self._run(lambda: _write(token), lambda kept: self._on_kept(token, kept))

    def forget(self) -> None:
        """Forget the token here and in the keyring."""
        was_given = self._session or self._preferences.value.token_kept
        self._session = ""
        self._preferences.update(token_kept=False)
        if was_given:  # even where the keyring has not answered yet: what it was given last goes, too
            self._run(_delete, lambda _: None)

    def ask(self, done: Callable[[str], None]) -> None:
        """Give the token to `done`, "" where there is none; the keyring may take its time."""
        if self._session or not self._preferences.value.token_kept:
            done(self._session or _of_environment())
        else:
            ticket = self._run(_read, lambda found: self._on_read(found, done))
            QTimer.singleShot(round(self._seconds * 1000), self, lambda: self._on_answered(ticket, ""))

    def _on_read(self, found: str, done: Callable[[str], None]) -> None:
        self._session = found
        done(found or _of_environment())

    def _on_kept(self, token: str, kept: str) -> None:
        if kept == token == self._session:
            self._preferences.update(token_kept=True)

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


def _of_environment() -> str:
    token = next((os.environ[name].strip() for name in VARIABLES if os.environ.get(name)), "")
    return token if _FORM.fullmatch(token) else ""


def _write(token: str) -> str:
    """Keep a token; give what the keyring then has, "" where it is no real one."""
    import keyring

    if keyring.get_keyring().priority < 1:  # none at all, or one that writes plain files
        return ""
    keyring.set_password(_SERVICE, _USER, token)
    return keyring.get_password(_SERVICE, _USER) or ""


def _read() -> str:
    import keyring

    found = keyring.get_password(_SERVICE, _USER) or ""
    return found if _FORM.fullmatch(found) else ""


def _delete() -> str:
    import keyring

    keyring.delete_password(_SERVICE, _USER)
    return ""
