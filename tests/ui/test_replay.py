"""A reply made again from the window: its menu, the menu bar, progress, stopping, and what is told."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QMenu, QProgressBar

from hermes_desktop.app.models import ModelState
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import PersonaFields
from tests.ui.conftest import SLOW, Desk, Open


def _ready(desk: Desk) -> None:
    desk.until(lambda: not desk.services.replay.busy and desk.services.models.state is ModelState.READY)


def _offered(desk: Desk, message_id: int) -> list[str]:
    transcript = desk.window.chat_page.transcript
    turn = transcript._turns.find(message_id)
    assert turn is not None
    menu = transcript.menu_of(turn)
    names = [action.text() for action in menu.actions()]
    menu.close()
    return names


def _choose(desk: Desk, name: str) -> None:
    """Open the menu of the last message by the keyboard, and take something from it."""
    transcript = desk.window.chat_page.transcript
    transcript.setFocus()
    desk.qtbot.keyClick(transcript, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    desk.qtbot.keyClick(transcript, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    desk.qtbot.keyClick(transcript, Qt.Key.Key_Return)
    (menu,) = [menu for menu in transcript.findChildren(QMenu) if menu.isVisible()]
    (action,) = [action for action in menu.actions() if action.text() == name]
    menu.setActiveAction(action)
    desk.qtbot.keyClick(menu, Qt.Key.Key_Return)


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu on the offscreen platform
def test_a_reply_is_replayed_from_its_menu_and_the_outcome_is_told(desk: Desk) -> None:
    desk.meet()
    desk.say("The lamp is out.")
    mine, reply = desk.path()[1:]
    assert reply.role is Role.ASSISTANT
    assert "Replay and compare" in _offered(desk, reply.id)
    assert "Replay and compare" not in _offered(desk, mine.id)
    _choose(desk, "Replay and compare")
    desk.until(lambda: any("identical: all" in text for text in desk.notices()))
    assert not desk.window.chat_page.replay.isVisible()
    _ready(desk)
    assert [message.text for message in desk.path()][1:] == [mine.text, reply.text]


def test_a_difference_stays_until_it_is_closed_and_names_a_reason(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["Aye."]}, {"pieces": ["No."]}])
    desk.meet()
    desk.say("One?")
    desk.say("Two?")
    desk.window.keys.action("replay").trigger()  # a fresh engine plays its script from the beginning
    desk.until(lambda: any("differs from token" in text for text in desk.notices()))
    (card,) = desk.window._notices.cards()
    words = " ".join(label.text() for label in card.findChildren(QLabel))
    assert "“No.”" in words and "now “Aye.”" in words and "No reason is known" in words
    assert card.property("kind") == "warning"
    _ready(desk)


def test_progress_is_shown_and_it_can_be_stopped(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["Aye", ", so", " it", " is."] * 20, "delay": SLOW / 10}])
    desk.meet()
    desk.say("Well?")
    bar, reply = desk.window.chat_page.replay, desk.path()[-1]
    stop = desk.window.keys.action("stop")
    assert not stop.isEnabled()
    for end in (lambda: desk.click("Stop the replay"), stop.trigger):
        bar.start(reply.id)
        assert bar.isVisible() and stop.isEnabled()
        shown = bar.findChild(QProgressBar)
        assert shown is not None and "loading the model" in shown.accessibleName()
        desk.until(lambda shown=shown: "comparing" in shown.accessibleName())
        end()
        assert not bar.isVisible() and not stop.isEnabled()
        _ready(desk)
    assert desk.notices() == []


def test_what_cannot_be_replayed_says_why(desk: Desk) -> None:
    desk.window.keys.action("replay").trigger()  # no conversation is open
    ada = desk.services.personas.create(PersonaFields("Ada", greeting="Hello."))
    desk.services.chat.start(ada.id)
    desk.window.keys.action("replay").trigger()
    assert "No model wrote this text here" in desk.notices()[-1]
    desk.services.chat.delete(desk.path()[-1].id)
    desk.window.keys.action("replay").trigger()
    assert "There is no reply in this conversation yet." in desk.notices()


def test_an_engine_that_fails_is_told_and_another_conversation_may_be_open(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["A"]}])
    desk.meet()
    desk.say("Well?")
    reply = desk.path()[-1]
    desk.meet("Mira")
    desk.window.chat_page.replay.start(reply.id)
    desk.until(lambda: any("identical" in text for text in desk.notices()))
    _ready(desk)
    desk.services.chat.open(reply.conversation_id)
    desk.services.chat.edit(reply.id, "B", keep_following=False)
    desk.window.chat_page.replay.start(desk.path()[-1].id)
    assert any("No model wrote this text here" in text for text in desk.notices())


def test_exact_replies_can_be_chosen(desk: Desk) -> None:
    desk.window.show_page("settings")
    (box,) = [box for box in desk.window.findChildren(QCheckBox) if box.text().startswith("Exact replies")]
    assert not desk.services.preferences.value.exact
    desk.qtbot.keyClick(box, Qt.Key.Key_Space)
    assert desk.services.preferences.value.exact
