"""Knows how a folder is chosen for every persona, and how the end is told; not how a card is written."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from hermes_desktop.app.exports import ExportsService
from hermes_desktop.app.making import Form, Wish
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.ui.personas.sharing import folder_notice


class Exporting(QObject):
    """Write every persona into a folder."""

    def __init__(
        self, personas: PersonasService, exports: ExportsService, notices: NoticesService, page: QWidget
    ) -> None:
        super().__init__(page)
        self._personas, self._exports, self._notices, self._page = personas, exports, notices, page

    def ask(self) -> None:
        """Have a folder chosen."""
        dialog = QFileDialog(self._page, self.tr("Export all personas into a folder"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda folder: self.start(Path(folder)))
        dialog.open()

    def start(self, folder: Path) -> None:
        """Write each as a picture with all its card, over nothing that is there."""

        def told(number: int) -> None:
            said = self.tr("Personas saved: {n}").replace("{n}", str(number))
            self._notices.post(folder_notice(said, self.tr("Show folder"), folder))

        everybody = self._personas.all()
        self._exports.start_all(folder, Wish(Form.PNG), everybody, told, self._notices.post_error)
