"""Searching in the sidebar: messages under the titles, and the way to where they stand."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.hit import Hit
from hermes_desktop.ui.conversation_list import Data
from tests.ui.conftest import SLOW, Desk, Open


def box(desk: Desk) -> QLineEdit:
    found = desk.window.sidebar.findChildren(QLineEdit)
    return next(each for each in found if each.accessibleName() == "Search conversations")


def _hits(desk: Desk) -> list[Hit]:
    model = desk.window.sidebar._model
    found = [model.index(row).data(Data.HIT) for row in range(model.rowCount())]
    return [hit for hit in found if hit is not None]


def _look_for(desk: Desk, words: str) -> list[Hit]:
    box(desk).setText(words)
    desk.until(lambda: desk.window.sidebar._model.complete)
    return _hits(desk)


def _select(desk: Desk, hit: Hit) -> None:
    view = desk.window.sidebar._list
    model = desk.window.sidebar._model
    (index,) = [each for row in range(model.rowCount()) if (each := model.index(row)).data(Data.HIT) == hit]
    view.scrollTo(index)
    desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())


def test_the_sidebar_finds_messages_and_leads_to_them(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["Aye."]}] * 4)
    desk.meet("Hobbs")
    chat = desk.services.chat
    desk.say("Where is the *ledger* of the keeper?")
    asked = desk.path()[1]
    for _ in range(3):
        desk.say("x " * 400)
    chat.edit(asked.id, "Where is the lamp?", keep_following=False)
    first = chat.conversation
    desk.meet("Pim")
    (hit,) = _look_for(desk, "ledger keep")
    assert (hit.message_id, hit.shown, hit.role) == (asked.id, False, Role.USER)
    _select(desk, hit)
    assert chat.conversation is not None and first is not None and chat.conversation.id == first.id
    assert asked.id in [message.id for message in desk.path()], "its version is shown again"
    assert desk.window.chat_page.transcript.textCursor().selectedText() == "ledger"
    assert box(desk).text() == "ledger keep", "one goes on to the next"
    assert desk.window.sidebar._list.currentIndex().data(Data.HIT) is not None
    chat.undo()
    assert asked.id not in [message.id for message in desk.path()]
    desk.qtbot.keyClick(desk.window.sidebar._list, Qt.Key.Key_Return)
    assert asked.id in [message.id for message in desk.path()]
    chat.delete(asked.id)
    desk.until(lambda: not _hits(desk))
    assert "no message holds “ledger keep”" in desk.window.sidebar._empty.text()
    box(desk).clear()
    assert len(desk.services.conversations.summaries()) == 2 and desk.window.sidebar._empty.isHidden()


def test_enter_opens_the_first_message_that_will_be_found(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["Aye."]}])
    desk.meet("Hobbs")
    desk.say("A lantern, a lantern.")
    desk.services.chat.set_title("Dinner")
    desk.meet("Pim")
    line = box(desk)
    desk.qtbot.keyClicks(line, "lanter")
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    cursor = desk.window.chat_page.transcript.textCursor
    desk.until(lambda: cursor().selectedText() == "lanter")
    line.setText('"')
    desk.until(lambda: desk.window.sidebar._model.complete)
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    desk.qtbot.keyClick(line, Qt.Key.Key_Escape)
    (hit,) = _look_for(desk, "lantern")
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    assert cursor().selectedText() == "lantern"
    index = desk.window.sidebar._model.first()
    assert "Hobbs" in index.data(Qt.ItemDataRole.AccessibleTextRole) and hit.excerpt.text in str(index.data())
    assert "lantern" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_a_message_on_another_version_waits_for_the_reply(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["Aye."]}, {"pieces": ["on "] * 200, "delay": SLOW}])
    desk.meet("Hobbs")
    desk.say("The ledger.")
    desk.services.chat.edit(desk.path()[1].id, "The lamp.", keep_following=False)
    (hit,) = _look_for(desk, "ledger")
    desk.services.chat.send("More.")
    desk.until(lambda: desk.services.chat.busy)
    _select(desk, hit)
    assert "The lamp." in [message.text for message in desk.path()] and desk.notices()
    desk.services.chat.stop()
    desk.rest()
