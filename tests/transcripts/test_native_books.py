"""Lorebooks and bindings in an archive: what is written is read again, and anything may stand anywhere."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from hermes_desktop.containers.inflate import DamagedError
from hermes_desktop.containers.loose import dicts, mapping
from hermes_desktop.domain.history import BookHistory, BookState, BookTie, ProfileTie
from hermes_desktop.domain.lore import Scope
from hermes_desktop.transcripts import native_books
from tests.transcripts import strange

BOOKS = [
    BookHistory(
        (
            BookState(1, "Sea", "novelai", '{"entries": [], "odd": [1, 1.0]}', 2, 5, "a" * 64, "b" * 64),
            BookState(3, "Sea", "own", '{ "entries": {}}', 0, 6),
        )
    ),
    BookHistory((BookState(1, "List", "character_book", "[]", 0, 5),), 9),
]
TIES = [BookTie(1, scope, place, place != 2) for place, scope in enumerate(reversed(Scope))]
PROFILES = [ProfileTie(1, 2), ProfileTie(2, 2)]


def document() -> object:
    said = native_books.written(BOOKS, TIES) | {"people": native_books.profile_ties_written(PROFILES)}
    return json.loads(json.dumps(said))


def test_what_is_written_is_read_again() -> None:
    said = mapping(document())
    assert [native_books.book(each) for each in dicts(said["lorebooks"])] == BOOKS
    assert native_books.ties(said["bindings"]) == TIES
    assert native_books.profile_ties(said["people"]) == PROFILES


@settings(max_examples=200)
@given(st.integers(0, 70), strange.JSON)
def test_anything_may_stand_anywhere(place: int, value: object) -> None:
    said = mapping(strange.put(document(), place, value))
    native_books.ties(said.get("bindings"))
    native_books.profile_ties(said.get("people"))
    try:
        books = [native_books.book(each) for each in dicts(said.get("lorebooks"))]
    except DamagedError:
        return
    json.dumps(native_books.written(books, ()))
