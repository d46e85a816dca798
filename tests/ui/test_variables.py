"""The inspector shows what macros have noted, and lets one change it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QTableWidget

from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.variables import LIMIT, Variables
from hermes_desktop.ui.inspector.variables import VariablesHere
from tests.ui.conftest import Desk

NOTING = PersonaFields(
    "Ada",
    greeting="{{setvar::mood::calm}}{{setglobalvar::coins::3}}Hello.",
    post_history_instructions="{{incvar::replies}}",
)


def _table(desk: Desk) -> QTableWidget:
    table: QTableWidget = desk.window.inspector.findChild(VariablesHere).findChild(QTableWidget)
    return table


def _rows(desk: Desk) -> list[tuple[str, str]]:
    table = _table(desk)
    if not table.isVisible():
        return []
    cells = [[table.item(row, column) for column in (0, 1)] for row in range(table.rowCount())]
    return [(name.text(), value.text()) for name, value in cells if name is not None and value is not None]


def test_they_are_listed_and_follow_the_conversation(desk: Desk) -> None:
    desk.window.resize(1440, 900)
    desk.window.inspector.show_tab("memory")
    desk.services.chat.start(desk.services.personas.create(NOTING).id)
    assert _rows(desk) == [("mood", "calm"), ("coins (everywhere)", "3")]
    desk.say("Where is the cat?")
    desk.until(lambda: ("replies", "1") in _rows(desk))
    desk.services.chat.start(desk.services.personas.create(PersonaFields("Bo", greeting="Hi.")).id)
    assert _rows(desk) == [("coins (everywhere)", "3")]
    desk.services.chat.close()
    assert _rows(desk) == []


def test_a_value_is_changed_by_keyboard_and_an_empty_one_is_forgotten(desk: Desk) -> None:
    desk.window.resize(1440, 900)
    desk.window.inspector.show_tab("memory")
    chat = desk.services.chat
    chat.start(desk.services.personas.create(NOTING).id)
    table = _table(desk)
    assert table.accessibleName() and table.focusPolicy() & Qt.FocusPolicy.TabFocus
    for row, words in ((0, "wild"), (1, "7")):
        table.setFocus()
        table.setCurrentCell(row, 1)
        desk.qtbot.keyClick(table, Qt.Key.Key_F2)
        editor = table.findChild(QLineEdit)
        desk.qtbot.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        desk.qtbot.keyClicks(editor, words)
        desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
        desk.until(lambda: table.findChild(QLineEdit) is None)
    desk.until(lambda: chat.variables() == Variables({"mood": "wild"}, {"coins": "7"}))
    name = table.item(0, 0)
    assert name is not None and not name.flags() & Qt.ItemFlag.ItemIsEditable
    cell = table.item(0, 1)
    assert cell is not None
    cell.setText("")
    desk.until(lambda: _rows(desk) == [("coins (everywhere)", "7")])
    assert chat.variables() == Variables({}, {"coins": "7"})


def test_what_has_no_room_stays_and_what_strangers_wrote_is_text(desk: Desk) -> None:
    desk.window.resize(1440, 900)
    desk.window.inspector.show_tab("memory")
    chat = desk.services.chat
    greeting = "{{setvar::<img src=x>::<b>bold</b>}}Hi."
    chat.start(desk.services.personas.create(PersonaFields("Ada", greeting=greeting)).id)
    name, value = (_table(desk).item(0, column) for column in (0, 1))
    assert name is not None and value is not None
    assert "&lt;img" in name.toolTip() and "&lt;b&gt;" in value.toolTip()
    value.setText("x" * LIMIT)
    desk.until(lambda: _rows(desk) == [("<img src=x>", "<b>bold</b>")])
    assert any("no room" in text for text in desk.notices())
