"""Knows how messages are added, changed and read on the current path; nothing is ever overwritten."""

import array
from collections.abc import Iterable, Sequence
from itertools import islice

from sqlmodel import Session, col, func, select

from hermes_desktop.domain import conversation as values
from hermes_desktop.domain.conversation import GenerationRecord, MessageState, Role, StopReason
from hermes_desktop.storage import conversations, journal, memories, tree, variables
from hermes_desktop.storage.database import now
from hermes_desktop.storage.journal import Change, Undone
from hermes_desktop.storage.records import record_text, unpacked_record, unpacked_tokens
from hermes_desktop.storage.tables import Conversation, Generation, Message
from hermes_desktop.storage.text import checksum, cleaned

_BEYOND = 2**62  # deeper than any path
_AT_ONCE = 1_000  # rows that are inserted together


# ---- reading --------------------------------------------------------------------------------------


def get(session: Session, message_id: int) -> values.Message:
    """Give one message; its position counts on the path that leads to it. Raises MESSAGE_UNKNOWN."""
    found = tree.row(session, message_id)
    return _values(session, found, [found])[0]


def page(
    session: Session,
    conversation_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 60,
) -> list[values.Message]:
    """Read visible messages of the path by depth, oldest first; without bounds the last ones."""
    tip = _tip(session, conversation_id)
    if after is not None:
        rows = tree.rows_after(session, tip, after, limit)
    else:
        rows = tree.rows_before(session, tip, _BEYOND if before is None else before, limit)[::-1]
    return _values(session, tip, rows)


def path(session: Session, conversation_id: int, *, from_depth: int = 0) -> list[values.Message]:
    """Read every visible message of the path from a depth on, oldest first."""
    tip = _tip(session, conversation_id)
    return _values(session, tip, tree.rows_after(session, tip, from_depth - 1))


def some(session: Session, message_ids: Iterable[int]) -> list[values.Message]:
    """Give messages of a path by their depth; their places and versions are not looked up."""
    rows = [tree.row(session, number) for number in message_ids]
    return [_value(row, {}, row.depth) for row in sorted(rows, key=lambda row: row.depth)]


def before(session: Session, message_id: int, *, from_depth: int = 1) -> list[values.Message]:
    """Read what lies on the way to a message from a depth on, oldest first, also what was deleted since."""
    rows = tree.rows_above(session, tree.row(session, message_id), from_depth)
    return [_value(row, {}, row.depth) for row in rows]


def last(session: Session, conversation_id: int) -> values.Message | None:
    """Give the last visible message of the path."""
    found = page(session, conversation_id, limit=1)
    return found[0] if found else None


def count(session: Session, conversation_id: int) -> int:
    """Count the visible messages of the path."""
    return tree.conversation_row(session, conversation_id).messages


def record(session: Session, message_id: int) -> GenerationRecord | None:
    """Give how a reply came to be; None for what nobody generated."""
    found = session.get(Generation, message_id)
    return None if found is None else unpacked_record(found.record, found.tokens, found.tokenizer_hash)


def reply_tokens(
    session: Session, message_ids: Sequence[int], tokenizer_hash: str
) -> dict[int, tuple[int, ...]]:
    """Give the sampled tokens of replies that were made with this tokenizer."""
    found: dict[int, tuple[int, ...]] = {}
    for start in range(0, len(message_ids), 500):
        part = message_ids[start : start + 500]
        query = select(Generation.message_id, Generation.tokens).where(
            col(Generation.message_id).in_(part), Generation.tokenizer_hash == tokenizer_hash
        )
        for message_id, tokens in session.exec(query):
            if tokens and message_id is not None:
                found[message_id] = unpacked_tokens(tokens)
    return found


def _tip(session: Session, conversation_id: int) -> Message:
    return tree.tip_of(session, tree.conversation_row(session, conversation_id))


def _values(session: Session, tip: Message, rows: Sequence[Message]) -> list[values.Message]:
    """Turn rows in the order of the path into values with positions and versions."""
    if not rows:
        return []
    parents = [row.parent_id for row in rows if row.parent_id is not None]
    children = tree.versions(session, parents)
    position = rows[0].depth - tree.deleted_below(session, tip, rows[0].depth)
    return [_value(row, children, position + index) for index, row in enumerate(rows)]


def single(session: Session, tip: Message, rows: Sequence[Message]) -> list[values.Message]:
    """Turn rows of the path that do not stand side by side into values, as `page` gives them."""
    children = tree.versions(session, [row.parent_id for row in rows if row.parent_id is not None])
    deleted = tree.deleted_below(session, tip, _BEYOND)
    return [
        _value(row, children, row.depth - (tree.deleted_below(session, tip, row.depth) if deleted else 0))
        for row in rows
    ]


def _value(row: Message, children: dict[int, list[int]], position: int) -> values.Message:
    assert row.id is not None
    assert row.parent_id is not None
    siblings = children.get(row.parent_id, [])
    return values.Message(
        id=row.id,
        conversation_id=row.conversation_id,
        parent_id=row.parent_id,
        depth=row.depth,
        position=position,
        role=Role(row.role),
        name=row.name,
        text=row.text,
        state=MessageState(row.state),
        created_at=row.created_at,
        version=siblings.index(row.id) + 1 if row.id in siblings else 0,
        versions=len(siblings),
        stop_reason=StopReason(row.stop_reason) if row.stop_reason else None,
    )


# ---- adding ---------------------------------------------------------------------------------------


def append(
    session: Session,
    conversation_id: int,
    role: Role,
    name: str,
    text: str,
    *,
    state: MessageState = MessageState.COMPLETE,
    parent_id: int | None = None,
) -> values.Message:
    """Add a message under a parent, the tip unless named; the tip moves to it."""
    conversation = tree.conversation_row(session, conversation_id)
    parent = session.get(Message, parent_id or conversation.tip_id)
    assert parent is not None  # foreign keys see to it
    row = _insert(session, parent, role, name, text, state)
    parent.active_child_id = row.id
    _move_tip(session, conversation, row)
    session.add(parent)
    return get(session, _id(row))


def extend(session: Session, conversation_id: int, said: Iterable[tuple[Role, str, str]]) -> int:
    """Add many messages, by role, name and text, behind the tip; give their number."""
    conversation = tree.conversation_row(session, conversation_id)
    tip = tree.tip_of(session, conversation)
    branch_id, depth = tree.place_under(session, tip)
    first = (session.exec(select(func.max(Message.id))).one() or 0) + 1
    rows = (
        _row(conversation_id, branch_id, first + number - 1 if number else _id(tip), depth + number, *each)
        for number, each in enumerate(said)
    )
    number = 0
    while chunk := list(islice(rows, _AT_ONCE)):
        for row in chunk:
            row.id = first + number
            number += 1
        session.add_all(chunk)
        session.flush()
    if number:
        tree.link_children(session, branch_id, depth)
        tip.active_child_id = first
        session.add(tip)
        session.expire_all()
        _move_tip(session, conversation, tree.row(session, first + number - 1))
    return number


def sibling(
    session: Session,
    message_id: int,
    text: str,
    *,
    state: MessageState = MessageState.COMPLETE,
    keep_following: bool = False,
) -> values.Message:
    """Put a new version beside a message and go to it; with `keep_following` the rest is copied under it."""
    old = tree.row(session, message_id)
    conversation = tree.conversation_row(session, old.conversation_id)
    tip = tree.tip_of(session, conversation)
    parent = session.get(Message, old.parent_id)
    assert parent is not None
    row = _insert(session, parent, Role(old.role), old.name, text, state)
    variables.copy(session, message_id, _id(row))
    if state is MessageState.COMPLETE:  # changed by hand: it is the same message still
        memories.copy(session, message_id, _id(row))
    if keep_following and tree.on_path(session, tip, old.depth) == old.id:
        tree.copy_path(session, tip, old.depth + 1, tip.depth, row)
    # Undo takes the new version away, redo brings it back.
    made = Change("message", _id(row), "deleted_at", now(), None)
    tree.activate(session, conversation, row, "version", made)
    _touch(session, conversation)
    return get(session, _id(row))


def branch(session: Session, message_id: int) -> values.Conversation:
    """Copy the path up to a message into a new conversation."""
    message = tree.row(session, message_id)
    old = tree.conversation_row(session, message.conversation_id)
    fresh = conversations.copied(session, old)
    root = tree.tip_of(session, fresh)
    tree.copy_path(session, message, 1, message.depth, root)
    fresh.tip_id = tree.leaf_of(session, _id(root))
    session.add(fresh)
    session.flush()
    session.expire_all()
    tree.recount(session, fresh)
    assert fresh.id is not None
    return conversations.get(session, fresh.id)


def _insert(
    session: Session, parent: Message, role: Role, name: str, text: str, state: MessageState
) -> Message:
    branch_id, depth = tree.place_under(session, parent)
    row = _row(parent.conversation_id, branch_id, _id(parent), depth, role, name, text)
    row.state = state.value
    session.add(row)
    session.flush()
    return row


def _row(
    conversation_id: int, branch_id: int, parent_id: int, depth: int, role: Role, name: str, text: str
) -> Message:
    text = cleaned(text)
    return Message(
        conversation_id=conversation_id,
        branch_id=branch_id,
        parent_id=parent_id,
        depth=depth,
        role=role.value,
        name=cleaned(name),
        text=text,
        checksum=checksum(text),
        state=MessageState.COMPLETE.value,
        created_at=now(),
    )


def _move_tip(session: Session, conversation: Conversation, row: Message) -> None:
    conversation.tip_id = row.id
    session.flush()
    tree.recount(session, conversation)
    _touch(session, conversation)


def _touch(session: Session, conversation: Conversation) -> None:
    conversation.updated_at = max(now(), conversation.updated_at + 1)  # the order survives a clock set back
    session.add(conversation)


def _id(row: Message) -> int:
    assert row.id is not None
    return row.id


# ---- a reply while it is written ------------------------------------------------------------------


def checkpoint(session: Session, message_id: int, text: str) -> None:
    """Save what has been written so far of a reply that goes on."""
    _set_text(session, tree.row(session, message_id), text)


def finish(
    session: Session,
    message_id: int,
    text: str,
    state: MessageState,
    stop_reason: StopReason | None,
    made: GenerationRecord | None,
) -> None:
    """End a reply: its whole text, how it ended and how it came to be."""
    row = tree.row(session, message_id)
    _set_text(session, row, text)
    row.state = state.value
    row.stop_reason = stop_reason.value if stop_reason else None
    _touch(session, tree.conversation_row(session, row.conversation_id))
    known = session.get(Generation, message_id)
    if known is not None:  # the record of what the reply was before it went on
        session.delete(known)
        session.flush()
    if made is not None:
        session.add(_generation(message_id, made))


def reopen(session: Session, message_id: int) -> values.Message:
    """Let a reply go on: it is running again."""
    row = tree.row(session, message_id)
    row.state = MessageState.RUNNING.value
    session.add(row)
    session.flush()
    return get(session, message_id)


def mark_interrupted(session: Session) -> int:
    """Mark replies that were being written when the program died; give their number."""
    rows = session.exec(select(Message).where(Message.state == MessageState.RUNNING.value)).all()
    for row in rows:
        row.state = MessageState.INTERRUPTED.value
        session.add(row)
    return len(rows)


def _set_text(session: Session, row: Message, text: str) -> None:
    row.text = cleaned(text)
    row.checksum = checksum(row.text)
    session.add(row)


def _generation(message_id: int, made: GenerationRecord) -> Generation:
    return Generation(
        message_id=message_id,
        record=record_text(made),
        tokens=array.array("i", made.tokens).tobytes(),
        tokenizer_hash=made.tokenizer_hash,
    )


# ---- versions and deletion ------------------------------------------------------------------------


def switch(session: Session, message_id: int, step: int) -> values.Message:
    """Go some versions further or back, as far as there are; the tip goes to where one was under it."""
    row = tree.row(session, message_id)
    assert row.parent_id is not None
    siblings = tree.versions(session, [row.parent_id])[row.parent_id]
    wanted = min(max(siblings.index(message_id) + step, 0), len(siblings) - 1)
    conversation = tree.conversation_row(session, row.conversation_id)
    if siblings[wanted] != message_id:
        tree.activate(session, conversation, tree.row(session, siblings[wanted]), "switch")
    return get(session, siblings[wanted])


def delete(session: Session, message_id: int) -> None:
    """Take a message out of the path by a mark; where it has other versions the nearest takes its place."""
    row = tree.row(session, message_id)
    if row.deleted_at is not None:
        return
    assert row.parent_id is not None
    siblings = tree.versions(session, [row.parent_id])[row.parent_id]
    index = siblings.index(message_id)
    others = siblings[:index][::-1] + siblings[index + 1 :]
    at = now()
    marked = Change("message", message_id, "deleted_at", None, at)
    row.deleted_at = at
    session.add(row)
    session.flush()
    conversation = tree.conversation_row(session, row.conversation_id)
    target = tree.row(session, others[0]) if others else row
    tree.activate(session, conversation, target, "delete", marked)


def undo(session: Session, conversation_id: int) -> Undone | None:
    """Take the last change of the tree back; None where there is none."""
    return _counted(session, conversation_id, journal.undo(session, conversation_id))


def redo(session: Session, conversation_id: int) -> Undone | None:
    """Make the change again that was taken back last; None where there is none."""
    return _counted(session, conversation_id, journal.redo(session, conversation_id))


def _counted(session: Session, conversation_id: int, undone: Undone | None) -> Undone | None:
    if undone is not None:
        conversation = tree.conversation_row(session, conversation_id)
        for parent in undone.parents:
            tree.follow(session, conversation, parent)
        tree.recount(session, conversation)
    return undone
