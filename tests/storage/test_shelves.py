"""Lorebooks and what is bound to what: read as wholes and put into another database, they say the same."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import select

from hermes_desktop.domain.conversation import PromptOrder, Role
from hermes_desktop.domain.history import BookTie, ProfileTie
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.storage import (
    arrivals,
    conversations,
    lorebooks,
    originals,
    people,
    personas,
    profiles,
    shelves,
)
from hermes_desktop.storage.database import Session
from hermes_desktop.storage.tables import LorebookBinding, LorebookVersion, ProfileVersion
from tests.storage.conftest import begin
from tests.storage.test_histories import moved
from tests.storage.test_histories import other as other  # the second database

SCOPES = (Scope.CHAT, Scope.PROFILE, Scope.PERSONA, Scope.GLOBAL)


def furnished(session: Session) -> int:
    """A conversation, and a book of two versions that is bound to everything; a second book in the bin."""
    talk = begin(session, "Hi.")
    file = originals.put(session, b"book", "json")
    book = lorebooks.add(
        session, "Lore", spec="novelai", document="[]", entries=0, file=file, digest="d" * 64
    )
    lorebooks.update(session, book.id, "Lore", document='{"entries": {}}', entries=2)
    gone = lorebooks.add(session, "Gone", spec="own", document="{}", entries=0)
    lorebooks.delete(session, gone.id)
    me = profiles.default(session)
    for scope, holder in zip(SCOPES, (talk.id, me.id, talk.persona_id, 0), strict=True):
        lorebooks.bind(session, Binding(book.id, scope, holder, scope is not Scope.PROFILE))
        lorebooks.bind(session, Binding(gone.id, scope, holder + 900))  # nobody
    lorebooks.bind(session, Binding(gone.id, Scope.GLOBAL))
    profiles.bind(session, me.id, [talk.persona_id])
    session.flush()
    return talk.id


def shelf_moved(session: Session, other: Session, number: int) -> None:
    """Put a conversation, everybody and all books into another database."""
    for _key, form, data in originals.all(session):
        originals.put(other, data, form)
    there = moved(session, number, other)
    who, mine, books = people.personas_of(session), people.profiles_of(session), shelves.books(session)
    holders = {Scope.CHAT: [number], Scope.PROFILE: mine.ids, Scope.PERSONA: who.ids}
    persona_ids = {n: people.settle_persona(other, each).id for n, each in enumerate(who.found, 1)}
    profile_ids = {n: people.settle_profile(other, each).id for n, each in enumerate(mine.found, 1)}
    book_ids = {n: shelves.settle_book(other, each).id for n, each in enumerate(books.found, 1)}
    found = {Scope.CHAT: {1: there}, Scope.PROFILE: profile_ids, Scope.PERSONA: persona_ids}
    shelves.tie_books(other, shelves.ties(session, books.ids, holders), book_ids, found)
    shelves.tie_profiles(other, shelves.profile_ties(session, who.ids, mine.ids), persona_ids, profile_ids)


def test_books_and_bindings_say_the_same_in_another_database(session: Session, other: Session) -> None:
    number = furnished(session)
    shelf_moved(session, other, number)
    assert arrivals.dump(other) == arrivals.dump(session)
    (book,) = lorebooks.all(other)
    assert [each.version for each in lorebooks.versions(other, book.id)] == [1, 2]
    first = lorebooks.versions(other, book.id)[0]
    assert lorebooks.original(other, first.version_id) == (b"book", "json")
    assert lorebooks.find_same(other, "d" * 64) == book
    assert {each.scope: each.active for each in lorebooks.bindings(other, book.id)} == {
        scope: scope is not Scope.PROFILE for scope in SCOPES
    }
    talk = conversations.get(other, 1)
    bound = profiles.bound(other, talk.persona_id)
    assert bound is not None and bound.version_id == talk.profile_version_id


def test_what_is_here_stays(session: Session, other: Session) -> None:
    number = furnished(session)
    shelf_moved(session, other, number)
    (book,) = lorebooks.all(other)
    lorebooks.bind(other, Binding(book.id, Scope.GLOBAL, 0, active=False))
    you = profiles.add(other, "Somebody else", "")
    persona = conversations.get(other, 1).persona_id
    profiles.bind(other, you.id, [persona])
    before = arrivals.dump(other)
    (whole, _gone) = shelves.books(session).found
    assert not shelves.settle_book(other, whole).added
    shelves.tie_books(
        other,
        [BookTie(1, Scope.GLOBAL), BookTie(2, Scope.GLOBAL), BookTie(1, Scope.CHAT, 5)],
        {1: book.id},
        {Scope.CHAT: {}},
    )
    shelves.tie_profiles(other, [ProfileTie(1, 1), ProfileTie(2, 1)], {1: persona}, {1: 1})
    assert arrivals.dump(other) == before


def test_a_book_that_went_on_is_the_same(session: Session, other: Session) -> None:
    furnished(session)
    whole = shelves.books(session).found[0]
    early = shelves.settle_book(other, replace(whole, versions=whole.versions[:1]))
    late = shelves.settle_book(other, whole)
    assert early.added and not late.added and late.id == early.id
    assert shelves.books(other).found == (whole,)
    assert shelves.settle_book(other, replace(whole, versions=whole.versions[1:])).id == early.id
    changed = replace(whole.versions[0], document="{}")
    assert shelves.settle_book(other, replace(whole, versions=(changed,))).added
    assert shelves.settle_book(other, whole, taken=(early.id,)).added
    odd = tuple(replace(state, number=state.number + 1) for state in whole.versions)
    assert shelves.settle_book(other, replace(whole, versions=odd)).added  # its numbers would collide


def _rewritten(session: Session, row: type[LorebookVersion] | type[ProfileVersion], name: str) -> None:
    found = session.get_one(row, 1)
    setattr(found, name, f"{getattr(found, name)}x" if name != "entries" else 9)
    session.add(found)


def _binding(session: Session, name: str, value: object) -> None:
    found = session.get_one(LorebookBinding, 1)
    setattr(found, name, value)
    session.add(found)


def _later(session: Session) -> None:
    """Let the other book that is bound everywhere speak first."""
    here = LorebookBinding.lorebook_id == 1, LorebookBinding.scope == "global"
    session.exec(select(LorebookBinding).where(*here)).one().id = 99


def _fields(session: Session, **changes: object) -> None:
    ada = personas.get(session, 1)
    personas.update(session, 1, replace(ada.fields, **changes), card="{}")


LOSSES: dict[str, Callable[[Session], object]] = {
    "prompt order": lambda s: conversations.set_prompt_order(s, 1, PromptOrder.TAVERN),
    "note depth": lambda s: conversations.set_note_depth(s, 1, 3),
    "profile original": lambda s: _rewritten(s, ProfileVersion, "original"),
    "profile avatar": lambda s: _rewritten(s, ProfileVersion, "avatar"),
    "profile deleted": lambda s: profiles.delete(s, 1),
    "profile binding": lambda s: profiles.bind(s, 1, []),
    "book deleted": lambda s: lorebooks.delete(s, 1),
    "book restored": lambda s: lorebooks.restore(s, 2),
    "book version": lambda s: lorebooks.update(s, 1, "Lore", document="{}", entries=0),
    **{
        f"book {name}": lambda s, name=name: _rewritten(s, LorebookVersion, name)  # type: ignore[misc]
        for name in ("name", "spec", "document", "entries", "file", "digest")
    },
    "files": lambda s: originals.put(s, b"another", "json"),
    "binding off": lambda s: _binding(s, "active", False),
    "binding elsewhere": lambda s: _binding(s, "holder_id", 77),
    "binding gone": lambda s: lorebooks.unbind(s, Binding(1, Scope.GLOBAL)),
    "binding order": _later,
    "persona note": lambda s: _fields(s, note="n"),
    "persona note depth": lambda s: _fields(s, note_depth=9),
    "persona note role": lambda s: _fields(s, note_role=Role.USER),
    "persona group greetings": lambda s: _fields(s, group_greetings=("g",)),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_the_dump_notices(session: Session, loss: str) -> None:
    furnished(session)
    before = arrivals.dump(session)
    LOSSES[loss](session)
    session.flush()
    session.expire_all()
    assert arrivals.dump(session) != before


def test_persona_fields_of_a_conversation_are_in_its_dump(session: Session) -> None:
    number = furnished(session)
    before = arrivals.dump_one(session, number)
    (whole,) = people.personas_of(session).found
    assert PersonaFields("Mira", greeting="Hello.") == whole.versions[0].fields
    _rewritten(session, ProfileVersion, "original")
    session.flush()
    assert arrivals.dump_one(session, number) != before
