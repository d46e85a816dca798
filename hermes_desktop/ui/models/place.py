"""Knows how the folder of the fetched models is shown and chosen; the service moves it."""

from pathlib import Path

from PySide6.QtCore import QStorageInfo, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from hermes_desktop.app.library import LibraryService
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.ui.models.card import Work
from hermes_desktop.ui.pieces import button, column, note, words


class PlacePanel(QWidget):
    """Show where fetched models lie, and move them elsewhere."""

    def __init__(self, library: LibraryService, notices: NoticesService) -> None:
        super().__init__()
        self._library, self._notices = library, notices
        self._where = words("")
        self._where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._free = note("")
        self._work = Work(self.tr("Moving"))
        self._work.cancelled.connect(library.cancel_move)
        self._choose = button(self.tr("Move to another folder…"))
        self._choose.clicked.connect(self._on_choose)
        layout = column(self, self._where, self._free, self._work, self._choose, spacing=8)
        layout.setAlignment(self._choose, Qt.AlignmentFlag.AlignLeft)
        library.move_progressed.connect(self._on_progressed)
        library.move_ended.connect(self._on_ended)
        self._show()

    def carry_to(self, target: Path) -> None:
        """Move everything that was fetched."""
        try:
            self._library.move(target)
        except KnownError as error:
            self._notices.post_error(error)
        self._show()

    def _show(self) -> None:
        folder = self._library.folder
        self._where.setText(str(folder))
        nearest = next((path for path in (folder, *folder.parents) if path.exists()), folder)
        free = QStorageInfo(str(nearest)).bytesAvailable()
        said = self.tr("{size} free on that disk. Models that were added from elsewhere stay where they are.")
        self._free.setText(said.replace("{size}", byte_size(max(free, 0))))
        self._choose.setEnabled(not self._library.moving)

    def _on_choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a folder for models"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda folder: self.carry_to(Path(folder)))
        dialog.open()

    def _on_progressed(self, done: int, total: int) -> None:
        self._work.show_progress(done / max(total, 1), total)

    def _on_ended(self, whole: bool) -> None:
        self._work.end()
        self._show()
        text = (
            self.tr("The models lie at their new place.")
            if whole
            else self.tr("Not everything was moved. What was is used at its new place; move again to go on.")
        )
        self._notices.post(Notice(NoticeKind.INFO, text))
