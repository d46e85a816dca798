"""Knows how the published files of Hermes 3 are offered, and how a licence is asked; it fetches nothing."""

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from hermes_desktop.app import offers
from hermes_desktop.app.offers import Ranked
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.app.speeds import SpeedsService
from hermes_desktop.domain.speed import Calibration
from hermes_desktop.ui.models.speed_line import SpeedLine
from hermes_desktop.ui.pieces import Fold, button, column, heading, note, soft, words


class OfferRow(QWidget):
    """Show one file in two lines, with a button that fetches it."""

    wanted = Signal(object)  # Ranked

    def __init__(self, entry: Ranked, *, best: bool = False) -> None:
        super().__init__()
        self.entry = entry
        offer = entry.offer
        name = soft(f"{offer.family.name} · {offer.quantisation}")
        name = heading(name.text()) if best else name
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(name)
        top.addStretch(1)
        text = self.tr("Download {size}").replace("{size}", byte_size(offer.size))
        said = self.tr("Download {name}, {size}").replace("{size}", byte_size(offer.size))
        self._fetch = button(
            text, "primary" if best else "plain", said.replace("{name}", f"{name.text()}, {offer.publisher}")
        )
        self._fetch.clicked.connect(lambda: self.wanted.emit(self.entry))
        top.addWidget(self._fetch)
        self._figures = note(figures(entry))
        lines = column(self, top, self._figures, note(offers.advice(entry.fit)), spacing=3)
        if best:
            badge = QLabel(self.tr("suits this machine best"))
            badge.setProperty("role", "badge")
            lines.insertWidget(1, badge, 0, Qt.AlignmentFlag.AlignLeft)

    def show_speed(self, calibration: Calibration | None) -> None:
        """Say how fast it would be, as far as this machine was measured."""
        self._figures.setText(figures(self.entry, calibration))

    def show_busy(self, busy: bool) -> None:
        """Offer nothing that is on its way already."""
        self._fetch.setEnabled(not busy)


class LicencePanel(QFrame):
    """Ask once whether the licence of a model is accepted."""

    accepted = Signal(object)  # Ranked
    declined = Signal()
    read_asked = Signal(str)  # address

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._entry: Ranked | None = None
        self._head = heading("")
        self._said = words("")
        read = button(self.tr("Read the licence"), "link", self.tr("Read the licence in the browser"))
        read.clicked.connect(self._on_read)
        self._accept = button(self.tr("Accept and download"), "primary")
        self._accept.clicked.connect(lambda: self.accepted.emit(self._entry))
        decline = button(self.tr("Not now"), "plain", self.tr("Do not download"))
        decline.clicked.connect(self.declined)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (self._accept, decline, read):
            acts.addWidget(made)
        acts.addStretch(1)
        column(self, self._head, self._said, acts, spacing=10, margin=16)
        self.hide()

    def ask(self, entry: Ranked) -> None:
        """Show the question for a file."""
        self._entry = entry
        family = entry.offer.family
        self._head.setText(self.tr("Built with Llama"))
        text = self.tr(
            "{name} is made from {base}, which is licensed under the {base} Community License, Copyright © "
            "Meta Platforms, Inc. All Rights Reserved. Whoever uses it accepts that licence and its use "
            "policy. Hermes 3 is made by Nous Research; this file is published by {publisher}."
        )
        text = text.replace("{name}", family.name).replace("{base}", family.base)
        self._said.setText(text.replace("{publisher}", entry.offer.publisher))
        self.show()
        self._accept.setFocus()

    def _on_read(self) -> None:
        if self._entry is not None:
            self.read_asked.emit(offers.licence_page(self._entry))


class OffersPanel(QWidget):
    """Offer the file that suits this machine best, and all others behind a fold."""

    wanted = Signal(object)  # Ranked

    def __init__(self, speeds: SpeedsService) -> None:
        super().__init__()
        self._speeds = speeds
        self.licence = LicencePanel()
        found = offers.ranked()
        best = next((entry for entry in found if entry.best), None)
        self._rows = [OfferRow(entry) for entry in found]
        lead = QFrame()
        lead.setProperty("role", "card")
        if best is None:
            said = words(self.tr("No published file of Hermes 3 fits this machine; a server can play it."))
            column(lead, said, margin=16)
        else:
            row = OfferRow(best, best=True)
            self._rows.append(row)
            column(lead, row, margin=16)
        rest = QWidget()
        listed = QVBoxLayout(rest)
        listed.setContentsMargins(16, 0, 16, 0)
        listed.setSpacing(14)
        for row in self._rows:
            row.wanted.connect(self.wanted)
            if row.entry is not best or row.parent() is None:
                listed.addWidget(row)
        title = self.tr("All {n} files, and what they take").replace("{n}", str(len(found)))
        head, measured = heading(self.tr("Get Hermes 3")), SpeedLine(speeds)
        column(self, head, note(_source()), self.licence, lead, measured, Fold(title, rest), spacing=12)
        speeds.changed.connect(self._show_speeds)
        self._show_speeds()

    def _show_speeds(self) -> None:
        for row in self._rows:
            row.show_speed(self._speeds.calibration)

    def show_busy(self, names: set[str]) -> None:
        """Mark what is on its way, by the ids of the catalogue."""
        for row in self._rows:
            row.show_busy(row.entry.offer.id in names)


def _tr(text: str) -> str:
    return QCoreApplication.translate("OffersPanel", text)


def figures(entry: Ranked, calibration: Calibration | None = None) -> str:
    """Say quality, speed and origin of a file in one line."""
    offer = entry.offer
    parts = [
        offers.quality(offer),
        offers.speed_words(entry.tokens_per_second(calibration)),
        offer.publisher,
        _tr("{n} parts").replace("{n}", str(offer.parts)) if offer.parts > 1 else "",
        _tr("hash known") if offer.sha256 else _tr("hash comes from the hub"),
    ]
    return " · ".join(part for part in parts if part)


def _source() -> str:
    return _tr(
        "Fetched from huggingface.co when you ask for it; nothing else in this app opens a connection. "
        "What has come is kept when the line breaks or the app is closed, and every file is verified."
    )
