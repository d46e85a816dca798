"""Knows the life of the window: make the Qt application, show, raise, end. It knows no page."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from hermes_desktop import __version__
from hermes_desktop.app import faults
from hermes_desktop.app.instance import Instance
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.services import Services
from hermes_desktop.app.welcome import welcome
from hermes_desktop.domain.backup import Backup
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.ui.theme import Theme
from hermes_desktop.ui.window import Window


def make() -> QApplication:
    """Make the application that every window needs."""
    present = QApplication.instance()
    qt = present if isinstance(present, QApplication) else QApplication(sys.argv[:1])
    qt.setApplicationName("hermes-desktop")
    qt.setApplicationDisplayName("Hermes Desktop")
    qt.setApplicationVersion(__version__)
    qt.setDesktopFileName("hermes-desktop")
    return qt


def run(qt: QApplication, services: Services, *, read_only: bool = False, files: Sequence[Path] = ()) -> int:
    """Show the window, open files in it, and run until it is closed; give the exit status."""
    faults.report_to(services.notices)
    theme = Theme(services.preferences)
    window = Window(services, theme)
    theme.dress()
    instance = Instance(services.folders.data)
    instance.raised.connect(window.come_forward)
    instance.handed.connect(window.take_files)
    services.backups.restore_wanted.connect(window.close)
    window.show()
    # After the first paint: nothing here may keep the window waiting.
    QTimer.singleShot(0, services.notices.release)
    QTimer.singleShot(0, services.models.choose_last)
    if not read_only:
        QTimer.singleShot(0, partial(greet, window, services))
    if files:
        QTimer.singleShot(0, partial(window.take_files, list(files)))
    QTimer.singleShot(0, services.backups.make_if_due)
    status = qt.exec()
    instance.close()
    window.deleteLater()
    return status


def greet(window: Window, services: Services) -> None:
    """Greet at the very first start, and show the first steps before the conversation that has begun."""
    if welcome(services):
        window.show_page("first_steps")


def offer_backup(error: KnownError, newest: Backup) -> bool:
    """Ask whether a backup may take the place of a damaged database; the damaged file is kept."""
    words = sentence(error)
    made_at = QDateTime.fromMSecsSinceEpoch(round(newest.made_at.timestamp() * 1000))
    when = QLocale().toString(made_at, QLocale.FormatType.ShortFormat)
    offer = QCoreApplication.translate(
        "Application", "There is a checked backup of {when}. The damaged file will be kept beside it."
    )
    box = QMessageBox(QMessageBox.Icon.Warning, "Hermes Desktop", words.text)
    box.setInformativeText(offer.replace("{when}", when))
    put = box.addButton(
        QCoreApplication.translate("Application", "Open the backup"), QMessageBox.ButtonRole.AcceptRole
    )
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return box.clickedButton() is put


def tell(error: KnownError) -> None:
    """Say in a box of its own why there is no window to say it in."""
    words = sentence(error)
    box = QMessageBox(QMessageBox.Icon.Warning, "Hermes Desktop", words.text)
    box.setInformativeText(words.hint)
    box.exec()
