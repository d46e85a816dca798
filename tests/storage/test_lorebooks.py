"""Lorebooks as they are kept: every version, the file as it came, and where each speaks."""

import pytest

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding, Lorebook
from hermes_desktop.storage import journal, lorebooks, originals
from hermes_desktop.storage.database import Session


def book(session: Session, name: str = "Harbour", **more: str) -> Lorebook:
    return lorebooks.add(session, name, spec="own", document="{}", entries=0, **more)


def unknown(caught: pytest.ExceptionInfo[KnownError]) -> bool:
    return caught.value.kind is ErrorKind.LOREBOOK_UNKNOWN


def test_every_version_stays(session: Session) -> None:
    first = book(session)
    second = lorebooks.update(session, first.id, "Haven", document='{"a": 1}', entries=3)
    assert (second.version, second.name, second.entries) == (2, "Haven", 3)
    assert lorebooks.versions(session, first.id) == [first, second]
    assert lorebooks.document(session, first.version_id) == "{}"
    assert lorebooks.document(session, second.version_id) == '{"a": 1}'
    assert lorebooks.get(session, first.id) == second
    assert lorebooks.get_version(session, first.version_id) == first
    assert lorebooks.all(session) == [second]


def test_an_earlier_version_comes_back_as_a_new_one(session: Session) -> None:
    key = originals.put(session, b"as it came", "json")
    first = book(session, file=key, digest="d")
    lorebooks.update(session, first.id, "Haven", document='{"a": 1}', entries=3)
    back = lorebooks.go_back(session, first.id, first.version_id)
    assert (back.version, back.name, back.entries) == (3, "Harbour", 0)
    assert lorebooks.document(session, back.version_id) == "{}"
    assert lorebooks.original(session, back.version_id) == (b"as it came", "json")
    assert [each.name for each in lorebooks.versions(session, first.id)] == ["Harbour", "Haven", "Harbour"]
    assert lorebooks.get(session, first.id) == back
    other = book(session, "Other")
    for wrong in (other.version_id, 999):
        with pytest.raises(KnownError) as caught:
            lorebooks.go_back(session, first.id, wrong)
        assert unknown(caught)


def test_books_stand_by_name(session: Session) -> None:
    book(session, "beta"), book(session, "Alpha")
    assert [each.name for each in lorebooks.all(session)] == ["Alpha", "beta"]
    assert [each.name for each in lorebooks.find_named(session, " ALPHA")] == ["Alpha"]


def test_a_file_belongs_to_a_version_until_something_is_changed(session: Session) -> None:
    key = originals.put(session, b"as it came", "json")
    first = book(session, file=key, digest="d")
    same = lorebooks.update(session, first.id, "Harbour", document="{}", entries=0)
    other = lorebooks.update(session, first.id, "Harbour", document="[]", entries=0)
    assert lorebooks.original(session, same.version_id) == (b"as it came", "json")
    assert lorebooks.original(session, other.version_id) is None
    assert lorebooks.original(session, 99) is None
    found = lorebooks.find_same(session, "d")
    assert found is not None and found.id == first.id  # it once said so
    assert lorebooks.find_same(session, "e") is None
    lorebooks.delete(session, first.id)
    assert lorebooks.find_same(session, "d") is None


def test_deleting_is_taken_back_by_the_journal(session: Session) -> None:
    one = book(session)
    lorebooks.delete(session, one.id)
    assert lorebooks.all(session) == [] and lorebooks.get(session, one.id).deleted
    assert [each.id for each in lorebooks.all(session, include_deleted=True)] == [one.id]
    assert journal.undo(session, None) is not None
    assert lorebooks.all(session) == [one]
    lorebooks.delete(session, one.id)
    lorebooks.restore(session, one.id)
    assert lorebooks.all(session) == [one]


def test_what_is_not_there_is_said(session: Session) -> None:
    with pytest.raises(KnownError) as caught:
        lorebooks.get(session, 5)
    assert unknown(caught)
    with pytest.raises(KnownError) as caught:
        lorebooks.document(session, 5)
    assert unknown(caught)
    with pytest.raises(KnownError) as caught:
        lorebooks.bind(session, Binding(5, Scope.GLOBAL))
    assert unknown(caught)


def test_the_narrowest_binding_decides(session: Session) -> None:
    everywhere, here, silent, gone = (book(session, name) for name in ("A", "B", "C", "D"))
    for each in (everywhere, silent, gone):
        lorebooks.bind(session, Binding(each.id, Scope.GLOBAL))
    lorebooks.bind(session, Binding(here.id, Scope.CHAT, 1))
    lorebooks.bind(session, Binding(silent.id, Scope.CHAT, 1, active=False))
    lorebooks.delete(session, gone.id)
    found = lorebooks.in_reach(session, [(Scope.CHAT, 1), (Scope.GLOBAL, 0)])
    assert [(one.book.name, one.scope, one.active) for one in found] == [
        ("B", Scope.CHAT, True),
        ("C", Scope.CHAT, False),
        ("A", Scope.GLOBAL, True),
    ]
    elsewhere = lorebooks.in_reach(session, [(Scope.CHAT, 2), (Scope.GLOBAL, 0)])
    assert [(one.book.name, one.active) for one in elsewhere] == [("A", True), ("C", True)]
    assert lorebooks.in_reach(session, [(Scope.CHAT, 2)]) == []


def test_a_binding_is_changed_and_forgotten(session: Session) -> None:
    one = book(session)
    on, off = (Binding(one.id, Scope.PERSONA, 7, active) for active in (True, False))
    lorebooks.bind(session, on)
    lorebooks.bind(session, off)
    assert lorebooks.bindings(session, one.id) == [off]
    lorebooks.unbind(session, on)
    lorebooks.unbind(session, on)
    assert lorebooks.bindings(session, one.id) == []
