"""Proves whose figures the speeds of a model are taken from."""

from dataclasses import replace

import pytest

from hermes_desktop.domain.conversation import MessageState, Role, StopReason
from hermes_desktop.domain.speed import Timing
from hermes_desktop.storage import messages, replies
from hermes_desktop.storage.database import Session
from tests.storage.conftest import begin
from tests.storage.test_messages import RECORD


def reply(session: Session, conversation_id: int, **changes: object) -> None:
    row = messages.append(session, conversation_id, Role.ASSISTANT, "Mira", "")
    record = replace(RECORD, **changes)  # type: ignore[arg-type]
    messages.finish(session, row.id, "Yes.", MessageState.COMPLETE, StopReason.END, record)
    session.flush()  # as at the end of a step; what reads runs in a step of its own


def test_replies_are_found_by_the_hash_or_by_the_name_before_there_was_one(session: Session) -> None:
    conversation = begin(session).id
    ours = {"model_sha256": "ab", "model_name": "One", "quantisation": "Q8_0"}
    reply(session, conversation, **ours, evaluated_tokens=40, first_token_ms=200.0)
    reply(session, conversation, **ours | {"model_sha256": ""}, generated_tokens=9, tokens_per_second=7.5)
    reply(session, conversation, **ours | {"model_sha256": "cd"})  # another file of that name
    reply(session, conversation, **ours | {"model_sha256": "", "quantisation": "Q4_K_M"})
    found = replies.timings(session, "ab", "One", "Q8_0")
    assert len(found) == 2
    assert found[1] == Timing(
        40, 200.0, RECORD.generated_tokens, RECORD.tokens_per_second, RECORD.threads, RECORD.devices
    )
    assert [each.tokens_per_second for each in found if each.generated_tokens == 9] == [7.5]
    assert len(replies.timings(session, "", "One", "Q8_0")) == 1
    assert replies.timings(session, "", "Nobody", "Q8_0") == []


def test_only_the_newest_replies_are_looked_at(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = begin(session).id
    for speed in (1.0, 2.0, 3.0):
        reply(session, conversation, tokens_per_second=speed)
    monkeypatch.setattr(replies, "LOOKED_AT", 2)
    found = replies.timings(session, RECORD.model_sha256, "", "")
    assert {each.tokens_per_second for each in found} == {2.0, 3.0}


def test_the_newest_comes_first_with_what_computed_it(session: Session) -> None:
    conversation = begin(session).id
    placed = [(("CPU:2",), 2), (("RPC[a:1]:1", "CPU:1"), 1), ((), 4)]
    for devices, threads in placed:
        reply(session, conversation, devices=devices, threads=threads)
    found = replies.timings(session, RECORD.model_sha256, "", "")
    assert [(each.devices, each.threads) for each in found] == placed[::-1]
