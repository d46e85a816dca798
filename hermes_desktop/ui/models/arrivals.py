"""Knows which downloads are shown and keeps their cards; the service fetches."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from hermes_desktop.app.downloads import DownloadsService
from hermes_desktop.domain.download import Download, DownloadState
from hermes_desktop.ui.models.downloads import DownloadCard
from hermes_desktop.ui.pieces import column


class Arrivals(QWidget):
    """Show every model that is on its way, until it is here."""

    changed = Signal(set)  # names of what is on its way, as the catalogue calls them

    def __init__(self, downloads: DownloadsService) -> None:
        super().__init__()
        self._downloads = downloads
        self._cards: dict[int, DownloadCard] = {}
        self._list = column(self, spacing=12)
        downloads.changed.connect(self.refresh)

    def card(self, download_id: int) -> DownloadCard | None:
        """Give the card of a download, where it is shown."""
        return self._cards.get(download_id)

    def refresh(self, *_anything: object) -> None:
        """Show the downloads as they are."""
        present = {download.id: download for download in self._downloads.all()}
        shown = {at: each for at, each in present.items() if each.state is not DownloadState.DONE}
        for gone in set(self._cards) - set(shown):
            card = self._cards.pop(gone)
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        for at, download in shown.items():
            if at in self._cards:
                self._cards[at].show_download(download)
            else:
                self._cards[at] = self._card(download)
                self._list.addWidget(self._cards[at])
        self.setVisible(bool(shown))
        self.changed.emit({download.name for download in shown.values()})

    def _card(self, download: Download) -> DownloadCard:
        card = DownloadCard(download)
        card.pause_asked.connect(self._downloads.pause)
        card.resume_asked.connect(self._downloads.resume)
        card.cancel_asked.connect(self._downloads.cancel)
        return card
