"""Knows how a model's file gets on the list, and how it is hashed; not which model is in use."""

from collections.abc import Callable
from pathlib import Path

from hermes_desktop.domain.model_file import ModelFile, ModelHeader
from hermes_desktop.hub import library
from hermes_desktop.hub.fingerprint import Fingerprint
from hermes_desktop.storage import models
from hermes_desktop.storage.database import Session


def putting(path: Path, header: ModelHeader | None, sha256: str) -> Callable[[Session], ModelFile]:
    """Give the work that remembers a file; it raises a KnownError where the file is no model."""

    def put(session: Session) -> ModelFile:
        file = path.expanduser().resolve()
        found = header or library.inspect(file)
        size, modified_ns = file.stat().st_size, file.stat().st_mtime_ns
        model = models.add(session, library.display_name(found, file), str(file), size, modified_ns, found)
        return models.set_verified(session, model.id, sha256, size, modified_ns) if sha256 else model

    return put


def fingerprint_of(model: ModelFile) -> Fingerprint:
    """Begin to hash a model's file, for work that may have to wait on its way."""
    return Fingerprint(Path(model.path))


def hash_of(
    model: ModelFile, progress: Callable[[int, int], None], cancelled: Callable[[], bool]
) -> str | None:
    """Hash a model's file; None where it was cancelled."""
    return library.hash_file(Path(model.path), progress, cancelled)
