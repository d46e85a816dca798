"""Knows the life of the window: make the Qt application, show, raise, end. It knows no page."""

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from hermes_desktop import __version__
from hermes_desktop.app import faults
from hermes_desktop.app.instance import Instance
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.services import Services
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


def run(qt: QApplication, services: Services) -> int:
    """Show the window and run until it is closed; give the exit status."""
    faults.report_to(services.notices)
    theme = Theme(services.preferences)
    window = Window(services, theme)
    theme.dress()
    instance = Instance(services.folders.data)
    instance.raised.connect(window.come_forward)
    services.backups.restore_wanted.connect(window.close)
    window.show()
    # After the first paint: nothing here may keep the window waiting.
    QTimer.singleShot(0, services.notices.release)
    QTimer.singleShot(0, services.models.choose_last)
    QTimer.singleShot(0, services.backups.make_if_due)
    status = qt.exec()
    instance.close()
    window.deleteLater()
    return status


def tell(error: KnownError) -> None:
    """Say in a box of its own why there is no window to say it in."""
    words = sentence(error)
    box = QMessageBox(QMessageBox.Icon.Warning, "Hermes Desktop", words.text)
    box.setInformativeText(words.hint)
    box.exec()
