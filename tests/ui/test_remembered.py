"""What is remembered is seen and steered: pins under messages, the story so far, facts, summing up."""

import json
from typing import TypeVar

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QToolButton,
    QWidget,
)

from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.domain.memory import Memory, MemoryKind
from hermes_desktop.storage import conversations, memories, messages
from hermes_desktop.ui.beginnings import beginning
from hermes_desktop.ui.inspector.chapter import ChapterRow
from hermes_desktop.ui.inspector.facts import FactRow, FactsPanel
from hermes_desktop.ui.inspector.pins import MessageLink, PinsPanel, RecalledPanel
from hermes_desktop.ui.inspector.remembered import Remembered
from hermes_desktop.ui.inspector.shelf import breakable
from hermes_desktop.ui.inspector.story import StoryPanel
from hermes_desktop.ui.inspector.summing import SumUpSwitch
from tests.ui.conftest import Desk, Open

Kind = TypeVar("Kind", bound=QWidget)
ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
HANGS: dict[str, object] = {"pieces": ["Once", " more"], "acts": {"1": "hang"}}


def _panel(desk: Desk) -> Remembered:
    panel: Remembered = desk.window.inspector.findChild(Remembered)
    return panel


def _meet(desk: Desk, count: int = 0) -> list[int]:
    """Begin a conversation with so many messages more, with the tab in sight."""
    desk.services.preferences.update(sum_up=False)
    desk.window.resize(1440, 900)
    desk.window.inspector.show_tab("memory")
    desk.meet()
    said = [
        (Role.USER, "You", f"Said {number}.")
        if number % 2 == 0
        else (Role.ASSISTANT, "Hobbs", f"Told {number}.")
        for number in range(count)
    ]
    desk.program.store.write(messages.extend, _talk(desk), said)
    again = _talk(desk)
    desk.services.chat.close()
    desk.services.chat.open(again)
    return [message.id for message in desk.path()]


def _talk(desk: Desk) -> int:
    assert desk.services.chat.conversation is not None
    return desk.services.chat.conversation.id


def _tell(desk: Desk, first: int, message_id: int, text: str, *, by_hand: bool = False) -> Memory:
    made = desk.program.store.write(
        memories.add, MemoryKind.SUMMARY, message_id, first, text, by_hand=by_hand
    )
    desk.services.memories.note_change()
    return made


def _link(desk: Desk, verb: str, message: Message) -> None:
    desk.window.chat_page.transcript.anchorClicked.emit(QUrl(f"hermes:{verb}/{message.id}"))


def _said(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text()]


def _named(inside: QWidget, kind: type[Kind], name: str) -> Kind:
    found = [each for each in inside.findChildren(kind) if each.accessibleName() == name and each.isVisible()]
    assert found, [each.accessibleName() for each in inside.findChildren(kind) if each.isVisible()]
    return found[0]


def _chapters(desk: Desk) -> list[ChapterRow]:
    story = desk.window.inspector.findChild(StoryPanel)
    return [row for row in story.findChildren(ChapterRow) if row.isVisible()]


def _facts(desk: Desk) -> list[str]:
    rows = desk.window.inspector.findChild(FactsPanel).findChildren(FactRow)
    return [_said(row)[0] for row in rows if row.isVisible()]


def _choose(row: FactRow, verb: str) -> None:
    """Choose in the menu of a fact."""
    menu = row.findChild(QToolButton).menu()
    next(action for action in menu.actions() if action.text() == verb).trigger()


def _write(box: QPlainTextEdit | QLineEdit, desk: Desk, text: str) -> None:
    desk.qtbot.keyClick(box, Qt.Key.Key_A, CONTROL)
    desk.qtbot.keyClicks(box, text)


# ---- pins --------------------------------------------------------------------------------------------


def test_a_message_is_pinned_and_let_go_under_it(desk: Desk) -> None:
    _meet(desk, 2)
    first = desk.path()[0]
    assert "Pinned" not in desk.shown()
    _link(desk, "pin", first)
    assert desk.services.memories.pin_of(first.id) is not None
    assert desk.shown().count("Pinned") == 1  # also at rest
    pins = desk.window.inspector.findChild(PinsPanel)
    assert [link.text().partition("\n")[0] for link in pins.findChildren(MessageLink)] == ["Hobbs"]
    _link(desk, "pin", first)
    assert desk.services.memories.pin_of(first.id) is None and "Pinned" not in desk.shown()


def test_pins_are_made_by_key_and_taken_back_by_undo(desk: Desk) -> None:
    _meet(desk, 2)
    keys, transcript, held = desk.window.keys, desk.window.chat_page.transcript, desk.services.memories
    first, _mine, last = desk.path()
    keys.action("pin").trigger()  # nothing else was walked to
    assert held.pin_of(last.id) is not None and "Pinned" in desk.shown()
    keys.action("undo").trigger()
    assert held.pin_of(last.id) is None and "Pinned" not in desk.shown()
    transcript.setFocus()
    for _ in range(3):
        desk.qtbot.keyClick(transcript, Qt.Key.Key_Up, ALT)
    assert [action.text() for action in transcript.menu_of(transcript._current).actions()].count("Pin") == 1  # type: ignore[arg-type]
    keys.action("pin").trigger()
    assert held.pin_of(first.id) is not None and held.pin_of(last.id) is None
    assert "Unpin" in desk.shown()
    keys.action("pin").trigger()
    assert held.pin_of(first.id) is None


def test_nothing_is_pinned_without_a_conversation(desk: Desk) -> None:
    desk.window.keys.action("pin").trigger()
    assert desk.services.memories.here() == () and not _panel(desk).isVisible()


def test_a_pin_in_the_list_leads_to_its_message_and_is_let_go_there(desk: Desk) -> None:
    ids = _meet(desk, 90)
    desk.services.memories.pin(ids[3])
    pins, transcript = desk.window.inspector.findChild(PinsPanel), desk.window.chat_page.transcript
    assert transcript._turns.find(ids[3]) is None  # far above
    link = _named(pins, MessageLink, "Go to the message of You: Said 2.")
    desk.qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    assert transcript._turns.find(ids[3]) is not None
    desk.click("Unpin the message of You", pins)
    assert desk.services.memories.here() == ()
    assert any(text.startswith("Nothing is pinned.") for text in _said(pins))


def test_what_was_recalled_leads_to_its_message(desk: Desk) -> None:
    ids = _meet(desk, 90)
    chat = desk.services.chat
    panel: RecalledPanel = _panel(desk)._recalled
    assert not panel.isVisible()
    told = [desk.services.chat.message(number) for number in ids[1:3]]
    chat.recalled = told
    chat.budget_changed.emit(chat.budget)
    links = panel.findChildren(MessageLink)
    assert panel.isVisible() and [link.text() for link in links] == ["You\nSaid 0.", "Hobbs\nTold 1."]
    chat.recalled = told
    chat.budget_changed.emit(chat.budget)
    assert panel.findChildren(MessageLink) == links  # the same ones stay
    desk.qtbot.mouseClick(links[0], Qt.MouseButton.LeftButton)
    assert desk.window.chat_page.transcript._turns.find(ids[1]) is not None
    chat.recalled = ()
    chat.budget_changed.emit(chat.budget)
    assert not panel.isVisible()


def test_the_beginning_of_a_message_is_what_is_said() -> None:
    assert beginning("<THOUGHT>He\nkept it.</THOUGHT>\n\n*She* turns.", 40) == "She turns."
    assert beginning("<THOUGHT>only this", 9) == "<THOUGHT>…"
    assert beginning("one two three", 9) == "one two…" and beginning("x" * 9, 4) == "xxxx…"
    assert breakable("a " + "b" * 19).replace("\u200b", "") == "a " + "b" * 19


# ---- the story so far --------------------------------------------------------------------------------


def test_chapters_are_listed_unfolded_and_come_in_later(desk: Desk) -> None:
    ids = _meet(desk, 40)
    story = desk.window.inspector.findChild(StoryPanel)
    assert "Nothing has left the context yet. What leaves is summed up here." in _said(story)
    text = "They met at low tide. " * 20
    _tell(desk, 1, ids[9], text)
    _tell(desk, 11, ids[19], "Then it rained.", by_hand=True)
    line = ids[10]
    desk.program.store.write(conversations.set_memory_line, _talk(desk), line)
    desk.services.chat.reread()
    first, second = _chapters(desk)
    fold = _named(first, QAbstractButton, "Summary: Turns 1 to 10")
    (shown,) = _said(first)  # it stands in the prompt by now
    assert shown.startswith("They met") and shown.endswith("…") and len(shown) < 120
    assert _said(second) == ["Then it rained.", "You wrote this. Comes in when these turns leave."]
    desk.qtbot.keyClick(fold, Qt.Key.Key_Space)
    assert _said(first) == [text.strip()] or _said(first) == [text]
    assert _named(first, QAbstractButton, "Edit the summary: Turns 1 to 10").isVisible()
    assert "what came before is summed up" in desk.window.chat_page.transcript._grounds._line_words()
    desk.services.memories.forget(first.memory.id)
    assert desk.window.chat_page.transcript._grounds._line_words() == "Hobbs remembers from here"


def test_many_chapters_show_the_latest_until_all_are_wanted(desk: Desk) -> None:
    ids = _meet(desk, 20)
    for number in range(8):
        _tell(desk, 2 * number + 1, ids[2 * number + 1], f"Chapter {number}.")
    assert [_said(row)[0] for row in _chapters(desk)] == [f"Chapter {number}." for number in range(3, 8)]
    desk.click("Story so far: Show all 8")
    assert len(_chapters(desk)) == 8
    first = _chapters(desk)[0]
    first.edit()
    desk.click("Story so far: Show fewer")
    assert first in _chapters(desk) and len(_chapters(desk)) == 6  # somebody writes in it


def test_a_chapter_is_rewritten_by_keyboard_and_undo_brings_it_back(desk: Desk) -> None:
    ids = _meet(desk, 6)
    _tell(desk, 1, ids[3], "They met.")
    (row,) = _chapters(desk)
    row._fold.setChecked(True)
    desk.click("Edit the summary: Turns 1 to 4")
    box = _named(row, QPlainTextEdit, "Text of the summary: Turns 1 to 4")
    assert box.hasFocus()
    _write(box, desk, "They met at sea.")
    claimed = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Return, CONTROL)
    claimed.ignore()
    QApplication.sendEvent(box, claimed)
    assert claimed.isAccepted()  # it is no wish for another reply
    desk.qtbot.keyClick(box, Qt.Key.Key_Return, CONTROL)
    (row,) = _chapters(desk)
    assert row.memory.text == "They met at sea." and row.memory.by_hand and row._fold.hasFocus()
    assert "You wrote this. Comes in when these turns leave." in _said(row)
    desk.window.keys.action("undo").trigger()
    assert [each.memory.text for each in _chapters(desk)] == ["They met."]


def test_an_edit_is_left_with_escape_and_an_empty_one_is_not_kept(desk: Desk) -> None:
    ids = _meet(desk, 6)
    _tell(desk, 1, ids[3], "They met.")
    (row,) = _chapters(desk)
    row.edit()
    box = row.findChild(QPlainTextEdit)
    _write(box, desk, " ")
    assert not _named(row, QAbstractButton, "Save").isEnabled()
    desk.qtbot.keyClick(box, Qt.Key.Key_Return, CONTROL)
    assert row.held
    desk.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not row.held and [each.memory.text for each in _chapters(desk)] == ["They met."]
    row.edit()
    desk.click("Save", row)  # as it was: nothing to take back
    assert not row.held and not row.memory.by_hand


def test_an_unsaved_edit_survives_whatever_happens_around_it(desk: Desk) -> None:
    ids = _meet(desk, 12)
    told = _tell(desk, 1, ids[3], "They met.")
    (row,) = _chapters(desk)
    row.edit()
    box = row.findChild(QPlainTextEdit)
    _write(box, desk, "Half a sen")
    _tell(desk, 5, ids[7], "Then it rained.")
    desk.services.memories.pin(ids[0])
    desk.services.memories.rewrite(told.id, "Written elsewhere.")
    assert box.toPlainText() == "Half a sen" and box.hasFocus() and _chapters(desk)[0] is row
    desk.services.memories.forget(*(one.id for one in desk.services.memories.here()))
    assert box.toPlainText() == "Half a sen" and _chapters(desk) == [row]
    desk.qtbot.keyClick(box, Qt.Key.Key_Return, CONTROL)
    assert [each.memory.text for each in _chapters(desk)] == ["Half a sen"]


def test_what_was_written_is_kept_where_one_goes_to_another_conversation(desk: Desk) -> None:
    ids = _meet(desk, 6)
    _tell(desk, 1, ids[3], "They met.")
    desk.services.memories.add_fact(_talk(desk), "bakes", "Sam")
    before = _talk(desk)
    row = _chapters(desk)[0]
    row.edit()
    _write(row.findChild(QPlainTextEdit), desk, "They met at sea.")
    fact = desk.window.inspector.findChild(FactsPanel).findChild(FactRow)
    _choose(fact, "Edit")
    _write(fact.findChild(QPlainTextEdit), desk, "bakes bread")
    desk.meet("Hobbs")
    assert _chapters(desk) == [] and _facts(desk) == []
    desk.services.chat.open(before)
    assert [each.memory.text for each in _chapters(desk)] == ["They met at sea."]
    assert _facts(desk) == ["Sam: bakes bread"]


def test_a_deleted_chapter_comes_back_by_the_notice(desk: Desk) -> None:
    ids = _meet(desk, 6)
    _tell(desk, 1, ids[3], "They met.")
    _chapters(desk)[0]._fold.setChecked(True)
    desk.click("Delete the summary: Turns 1 to 4")
    assert _chapters(desk) == [] and desk.notices() == ["The summary was deleted."]
    desk.click("Undo")
    assert [each.memory.text for each in _chapters(desk)] == ["They met."]


# ---- facts -------------------------------------------------------------------------------------------


def test_facts_are_added_with_enter_and_undo_works_from_there(desk: Desk) -> None:
    _meet(desk)
    panel = desk.window.inspector.findChild(FactsPanel)
    who = _named(panel, QLineEdit, "Whom the fact is about")
    text = _named(panel, QLineEdit, "A fact to keep in this conversation")
    assert not _named(panel, QAbstractButton, "Add the fact").isEnabled()
    desk.qtbot.keyClicks(who, "Sam")
    desk.qtbot.keyClick(who, Qt.Key.Key_Return)  # nothing to keep yet: it goes on there
    desk.qtbot.keyClicks(text, "bakes bread")
    desk.qtbot.keyClick(text, Qt.Key.Key_Return)
    assert _facts(desk) == ["Sam: bakes bread"] and text.text() == "" and who.text() == "Sam"
    who.clear()
    text.setText("It snows.")
    desk.click("Add the fact", panel)
    assert _facts(desk) == ["Sam: bakes bread", "It snows."]
    left = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Z, CONTROL)
    left.ignore()
    QApplication.sendEvent(text, left)
    assert not left.isAccepted()  # the conversation takes back, where nothing was typed
    desk.window.keys.action("undo").trigger()
    assert _facts(desk) == ["Sam: bakes bread"]


def test_a_fact_is_edited_in_its_place_and_deleted_with_undo(desk: Desk) -> None:
    _meet(desk)
    desk.services.memories.add_fact(_talk(desk), "bakes", "Sam")
    panel = desk.window.inspector.findChild(FactsPanel)
    row = panel.findChild(FactRow)
    assert row.findChild(QToolButton).accessibleName() == "Edit or delete “Sam: bakes”"
    _choose(row, "Edit")
    desk.services.memories.note_change()
    box = _named(row, QPlainTextEdit, "Text of the fact")
    assert box.hasFocus() and box.toPlainText() == "bakes"
    desk.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert _facts(desk) == ["Sam: bakes"]
    _choose(row, "Edit")
    _write(_named(row, QLineEdit, "Whom the fact is about"), desk, "Ada")
    desk.click("Save", row)
    assert _facts(desk) == ["Ada: bakes"]
    _choose(next(each for each in panel.findChildren(FactRow) if each.isVisible()), "Delete")
    assert _facts(desk) == []
    desk.click("Undo")
    assert _facts(desk) == ["Ada: bakes"]


# ---- summing up --------------------------------------------------------------------------------------


def test_summing_up_is_asked_for_seen_and_comes_in(open_desk: Open) -> None:
    facts = json.dumps([{"who": "Sam", "fact": "bakes bread"}])
    desk = open_desk([{"pieces": ["They met."]}, {"pieces": [facts]}])
    _meet(desk, 6)
    seen: list[str] = []
    desk.services.chronicle.changed.connect(lambda: seen.extend(_said(_panel(desk))))
    desk.until(lambda: desk.services.chat.budget is not None)
    desk.click("Sum up now")
    desk.until(lambda: desk.services.chronicle.work is None and _chapters(desk) != [])
    assert [_said(row)[0] for row in _chapters(desk)] == ["They met."] and _facts(desk) == [
        "Sam: bakes bread"
    ]
    assert "Summing up turns 1 to 5…" in seen and "Noting facts of turns 1 to 5…" in seen
    desk.click("Sum up now")
    assert desk.notices() == ["Everything but the last exchange is summed up already."]


def test_summing_up_is_stopped_and_the_keyboard_stays_there(open_desk: Open) -> None:
    desk = open_desk([HANGS])
    _meet(desk, 6)
    start = _named(_panel(desk), QAbstractButton, "Sum up now")
    start.setFocus()
    desk.qtbot.keyClick(start, Qt.Key.Key_Space)
    stop = _named(_panel(desk), QAbstractButton, "Stop summing up")
    assert stop.hasFocus() and not start.isVisible()
    desk.qtbot.keyClick(stop, Qt.Key.Key_Space)
    desk.until(lambda: desk.services.chronicle.work is None)
    assert start.isVisible() and start.hasFocus() and _chapters(desk) == [] and desk.notices() == []


def test_a_chapter_is_written_anew_where_that_is_possible(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["They met at sea."]}])
    ids = _meet(desk, 6)
    _tell(desk, 1, ids[3], "They met.")
    _chapters(desk)[0]._fold.setChecked(True)
    desk.click("Write the summary anew: Turns 1 to 4")
    desk.until(lambda: [row.memory.text for row in _chapters(desk)] == ["They met at sea."])
    desk.services.models.unload()
    desk.services.models.remove(desk.services.models.all()[0].id)
    desk.until(lambda: not desk.services.chronicle.possible)
    desk.until(lambda: not _named(_panel(desk), QAbstractButton, "Sum up now").isEnabled())


def test_what_fails_is_told(open_desk: Open) -> None:
    desk = open_desk([{"pieces": [""]}])
    _meet(desk, 6)
    desk.click("Sum up now")
    desk.until(lambda: desk.notices() != [])
    assert _named(_panel(desk), QAbstractButton, "Sum up now").isVisible() and _chapters(desk) == []


def test_the_switch_is_one_setting_in_both_places(desk: Desk) -> None:
    _meet(desk)
    desk.window.show_page("settings")
    here, there = (
        _part.findChild(SumUpSwitch) for _part in (desk.window.inspector, desk.window.settings_page)
    )
    assert not here.isChecked() and not there.isChecked()
    desk.qtbot.mouseClick(there, Qt.MouseButton.LeftButton, pos=there.rect().center() / 8)
    there.setChecked(True)
    assert desk.services.preferences.value.sum_up and here.isChecked()
    assert isinstance(here, QCheckBox) and "Understudy" in here.toolTip() and here.accessibleDescription()


def test_it_is_said_what_has_no_room(desk: Desk) -> None:
    ids = _meet(desk, 40)
    for number in range(3):
        _tell(desk, 10 * number + 1, ids[10 * number + 9], "They met. " * 900)
    desk.program.store.write(conversations.set_memory_line, _talk(desk), ids[35])
    desk.services.chat.reread()
    desk.until(lambda: any("no room in the context" in text for text in _said(_panel(desk))))


def test_every_control_has_a_name_and_tab_walks_down_the_tab(desk: Desk) -> None:
    ids = _meet(desk, 6)
    _tell(desk, 1, ids[1], "They met.")
    _tell(desk, 3, ids[3], "It rained.")
    desk.services.memories.add_fact(_talk(desk), "bakes", "Sam")
    desk.services.memories.pin(ids[0])
    for row in _chapters(desk):
        row._fold.setChecked(True)
    _chapters(desk)[0].edit()
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit)
    panel = _panel(desk)
    found = [each for each in panel.findChildren(QWidget) if isinstance(each, kinds) and each.isVisible()]
    assert [each for each in found if not (each.accessibleName() or getattr(each, "text", str)())] == []
    walked = [found[0]]
    while len(walked) < len(found):
        step = walked[-1].nextInFocusChain()
        while step not in found:
            step = step.nextInFocusChain()
        walked.append(step)
    heights = [each.mapTo(panel, each.rect().topLeft()).y() for each in walked]
    top = heights.index(min(heights))
    rows = [height // 40 for height in heights[top:] + heights[:top]]
    assert len(set(map(id, walked))) == len(found) and rows == sorted(rows)
