"""Knows what on the clipboard may be a character card: files, a picture, text; not what a card is."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMimeData

from hermes_desktop.app.imports import Pasted, Source

# The first that is there; programs put the bytes of a file there under its own type.
_TYPES = ("application/json", "image/png", "image/apng", "image/webp", "image/jpeg", "application/zip")


def pasted(mime: QMimeData) -> list[Source]:
    """List what can be read of the clipboard, nothing where it holds nothing of use."""
    files: list[Source] = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if files:
        return files
    name = QCoreApplication.translate("Pasting", "The clipboard")
    data = next((bytes(mime.data(kind).data()) for kind in _TYPES if mime.hasFormat(kind)), b"")
    if not data and mime.hasText():
        data = mime.text().encode("utf-8", "replace")
    return [Pasted(name, data)] if data.strip() else []
