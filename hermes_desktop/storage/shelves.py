"""Knows lorebooks as wholes, what is bound to what, and how both come back; not what a book means."""

from collections.abc import Collection, Mapping, Sequence

from sqlmodel import Session, col, select

from hermes_desktop.domain.history import BookHistory, BookState, BookTie, ProfileTie
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding
from hermes_desktop.storage import lorebooks
from hermes_desktop.storage.people import Found, Settled, ordered
from hermes_desktop.storage.tables import Lorebook, LorebookBinding, LorebookVersion, ProfileBinding
from hermes_desktop.storage.text import cleaned

Holders = Mapping[
    Scope, Sequence[int]
]  # ids of those that books can be bound to, in the order of their numbers


# ---- reading --------------------------------------------------------------------------------------


def books(session: Session) -> Found[BookHistory]:
    """Give every lorebook with all its versions, those in the bin, too."""
    found, ids = [], []
    for row in session.exec(select(Lorebook).order_by(col(Lorebook.id))).all():
        assert row.id is not None
        found.append(BookHistory(tuple(map(_state, _versions(session, row.id))), row.deleted_at))
        ids.append(row.id)
    return Found(tuple(found), {}, tuple(ids))


def ties(session: Session, book_ids: Sequence[int], holders: Holders) -> list[BookTie]:
    """List where books speak or are silent, in the order of saying it; holders that are gone are left out."""
    numbers = {number: place for place, number in enumerate(book_ids, 1)}
    places = {scope: _places(ids) for scope, ids in holders.items()} | {Scope.GLOBAL: {0: 0}}
    found = []
    for row in session.exec(select(LorebookBinding).order_by(col(LorebookBinding.id))):
        scope = Scope(row.scope)
        if row.holder_id in places[scope]:
            found.append(BookTie(numbers[row.lorebook_id], scope, places[scope][row.holder_id], row.active))
    return found


def profile_ties(
    session: Session, persona_ids: Sequence[int], profile_ids: Sequence[int]
) -> list[ProfileTie]:
    """List which profile goes with which persona."""
    persona, profile = _places(persona_ids), _places(profile_ids)
    rows = session.exec(select(ProfileBinding).order_by(col(ProfileBinding.persona_id)))
    return [ProfileTie(persona[row.persona_id or 0], profile[row.profile_id]) for row in rows]


def _places(ids: Sequence[int]) -> dict[int, int]:
    return {number: place for place, number in enumerate(ids, 1)}


def _versions(session: Session, book_id: int) -> Sequence[LorebookVersion]:
    query = select(LorebookVersion).where(LorebookVersion.lorebook_id == book_id)
    return session.exec(query.order_by(col(LorebookVersion.number))).all()


def _state(row: LorebookVersion) -> BookState:
    return BookState(
        row.number, row.name, row.spec, row.document, row.entries, row.created_at, row.file, row.digest
    )


# ---- coming back ----------------------------------------------------------------------------------


def settle_book(session: Session, whole: BookHistory, *, taken: Collection[int] = ()) -> Settled:
    """Find the book that has these versions, or the first of them, and give it the others; or add it."""
    said = [_said(state) for state in whole.versions]
    for book_id in _candidates(session, whole, taken):
        known = [_said(_state(row)) for row in _versions(session, book_id)]
        if known == said[: len(known)]:
            _add_versions(session, book_id, whole.versions[len(known) :])
            return Settled(book_id, {}, added=False)
        if set(said) <= set(known):
            return Settled(book_id, {}, added=False)
    row = Lorebook(deleted_at=whole.deleted_at)
    session.add(row)
    session.flush()
    assert row.id is not None
    _add_versions(session, row.id, whole.versions)
    return Settled(row.id, {}, added=True)


def _said(state: BookState) -> tuple[object, ...]:
    words = map(cleaned, (state.name, state.spec, state.document))
    return state.number, *words, state.file, state.digest


def _candidates(session: Session, whole: BookHistory, taken: Collection[int]) -> list[int]:
    names = {cleaned(state.name) for state in whole.versions}
    query = (
        select(Lorebook)
        .join(LorebookVersion, col(LorebookVersion.lorebook_id) == Lorebook.id)
        .where(col(LorebookVersion.name).in_(names))
        .distinct()
    )
    return ordered(((row.id or 0, row.deleted_at) for row in session.exec(query)), whole.deleted_at, taken)


def _add_versions(session: Session, book_id: int, states: Sequence[BookState]) -> None:
    for state in states:
        session.add(
            LorebookVersion(
                lorebook_id=book_id,
                number=state.number,
                name=cleaned(state.name),
                spec=cleaned(state.spec),
                document=cleaned(state.document),
                entries=state.entries,
                created_at=state.created_at,
                file=state.file,
                digest=state.digest,
            )
        )
        session.flush()


def tie_books(
    session: Session,
    found: Sequence[BookTie],
    book_ids: Mapping[int, int],
    holders: Mapping[Scope, Mapping[int, int]],
) -> None:
    """Bind books again; what is said here about a book and its holder stays, who is missing is passed over.

    Numbers are those of the ties; the mappings say which ids they have here.
    """
    everywhere = {Scope.GLOBAL: {0: 0}}
    for tie in found:
        book, holder = book_ids.get(tie.book), (dict(holders) | everywhere)[tie.scope].get(tie.holder)
        if book is None or holder is None:
            continue
        here = {(each.scope, each.holder_id) for each in lorebooks.bindings(session, book)}
        if (tie.scope, holder) not in here:
            lorebooks.bind(session, Binding(book, tie.scope, holder, tie.active))


def tie_profiles(
    session: Session,
    found: Sequence[ProfileTie],
    persona_ids: Mapping[int, int],
    profile_ids: Mapping[int, int],
) -> None:
    """Bind profiles to personas again, as far as both are here and the persona has none."""
    for tie in found:
        persona, profile = persona_ids.get(tie.persona), profile_ids.get(tie.profile)
        if persona and profile and session.get(ProfileBinding, persona) is None:
            session.add(ProfileBinding(persona_id=persona, profile_id=profile))
            session.flush()
