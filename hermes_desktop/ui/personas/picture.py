"""Knows how a picture for a persona is chosen, cropped and previewed; reading it is `app.paper`'s part."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget

from hermes_desktop.app.paper import FILE_LIMIT, picture, whole_picture
from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.ui.personas.crop import CropDialog
from hermes_desktop.ui.pieces import button, column, files_of, note
from hermes_desktop.ui.theme import Theme

SIDE = 112  # pixels
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was chosen; without bytes there shall be none."""

    data: bytes
    whole: bool = False  # the file as it came, and with it what moves in it


class PictureChooser(QWidget):
    """Show a persona's picture and let another be chosen or dropped, or this one be taken away."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._name = ""
        self._present = b""
        self.chosen: Picture | None = None
        self._preview = QLabel()
        self._preview.setFixedSize(SIDE, SIDE)
        self._said = note("")
        self._said.hide()
        choose = button(self.tr("Choose picture…"), "link")
        choose.clicked.connect(self._on_choose)
        self._remove = button(self.tr("Remove"), "link", self.tr("Remove the picture"))
        self._remove.clicked.connect(self._on_remove)
        self.setFixedWidth(SIDE + 16)
        self.setAcceptDrops(True)
        layout = column(self, self._preview, choose, self._remove, self._said, spacing=4)
        layout.setAlignment(self._preview, Qt.AlignmentFlag.AlignHCenter)
        theme.changed.connect(self._show)

    def show_picture(self, name: str, present: bytes, chosen: Picture | None) -> None:
        """Show the picture chosen before, or the present one, or the first letter of the name."""
        self._name, self._present, self.chosen = name, present, chosen
        self._say("")
        self._show()

    def show_chosen(self, chosen: Picture | None) -> None:
        """Show another choice; None goes back to the present picture."""
        self.chosen = chosen
        self._show()

    def set_name(self, name: str) -> None:
        """Follow the name as it is written."""
        self._name = name
        self._show()

    def take(self, file: Path) -> None:
        """Let the picture in a file be cropped, or say why it cannot be used."""
        try:
            data = _bytes_of(file)
            image = picture(data, file.name)
        except KnownError as error:
            self._say(sentence(error).text)
            return
        self._say("")
        dialog = CropDialog(image, self._theme, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.cropped.connect(lambda cut: self._choose(Picture(cut)))
        dialog.whole_chosen.connect(lambda: self._choose_whole(data, file.name))
        dialog.open()

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

    def _on_remove(self) -> None:
        self._choose(Picture(b"") if self._present else None)

    def _choose(self, chosen: Picture | None) -> None:
        self.show_chosen(chosen)
        self.changed.emit()

    def _choose_whole(self, data: bytes, name: str) -> None:
        try:
            self._choose(Picture(whole_picture(data, name), whole=True))
        except KnownError as error:
            self._say(sentence(error).text)

    def _say(self, text: str) -> None:
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def _show(self, *_anything: object) -> None:
        data = self._present if self.chosen is None else self.chosen.data
        self._remove.setVisible(bool(data))
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
