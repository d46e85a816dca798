"""Knows how lorebooks, their versions and where they speak are kept; not what a book means."""

from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, func, select

from hermes_desktop.domain import lorebook as values
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding, Speaking
from hermes_desktop.storage import originals
from hermes_desktop.storage.database import now
from hermes_desktop.storage.journal import Change, write
from hermes_desktop.storage.tables import Lorebook, LorebookBinding, LorebookVersion
from hermes_desktop.storage.text import cleaned

# ---- books ----------------------------------------------------------------------------------------


def all(session: Session, include_deleted: bool = False) -> list[values.Lorebook]:
    """List the newest versions, by name."""
    found = [book for book in _newest_of_all(session) if include_deleted or not book.deleted]
    return sorted(found, key=lambda book: (book.name.casefold(), book.id))


def get(session: Session, book_id: int) -> values.Lorebook:
    """Give the newest version, also of a deleted book; raises LOREBOOK_UNKNOWN."""
    row = _row(session, book_id)
    return _value(row, _newest(session, book_id))


def get_version(session: Session, version_id: int) -> values.Lorebook:
    """Give one version; raises LOREBOOK_UNKNOWN."""
    version = _stored(session, version_id)
    return _value(_row(session, version.lorebook_id), version)


def versions(session: Session, book_id: int) -> list[values.Lorebook]:
    """List every version, the oldest first."""
    row = _row(session, book_id)
    query = select(LorebookVersion).where(LorebookVersion.lorebook_id == book_id)
    return [_value(row, version) for version in session.exec(query.order_by(col(LorebookVersion.number)))]


def find_named(session: Session, name: str) -> list[values.Lorebook]:
    """List the books of this name, whatever its case; those in the bin do not count."""
    return [book for book in all(session) if book.name.strip().casefold() == name.strip().casefold()]


def document(session: Session, version_id: int) -> str:
    """Give a version's whole document as JSON text; raises LOREBOOK_UNKNOWN."""
    return _stored(session, version_id).document


def find_same(session: Session, digest: str) -> values.Lorebook | None:
    """Give a book that has, or once had, the document with this digest; those in the bin do not count."""
    query = (
        select(LorebookVersion.lorebook_id)
        .join(Lorebook, col(Lorebook.id) == LorebookVersion.lorebook_id)
        .where(LorebookVersion.digest == digest, col(Lorebook.deleted_at).is_(None))
        .order_by(col(LorebookVersion.lorebook_id))
    )
    found = session.exec(query).first()
    return None if found is None else get(session, found)


def original(session: Session, version_id: int) -> tuple[bytes, str] | None:
    """Give the file that a version came as, and its format; nothing where it was written or changed here."""
    version = session.get(LorebookVersion, version_id)
    return originals.get(session, version.file) if version is not None else None


def add(
    session: Session,
    name: str,
    *,
    spec: str,
    document: str,
    entries: int,
    file: str = "",
    digest: str = "",
) -> values.Lorebook:
    """Add a book with its first version."""
    row = Lorebook()
    session.add(row)
    session.flush()
    assert row.id is not None
    version = _version(row.id, 1, name, spec, document, entries)
    version.file, version.digest = file, digest
    return _added(session, row, version)


def update(session: Session, book_id: int, name: str, *, document: str, entries: int) -> values.Lorebook:
    """Add a version."""
    row, old = _row(session, book_id), _newest(session, book_id)
    version = _version(book_id, old.number + 1, name, old.spec, document, entries)
    if version.document == old.document:  # saved without a change
        version.file, version.digest = old.file, old.digest
    return _added(session, row, version)


def go_back(session: Session, book_id: int, version_id: int) -> values.Lorebook:
    """Add a version that says what an earlier one said; raises LOREBOOK_UNKNOWN."""
    row, old = _row(session, book_id), _stored(session, version_id)
    if old.lorebook_id != book_id:
        raise KnownError(ErrorKind.LOREBOOK_UNKNOWN, name=str(version_id))
    said = old.model_dump(exclude={"id", "number", "created_at"})
    number = _newest(session, book_id).number + 1
    return _added(session, row, LorebookVersion(**said, number=number, created_at=now()))


def delete(session: Session, book_id: int) -> None:
    """Put it into the bin; it speaks nowhere until it is restored."""
    _mark(session, book_id, now(), "delete lorebook")


def restore(session: Session, book_id: int) -> None:
    """Take it out of the bin."""
    _mark(session, book_id, None, "restore lorebook")


# ---- where they speak -----------------------------------------------------------------------------


def bindings(session: Session, book_id: int) -> list[Binding]:
    """List where a book speaks or is silent, in the order in which that was said."""
    query = select(LorebookBinding).where(LorebookBinding.lorebook_id == book_id)
    return [_binding(row) for row in session.exec(query.order_by(col(LorebookBinding.id)))]


def bind(session: Session, binding: Binding) -> None:
    """Let a book speak somewhere, or be silent there; raises LOREBOOK_UNKNOWN."""
    _row(session, binding.book_id)
    row = _bound(session, binding) or LorebookBinding(
        lorebook_id=binding.book_id,
        scope=binding.scope.value,
        holder_id=binding.holder_id,
        active=binding.active,
    )
    row.active = binding.active
    session.add(row)
    session.flush()


def unbind(session: Session, binding: Binding) -> None:
    """Forget what was said about a book there; wider bindings decide again."""
    row = _bound(session, binding)
    if row is not None:
        session.delete(row)
        session.flush()


def in_reach(session: Session, holders: Sequence[tuple[Scope, int]]) -> list[Speaking]:
    """List the books that any of these holders names, the narrowest holder first.

    `holders` go from the narrowest to the widest; of each book the narrowest binding counts, also
    where it says that the book is silent.
    """
    found: dict[int, Scope] = {}
    silent: set[int] = set()
    for scope, holder_id in holders:
        query = select(LorebookBinding).where(
            LorebookBinding.scope == scope.value, LorebookBinding.holder_id == holder_id
        )
        for row in session.exec(query.order_by(col(LorebookBinding.id))):
            if row.lorebook_id not in found:
                found[row.lorebook_id] = scope
                silent |= set() if row.active else {row.lorebook_id}
    if not found:
        return []
    books = {book.id: book for book in all(session)}
    return [
        Speaking(books[book_id], scope, book_id not in silent)
        for book_id, scope in found.items()
        if book_id in books
    ]


# ---- rows -----------------------------------------------------------------------------------------


def _newest_of_all(session: Session) -> Iterator[values.Lorebook]:
    newest = select(func.max(LorebookVersion.id)).group_by(col(LorebookVersion.lorebook_id))
    query = (
        select(Lorebook, LorebookVersion)
        .join(LorebookVersion, col(LorebookVersion.lorebook_id) == Lorebook.id)
        .where(col(LorebookVersion.id).in_(newest))
    )
    return (_value(row, version) for row, version in session.exec(query))


def _mark(session: Session, book_id: int, at: int | None, act: str) -> None:
    row = _row(session, book_id)
    write(session, None, act, [Change("lorebook", book_id, "deleted_at", row.deleted_at, at)])
    row.deleted_at = at
    session.add(row)


def _row(session: Session, book_id: int) -> Lorebook:
    found = session.get(Lorebook, book_id)
    if found is None:
        raise KnownError(ErrorKind.LOREBOOK_UNKNOWN, name=str(book_id))
    return found


def _stored(session: Session, version_id: int) -> LorebookVersion:
    version = session.get(LorebookVersion, version_id)
    if version is None:
        raise KnownError(ErrorKind.LOREBOOK_UNKNOWN, name=str(version_id))
    return version


def _newest(session: Session, book_id: int) -> LorebookVersion:
    query = select(LorebookVersion).where(LorebookVersion.lorebook_id == book_id)
    return session.exec(query.order_by(col(LorebookVersion.number).desc()).limit(1)).one()


def _version(book_id: int, number: int, name: str, spec: str, document: str, entries: int) -> LorebookVersion:
    return LorebookVersion(
        lorebook_id=book_id,
        number=number,
        name=cleaned(name),
        spec=spec,
        document=cleaned(document),
        entries=entries,
        created_at=now(),
    )


def _added(session: Session, row: Lorebook, version: LorebookVersion) -> values.Lorebook:
    session.add(version)
    session.flush()
    return _value(row, version)


def _value(row: Lorebook, version: LorebookVersion) -> values.Lorebook:
    assert row.id is not None
    assert version.id is not None
    return values.Lorebook(
        id=row.id,
        version_id=version.id,
        version=version.number,
        name=version.name,
        spec=version.spec,
        entries=version.entries,
        deleted=row.deleted_at is not None,
        created_at=version.created_at,
    )


def _bound(session: Session, binding: Binding) -> LorebookBinding | None:
    query = select(LorebookBinding).where(
        LorebookBinding.lorebook_id == binding.book_id,
        LorebookBinding.scope == binding.scope.value,
        LorebookBinding.holder_id == binding.holder_id,
    )
    return session.exec(query).first()


def _binding(row: LorebookBinding) -> Binding:
    return Binding(row.lorebook_id, Scope(row.scope), row.holder_id, row.active)
