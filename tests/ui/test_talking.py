"""Talking in the window: send, stop, versions, edit, delete, drafts, coming back."""

from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit

from hermes_desktop.domain.conversation import Message, MessageState, Role
from tests.ui.conftest import SLOW, Desk, Open

CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
LONG = {"pieces": ["word "] * 400, "delay": SLOW}


def _link(desk: Desk, verb: str, message: Message) -> None:
    desk.window.chat_page.transcript.anchorClicked.emit(QUrl(f"hermes:{verb}/{message.id}"))


def test_enter_sends_and_the_reply_is_shown(desk: Desk) -> None:
    desk.meet()
    desk.say("The lamp is out.")
    mine, reply = desk.path()[-2:]
    assert (mine.role, mine.text) == (Role.USER, "The lamp is out.")
    assert reply.text == "You said: The lamp is out." and reply.state is MessageState.COMPLETE
    assert "You said: The lamp is out." in desk.shown()
    assert desk.window.chat_page.composer.edit.toPlainText() == ""


def test_shift_enter_writes_a_new_line(desk: Desk) -> None:
    desk.meet()
    desk.type("one")
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    desk.type("two")
    assert desk.window.chat_page.composer.edit.toPlainText() == "one\ntwo"
    assert len(desk.path()) == 1


def test_stopping_keeps_what_has_come(open_desk: Open) -> None:
    desk = open_desk([LONG])
    desk.meet()
    desk.type("Go on.")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: "word" in desk.shown())
    desk.click("Stop")
    desk.rest()
    reply = desk.path()[-1]
    assert reply.state is MessageState.STOPPED and reply.text.startswith("word")
    assert "Stopped." in desk.shown()


def test_what_is_typed_during_a_reply_stays(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["a "] * 10, "delay": SLOW}])
    desk.meet()
    desk.type("One.")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: desk.window.chat_page.composer.edit.toPlainText() == "")
    desk.type("Two.")
    desk.press(Qt.Key.Key_Return)  # not now: a reply is coming
    desk.rest()
    assert desk.window.chat_page.composer.edit.toPlainText() == "Two."


def test_regenerating_keeps_the_old_reply_as_a_version(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["first"]}, {"pieces": ["second"]}])
    desk.meet()
    desk.say("Well?")
    desk.window.keys.action("regenerate").trigger()
    desk.until(lambda: desk.path()[-1].text == "second")
    desk.rest()
    assert desk.path()[-1].versions == 2
    assert "second" in desk.shown() and "first" not in desk.shown() and "2 of 2" in desk.shown()
    _link(desk, "back", desk.path()[-1])
    assert desk.path()[-1].text == "first" and "1 of 2" in desk.shown()


def test_arrow_keys_in_an_empty_box_walk_the_versions(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["first"]}, {"pieces": ["second"]}])
    desk.meet()
    desk.say("Well?")
    desk.press(Qt.Key.Key_Right)  # on the last one it makes a new one
    desk.until(lambda: desk.path()[-1].text == "second")
    desk.rest()
    desk.press(Qt.Key.Key_Left)
    assert desk.path()[-1].text == "first"
    desk.press(Qt.Key.Key_Right)
    assert desk.path()[-1].text == "second"


def test_continue_lets_the_reply_grow(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["one"]}, {"pieces": [" and two"]}])
    desk.meet()
    desk.say("Well?")
    desk.press(Qt.Key.Key_Return)  # an empty send continues
    desk.until(lambda: desk.path()[-1].text == "one and two")
    desk.rest()
    assert "one and two" in desk.shown()


def test_up_edits_my_last_message_as_a_version(open_desk: Open) -> None:
    desk = open_desk()
    desk.meet()
    desk.say("Tee?")
    desk.press(Qt.Key.Key_Up)
    boxes = [box for box in desk.window.chat_page.findChildren(QPlainTextEdit) if box.isVisible()]
    assert len(boxes) == 1 and boxes[0].toPlainText() == "Tee?"
    boxes[0].setPlainText("Tea?")
    desk.click("Save, keep what follows")
    mine = desk.path()[-2]
    assert mine.text == "Tea?" and (mine.version, mine.versions) == (2, 2)
    assert desk.path()[-1].text == "You said: Tee?"
    _link(desk, "back", mine)
    assert desk.path()[-2].text == "Tee?"


def test_a_changed_question_gets_a_new_reply(desk: Desk) -> None:
    desk.meet()
    desk.say("Tee?")
    _link(desk, "edit", desk.path()[-2])
    box = next(box for box in desk.window.chat_page.findChildren(QPlainTextEdit) if box.isVisible())
    box.setPlainText("Coffee?")
    desk.click("Save and get a reply")
    desk.until(lambda: desk.path()[-1].text == "You said: Coffee?")
    desk.rest()


def test_leaving_the_editor_changes_nothing(desk: Desk) -> None:
    desk.meet()
    desk.say("Tee?")
    _link(desk, "edit", desk.path()[-2])
    box = next(box for box in desk.window.chat_page.findChildren(QPlainTextEdit) if box.isVisible())
    box.setPlainText("something else")
    desk.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert desk.path()[-2].text == "Tee?" and desk.path()[-2].versions == 1
    assert desk.window.chat_page.composer.isVisible()


def test_a_deleted_message_comes_back_by_the_notice(desk: Desk) -> None:
    desk.meet()
    desk.say("One.")
    _link(desk, "delete", desk.path()[-1])
    assert desk.path()[-1].text == "One."
    desk.click("Undo")
    assert desk.path()[-1].text == "You said: One."
    assert "You said: One." in desk.shown()


def test_undo_and_redo_by_key(desk: Desk) -> None:
    desk.meet()
    desk.say("One.")
    _link(desk, "delete", desk.path()[-1])
    desk.window.keys.action("undo").trigger()
    assert desk.path()[-1].text == "You said: One."
    desk.window.keys.action("redo").trigger()
    assert desk.path()[-1].text == "One."


def test_copy_gives_the_markdown(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["*bold* and `code`"]}])
    desk.meet()
    desk.say("Well?")
    _link(desk, "copy", desk.path()[-1])
    assert QGuiApplication.clipboard().text() == "*bold* and `code`"


def test_branch_opens_a_conversation_of_its_own(desk: Desk) -> None:
    desk.meet()
    desk.say("One.")
    desk.say("Two.")
    before = desk.services.chat.conversation
    _link(desk, "branch", desk.path()[2])
    after = desk.services.chat.conversation
    assert before is not None and after is not None and before.id != after.id
    assert [message.text for message in desk.path()][1:] == ["One.", "You said: One."]


def test_a_draft_waits_in_its_conversation(desk: Desk) -> None:
    desk.meet("Hobbs")
    first = desk.services.chat.conversation
    assert first is not None
    desk.type("not yet")
    desk.window.gallery.talk_requested.emit(desk.services.personas.find("Pim").id, 0)
    assert desk.window.chat_page.composer.edit.toPlainText() == ""
    desk.window.open_conversation(first.id)
    assert desk.window.chat_page.composer.edit.toPlainText() == "not yet"


def test_the_window_comes_back_where_it_was(open_desk: Open) -> None:
    desk = open_desk()
    desk.meet()
    desk.say("The lamp is out.")
    desk.type("and then")
    again = open_desk(model=False)
    assert "You said: The lamp is out." in again.shown()
    assert again.window.chat_page.composer.edit.toPlainText() == "and then"


def test_closing_in_the_middle_of_a_reply_keeps_it(open_desk: Open) -> None:
    desk = open_desk([LONG])
    desk.meet()
    desk.type("Go on.")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: "word word" in desk.shown())
    seen = desk.path()[-1].id
    again = open_desk([{"pieces": ["and more"]}])
    reply = again.path()[-1]
    assert reply.id == seen and reply.state is MessageState.INTERRUPTED and reply.text.startswith("word word")
    assert "Interrupted." in again.shown()
    _link(again, "continue", reply)
    again.until(lambda: again.path()[-1].text.endswith("and more"))
    again.rest()


def test_switching_in_the_middle_of_a_reply_keeps_it(open_desk: Open) -> None:
    desk = open_desk([LONG])
    desk.meet("Hobbs")
    first = desk.services.chat.conversation
    assert first is not None
    desk.type("Go on.")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: "word word" in desk.shown())
    desk.meet("Pim")
    assert "word word" not in desk.shown()
    desk.window.open_conversation(first.id)
    assert desk.path()[-1].state is MessageState.INTERRUPTED
    assert "word word" in desk.shown()


def test_without_a_model_the_message_is_kept_and_the_reason_told(open_desk: Open) -> None:
    desk = open_desk(model=False)
    desk.meet()
    desk.type("Hello?")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: desk.path()[-1].text == "Hello?")
    desk.until(lambda: bool(desk.notices()))


def test_a_crash_of_the_engine_leaves_the_window_and_the_words(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["half ", "a ", "word"], "delay": SLOW, "acts": {"2": "crash:SIGSEGV"}}])
    desk.meet()
    desk.type("Hello?")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: bool(desk.notices()))
    desk.rest()
    assert desk.path()[-1].text.startswith("half a")
    assert desk.path()[-1].state is MessageState.INTERRUPTED


def test_verbs_are_shown_for_the_turn_under_the_pointer(desk: Desk) -> None:
    desk.meet()
    desk.say("One.")
    transcript = desk.window.chat_page.transcript
    assert "Regenerate" not in desk.shown()
    turn = transcript._turns.all[-1]
    place = transcript._turns.rect(turn).center().toPoint()
    place.setY(place.y() - transcript.verticalScrollBar().value())
    desk.qtbot.mouseMove(transcript.viewport(), QPoint(5, 5))
    desk.qtbot.mouseMove(transcript.viewport(), place)
    desk.until(lambda: "Regenerate" in desk.shown())


def test_verbs_can_be_reached_by_keyboard(desk: Desk) -> None:
    desk.meet()
    desk.say("One.")
    transcript = desk.window.chat_page.transcript
    desk.qtbot.keyClick(transcript, Qt.Key.Key_Up, ALT)
    assert "Regenerate" in desk.shown()
    names = [action.text() for action in transcript.menu_of(transcript._turns.all[-1]).actions()]
    assert names[:7] == ["Copy", "Edit", "Regenerate", "Continue", "Branch", "Pin", "Delete"]
    assert names[7:] == ["", "Replay and compare", "Export from here…"]


def test_a_thought_is_folded_until_it_is_asked_for(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["<INNER_MONOLOGUE>He knows.</INNER_MONOLOGUE>\n\n", "“Tea?”"]}])
    desk.meet()
    desk.say("Well?")
    assert "He knows." not in desk.shown() and "“Tea?”" in desk.shown()
    transcript = desk.window.chat_page.transcript
    transcript._set_current(transcript._turns.all[-1])
    transcript.anchorClicked.emit(QUrl("hermes:thought/0"))
    assert "He knows." in desk.shown()


def _lists(desk: Desk) -> list[str]:
    """Give the words of every block that is an item of a list."""
    block = desk.window.chat_page.transcript.document().begin()
    found = []
    while block.isValid():
        if block.textList() is not None:
            found.append(block.text())
        block = block.next()
    return found


def test_a_streamed_list_takes_nothing_else_in(open_desk: Open) -> None:
    desk = open_desk(
        [{"pieces": ["*She nods.* ", "“Aye”", ", so it is.\n\n", "1. one\n", "2. two"], "delay": SLOW}]
    )
    desk.meet()
    desk.say("Well?")
    assert _lists(desk) == ["one", "two"]


def test_a_list_that_goes_on_as_text_is_a_list_no_more(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["- one\n", "- two\n\n", "After it."], "delay": SLOW}])
    desk.meet()
    desk.say("Well?")
    assert _lists(desk) == ["one", "two"]
    assert "After it." in desk.shown()


def test_the_figures_of_a_reply_belong_to_its_conversation(desk: Desk) -> None:
    desk.meet("Hobbs")
    desk.say("One.")
    assert "tokens/s" in desk.window._status._figures.text()
    desk.meet("Pim")
    assert desk.window._status._figures.text() == ""
