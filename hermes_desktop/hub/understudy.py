"""Knows the small model that ships with the app, so that somebody is on stage before Hermes 3 is."""

from pathlib import Path

from hermes_desktop import paths

FILE = "assets/understudy.gguf"


def shipped() -> Path | None:
    """Give the file, or None in a build that has none."""
    file = paths.data_file(FILE)
    return file.resolve() if file.is_file() else None
