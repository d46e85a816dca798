"""Knows what happens to a bug: it is logged, told with a report to copy, and the app goes on."""

import faulthandler
import logging
import logging.handlers
import platform
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QCoreApplication, qVersion

from hermes_desktop import __version__
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.domain.errors import KnownError

_log = logging.getLogger(__name__)
_LOG_BYTES = 1_000_000
_LOG_FILES = 3
_crash_file: TextIO | None = None  # kept open for as long as the program runs
_handler: logging.Handler | None = None


def log_to(folder: Path) -> None:
    """Send the log to a file of bounded size, and native crashes beside it. No talk is ever logged."""
    global _crash_file, _handler
    try:
        _handler = logging.handlers.RotatingFileHandler(
            folder / "hermes-desktop.log", maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8"
        )
        _crash_file = (folder / "crash.log").open("a", encoding="utf-8")
        faulthandler.enable(_crash_file)
    except OSError:
        _handler = logging.NullHandler()  # a folder that cannot be written
    _handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(_handler)
    root.setLevel(logging.INFO)


def stop() -> None:
    """Let go of the files and of the hook, at the end of the program."""
    global _crash_file, _handler
    sys.excepthook = sys.__excepthook__
    if _handler is not None:
        logging.getLogger().removeHandler(_handler)
        _handler.close()
    if _crash_file is not None:
        faulthandler.disable()
        _crash_file.close()
    _handler = _crash_file = None


def report_to(notices: NoticesService) -> None:
    """Turn every exception that nobody caught into a log entry and a notice."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        elif isinstance(error, KnownError):
            notices.post_error(error)
        else:
            report = report_of(error)
            _log.error("%s", report)
            notices.post(_notice(report))

    sys.excepthook = hook


def report_of(error: BaseException) -> str:
    """Write what a developer needs: versions and the stack; no data and no home folder."""
    stack = "".join(traceback.format_exception(error)).replace(str(Path.home()), "~")
    head = (
        f"Hermes Desktop {__version__}, Python {platform.python_version()}, Qt {qVersion()}, {sys.platform}"
    )
    return f"{head}\n\n{stack}"


def _notice(report: str) -> Notice:
    text = QCoreApplication.translate("Faults", "Something went wrong inside the app.")
    hint = QCoreApplication.translate("Faults", "Your conversations are safe. You can go on.")
    return Notice(NoticeKind.ERROR, text, hint, details=report)
