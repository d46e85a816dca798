"""Knows how one searches the hub for other models; the services ask and fetch."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hermes_desktop.app.downloads import DownloadsService
from hermes_desktop.app.search import SearchService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.download import DownloadState
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import ModelGeometry, ModelHeader
from hermes_desktop.domain.repository import Repository, Shelf
from hermes_desktop.ui.models.shelf import ForeignLicence, ModelRow, RepositoryRow
from hermes_desktop.ui.pieces import button, card, column, note

_FIRST = 12  # repositories that are shown at once


class SearchPanel(QWidget):
    """Search, look into a repository, estimate, fetch; one thing at a time."""

    begun = Signal(int)  # id of a download
    read_asked = Signal(str)  # address of a licence

    def __init__(self, search: SearchService, downloads: DownloadsService) -> None:
        super().__init__()
        self._search, self._downloads = search, downloads
        self._shown: list[RepositoryRow] = []
        self._hidden: tuple[Repository, ...] = ()
        self._looking: RepositoryRow | None = None
        self._reading: ModelRow | None = None
        self._text = QLineEdit()
        self._text.setPlaceholderText(self.tr("Name of a model or of its maker"))
        self._text.setAccessibleName(self.tr("Search the hub"))
        self._text.setMaxLength(200)
        self._text.returnPressed.connect(self._on_search)
        self._go = button(self.tr("Search"), "plain", self.tr("Search the hub now"))
        self._go.clicked.connect(self._on_search)
        self._stop = button(self.tr("Stop"), "plain", self.tr("Stop asking the hub"))
        self._stop.clicked.connect(self._on_stop)
        self._stop.hide()
        self._explained = note("")
        self._said = note("")
        self._said.hide()
        self._frame = card()
        self._rows = QVBoxLayout(self._frame)
        self._rows.setContentsMargins(16, 16, 16, 16)
        self._rows.setSpacing(14)
        self._frame.hide()
        self._more = button(self.tr("Show more"), "link")
        self._more.clicked.connect(self._on_more)
        self._more.hide()
        self._licence = ForeignLicence(self)
        self._licence.accepted.connect(lambda row: self._fetch(row, accept=True))
        self._licence.read_asked.connect(self.read_asked)
        self._build()
        search.busy_changed.connect(self._on_busy)
        search.found.connect(self._on_found)
        search.looked.connect(self._on_looked)
        search.peeked.connect(self._on_peeked)
        search.failed.connect(self._on_failed)
        downloads.changed.connect(self._show_downloads)

    def showEvent(self, event: QShowEvent) -> None:
        """Name the hub that would be asked; the settings may have changed."""
        text = self.tr(
            "Asks {host} when you press Enter, never while you type. Anybody can publish there: look at who "
            "made a model. Every file is verified by the hash that the hub gives."
        )
        self._explained.setText(text.replace("{host}", self._search.host))
        super().showEvent(event)

    def _build(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._text, 1)
        line.addWidget(self._go)
        line.addWidget(self._stop)
        parts = (self._explained, line, self._said, self._frame, self._more)
        column(self, *parts, spacing=12)

    # ---- asking ------------------------------------------------------------------------------------

    def _on_search(self) -> None:
        text = self._text.text().strip()
        if text:
            self._clear()
            self._say(self.tr("Asking {host}…").replace("{host}", self._search.host))
            self._search.search(text)

    def _look(self, row: RepositoryRow) -> None:
        self._settle()
        self._say(self.tr("Asking what {name} has…").replace("{name}", row.repository.name))
        self._looking = row
        self._search.look(row.repository.name)

    def _peek(self, row: ModelRow) -> None:
        self._settle()
        row.show_reading(True)
        self._reading = row
        self._search.peek(row.repository.name, row.model.file, revision=row.commit)

    def _on_stop(self) -> None:
        self._search.cancel()
        self._settle()

    def _settle(self) -> None:
        """Forget what was being asked."""
        if self._reading is not None:
            self._reading.show_reading(False)
        self._looking = self._reading = None
        self._say("")

    # ---- answers -----------------------------------------------------------------------------------

    def _on_busy(self, busy: bool) -> None:
        if self._stop.hasFocus():
            self._text.setFocus()
        self._stop.setVisible(busy)
        self._go.setVisible(not busy)

    def _on_found(self, found: tuple[Repository, ...]) -> None:
        self._settle()
        if not found:
            text = self.tr("No repository with GGUF files has “{text}” in its name.")
            self._say(text.replace("{text}", self._text.text().strip()))
        self._hidden = found
        self._frame.setVisible(bool(found))
        self._on_more()

    def _on_more(self) -> None:
        """Show the next ones, the first time a few."""
        count = len(self._hidden) if self._shown else _FIRST
        now, self._hidden = self._hidden[:count], self._hidden[count:]
        for repository in now:
            row = RepositoryRow(repository)
            row.look_asked.connect(lambda row=row: self._look(row))
            self._rows.addWidget(row)
            self._shown.append(row)
        self._more.setVisible(bool(self._hidden))
        text = self.tr("Show {n} more").replace("{n}", str(len(self._hidden)))
        self._more.setText(text)
        self._more.setAccessibleName(text)

    def _on_looked(self, shelf: Shelf) -> None:
        looking = self._looking
        self._settle()
        if looking is not None:
            rows = looking.show_shelf(shelf)
            for row in rows:
                row.peek_asked.connect(lambda row=row: self._peek(row))
                row.wanted.connect(lambda row=row: self._on_wanted(row))
            self._show_downloads()
            if rows:
                rows[0].take_focus()

    def _on_peeked(self, header: ModelHeader, geometry: ModelGeometry) -> None:
        if self._reading is not None:
            self._reading.show_estimate(header, geometry)
            self._reading = None

    def _on_failed(self, error: KnownError) -> None:
        reading = self._reading
        self._settle()
        if reading is not None:
            reading.show_error(error)
        else:
            words = sentence(error)
            self._say(f"{words.text} {words.hint}", "warning")

    def _say(self, text: str, role: str = "note") -> None:
        self._said.setProperty("role", role)
        self._said.style().polish(self._said)
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def _clear(self) -> None:
        self._settle()
        self._licence.hide()
        self._licence.setParent(self)  # the row that it stands under goes
        for row in self._shown:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._shown, self._hidden = [], ()
        self._frame.hide()
        self._more.hide()

    # ---- fetching ----------------------------------------------------------------------------------

    def _on_wanted(self, row: ModelRow) -> None:
        licence = row.repository.accept
        if licence and self._downloads.needs_licence(licence):
            self._licence.ask(row)
        else:
            self._fetch(row)

    def _fetch(self, row: ModelRow, *, accept: bool = False) -> None:
        try:
            begun = self._downloads.start(row.name, revision=row.commit, accept=accept)
        except KnownError as error:
            self._on_failed(error)
            return
        self.begun.emit(begun.id)

    def _show_downloads(self, *_anything: object) -> None:
        states = (each for each in self._downloads.all() if each.state is not DownloadState.DONE)
        names = {each.name for each in states}
        for row in (row for repository in self._shown for row in repository.rows):
            row.show_busy(row.name in names)
