"""Knows which model files were added; never touches the files themselves."""

import json
from dataclasses import asdict
from pathlib import Path

from sqlmodel import Session, select

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelFile, ModelHeader
from hermes_desktop.storage.database import now
from hermes_desktop.storage.tables import Model
from hermes_desktop.storage.text import cleaned


def all(session: Session) -> list[ModelFile]:
    """List the models by name."""
    found = [_value(row) for row in session.exec(select(Model))]
    return sorted(found, key=lambda model: (model.name.casefold(), model.id))


def get(session: Session, model_id: int) -> ModelFile:
    """Give one model; raises MODEL_UNKNOWN."""
    return _value(_row(session, model_id))


def find(session: Session, name: str) -> ModelFile:
    """Give the model with this path, id, name or file name; raises MODEL_UNKNOWN or NAME_AMBIGUOUS."""
    models, wanted = all(session), name.casefold()
    found = [model for model in models if name in (model.path, str(model.id))]
    found = found or [
        model for model in models if wanted in (model.name.casefold(), Path(model.path).name.casefold())
    ]
    if not found:
        raise KnownError(ErrorKind.MODEL_UNKNOWN, name=name)
    if len(found) > 1:
        raise KnownError(ErrorKind.NAME_AMBIGUOUS, name=name, matches=len(found))
    return found[0]


def add(
    session: Session, name: str, path: str, size: int, modified_ns: int, header: ModelHeader
) -> ModelFile:
    """Remember a file; one that is known is brought up to date, and loses its hash where it has changed."""
    row = session.exec(select(Model).where(Model.path == path)).first()
    if row is None:
        row = Model(
            name=cleaned(name), path=path, size=size, modified_ns=modified_ns, added_at=now(), header=""
        )
    elif (row.size, row.modified_ns) != (size, modified_ns):
        row.sha256, row.verified_at = "", 0
    row.name, row.size, row.modified_ns = cleaned(name), size, modified_ns
    row.header = cleaned(json.dumps(asdict(header)))
    session.add(row)
    session.flush()
    return _value(row)


def set_verified(session: Session, model_id: int, sha256: str, size: int, modified_ns: int) -> ModelFile:
    """Keep the hash of a file and what it looked like then."""
    row = _row(session, model_id)
    row.sha256, row.size, row.modified_ns, row.verified_at = sha256, size, modified_ns, now()
    session.add(row)
    session.flush()
    return _value(row)


def set_path(session: Session, old: str, new: str) -> None:
    """Note that a file has moved; one that nobody added is passed over."""
    row = session.exec(select(Model).where(Model.path == old)).first()
    if row is not None:
        row.path = new
        session.add(row)
        session.flush()


def remove(session: Session, model_id: int) -> None:
    """Forget a model."""
    session.delete(_row(session, model_id))
    session.flush()


def _row(session: Session, model_id: int) -> Model:
    found = session.get(Model, model_id)
    if found is None:
        raise KnownError(ErrorKind.MODEL_UNKNOWN, name=str(model_id))
    return found


def _value(row: Model) -> ModelFile:
    assert row.id is not None
    return ModelFile(
        id=row.id,
        name=row.name,
        path=row.path,
        size=row.size,
        modified_ns=row.modified_ns,
        sha256=row.sha256,
        verified_at=row.verified_at,
        added_at=row.added_at,
        header=ModelHeader(**json.loads(row.header)),
    )
