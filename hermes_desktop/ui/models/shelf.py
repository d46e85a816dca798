"""Knows how repositories of the hub and the models in them are shown, and how their licence is asked."""

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hermes_desktop.app import offers, search
from hermes_desktop.app.sentences import byte_size, sentence
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import ModelGeometry, ModelHeader
from hermes_desktop.domain.repository import RemoteModel, Repository, Shelf
from hermes_desktop.ui.models.card import parameters_words
from hermes_desktop.ui.pieces import button, card, column, heading, note, soft, words


class ModelRow(QWidget):
    """Show one model of a repository; estimate or fetch it."""

    peek_asked = Signal()
    wanted = Signal()

    def __init__(self, shelf: Shelf, model: RemoteModel) -> None:
        super().__init__()
        self.model, self.repository, self.commit = model, shelf.repository, shelf.commit
        self._said = note("")
        self._said.hide()
        self._peek = button(
            self.tr("Will it fit?"), "link", self.tr("Will {file} fit?").replace("{file}", model.file)
        )
        self._peek.setToolTip(self.tr("Reads the first megabytes of the file, not the whole."))
        self._peek.clicked.connect(self.peek_asked)
        size = byte_size(model.size)
        said = self.tr("Download {file}, {size}").replace("{size}", size).replace("{file}", model.file)
        self._fetch = button(self.tr("Download {size}").replace("{size}", size), "plain", said)
        self._fetch.clicked.connect(self.wanted)
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(soft(model.quantisation or self.tr("Mixture not named")))
        top.addStretch(1)
        top.addWidget(self._peek)
        top.addWidget(self._fetch)
        self._lines = column(self, top, note(_figures(model)), self._said, spacing=3)

    @property
    def name(self) -> str:
        """Name the model as a download is named."""
        return f"{self.repository.name}/{self.model.file}"

    def take_focus(self) -> None:
        """Let the keyboard act on this model."""
        self._fetch.setFocus()

    def show_below(self, panel: QWidget) -> None:
        """Put a question that concerns this model under it."""
        self._lines.addWidget(panel)

    def show_busy(self, busy: bool) -> None:
        """Offer nothing that is on its way already."""
        self._fetch.setEnabled(not busy)

    def show_reading(self, reading: bool) -> None:
        """Say that the header is being read, or nothing."""
        self._say(self.tr("Reading its header…") if reading else "", "note")

    def show_estimate(self, header: ModelHeader, geometry: ModelGeometry) -> None:
        """Say what the model is and whether it fits."""
        facts = self.tr("{parameters}, trained for {context} tokens.")
        facts = facts.replace("{parameters}", parameters_words(header.parameters))
        parts = [facts.replace("{context}", f"{header.context:,}"), offers.advice(search.fit_of(geometry))]
        if not header.template:
            parts.append(self.tr("It has no chat template of its own."))
        self._say(" ".join(parts), "note")

    def show_error(self, error: KnownError) -> None:
        """Say why there is no estimate."""
        said = sentence(error)
        self._say(f"{said.text} {said.hint}", "warning")

    def _say(self, text: str, role: str) -> None:
        self._said.setProperty("role", role)
        self._said.style().polish(self._said)
        self._said.setText(text)
        self._said.setVisible(bool(text))


class RepositoryRow(QWidget):
    """Show one repository; its models stand under it when they were asked for."""

    look_asked = Signal()

    def __init__(self, repository: Repository) -> None:
        super().__init__()
        self.repository = repository
        self.rows: list[ModelRow] = []
        self._open = button(
            self.tr("Show files"),
            "plain",
            self.tr("Show the files of {name}").replace("{name}", repository.name),
        )
        self._open.clicked.connect(self.look_asked)
        self._inside = QWidget()
        self._models = QVBoxLayout(self._inside)
        self._models.setContentsMargins(16, 8, 0, 8)
        self._models.setSpacing(12)
        self._inside.hide()
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addWidget(words(repository.name))
        lines.addWidget(note(_about(repository)))
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addLayout(lines, 1)
        top.addWidget(self._open, 0, Qt.AlignmentFlag.AlignVCenter)
        column(self, top, self._inside, spacing=3)

    def show_shelf(self, shelf: Shelf) -> list[ModelRow]:
        """Show what stands in it; gives the rows."""
        self.rows = [ModelRow(shelf, model) for model in shelf.models]
        for row in self.rows:
            self._models.addWidget(row)
        if not self.rows:
            self._models.addWidget(note(self.tr("There is no GGUF model in this repository.")))
        self._inside.show()
        self._open.hide()
        return self.rows


class ForeignLicence(QWidget):
    """Ask once whether the Llama licence of somebody's model is accepted."""

    accepted = Signal(object)  # ModelRow
    read_asked = Signal(str)  # address

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._row: ModelRow | None = None
        self._said = words("")
        self._accept = button(self.tr("Accept and download"), "primary")
        self._accept.clicked.connect(self._on_accept)
        decline = button(self.tr("Not now"), "plain", self.tr("Do not download"))
        decline.clicked.connect(self.hide)
        read = button(self.tr("Read the licence"), "link", self.tr("Read the licence in the browser"))
        read.clicked.connect(self._on_read)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (self._accept, decline):
            acts.addWidget(made)
        acts.addStretch(1)
        more = QHBoxLayout()  # a line of its own: in a narrow window three are too wide
        more.addWidget(read)
        more.addStretch(1)
        frame = card()
        column(frame, heading(self.tr("Built with Llama")), self._said, acts, more, spacing=10, margin=16)
        column(self, frame).setContentsMargins(0, 6, 0, 0)
        self.hide()

    def ask(self, row: ModelRow) -> None:
        """Show the question for a model."""
        self._row = row
        row.show_below(self)
        text = self.tr(
            "{name} is made from Llama and comes under the licence {licence} of Meta Platforms, Inc. Whoever "
            "uses it accepts that licence and its use policy."
        )
        text = text.replace("{licence}", row.repository.accept)
        self._said.setText(text.replace("{name}", row.repository.name))
        self.show()
        self._accept.setFocus()

    def _on_accept(self) -> None:
        self.hide()
        self.accepted.emit(self._row)

    def _on_read(self) -> None:
        if self._row is not None:
            self.read_asked.emit(search.licence_page(self._row.repository))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Shelf", text)


def _figures(model: RemoteModel) -> str:
    parts = [
        search.quality(model),
        _tr("{n} parts").replace("{n}", str(len(model.parts))) if len(model.parts) > 1 else "",
        model.file,
    ]
    return " · ".join(part for part in parts if part)


def _about(repository: Repository) -> str:
    """Say how known, how old and how free a repository is, in one line."""
    locale = QLocale()
    day = QDateTime.fromMSecsSinceEpoch(repository.changed).date()
    changed = _tr("changed {day}").replace("{day}", locale.toString(day, QLocale.FormatType.ShortFormat))
    parts = [
        _tr("{n} downloads").replace("{n}", f"{repository.downloads:,}"),
        _tr("{n} likes").replace("{n}", f"{repository.likes:,}"),
        changed if repository.changed else "",
        _tr("licence {name}").replace("{name}", repository.licence) if repository.licence else "",
        _tr("asks for an account and a token") if repository.gated else "",
    ]
    return " · ".join(part for part in parts if part)
