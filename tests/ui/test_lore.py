"""The inspector tells which lore is in the prompt, why, and what found no room."""

import json
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from hermes_desktop.domain.lore import Entry, Hit, Lore, Scope, Why
from hermes_desktop.ui.inspector.lore import HitList, LorePanel, hit_words
from tests.ui.conftest import Desk

ENTRIES = [
    {"keys": ["cat"], "content": "A cat called Fog.", "comment": "Fog"},
    {"keys": ["harbour"], "content": "A harbour.", "constant": True},
    {"keys": ["cat"], "content": "long " * 900, "comment": "Too long"},
]


def _meet(desk: Desk, folder: Path) -> None:
    book = {"entries": ENTRIES}
    data = {"name": "Ada", "first_mes": "Hello.", "description": "Counts.", "character_book": book}
    file = folder / "ada.json"
    file.write_text(json.dumps({"spec": "chara_card_v2", "data": data}), "utf-8")
    (report,) = desk.services.imports.run([file])
    desk.services.chat.start(report.persona_id)


def _lists(desk: Desk) -> list[HitList]:
    return [each for each in desk.window.inspector.findChildren(HitList) if each.isVisible()]


def test_what_fired_and_what_was_cut_is_listed(desk: Desk, tmp_path: Path) -> None:
    desk.window.resize(1440, 900)
    desk.window.inspector.show_tab("memory")
    _meet(desk, tmp_path)
    desk.until(lambda: [each.count() for each in _lists(desk)] == [1])
    desk.say("Where is the cat?")
    desk.until(lambda: [each.count() for each in _lists(desk)] == [2, 1])
    fired, cut = _lists(desk)
    assert fired.item(0).text().startswith("Fog\non “cat”, about ")
    assert fired.item(1).text().startswith("harbour\nalways there, about ")
    assert cut.item(0).text().startswith("Too long\n")
    assert fired.accessibleName() == "Lore entries in the prompt"
    assert fired.item(0).data(Qt.ItemDataRole.AccessibleTextRole).startswith("Fog, on “cat”")
    assert any(label.text().startswith("about ") for label in desk.window.inspector.findChildren(QLabel))
    desk.services.chat.close()
    assert _lists(desk) == []


def test_the_keyboard_reaches_and_walks_along_the_entries(desk: Desk, tmp_path: Path) -> None:
    desk.window.resize(1440, 900)
    desk.window.inspector.show_tab("memory")
    _meet(desk, tmp_path)
    desk.say("Where is the cat?")
    desk.until(lambda: [each.count() for each in _lists(desk)] == [2, 1])
    fired = _lists(desk)[0]
    assert fired.focusPolicy() & Qt.FocusPolicy.TabFocus
    fired.setCurrentRow(0)
    desk.qtbot.keyClick(fired, Qt.Key.Key_Down)
    assert fired.currentRow() == 1
    desk.services.chat.measure()
    desk.until(lambda: not desk.services.chat._measuring)
    assert fired.currentRow() == 1


def test_personas_without_a_book_show_no_lore(desk: Desk) -> None:
    desk.window.inspector.show_tab("memory")
    desk.meet("Hobbs")
    desk.until(lambda: desk.services.chat.budget is not None)
    assert _lists(desk) == [] and not desk.window.inspector.findChildren(LorePanel)[0].isVisible()


def test_every_reason_has_words() -> None:
    said = {hit_words(Hit(Entry("x", ("a",)), Scope.PERSONA, why, "a", 3)) for why in Why}
    assert len(said) == len(Why) and all("about 3 tokens" in words for words in said)


def test_slow_patterns_and_books_that_say_nothing_are_told(desk: Desk) -> None:
    panel = desk.window.inspector.findChildren(LorePanel)[0]
    panel.show_lore(Lore(slow=("Fog", "Sea"), budget=100))
    shown = [label.text() for label in panel.findChildren(QLabel) if not label.isHidden()]
    assert any(text.endswith("Fog, Sea") for text in shown)
    assert "No entry of the lorebook is in the prompt." in shown
