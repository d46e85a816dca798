"""Knows the shape of the history: branches, paths, versions and where the tip is; not what is said.

A branch is a run of messages without a fork; below its start it continues its parent. The current path
is therefore a short list of (branch, first depth, last depth), found from the tip, and a page of it is
an index range.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlmodel import Session, col, func, select

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.storage.journal import Change, write
from hermes_desktop.storage.tables import Branch, Conversation, Message


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of the path that lies in one branch; both depths belong to it."""

    branch_id: int
    low: int
    high: int


_CHAIN = """
    with recursive chain (branch_id, low, high, parent_id) as (
        select id, start_depth, :depth, parent_branch_id from branch where id = :branch
        union all
        select b.id, b.start_depth, c.low - 1, b.parent_branch_id
        from chain c join branch b on b.id = c.parent_id
    )
"""
_STEPS_DOWN = text(
    """
    with recursive down (id, child) as (
        select id, active_child_id from message where id = :start
        union all
        select m.id, m.active_child_id from down d join message m on m.id = d.child
    )
    select id from down where child is null
    """
)
_DELETED_BELOW = text(
    _CHAIN
    + """
    select count(*) from chain c
    join message m on m.branch_id = c.branch_id and m.depth between c.low and c.high
    where m.deleted_at is not null and m.depth < :below
    """
)


def row(session: Session, message_id: int) -> Message:
    """Give a message's row; raises MESSAGE_UNKNOWN."""
    found = session.get(Message, message_id)
    if found is None or found.parent_id is None:
        raise KnownError(ErrorKind.MESSAGE_UNKNOWN, message=message_id)
    return found


def conversation_row(session: Session, conversation_id: int) -> Conversation:
    """Give a conversation's row; raises CONVERSATION_UNKNOWN."""
    found = session.get(Conversation, conversation_id)
    if found is None:
        raise KnownError(ErrorKind.CONVERSATION_UNKNOWN, name=str(conversation_id))
    return found


def tip_of(session: Session, conversation: Conversation) -> Message:
    """Give the last message of the path, deleted or not; the root where there is none."""
    tip = session.get(Message, conversation.tip_id)
    assert tip is not None  # a conversation is made with its root as the tip
    return tip


def stretches(session: Session, tip: Message) -> Iterator[Stretch]:
    """Walk the path from the tip to the root, branch by branch."""
    branch = session.get(Branch, tip.branch_id)
    high = tip.depth
    while branch is not None:
        assert branch.id is not None
        yield Stretch(branch.id, branch.start_depth, high)
        high = branch.start_depth - 1
        branch = session.get(Branch, branch.parent_branch_id) if branch.parent_branch_id else None


def on_path(session: Session, tip: Message, depth: int) -> int | None:
    """Give the id of the path's message at a depth, None beyond the tip."""
    for stretch in stretches(session, tip):
        if stretch.low <= depth <= stretch.high:
            query = select(Message.id).where(Message.branch_id == stretch.branch_id, Message.depth == depth)
            return session.exec(query).one()
    return None


def rows_before(session: Session, tip: Message, before: int, limit: int) -> list[Message]:
    """Read visible messages of the path with a smaller depth, nearest first."""
    found: list[Message] = []
    for stretch in stretches(session, tip):
        if len(found) >= limit:
            break
        if stretch.low < before:
            query = _visible(stretch).where(Message.depth < before)
            found += session.exec(query.order_by(col(Message.depth).desc()).limit(limit - len(found)))
    return found


def rows_after(session: Session, tip: Message, after: int, limit: int | None = None) -> list[Message]:
    """Read visible messages of the path with a greater depth, nearest first."""
    wanted = []
    for stretch in stretches(session, tip):
        wanted.append(stretch)
        if stretch.low <= after:
            break
    found: list[Message] = []
    for stretch in reversed(wanted):
        left = None if limit is None else limit - len(found)
        if left is not None and left <= 0:
            break
        query = _visible(stretch).where(Message.depth > after).order_by(col(Message.depth))
        found += session.exec(query.limit(left))
    return found


def rows_above(session: Session, message: Message, first: int) -> list[Message]:
    """Read every message from a depth on that lies above this one, oldest first, deleted ones too."""
    found: list[Message] = []
    for stretch in reversed(list(stretches(session, message))):
        query = select(Message).where(
            Message.branch_id == stretch.branch_id,
            Message.depth >= max(stretch.low, first, 1),
            Message.depth <= min(stretch.high, message.depth - 1),
        )
        found += session.exec(query.order_by(col(Message.depth)))
    return found


def _visible(stretch: Stretch):  # type: ignore[no-untyped-def]  # sqlmodel's select type has no public name
    return select(Message).where(
        Message.branch_id == stretch.branch_id,
        Message.depth >= max(stretch.low, 1),
        Message.depth <= stretch.high,
        col(Message.deleted_at).is_(None),
    )


def deleted_below(session: Session, tip: Message, depth: int) -> int:
    """Count the deleted messages of the path with a smaller depth."""
    values = {"branch": tip.branch_id, "depth": tip.depth, "below": depth}
    return int(session.connection().execute(_DELETED_BELOW, values).scalar_one())


def versions(session: Session, parents: Sequence[int]) -> dict[int, list[int]]:
    """List the live children of each parent, oldest first."""
    found: dict[int, list[int]] = {}
    # SQLite takes some thousand values in one statement; a full path may have more parents.
    for start in range(0, len(parents), 500):
        part = parents[start : start + 500]
        query = (
            select(Message.parent_id, Message.id)
            .where(col(Message.parent_id).in_(part), col(Message.deleted_at).is_(None))
            .order_by(col(Message.id))
        )
        for parent, child in session.exec(query):
            assert parent is not None
            assert child is not None
            found.setdefault(parent, []).append(child)
    return found


# ---- growing --------------------------------------------------------------------------------------


def place_under(session: Session, parent: Message) -> tuple[int, int]:
    """Find branch and depth for a new child: the parent's branch where it ends there, else a new one."""
    depth = parent.depth + 1
    taken = session.exec(
        select(func.count()).where(Message.branch_id == parent.branch_id, Message.depth == depth)
    ).one()
    if not taken:
        return parent.branch_id, depth
    branch = Branch(
        conversation_id=parent.conversation_id, parent_branch_id=parent.branch_id, start_depth=depth
    )
    session.add(branch)
    session.flush()
    assert branch.id is not None
    return branch.id, depth


def link_children(session: Session, branch_id: int, first: int) -> None:
    """Make each message of a branch, from a depth on, the active child of the one above it."""
    session.connection().execute(_LINK_CHILDREN, {"copies": branch_id, "first": first})


def leaf_of(session: Session, message_id: int) -> int:
    """Follow the active children of a message to the end: where one was under it."""
    return int(session.connection().execute(_STEPS_DOWN, {"start": message_id}).scalar_one())


def activate(session: Session, conversation: Conversation, message: Message, act: str, *more: Change) -> None:
    """Make a message the active version of its place and go to the end under it; `undo` goes back."""
    assert message.id is not None
    parent = session.get(Message, message.parent_id)
    assert parent is not None
    assert parent.id is not None
    assert conversation.id is not None
    leaf = leaf_of(session, message.id)
    changes = [
        *more,
        Change("message", parent.id, "active_child_id", parent.active_child_id, message.id),
        Change("conversation", conversation.id, "tip_id", conversation.tip_id, leaf),
    ]
    parent.active_child_id = message.id
    conversation.tip_id = leaf
    session.add_all([parent, conversation])
    session.flush()
    write(session, conversation.id, act, changes)
    recount(session, conversation)


def follow(session: Session, conversation: Conversation, message_id: int) -> None:
    """Go to the end under a message of the path, whatever was said since under another child of it."""
    message = session.get(Message, message_id)
    assert message is not None  # nothing is ever taken out of the database
    tip = tip_of(session, conversation)
    if on_path(session, tip, message.depth) == message_id:
        conversation.tip_id = leaf_of(session, message_id)
        session.add(conversation)
        session.flush()


# Messages above one that lead elsewhere than towards it, and whereto they should.
_ASTRAY = text(
    _CHAIN
    + """
    select p.id, p.active_child_id, m.id from chain c
    join message m on m.branch_id = c.branch_id and m.depth between c.low and c.high
    join message p on p.id = m.parent_id
    where p.active_child_id is not m.id and m.id <> :message
    """
)


def lead_to(session: Session, conversation: Conversation, message: Message) -> None:
    """Let everything above a message lead to it, and go to the end under it; `undo` goes back."""
    values = {"branch": message.branch_id, "depth": message.depth, "message": message.id}
    changes = []
    for above, before, after in session.connection().execute(_ASTRAY, values).all():
        session.get_one(Message, above).active_child_id = after
        changes.append(Change("message", above, "active_child_id", before, after))
    activate(session, conversation, message, "switch", *changes)


def recount(session: Session, conversation: Conversation) -> None:
    """Bring the conversation's count of visible messages up to date."""
    tip = tip_of(session, conversation)
    conversation.messages = tip.depth - deleted_below(session, tip, tip.depth + 1)
    session.add(conversation)


_ON_PATH = """
    from chain c
    join message m on m.branch_id = c.branch_id and m.depth between c.low and c.high
"""
_COPY = (
    _CHAIN
    + """
    select :conversation, :copies, m.depth, m.role, m.name, m.text, m.checksum, m.state, m.stop_reason,
           m.created_at, m.deleted_at
    """
    + _ON_PATH
    + "where m.depth between :first and :last"
)
_INSERT_COPIES = text(
    """
    insert into message (conversation_id, branch_id, depth, role, name, text, checksum, state, stop_reason,
                         created_at, deleted_at)
    """
    + _COPY
)
_LINK_PARENTS = text(
    """
    update message set parent_id = coalesce(
        (select p.id from message p where p.branch_id = message.branch_id and p.depth = message.depth - 1
         and p.depth >= :first), :parent)
    where branch_id = :copies and depth >= :first
    """
)
_LINK_CHILDREN = text(
    """
    update message set active_child_id =
        (select n.id from message n where n.branch_id = message.branch_id and n.depth = message.depth + 1)
    where branch_id = :copies and depth >= :first
    """
)


def _copying(table: str, *columns: str) -> TextClause:
    """Give the statement that copies what another table keeps of messages."""
    return text(
        f"insert into {table} (message_id, {', '.join(columns)}) "
        + _CHAIN
        + f"select n.id, {', '.join(f'kept.{column}' for column in columns)} "
        + _ON_PATH
        + f"""
        join {table} kept on kept.message_id = m.id
        join message n on n.branch_id = :copies and n.depth = m.depth
        where m.depth between :first and :last
        """
    )


_COPIES = (
    *(_INSERT_COPIES, _LINK_PARENTS, _LINK_CHILDREN),
    _copying("generation", "record", "tokens", "tokenizer_hash"),
    _copying("message_extra", "extra"),
    _copying("message_variables", "variables"),
    text(
        """
        insert into memory (conversation_id, message_id, kind, first_depth, who, text, by_hand, created_at,
                            extra)
        """
        + _CHAIN
        + """
        select :conversation, n.id, k.kind, k.first_depth, k.who, k.text, k.by_hand, k.created_at, k.extra
        """
        + _ON_PATH
        + """
        join memory k on k.message_id = m.id and k.deleted_at is null
        join message n on n.branch_id = :copies and n.depth = m.depth
        where m.depth between :first and :last
        """
    ),
)


def copy_path(session: Session, tip: Message, first: int, last: int, parent: Message) -> None:
    """Copy the path's messages of these depths under a parent at depth `first` - 1, marks and all."""
    if first > last:
        return
    copies, depth = place_under(session, parent)
    assert depth == first  # a copy keeps its depth
    values = {
        "branch": tip.branch_id,
        "depth": tip.depth,
        "conversation": parent.conversation_id,
        "copies": copies,
        "first": first,
        "last": last,
        "parent": parent.id,
    }
    connection = session.connection()
    for statement in _COPIES:
        wanted = {name: values[name] for name in statement.compile().params}
        connection.execute(statement, wanted)
    query = select(Message.id).where(Message.branch_id == copies, Message.depth == first)
    parent.active_child_id = session.exec(query).one()
    session.add(parent)
    session.flush()
