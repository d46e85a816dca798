"""Knows how one chooses the form and the place of a file of profiles; the service writes it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.persona import Profile, ProfileForm

_WORDS = {
    ProfileForm.OWN: QT_TRANSLATE_NOOP("ProfileExport", "Hermes Desktop, everything (JSON)"),
    ProfileForm.SILLYTAVERN: QT_TRANSLATE_NOOP("ProfileExport", "SillyTavern, backup of personas (JSON)"),
    ProfileForm.OOBA: QT_TRANSLATE_NOOP("ProfileExport", "Oobabooga, user (YAML)"),
    ProfileForm.RISU: QT_TRANSLATE_NOOP("ProfileExport", "RisuAI, persona (PNG)"),
}


class ExportMenu(QMenu):
    """Offer the forms of files."""

    chosen = Signal(object)  # ProfileForm


def export_menu(owner: QWidget, *, several: bool) -> ExportMenu:
    """Make the menu of the forms that hold one profile, or as many as there are."""
    menu = ExportMenu(QCoreApplication.translate("ProfileExport", "Export"), owner)
    for form, text in _WORDS.items():
        if form.holds_several or not several:
            action = QAction(QCoreApplication.translate("ProfileExport", text), menu)
            action.triggered.connect(partial(menu.chosen.emit, form))
            menu.addAction(action)
    return menu


def ask_place(
    owner: QWidget,
    profiles: ProfilesService,
    notices: NoticesService,
    chosen: Sequence[Profile],
    form: ProfileForm,
) -> QFileDialog:
    """Ask where the file is to go, and write it there."""
    dialog = QFileDialog(owner, QCoreApplication.translate("ProfileExport", "Export profiles"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(form.suffix)
    dialog.selectFile(str(profiles.file_name(chosen, form)))
    dialog.fileSelected.connect(lambda file: write(profiles, notices, chosen, form, Path(file)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def write(
    profiles: ProfilesService,
    notices: NoticesService,
    chosen: Sequence[Profile],
    form: ProfileForm,
    file: Path,
) -> None:
    """Write the file, and say that it is there or why it is not."""
    try:
        profiles.export(chosen, form, file)
    except KnownError as error:
        notices.post_error(error)
        return
    said = QCoreApplication.translate("ProfileExport", "Written: {file}").replace("{file}", file.name)
    notices.post(Notice(NoticeKind.INFO, said))
