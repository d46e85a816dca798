"""Knows what the hub was asked and what it answered; the asking is done in a process of its own."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from PySide6.QtCore import QObject, Signal

from hermes_desktop import machine
from hermes_desktop.app import errands
from hermes_desktop.app.errands import ErrandProcess
from hermes_desktop.app.ledger import Ledger
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.token import TokenService
from hermes_desktop.containers import gguf
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.fit import Fit
from hermes_desktop.domain.model_file import KvType, ModelGeometry
from hermes_desktop.domain.repository import RemoteModel, Repository
from hermes_desktop.fitting import memory
from hermes_desktop.hub import catalogue, library, licences, search
from hermes_desktop.hub.errand import (
    AnyErrand,
    Contacted,
    Found,
    Looked,
    LookErrand,
    Moved,
    Peeked,
    PeekErrand,
    SearchErrand,
)
from hermes_desktop.hub.listing import Hub


class SearchService(QObject):
    """Ask the hub one thing at a time: which repositories, which files, what a header says."""

    busy_changed = Signal(bool)
    found = Signal(object)  # tuple of Repository
    looked = Signal(object)  # Shelf
    peeked = Signal(object, object)  # ModelHeader, ModelGeometry
    failed = Signal(object)  # KnownError

    def __init__(
        self,
        preferences: PreferencesService,
        ledger: Ledger,
        tokens: TokenService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences, self._ledger = preferences, ledger
        self._process = ErrandProcess(tokens, preferences, self)
        self._process.told.connect(self._on_told)
        self._process.failed.connect(self._on_failed)
        self._process.ended.connect(self._on_ended)
        self._asked_by = ""
        self._hosts: list[str] = []
        self._came = 0  # bytes
        self._answer: Found | Looked | Peeked | None = None

    @property
    def busy(self) -> bool:
        """Say whether the hub is being asked."""
        return bool(self._asked_by)

    @property
    def host(self) -> str:
        """Name the hub that would be asked."""
        return Hub(errands.endpoint(self._preferences)).host

    def search(self, text: str, *, endpoint: str = "") -> None:
        """Ask for repositories with GGUF files; the answer comes as `found`."""
        asked_by = self.tr("search for “{text}”").replace("{text}", text[: search.QUERY_LIMIT])
        self._start(SearchErrand(text, errands.endpoint(self._preferences, endpoint)), asked_by)

    def look(self, repository: str, *, revision: str = "", endpoint: str = "") -> None:
        """Ask what stands in a repository; the answer comes as `looked`."""
        asked_by = self.tr("files of {repository}").replace("{repository}", repository)
        address = errands.endpoint(self._preferences, endpoint)
        self._start(LookErrand(repository, revision or "main", address), asked_by)

    def peek(self, repository: str, file: str, *, revision: str = "", endpoint: str = "") -> None:
        """Read the header of a model on the hub; the answer comes as `peeked`."""
        asked_by = self.tr("header of {file}").replace("{file}", f"{repository}/{file}")
        address = errands.endpoint(self._preferences, endpoint)
        parts = tuple(part.as_posix() for part in gguf.parts(Path(file)))
        self._start(PeekErrand(repository, revision or "main", parts, address), asked_by)

    def cancel(self) -> None:
        """Ask no more; nothing is answered."""
        if self.busy:
            self._process.stop()
            self._end("cancelled")

    def _start(self, errand: AnyErrand, asked_by: str) -> None:
        self.cancel()
        if self._preferences.value.sealed:
            self.failed.emit(KnownError(ErrorKind.SEALED))
            return
        self._asked_by, self._came, self._answer = asked_by, 0, None
        self._hosts.clear()
        self.busy_changed.emit(True)
        self._process.start(errand)

    def _end(self, outcome: str) -> None:
        asked_by, self._asked_by = self._asked_by, ""
        self._ledger.note(asked_by, tuple(dict.fromkeys(self._hosts)), self._came, outcome)
        self.busy_changed.emit(False)

    def _on_told(self, frame: object) -> None:
        if isinstance(frame, Contacted):
            self._hosts.append(frame.host)
        elif isinstance(frame, Moved):
            self._came = max(self._came, frame.done)
        elif isinstance(frame, Found | Looked | Peeked):
            self._answer = frame

    def _on_failed(self, error: KnownError) -> None:
        self._end(error.kind.value)
        self.failed.emit(error)

    def _on_ended(self) -> None:
        answer = self._answer
        self._end("done")
        if isinstance(answer, Found):
            self.found.emit(answer.repositories)
        elif isinstance(answer, Looked):
            self.looked.emit(answer.shelf)
        elif isinstance(answer, Peeked):
            self.peeked.emit(answer.header, answer.geometry)
        else:
            self.failed.emit(KnownError(ErrorKind.DOWNLOAD_BROKE, detail="it answered nothing"))


def fit_of(
    geometry: ModelGeometry,
    context: int = memory.USUAL_CONTEXT,
    kv_type: KvType = KvType.F16,
    *,
    ram: int | None = None,
    rooms: Sequence[int] = (),
) -> Fit:
    """Lay a model into the memory that is free here, or into so much."""
    available = machine.main_memory()[0] if ram is None else ram
    return memory.fit(geometry, context, kv_type, ram=available, rooms=rooms)


def quality(model: RemoteModel) -> str:
    """Say in a few words what a quantisation costs in quality; "" where nothing is known of it."""
    return library.quantisation_note(model.quantisation)


def licence_page(repository: Repository) -> str:
    """Give the address of the Llama licence that governs a repository."""
    return licences.page(repository.accept)


def place_of(name: str) -> tuple[str, str] | None:
    """Read MAKER/MODEL or MAKER/MODEL/FILE.gguf; None for what is known without asking or has no such form.

    The second is "" where no file is named. What could be a file of this computer is no such name.
    """
    path = Path(name).expanduser()
    if path.is_file() or (path.suffix.casefold() == ".gguf" and path.parent.is_dir()):
        return None
    try:
        catalogue.find(name)
    except KnownError:
        maker, _, rest = name.partition("/")
        model, _, file = rest.partition("/")
        repository = f"{maker}/{model}"
        ends = PurePosixPath(file).suffix.casefold() == ".gguf" if file else not model.endswith(".gguf")
        return (repository, file) if search.is_repository(repository) and ends else None
    return None
