"""Knows how one chooses the form and the place of a lorebook's file; the service writes it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from hermes_desktop.app import saving
from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.lorebook import Lorebook, LorebookForm
from hermes_desktop.ui.personas.sharing import folder_notice

_WORDS = {
    LorebookForm.WORLD_INFO: QT_TRANSLATE_NOOP("LorebookExport", "World info of SillyTavern (JSON)"),
    LorebookForm.V3: QT_TRANSLATE_NOOP("LorebookExport", "lorebook_v3, for RisuAI and others (JSON)"),
}


def offer(owner: QWidget, chosen: Callable[[LorebookForm], object]) -> QMenu:
    """Offer the forms of files under the button that was pressed."""
    menu = QMenu(QCoreApplication.translate("LorebookExport", "Export"), owner)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for form, text in _WORDS.items():
        action = QAction(QCoreApplication.translate("LorebookExport", text), menu)
        action.triggered.connect(partial(chosen, form))
        menu.addAction(action)
    menu.popup(QCursor.pos())
    return menu


def ask_place(
    owner: QWidget, lorebooks: LorebooksService, notices: NoticesService, book: Lorebook, form: LorebookForm
) -> QFileDialog:
    """Ask where the file is to go, and write it there."""
    dialog = QFileDialog(owner, QCoreApplication.translate("LorebookExport", "Export the lorebook"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("json")
    dialog.selectFile(saving.file_name(book.name, "json", "lorebook"))
    dialog.fileSelected.connect(lambda file: write(lorebooks, notices, book, form, Path(file)))
    dialog.open()
    return dialog


def write(
    lorebooks: LorebooksService, notices: NoticesService, book: Lorebook, form: LorebookForm, file: Path
) -> None:
    """Write the file, and say that it is there or why it is not."""
    try:
        lorebooks.save_file(book, form, file)
    except KnownError as error:
        notices.post_error(error)
        return
    said = QCoreApplication.translate("LorebookExport", "Written: {file}").replace("{file}", file.name)
    show = QCoreApplication.translate("LorebookExport", "Show folder")
    notices.post(folder_notice(said, show, file.parent))
