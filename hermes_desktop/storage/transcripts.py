"""Knows how a conversation is read from its beginning to its end, a few messages at a time; not what for.

The path comes first, then what lies beside it, run by run: other versions and what followed them. What was
deleted is left out, and so is what could be reached only through a deleted version.
"""

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session, col, select

from hermes_desktop.domain.conversation import GenerationRecord, Message, MessageState, Role, StopReason
from hermes_desktop.storage import messages, records, tree
from hermes_desktop.storage.tables import Branch, Generation
from hermes_desktop.storage.tree import Stretch

PAGE = 100  # messages that are in memory at once
_NEVER = 2**62
_ROLES = {role.value: role for role in Role}  # ten times as fast as to ask the class
_STATES = {state.value: state for state in MessageState}
_ROWS = text(
    """
    select id, parent_id, depth, role, name, text, state, stop_reason, created_at from message
    where branch_id = :branch and depth between :low and :high and deleted_at is null
    order by depth limit :limit
    """
)
_DELETED = text(
    """
    select m.branch_id, m.depth, exists (
        select 1 from message s where s.parent_id = m.parent_id and s.deleted_at is null
    ) from message m
    where m.conversation_id = :conversation and m.deleted_at is not null and m.depth > 0
    order by m.branch_id, m.depth
    """
)
_COUNT = text(
    "select count(*) from message where conversation_id = :conversation and deleted_at is null and depth > 0"
)
_NAMES = text(
    """
    select distinct name from message
    where conversation_id = :conversation and role = :role and deleted_at is null and name <> ''
    """
)


@dataclass(frozen=True, slots=True)
class Run:
    """Messages without a fork that lie beside the path, as they follow each other."""

    stretch: Stretch
    position: int  # of its first message


class Walk:
    """Read one conversation as it is when the session begins.

    Without `versions` every message is told to be the only one of its place, which is quicker.
    """

    def __init__(self, session: Session, conversation_id: int, *, versions: bool = True) -> None:
        self._session, self._versions = session, versions
        self._conversation_id = conversation_id
        row = tree.conversation_row(session, conversation_id)
        self._path = list(tree.stretches(session, tree.tip_of(session, row)))[::-1]
        query = select(Branch).where(Branch.conversation_id == conversation_id).order_by(col(Branch.id))
        self._branches = {branch.id or 0: branch for branch in session.exec(query)}
        self._deleted: dict[int, list[int]] = {}  # depths, by branch
        self._ends: dict[int, int] = {}  # depth of the first deleted version that another one stands for
        for branch, depth, replaced in session.connection().execute(
            _DELETED, {"conversation": conversation_id}
        ):
            self._deleted.setdefault(branch, []).append(depth)
            if replaced:
                self._ends.setdefault(branch, depth)
        self._starts: dict[int, int] = {}

    def names(self, role: Role) -> tuple[str, ...]:
        """Give the names under which somebody has spoken."""
        values = {"conversation": self._conversation_id, "role": role.value}
        return tuple(name for (name,) in self._session.connection().execute(_NAMES, values))

    def count(self, *, branches: bool) -> int:
        """Count the messages of the path, or all that are not deleted."""
        if not branches:
            return tree.conversation_row(self._session, self._conversation_id).messages
        counted = self._session.connection().execute(_COUNT, {"conversation": self._conversation_id})
        return int(counted.scalar_one())

    def ends(self) -> tuple[Message | None, Message | None]:
        """Give the first and the last message of the path."""
        first = next(self.path(), [None])[0]
        return first, messages.last(self._session, self._conversation_id)

    def path(self) -> Iterator[list[Message]]:
        """Read the path that is shown, in pages."""
        for stretch in self._path:
            yield from self._pages(stretch)

    def slice(self, first: int, count: int) -> list[Message]:
        """Read so many messages of the path from a position on."""
        depth = first
        for stretch in self._path:  # positions fall behind depths by what is deleted before them
            for deleted in self._deleted.get(stretch.branch_id, []):
                depth += stretch.low <= deleted <= min(stretch.high, depth)
        found: list[Message] = []
        for stretch in self._path:
            if stretch.high >= depth and len(found) < count:
                low = Stretch(stretch.branch_id, max(stretch.low, depth), stretch.high)
                for page in self._pages(low):
                    found += page
                    if len(found) >= count:
                        break
        return found[:count]

    def runs(self) -> Iterator[Run]:
        """List what lies beside the path, the older branches first."""
        shown = {stretch.branch_id: stretch.high for stretch in self._path}
        reached: dict[int, bool] = {}
        for number, branch in self._branches.items():
            parent = branch.parent_branch_id
            reached[number] = parent is None or (
                reached[parent] and branch.start_depth <= self._ends.get(parent, _NEVER)
            )
            low = max(shown.get(number, branch.start_depth - 1) + 1, 1)
            stretch = Stretch(number, low, self._ends.get(number, _NEVER) - 1)
            if reached[number] and self._rows(stretch, 1):
                yield Run(stretch, self._position(number, low))

    def messages(self, run: Run) -> Iterator[list[Message]]:
        """Read a run, in pages."""
        return self._pages(run.stretch)

    def records(self, message_ids: Sequence[int]) -> dict[int, GenerationRecord]:
        """Give how replies came to be, without their tokens; no more than a page of them at once."""
        query = select(Generation.message_id, Generation.record, Generation.tokenizer_hash).where(
            col(Generation.message_id).in_(message_ids)
        )
        return {
            number: records.record_of(json.loads(fields), tokenizer_hash, ())
            for number, fields, tokenizer_hash in self._session.exec(query)
            if number is not None
        }

    # ---- inside ------------------------------------------------------------------------------------

    def _pages(self, stretch: Stretch) -> Iterator[list[Message]]:
        low = max(stretch.low, 1)
        position = self._position(stretch.branch_id, low)
        while page := self._rows(Stretch(stretch.branch_id, low, stretch.high), PAGE):
            children = tree.versions(self._session, [row[1] for row in page]) if self._versions else {}
            yield [
                self._value(row, children.get(row[1], [row[0]]), position + index)
                for index, row in enumerate(page)
            ]
            low, position = page[-1][2] + 1, position + len(page)

    def _rows(
        self, stretch: Stretch, limit: int
    ) -> Sequence[tuple[int, int, int, str, str, str, str, str, int]]:
        values = {"branch": stretch.branch_id, "low": stretch.low, "high": stretch.high, "limit": limit}
        return self._session.connection().execute(_ROWS, values).all()

    def _position(self, branch_id: int, depth: int) -> int:
        return depth - self._deleted_below(branch_id, depth)

    def _deleted_below(self, branch_id: int, depth: int) -> int:
        """Count the deleted messages above a place, on the way that leads to it."""
        return self._deleted_before(branch_id) + bisect_left(self._deleted.get(branch_id, []), depth)

    def _deleted_before(self, branch_id: int) -> int:
        """Count those above the start of a branch; a parent is counted before its children ask."""
        if branch_id not in self._starts:
            chain = [branch_id]
            while (above := self._branches[chain[-1]].parent_branch_id) and above not in self._starts:
                chain.append(above)
            for number in reversed(chain):
                branch = self._branches[number]
                parent = branch.parent_branch_id
                self._starts[number] = self._deleted_below(parent, branch.start_depth) if parent else 0
        return self._starts[branch_id]

    def _value(
        self,
        row: tuple[int, int, int, str, str, str, str, str, int],
        siblings: list[int],
        position: int,
    ) -> Message:
        number, parent, depth, role, name, said, state, stop_reason, created_at = row
        return Message(
            id=number,
            conversation_id=self._conversation_id,
            parent_id=parent,
            depth=depth,
            position=position,
            role=_ROLES[role],
            name=name,
            text=said,
            state=_STATES[state],
            created_at=created_at,
            version=siblings.index(number) + 1,
            versions=len(siblings),
            stop_reason=StopReason(stop_reason) if stop_reason else None,
        )
