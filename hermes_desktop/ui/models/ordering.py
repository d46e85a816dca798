"""Knows the way from a wish for a published file to its download: licence first; the service fetches."""

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from hermes_desktop.app.downloads import DownloadsService
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.offers import Ranked
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.ui.models.offers import LicencePanel


class Ordering(QObject):
    """Ask for a licence where it was not accepted yet, and begin the download."""

    asked = Signal()  # the panel with the licence is shown
    begun = Signal(object)  # Download

    def __init__(
        self, downloads: DownloadsService, notices: NoticesService, licence: LicencePanel, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._downloads, self._notices, self._licence = downloads, notices, licence
        licence.accepted.connect(self._on_accepted)
        licence.declined.connect(licence.hide)
        licence.read_asked.connect(self.tell_address)

    def order(self, entry: Ranked) -> None:
        """Fetch a file, or ask for its licence first."""
        if self._downloads.needs_licence(entry.offer.licence):
            self._licence.ask(entry)
            self.asked.emit()
        else:
            self._fetch(entry)

    def tell_address(self, address: str) -> None:
        """Show where a link leads before it is opened."""
        self._notices.post(
            Notice(
                NoticeKind.INFO,
                self.tr("This link leads out of the app, to your browser:"),
                address,
                self.tr("Open"),
                lambda: _open(address),
            )
        )

    def _on_accepted(self, entry: Ranked) -> None:
        self._licence.hide()
        self._fetch(entry, accept=True)

    def _fetch(self, entry: Ranked, *, accept: bool = False) -> None:
        try:
            begun = self._downloads.start(entry.offer.id, accept=accept)
        except KnownError as error:
            self._notices.post_error(error)
        else:
            self.begun.emit(begun)


def _open(address: str) -> None:
    QDesktopServices.openUrl(QUrl(address))
