"""The tree under any order of acts, against a plain picture of it in memory."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hermes_desktop.domain.conversation import Role
from hermes_desktop.storage import check, messages
from hermes_desktop.storage.database import Database
from tests.storage.conftest import begin


@dataclass
class Node:
    """A message as a child would draw it."""

    id: int
    text: str
    parent: "Node | None"
    deleted: bool = False
    children: "list[Node]" = field(default_factory=list)
    active: "Node | None" = None

    def live(self) -> "list[Node]":
        return [child for child in self.children if not child.deleted]

    def leaf(self) -> "Node":
        return self.active.leaf() if self.active else self


class TreeMachine(RuleBasedStateMachine):
    """Append, edit, switch and delete at random; the path has to be the picture's path."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.database = Database.open(Path(self.folder.name))
        with self.database.session() as session:
            self.talk = begin(session)
        self.root = self.tip = Node(0, "", None)
        self.number = 0

    def teardown(self) -> None:
        with self.database.session() as session:
            assert check.check(session).sound
        self.database.close()
        self.folder.cleanup()

    def path(self) -> list[Node]:
        found, node = [], self.tip
        while node.parent is not None:
            found.append(node)
            node = node.parent
        return found[::-1]

    def shown(self) -> list[Node]:
        return [node for node in self.path() if not node.deleted]

    def text(self) -> str:
        self.number += 1
        return f"text {self.number}"

    @rule()
    def append(self) -> None:
        text = self.text()
        with self.database.session() as session:
            made = messages.append(session, self.talk.id, Role.USER, "J", text)
        node = Node(made.id, text, self.tip)
        self.tip.children.append(node)
        self.tip.active = self.tip = node

    @precondition(lambda self: self.shown())
    @rule(data=st.data(), keep=st.booleans())
    def edit(self, data: st.DataObject, keep: bool) -> None:
        old = data.draw(st.sampled_from(self.shown()))
        text = self.text()
        with self.database.session() as session:
            made = messages.sibling(session, old.id, text, keep_following=keep)
            ids = {m.depth: m.id for m in messages.path(session, self.talk.id)}
        assert old.parent is not None
        following = self.path()[self.path().index(old) + 1 :] if keep else []
        node = Node(made.id, text, old.parent)
        old.parent.children.append(node)
        old.parent.active = node
        for copied in following:
            child = Node(-1, copied.text, node, copied.deleted)
            node.children.append(child)
            node.active = node = child
        self.tip = old.parent.leaf()
        for depth, each in enumerate(self.path(), 1):
            each.id = ids.get(depth, each.id)

    @precondition(lambda self: self.shown())
    @rule(data=st.data(), step=st.sampled_from([-1, 1]))
    def switch(self, data: st.DataObject, step: int) -> None:
        node = data.draw(st.sampled_from(self.shown()))
        assert node.parent is not None
        live = node.parent.live()
        wanted = live[min(max(live.index(node) + step, 0), len(live) - 1)]
        with self.database.session() as session:
            assert messages.switch(session, node.id, step).id == wanted.id
        if wanted is not node:
            node.parent.active = wanted
            self.tip = node.parent.leaf()

    @precondition(lambda self: self.shown())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        node = data.draw(st.sampled_from(self.shown()))
        assert node.parent is not None
        live = node.parent.live()
        at = live.index(node)
        others = live[:at][::-1] + live[at + 1 :]
        with self.database.session() as session:
            messages.delete(session, node.id)
        node.deleted = True
        node.parent.active = others[0] if others else node
        self.tip = node.parent.leaf()

    @rule()
    def undo_and_redo(self) -> None:
        with self.database.session() as session:
            before = [m.text for m in messages.path(session, self.talk.id)]
            if messages.undo(session, self.talk.id) is not None:
                messages.redo(session, self.talk.id)
            assert [m.text for m in messages.path(session, self.talk.id)] == before

    @invariant()
    def the_path_is_the_pictures_path(self) -> None:
        wanted = [node.text for node in self.shown()]
        with self.database.session() as session:
            path = messages.path(session, self.talk.id)
            deepest = path[-1].depth if path else 0
            pages = [
                message
                for at in range(0, deepest + 1, 3)
                for message in messages.page(session, self.talk.id, after=at, limit=3)
            ]
            assert messages.count(session, self.talk.id) == len(wanted)
            ends = [messages.page(session, self.talk.id, before=at, limit=2) for at in (2, 4, 6)]
        assert [message.text for message in path] == wanted
        assert [message.position for message in path] == list(range(1, len(wanted) + 1))
        for at, end in zip((2, 4, 6), ends, strict=True):
            assert end == [message for message in path if message.depth < at][-2:]
        assert {message.id for message in pages} == {message.id for message in path}
        for message, node in zip(path, self.shown(), strict=True):
            assert node.parent is not None
            assert (message.version, message.versions) == (
                node.parent.live().index(node) + 1,
                len(node.parent.live()),
            )


TestTree = TreeMachine.TestCase
TestTree.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
