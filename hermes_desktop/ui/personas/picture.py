"""Knows how a picture for a persona is chosen and previewed; reading it safely is `app.paper`'s part."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget

from hermes_desktop.app.paper import FILE_LIMIT, avatar_png
from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.ui.pieces import button, column, files_of, note
from hermes_desktop.ui.theme import Theme

SIDE = 112  # pixels
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


class PictureChooser(QWidget):
    """Show a persona's picture and let another be chosen or dropped."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._name = ""
        self._present = b""
        self.chosen: bytes | None = None  # PNG
        self._preview = QLabel()
        self._preview.setFixedSize(SIDE, SIDE)
        self._said = note("")
        choose = button(self.tr("Choose picture…"), "link")
        choose.clicked.connect(self._on_choose)
        self.setFixedWidth(SIDE + 16)
        self.setAcceptDrops(True)
        column(self, self._preview, choose, self._said, spacing=6).setAlignment(
            self._preview, Qt.AlignmentFlag.AlignHCenter
        )
        theme.changed.connect(self._show)

    def show_picture(self, name: str, present: bytes, chosen: bytes | None) -> None:
        """Show the picture chosen before, or the present one, or the first letter of the name."""
        self._name, self._present, self.chosen = name, present, chosen
        self._said.clear()
        self._show()

    def show_chosen(self, chosen: bytes | None) -> None:
        """Show another choice; None goes back to the present picture."""
        self.chosen = chosen
        self._show()

    def set_name(self, name: str) -> None:
        """Follow the name as it is written."""
        self._name = name
        self._show()

    def take(self, file: Path) -> None:
        """Use the picture in a file, or say why it cannot be used."""
        try:
            self.chosen = avatar_png(_bytes_of(file), file.name)
        except KnownError as error:
            self._said.setText(sentence(error).text)
            return
        self._said.clear()
        self._show()
        self.changed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept one picture."""
        if files_of(event.mimeData(), *_SUFFIXES):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the picture that was dropped."""
        for file in files_of(event.mimeData(), *_SUFFIXES)[:1]:
            event.acceptProposedAction()
            self.take(file)

    def _on_choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a picture"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Pictures") + " (*.png *.jpg *.jpeg *.webp)")
        dialog.fileSelected.connect(lambda file: self.take(Path(file)))
        dialog.open()

    def _show(self, *_anything: object) -> None:
        data = self._present if self.chosen is None else self.chosen
        self._preview.setPixmap(self._theme.avatar(self._name or "?", data, SIDE))
        self._preview.setAccessibleName(self.tr("Picture of {name}").replace("{name}", self._name))


def _bytes_of(file: Path) -> bytes:
    try:
        if file.stat().st_size > FILE_LIMIT:
            raise KnownError(ErrorKind.FILE_TOO_LARGE, path=str(file), limit=FILE_LIMIT)
        return file.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise KnownError(ErrorKind.FILE_UNREADABLE, path=str(file), reason=reason) from error
