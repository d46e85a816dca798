"""Conversations go over to another persona and come back, and the one that was made for them with them."""

import pytest

from hermes_desktop.domain.conversation import Conversation
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import Persona
from hermes_desktop.storage import conversations, matching, messages, personas, profiles
from hermes_desktop.storage.database import Session
from tests.storage.conftest import begin, say, texts


def whose(session: Session, *about: Conversation) -> list[tuple[int, int]]:
    found = [conversations.get(session, each.id) for each in about]
    return [(each.persona_id, each.persona_version_id) for each in found]


def is_there(session: Session, persona_id: int) -> bool:
    return not personas.get(session, persona_id).deleted


def other(session: Session, name: str) -> Persona:
    return personas.get(session, begin(session, name=name).persona_id)


def test_conversations_go_on_with_the_newest_version_and_keep_what_was_said(session: Session) -> None:
    one, two = begin(session, name="Zel"), begin(session, name="Zelda")
    say(session, one, "Hi.", "Hello.")
    ada = other(session, "Ada")
    newest = personas.update(session, ada.id, ada.fields, card="{}")
    done = matching.match(session, [one.id, two.id, one.id], ada.id)
    assert whose(session, one, two) == [(ada.id, newest.version_id)] * 2 and len(done.before) == 2
    assert texts(session, one) == ["Hi.", "Hello."]
    assert is_there(session, one.persona_id) and not (done.put_away or done.fetched)
    again = matching.match(session, [one.id], ada.id)
    assert again.before == ()
    matching.take_back(session, done)
    assert whose(session, one, two) == [(each.persona_id, each.persona_version_id) for each in (one, two)]


def test_the_persona_that_was_made_goes_with_the_last_and_comes_again(session: Session) -> None:
    one = begin(session, name="Zelda")
    made = personas.get(session, one.persona_id)
    two = conversations.create(session, made, profiles.default(session), [])
    ada = other(session, "Ada")
    first = matching.match(session, [one.id], ada.id, made.id)
    assert is_there(session, made.id) and not first.put_away
    last = matching.match(session, [two.id], ada.id, made.id)
    assert not is_there(session, made.id) and last.put_away == made.id
    back = matching.match(session, [one.id], made.id, made.id)
    assert is_there(session, made.id) and back.fetched == made.id
    matching.take_back(session, back)
    assert not is_there(session, made.id)
    matching.take_back(session, last)
    assert is_there(session, made.id) and whose(session, two) == [(made.id, made.version_id)]
    matching.take_back(session, first)
    assert whose(session, one) == [(made.id, made.version_id)]


def test_undo_in_a_conversation_takes_its_match_back(session: Session) -> None:
    one = begin(session, name="Zelda")
    ada = other(session, "Ada")
    matching.match(session, [one.id], ada.id, one.persona_id)
    assert not is_there(session, one.persona_id)
    messages.undo(session, one.id)
    assert whose(session, one) == [(one.persona_id, one.persona_version_id)]
    assert is_there(session, one.persona_id)
    messages.redo(session, one.id)
    assert whose(session, one) == [(ada.id, ada.version_id)] and not is_there(session, one.persona_id)


def test_a_persona_that_others_need_stays_when_a_match_is_taken_back(session: Session) -> None:
    one, two = begin(session, name="Zelda"), begin(session, name="Pim")
    ada = other(session, "Ada")
    personas.delete(session, ada.id)
    done = matching.match(session, [one.id], ada.id)
    assert done.fetched == ada.id and is_there(session, ada.id)
    matching.match(session, [two.id], ada.id)
    matching.take_back(session, done)
    assert is_there(session, ada.id)


def test_nobody_is_matched_with_nobody(session: Session) -> None:
    one = begin(session)
    for numbers, persona, kind in (
        ([one.id, 99], one.persona_id, ErrorKind.CONVERSATION_UNKNOWN),
        ([one.id], 99, ErrorKind.PERSONA_UNKNOWN),
    ):
        with pytest.raises(KnownError) as caught:
            matching.match(session, numbers, persona)
        assert caught.value.kind is kind


def test_undo_in_one_conversation_puts_nobody_away_whom_another_one_has(session: Session) -> None:
    one = begin(session, name="Zelda")
    made, ada = personas.get(session, one.persona_id), other(session, "Ada")
    two = conversations.create(session, made, profiles.default(session), [])
    matching.match(session, [one.id, two.id], ada.id, made.id)
    matching.match(session, [one.id, two.id], made.id, made.id)
    messages.undo(session, one.id)
    assert whose(session, one, two) == [(ada.id, ada.version_id), (made.id, made.version_id)]
    assert is_there(session, made.id)
    messages.undo(session, two.id)  # and now it is the last one's
    assert not is_there(session, made.id)


def test_redo_puts_nobody_away_whom_a_new_conversation_has(session: Session) -> None:
    one = begin(session, name="Zelda")
    made, ada = personas.get(session, one.persona_id), other(session, "Ada")
    matching.match(session, [one.id], ada.id, made.id)
    messages.undo(session, one.id)
    conversations.create(session, made, profiles.default(session), [])
    messages.redo(session, one.id)
    assert whose(session, one) == [(ada.id, ada.version_id)] and is_there(session, made.id)


def test_who_is_in_the_bin_already_is_not_put_away_again(session: Session) -> None:
    one = begin(session, name="Zelda")
    made, ada, pim = one.persona_id, other(session, "Ada"), other(session, "Pim")
    matching.match(session, [one.id], ada.id, made)
    again = matching.match(session, [one.id], pim.id, made)
    assert not again.put_away
    matching.take_back(session, again)
    assert whose(session, one) == [(ada.id, ada.version_id)] and not is_there(session, made)


def test_what_was_done_since_decides_how_a_match_is_taken_back(session: Session) -> None:
    one, two, three = (begin(session, name=name) for name in ("Zelda", "Pim", "Bo"))
    ada = other(session, "Ada")
    done = matching.match(session, [one.id, two.id, three.id], ada.id)
    messages.delete(session, say(session, two, "Hi.", "Hello.")[1])
    matching.match(session, [three.id], one.persona_id)
    matching.take_back(session, done)
    gone = conversations.get(session, one.id).persona_id
    assert whose(session, one, two) == [(each.persona_id, each.persona_version_id) for each in (one, two)]
    assert whose(session, three)[0][0] == gone  # it has gone to somebody else since
    messages.undo(session, two.id)  # the way back is an act of its own there
    assert whose(session, two) == [(ada.id, ada.version_id)]
    messages.undo(session, two.id)
    assert len(texts(session, two)) == 2
    messages.redo(session, one.id)  # here it was the undo of the match
    assert whose(session, one) == [(ada.id, ada.version_id)]
    matching.take_back(session, done)
    matching.take_back(session, done)  # twice is once
    assert whose(session, one) == [(one.persona_id, one.persona_version_id)]
