"""Knows the three steps of the first start, each as a pane; not how one walks through them."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from hermes_desktop.app import offers
from hermes_desktop.app.downloads import DownloadsService
from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.offers import Size
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.domain.persona import PersonaSummary
from hermes_desktop.ui.models.arrivals import Arrivals
from hermes_desktop.ui.models.found import FoundPanel
from hermes_desktop.ui.models.offers import LicencePanel, OfferRow
from hermes_desktop.ui.models.ordering import Ordering
from hermes_desktop.ui.personas.cards import Data, PersonaCard, PersonaGrid, PersonaListModel
from hermes_desktop.ui.pieces import (
    PAGE_WIDTH,
    Scroll,
    button,
    card,
    column,
    heading,
    note,
    soft,
    title,
    words,
)
from hermes_desktop.ui.theme import Theme


class ComputerPane(QWidget):
    """Say what this computer can run."""

    def __init__(self, sizes: list[Size]) -> None:
        super().__init__()
        inside = QWidget()
        said = words(
            self.tr(
                "Personas are played by Hermes 3, a language model that runs on this computer: no account, "
                "and nothing you write leaves it. A larger model plays better and needs more memory."
            )
        )
        parts = [title(self.tr("What this computer can run")), said, soft(offers.machine_words())]
        column(inside, *parts, *map(self._row, sizes), spacing=14).addStretch(1)
        column(self, Scroll(inside, width=PAGE_WIDTH))

    def _row(self, size: Size) -> QWidget:
        row = card()
        fits = size.suited is not None
        badge = QLabel(self.tr("runs here") if fits else self.tr("for a bigger machine"))
        badge.setProperty("role", "badge" if fits else "note")
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(heading(size.name))
        top.addWidget(badge)
        top.addStretch(1)
        column(row, top, note(self._verdict(size)), spacing=4, margin=16)
        return row

    def _verdict(self, size: Size) -> str:
        if size.suited is None:
            text = self.tr(
                "Even its smallest file takes {need} of memory. It is made for workstations and servers."
            )
            return text.replace("{need}", byte_size(size.need))
        offer = size.suited.offer
        quality = f"{offer.quantisation} ({offers.quality(offer)})"
        return f"{quality}. {offers.advice(size.suited.fit)}"


class ModelPane(QWidget):
    """Pick a model and fetch it; one that lies here already is used instead."""

    files_wanted = Signal(object)  # Path
    more_asked = Signal()

    def __init__(
        self,
        sizes: list[Size],
        models: ModelsService,
        downloads: DownloadsService,
        notices: NoticesService,
    ) -> None:
        super().__init__()
        self._licence = LicencePanel()
        self._arrivals = Arrivals(downloads)
        self._ordering = Ordering(downloads, notices, self._licence, self)
        self._rows = [OfferRow(size.suited, best=size.suited.best) for size in sizes if size.suited]
        self._found = FoundPanel()
        self._found.wanted.connect(self.files_wanted)
        models.others_found.connect(self._found.show_found)
        self._arrivals.changed.connect(self._show_busy)
        inside = QWidget()
        said = words(
            self.tr(
                "You can talk with the Understudy, a small stand-in, while Hermes 3 is being fetched. "
                "A download goes on where it stopped, even after a restart."
            )
        )
        more = button(self.tr("See all files, or add one of your own"), "link")
        more.clicked.connect(self.more_asked)
        last = QHBoxLayout()
        last.addWidget(more)
        last.addStretch(1)
        rows = [self._card(row) for row in reversed(self._rows)]  # the largest that runs comes first
        head = title(self.tr("Pick a model"))
        parts = (head, said, self._arrivals, self._licence, self._found, *rows)
        layout = column(inside, *parts, spacing=14)
        layout.addLayout(last)
        layout.addStretch(1)
        self._scroll = Scroll(inside, width=PAGE_WIDTH)
        column(self, self._scroll)
        self._ordering.asked.connect(lambda: self._scroll.ensureWidgetVisible(self._licence))
        self._arrivals.refresh()
        models.look_around()

    def _card(self, row: OfferRow) -> QWidget:
        row.wanted.connect(self._ordering.order)
        frame = card()
        column(frame, row, margin=16)
        return frame

    def _show_busy(self, names: set[str]) -> None:
        for row in self._rows:
            row.show_busy(row.entry.offer.id in names)


class PersonaPane(QWidget):
    """Meet somebody."""

    talk_requested = Signal(int, int)  # persona id, index of the greeting

    def __init__(self, personas: PersonasService, theme: Theme) -> None:
        super().__init__()
        grid = PersonaGrid()
        grid.setAccessibleName(self.tr("Personas"))
        grid.setModel(PersonaListModel(personas, grid))
        painter = PersonaCard(personas, theme, grid)
        painter.starred.connect(lambda who: personas.set_favourite(who.id, not who.favourite))
        grid.setItemDelegate(painter)
        grid.clicked.connect(self._on_chosen)
        grid.activated.connect(self._on_chosen)
        theme.changed.connect(grid.viewport().update)
        self._grid = grid
        said = note(self.tr("Choose one to begin a conversation. You can write your own, and import cards."))
        head = QWidget()
        column(head, title(self.tr("Meet a persona")), said, spacing=14)
        whole = column(self, head, grid, spacing=14)
        whole.setContentsMargins(24, 24, 12, 0)

    def focus(self) -> None:
        """Let the keyboard walk through the personas."""
        self._grid.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self._grid.currentIndex().isValid():
            self._grid.setCurrentIndex(self._grid.model().index(0, 0))

    def _on_chosen(self, index: QModelIndex) -> None:
        persona = index.data(Data.PERSONA)
        if isinstance(persona, PersonaSummary):
            self.talk_requested.emit(persona.id, 0)
