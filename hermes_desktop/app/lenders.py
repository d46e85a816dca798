"""Knows the other computers that lend devices to this one, and which answer; not what lies on them."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from hermes_desktop.app import devices
from hermes_desktop.app.ledger import Ledger
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import ErrorKind, KnownError


class Lenders(QObject):
    """Ask the RPC servers that the person has named, before a model is loaded; most people name none."""

    def __init__(
        self,
        preferences: PreferencesService,
        tasks: Tasks,
        notices: NoticesService,
        ledger: Ledger,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences, self._tasks, self._notices, self._ledger = preferences, tasks, notices, ledger
        self.instead: tuple[str, ...] = ()  # of the settings, for one run of the program

    @property
    def named(self) -> tuple[str, ...]:
        """Give the addresses that are to be asked."""
        return self.instead or self._preferences.value.rpc_hosts

    def idle(self, *, borrowed: bool) -> tuple[str, ...]:
        """Give the addresses that may be asked just now: not while a model lies there, nor where sealed."""
        return () if borrowed or self._preferences.value.sealed else self.named

    def ask(self, done: Callable[[tuple[str, ...]], None]) -> None:
        """Give the addresses that answer; of the others is told. Nothing is opened where none is named."""
        if self.named and self._preferences.value.sealed:
            self._notices.post_error(KnownError(ErrorKind.SEALED))
            done(())
        elif self.named:
            asked = self.named
            self._tasks.run(partial(devices.unreachable, asked), partial(self._on_asked, asked, done))
        else:
            done(())

    def _on_asked(
        self, asked: tuple[str, ...], done: Callable[[tuple[str, ...]], None], failures: list[KnownError]
    ) -> None:
        for error in failures:
            self._notices.post_error(error)
        gone = {error.values.get("address") for error in failures}
        found = tuple(address for address in asked if address not in gone)
        who = self.tr("layers of a model on other computers")
        self._ledger.note(who, asked, 0, "done" if found else ErrorKind.RPC_UNREACHABLE.value)
        done(found)

    def note_look(self, asked: tuple[str, ...], outcome: str) -> None:
        """Write down that other computers were asked for their devices alone."""
        self._ledger.note(self.tr("devices of other computers"), asked, 0, outcome)
