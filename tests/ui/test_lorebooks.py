"""Lorebooks in the window: found, written, tried, bound; nothing that was written gets lost."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTabBar,
    QWidget,
)

from hermes_desktop.app.imports import Pasted
from hermes_desktop.app.lore_words import keys_in, keys_line
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.lore import Entry, Logic, Position, Scope
from hermes_desktop.domain.lorebook import Binding, LorebookForm, Written
from hermes_desktop.ui.inspector.books import BooksHere
from hermes_desktop.ui.inspector.lore import HitList
from hermes_desktop.ui.lorebooks import out
from hermes_desktop.ui.lorebooks.editor import LoreEditor, Part
from hermes_desktop.ui.lorebooks.entry_list import EntryView
from hermes_desktop.ui.lorebooks.page import LorebooksPage
from hermes_desktop.ui.lorebooks.shelf import Shelf
from hermes_desktop.ui.versions import VersionCard
from tests.ui.conftest import Desk, Open

T = TypeVar("T", bound=QWidget)
ENTRIES = [
    {"keys": ["cat"], "content": "It hunts a mouse.", "comment": "Cat", "odd": {"z": 0.0}},
    {"keys": ["mouse"], "content": "It squeaks.", "comment": "Mouse"},
    {"keys": ["cat"], "content": "Never.", "extensions": {"probability": 0, "useProbability": True}},
]


def book(desk: Desk, name: str = "Sea", entries: list[dict[str, Any]] | None = None) -> int:
    document = {"name": name, "entries": ENTRIES if entries is None else entries}
    (report,) = desk.services.imports.run([Pasted("sea.json", json.dumps(document).encode())])
    return report.lorebook_id


def page(desk: Desk) -> LorebooksPage:
    return desk.window.lorebooks_page


def editor(desk: Desk) -> LoreEditor:
    return page(desk).findChildren(LoreEditor)[0]


def view(desk: Desk) -> EntryView:
    return editor(desk).findChildren(EntryView)[0]


def named(desk: Desk, kind: type[T], name: str) -> T:
    found = [each for each in page(desk).findChildren(kind) if each.accessibleName() == name]
    assert found, [each.accessibleName() for each in page(desk).findChildren(kind)]
    return found[0]


def rows(desk: Desk) -> list[str]:
    model = view(desk).model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def stored(desk: Desk, book_id: int) -> dict[str, Any]:
    books = desk.services.lorebooks
    document: dict[str, Any] = json.loads(books.document(books.get(book_id)))
    return document


def shown(desk: Desk, kind: type[QLabel] = QLabel) -> list[str]:
    return [each.text() for each in page(desk).findChildren(kind) if each.isVisible()]


# ---- the list of books ----------------------------------------------------------------------------


def test_the_gallery_leads_to_the_books_and_they_say_where_they_speak(desk: Desk) -> None:
    one, two, _ = book(desk), book(desk, "Tide", []), book(desk, "Ebb", ENTRIES[:1])
    mira = desk.services.personas.find("Mira")
    desk.services.lorebooks.bind(Binding(one, Scope.PERSONA, mira.id))
    desk.services.lorebooks.bind(Binding(two, Scope.GLOBAL))
    desk.window.show_page("personas")
    desk.click("Lorebooks")
    assert {"3 entries · speaks for Mira", "0 entries · speaks everywhere"} <= set(shown(desk))
    assert "1 entry · speaks nowhere yet" in shown(desk)
    desk.click("Back to all personas")
    assert desk.window.gallery.isVisible()


def test_a_book_is_deleted_and_comes_back(desk: Desk) -> None:
    book(desk)
    desk.window.keys.action("lorebooks").trigger()
    desk.click("Delete Sea")
    assert "Sea" not in shown(desk) and "No lorebook yet" in shown(desk)
    desk.click("Undo")
    desk.until(lambda: "Sea" in shown(desk))


def test_a_new_book_gets_its_name_and_its_first_entry(desk: Desk) -> None:
    desk.window.keys.action("lorebooks").trigger()
    desk.click("New lorebook")
    name = named(desk, QLineEdit, "Name of the book")
    assert name.hasFocus() or name.selectedText() == "New lorebook"
    name.clear()
    desk.qtbot.keyClicks(name, " ")
    desk.click("Save the lorebook")
    assert "A lorebook needs a name." in shown(desk)
    name.clear()
    desk.qtbot.keyClicks(name, "Tides")
    desk.click("Add an entry")
    desk.qtbot.keyClicks(named(desk, QLineEdit, "Name"), "High water")
    desk.qtbot.keyClicks(named(desk, QLineEdit, "Keys"), "tide, /floods?/i")
    named(desk, QPlainTextEdit, "Text").setPlainText("Twice a day.")
    desk.click("Save the lorebook")
    (made,) = desk.services.lorebooks.all()
    assert (made.name, made.entries) == ("Tides", 1)
    (entry,) = stored(desk, made.id)["entries"]
    assert (entry["comment"], entry["keys"]) == ("High water", ["tide", "/floods?/i"])
    assert entry["content"] == "Twice a day."
    assert not editor(desk).is_changed()


def test_files_that_are_dropped_come_in_as_books(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text(json.dumps({"entries": {"0": {"key": ["cat"], "content": "x"}}}), "utf-8")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    actions = Qt.DropAction.CopyAction
    none = Qt.KeyboardModifier.NoModifier
    desk.window.dropEvent(QDropEvent(QPointF(5, 5), actions, mime, Qt.MouseButton.LeftButton, none))
    desk.until(lambda: [each.name for each in desk.services.lorebooks.all()] == ["world"])
    desk.until(lambda: not desk.services.imports.busy)
    if not editor(desk).isVisible():  # it took so long that the progress was shown
        desk.click("Show world")
    assert editor(desk).isVisible() and rows(desk) == ["cat"]


# ---- the editor -----------------------------------------------------------------------------------


def test_every_control_writes_what_it_says_and_nothing_else(desk: Desk) -> None:
    book_id = book(desk)
    page(desk).edit(book_id)
    desk.window.show_page("lorebooks")
    before = stored(desk, book_id)
    named(desk, QComboBox, "Place").setCurrentText("Among the messages")
    named(desk, QSpinBox, "Messages that follow it").setValue(2)
    named(desk, QComboBox, "Spoken as").setCurrentText("Me")
    named(desk, QSpinBox, "Order").setValue(7)
    named(desk, QSpinBox, "Probability").setValue(40)
    named(desk, QSpinBox, "In the last messages").setValue(3)
    named(desk, QComboBox, "Whole words only").setCurrentText("No")
    named(desk, QComboBox, "Capitals matter").setCurrentText("Yes")
    named(desk, QSpinBox, "Recursion level").setValue(2)
    named(desk, QSpinBox, "Stays for").setValue(4)
    named(desk, QSpinBox, "Then rests for").setValue(5)
    named(desk, QSpinBox, "Not before message").setValue(6)
    named(desk, QSpinBox, "Weight of the draw").setValue(50)
    desk.qtbot.keyClicks(named(desk, QLineEdit, "Groups"), "a, b")
    desk.qtbot.keyClicks(named(desk, QLineEdit, "Name of the outlet"), "")
    desk.qtbot.keyClicks(named(desk, QLineEdit, "Other keys"), "dog")
    logic = named(desk, QComboBox, "What the other keys have to do")
    logic.setCurrentIndex(3)
    logic.activated.emit(3)
    for words in ("Always in the prompt", "It brings up no others", "Counts against no budget"):
        next(box for box in page(desk).findChildren(QCheckBox) if box.text() == words).setChecked(True)
    desk.click("Save the lorebook")
    (first, *_) = desk.services.lorebooks.open(book_id).entries
    entry = first.entry
    assert (entry.position, entry.depth, entry.role.value) == (Position.DEPTH, 2, "user")
    assert (entry.order, entry.probability, entry.scan_depth) == (7, 40, 3)
    assert (entry.whole_words, entry.case_sensitive, entry.recursion_level) == (False, True, 2)
    assert (entry.sticky, entry.cooldown, entry.conditions.delay) == (4, 5, 6)
    assert (entry.groups, entry.group_weight) == (("a", "b"), 50)
    assert (entry.secondary_keys, entry.logic) == (("dog",), Logic.AND_ALL)
    assert entry.constant and entry.prevent_recursion and entry.ignore_budget and not entry.exclude_recursion
    after = stored(desk, book_id)
    assert after["entries"][1:] == before["entries"][1:] and after["entries"][0]["odd"] == {"z": 0.0}


def test_looking_at_entries_changes_none(desk: Desk) -> None:
    book_id = book(desk, entries=[*ENTRIES, {"keys": ["a,b"], "content": "line\r\nbreak\u00a0", "id": "x"}])
    page(desk).edit(book_id)
    desk.window.show_page("lorebooks")
    for row in range(4):
        view(desk).opened.emit(row)
        assert any(text.startswith("about ") for text in shown(desk))
    for part in Part:
        editor(desk).show_part(part)
    assert not editor(desk).is_changed()


def test_entries_are_copied_moved_switched_deleted_and_taken_back(desk: Desk) -> None:
    book_id = book(desk)
    page(desk).edit(book_id)
    desk.window.show_page("lorebooks")
    editing = view(desk)
    assert rows(desk) == ["Cat", "Mouse", "cat"]
    desk.qtbot.keyClick(editing, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert rows(desk) == ["Mouse", "Cat", "cat"]
    desk.click("Move the entry up")
    desk.click("Copy the entry")
    assert rows(desk) == ["Cat", "Cat", "Mouse", "cat"]
    desk.qtbot.keyClick(editing, Qt.Key.Key_Delete)
    desk.qtbot.keyClick(editing, Qt.Key.Key_Delete)
    assert rows(desk) == ["Cat", "cat"]
    assert "Entry deleted." in shown(desk)
    desk.qtbot.keyClick(editing, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert rows(desk) == ["Cat", "Mouse", "cat"]
    desk.qtbot.keyClick(editing, Qt.Key.Key_Space)
    desk.click("Take the deletion back")
    assert rows(desk) == ["Cat", "Cat", "Mouse", "cat"]
    desk.click("Save the lorebook")
    entries = desk.services.lorebooks.open(book_id).entries
    assert [each.entry.enabled for each in entries] == [True, True, False, True]
    assert [each["odd"] for each in stored(desk, book_id)["entries"][:2]] == [{"z": 0.0}] * 2
    desk.qtbot.keyClick(editing, Qt.Key.Key_Delete)
    desk.click("Discard changes")
    assert rows(desk) == ["Cat", "Cat", "Mouse", "cat"] and not editor(desk).is_changed()


def test_a_large_book_is_searched(desk: Desk) -> None:
    many = [{"keys": [f"key{n}"], "content": f"Text {n}.", "comment": f"No. {n}"} for n in range(2000)]
    page(desk).edit(book(desk, entries=many))
    desk.window.show_page("lorebooks")
    search = named(desk, QLineEdit, "Search entries")
    desk.qtbot.keyClicks(search, "key1999")
    assert rows(desk) == ["No. 1999"] and "1 of 2,000 entries" in shown(desk)
    assert named(desk, QLineEdit, "Name").text() == "No. 1999"
    keys = named(desk, QLineEdit, "Keys")
    desk.qtbot.keyClick(keys, Qt.Key.Key_End)
    desk.qtbot.keyClicks(keys, ", more")
    search.clear()
    assert len(rows(desk)) == 2000
    assert editor(desk).manuscript.entries[1999].entry.keys == ("key1999", "more")
    desk.qtbot.keyClicks(search, "nowhere")
    assert rows(desk) == [] and "No entry" in shown(desk)


def test_what_is_odd_about_an_entry_is_said_while_it_is_written(desk: Desk) -> None:
    page(desk).edit(book(desk, entries=[{"keys": ["cat"], "content": "x"}]))
    desk.window.show_page("lorebooks")
    keys = named(desk, QLineEdit, "Keys")
    keys.clear()
    desk.qtbot.keyClicks(keys, "/(/")
    assert any("/(/" in text and "cannot be read" in text for text in shown(desk))


def test_drafts_outlive_leaving(desk: Desk) -> None:
    book_id, other = book(desk), book(desk, "Tide")
    desk.window.keys.action("lorebooks").trigger()
    desk.click("Open Sea")
    desk.qtbot.keyClicks(named(desk, QLineEdit, "Name"), "!")
    desk.click("Back; what was written is kept")
    assert "Your changes to the lorebook are kept as a draft." in desk.notices()
    desk.click("Open Tide")
    assert not editor(desk).is_changed()
    page(desk).edit(book_id)
    assert rows(desk)[0] == "Cat!" and editor(desk).is_changed()
    desk.window.keys.action("lorebooks").trigger()  # another way out
    desk.window.show_page("models")
    desk.click("Go on writing")
    assert desk.window.lorebooks_page.isVisible() and rows(desk)[0] == "Cat!"
    desk.click("Save the lorebook")
    assert desk.services.lorebooks.open(book_id).entries[0].entry.comment == "Cat!"
    assert desk.services.lorebooks.get(other).version == 1


def test_a_small_window_folds_both_panes_into_one(desk: Desk) -> None:
    desk.window.resize(760, 560)
    page(desk).edit(book(desk))
    desk.window.show_page("lorebooks")
    desk.until(lambda: view(desk).isVisible() and not named(desk, QLineEdit, "Name").isVisible())
    view(desk).setFocus()
    desk.qtbot.keyClick(view(desk), Qt.Key.Key_Return)
    assert named(desk, QLineEdit, "Name").isVisible() and not view(desk).isVisible()
    desk.click("Back to the list of entries")
    assert view(desk).isVisible()
    desk.click("Try it", editor(desk))
    assert not view(desk).isVisible()
    desk.window.resize(1440, 900)
    desk.until(lambda: view(desk).isVisible() and editor(desk).findChildren(QTabBar)[0].isVisible())


# ---- versions -------------------------------------------------------------------------------------


def versions(desk: Desk) -> list[VersionCard]:
    found = [each for each in page(desk).findChildren(VersionCard) if each.isVisible()]
    return sorted(found, key=lambda each: each.accessibleName())


def rewrite(desk: Desk, book_id: int, content: str) -> None:
    books = desk.services.lorebooks
    script = books.open(book_id)
    first = replace(script.entries[0], entry=replace(script.entries[0].entry, content=content, order=5))
    books.save(replace(script, entries=(first, *script.entries[2:], Written(Entry("Wet.", ("rain",))))))


def test_versions_are_listed_compared_and_restored(desk: Desk) -> None:
    book_id = book(desk)
    rewrite(desk, book_id, "It hunts two mice.")
    before = stored(desk, book_id)
    desk.window.keys.action("lorebooks").trigger()
    desk.click("Open Sea")
    desk.click("Versions of the lorebook")
    assert len(versions(desk)) == 2 and "Versions of Sea" in shown(desk)
    said = "Changed: Cat (text, order)\nAdded: rain\nRemoved: Mouse"
    assert {said, "As it was at first"} <= set(shown(desk))
    desk.click("Show changes: Version 2")
    told = [label.text() for label in versions(desk)[1].findChildren(QLabel)]
    assert {"CAT: TEXT", "CAT: ORDER", "RAIN: ADDED", "MOUSE: REMOVED"} <= set(told)
    assert "<s>a mouse</s>" in " ".join(told) and "Wet." in " ".join(told)
    desk.click("Restore: Version 1")
    books = desk.services.lorebooks
    assert stored(desk, book_id)["entries"] == ENTRIES and books.get(book_id).version == 3
    assert json.loads(books.document(books.versions(book_id)[1])) == before
    assert "Version 1 of Sea is back, as version 3." in desk.notices()
    desk.until(lambda: len(versions(desk)) == 3)
    desk.click("Back to the lorebook")
    assert rows(desk) == ["Cat", "Mouse", "cat"]


def test_a_draft_steps_back_for_the_version_that_is_restored(desk: Desk) -> None:
    book_id = book(desk)
    rewrite(desk, book_id, "Other.")
    page(desk).edit(book_id)
    desk.window.show_page("lorebooks")
    desk.qtbot.keyClicks(named(desk, QLineEdit, "Name"), "!")
    desk.click("Versions of the lorebook")
    desk.click("Restore: Version 1")
    desk.click("Back to the lorebook")
    assert rows(desk)[0] == "Cat" and not editor(desk).is_changed()
    desk.click("Go on with my unsaved changes")
    assert rows(desk)[0] == "Cat!" and editor(desk).is_changed()
    desk.click("Save the lorebook")
    assert desk.services.lorebooks.open(book_id).entries[0].entry.comment == "Cat!"


def test_every_kind_of_setting_is_told_in_words(desk: Desk) -> None:
    book_id = book(desk, entries=ENTRIES[:1])
    books = desk.services.lorebooks
    script = books.open(book_id)
    entry = replace(
        script.entries[0].entry,
        position=Position.DEPTH, role=Role.USER, logic=Logic.NOT_ANY, constant=True,
        whole_words=False, probability=12.5, groups=("a", "b"),
    )  # fmt: skip
    script = books.save(replace(script, entries=(replace(script.entries[0], entry=entry),)))
    books.save(replace(script, fields=replace(script.fields, recursive=True)))
    page(desk).show_versions(book_id)
    desk.window.show_page("lorebooks")
    assert "Changed: the book (what fires may bring up other entries)" in shown(desk)
    desk.click("Show changes: Version 2")
    told = {label.accessibleName() for label in versions(desk)[1].findChildren(QLabel)}
    assert {"[−no−][+yes+]", "[−as usual−][+no+]", "[−100−][+12.5+]", "[+a, b+]"} <= told
    assert {"[−System−][+Me+]", "[−and any of−][+and none of+]"} <= told
    assert "[−After the persona−][+Among the messages+]" in told


def test_many_entries_are_counted(desk: Desk) -> None:
    many = [{"keys": [f"key{n}"], "content": "x" * 60, "id": n} for n in range(60)]
    book_id = book(desk, entries=many)
    books = desk.services.lorebooks
    script = books.open(book_id)
    books.save(replace(script, entries=(Written(Entry("", comment="long " * 30)),)))
    page(desk).show_versions(book_id)
    desk.window.show_page("lorebooks")
    first = "Added: " + ("long " * 30)[:48] + "…"
    assert f"{first}\nRemoved: key0, key1, key2, key3, key4, key5 and 54 more" in shown(desk)
    desk.click("Show changes: Version 2")
    assert "21 more entries differ." in shown(desk)
    moved = books.save(books.open(book_id))
    books.save(replace(moved, entries=(*moved.entries, Written(Entry("", ("a",))))))
    moved = books.open(book_id)
    books.save(replace(moved, entries=moved.entries[::-1]))
    page(desk).show_versions(book_id)
    desk.until(lambda: {"The entries stand in another order", "Saved without a change"} <= set(shown(desk)))


def test_a_book_that_is_gone_has_no_versions_to_show(desk: Desk) -> None:
    page(desk).show_versions(99)
    assert desk.notices()
    book_id = book(desk)
    page(desk).show_versions(book_id)
    gone = replace(desk.services.lorebooks.get(book_id), version_id=98)
    page(desk)._versions.restore_requested.emit(gone)
    assert desk.services.lorebooks.get(book_id).version == 1 and len(desk.notices()) == 2


def test_a_persona_s_own_book_has_the_versions_of_its_persona(desk: Desk) -> None:
    mira = desk.services.personas.find("Mira")
    books = desk.services.lorebooks
    script = books.save(replace(books.open_of(mira.id), entries=(Written(Entry("Old.", ("lamp",))),)))
    books.save(replace(script, entries=(Written(Entry("New.", ("lamp",)), 0),)))
    page(desk).edit_of(mira.id)
    desk.window.show_page("lorebooks")
    desk.click("Versions of the lorebook")
    gallery = desk.window.gallery
    assert gallery.isVisible()
    said = {each.text() for each in gallery.findChildren(QLabel) if each.isVisible()}
    assert {"Lorebook: Changed: lamp (text)", "Lorebook: Added: lamp"} <= said
    desk.click("Show changes: Version 3", gallery)
    assert any("LAMP: TEXT" in each.text() for each in gallery.findChildren(QLabel))
    desk.click("Back to the persona")
    assert any(each.text() == "Mira" for each in gallery.findChildren(QLabel) if each.isVisible())


# ---- a persona's own book -------------------------------------------------------------------------


def test_a_persona_begins_a_book_of_its_own(desk: Desk) -> None:
    mira = desk.services.personas.find("Mira")
    desk.window.show_page("personas")
    desk.window.gallery.show_persona(mira.id)
    desk.click("Begin a lorebook")
    assert "Lorebook of Mira" in shown(desk)
    desk.click("Add an entry", editor(desk))
    desk.qtbot.keyClicks(named(desk, QLineEdit, "Keys"), "lamp")
    named(desk, QPlainTextEdit, "Text").setPlainText("It is old.")
    desk.click("Save the lorebook")
    assert desk.services.personas.get(mira.id).lore_entries == 1
    desk.click("Back; what was written is kept")
    desk.click("Lorebook with 1 entries", desk.window.gallery)


# ---- trying, binding ------------------------------------------------------------------------------


def test_a_text_is_tried_on_the_book_as_it_is_written(desk: Desk) -> None:
    desk.meet()
    page(desk).edit(book(desk), Part.TRIAL)
    desk.window.show_page("lorebooks")
    text = next(box for box in page(desk).findChildren(QPlainTextEdit) if box.isVisible())
    text.setPlainText("Where is the cat?")

    def found() -> list[list[str]]:
        lists = [each for each in page(desk).findChildren(HitList) if each.isVisible()]
        return [[each.item(row).text() for row in range(each.count())] for each in lists]

    desk.until(lambda: len(found()) == 2)
    fired, lost = found()
    assert fired[0].startswith("Cat\non “cat”, ") and fired[1].startswith("Mouse\non “mouse” in Cat, ")
    assert lost == ["cat\non “cat”, a probability of 0 % was against it"]
    desk.click("Throw the dice again")
    assert len(found()) == 2
    desk.click("Take the conversation’s last messages")
    assert "Hobbs: " in text.toPlainText()
    text.clear()
    desk.until(lambda: "Write something to see what fires." in shown(desk))


def test_where_a_book_speaks_is_ticked(desk: Desk) -> None:
    book_id = book(desk)
    desk.meet()
    conversation = desk.services.chat.conversation
    assert conversation is not None
    desk.services.lorebooks.bind(Binding(book_id, Scope.CHAT, conversation.id))
    desk.window.keys.action("lorebooks").trigger()
    desk.click("Where Sea speaks")
    ticks = named(desk, QListWidget, "Where the book speaks")
    items = {ticks.item(row).text(): ticks.item(row) for row in range(ticks.count())}
    items["With Mira"].setCheckState(Qt.CheckState.Checked)
    items["Everywhere"].setCheckState(Qt.CheckState.Checked)
    items["Everywhere"].setCheckState(Qt.CheckState.Unchecked)
    items["In “Hobbs”"].setCheckState(Qt.CheckState.Unchecked)
    mira = desk.services.personas.find("Mira")
    assert desk.services.lorebooks.bindings(book_id) == [Binding(book_id, Scope.PERSONA, mira.id)]
    desk.qtbot.keyClicks(named(desk, QLineEdit, "Search personas and profiles"), "mira")
    assert [text for text, item in items.items() if not item.isHidden()] == ["With Mira"]


def test_books_are_ticked_beside_the_conversation(open_desk: Open) -> None:
    desk = open_desk(model=False)
    book_id = book(desk)
    desk.window.resize(1440, 900)
    desk.window.inspector.show_tab("memory")
    desk.meet()
    here = desk.window.inspector.findChildren(BooksHere)[0]
    ticks = here.findChildren(QListWidget)[0]
    assert [ticks.item(0).text(), ticks.item(0).checkState()] == ["Sea", Qt.CheckState.Unchecked]
    ticks.item(0).setCheckState(Qt.CheckState.Checked)
    conversation = desk.services.chat.conversation
    assert conversation is not None
    assert desk.services.lorebooks.bindings(book_id) == [Binding(book_id, Scope.CHAT, conversation.id)]
    again = open_desk(model=False)
    again.services.chat.open(conversation.id)
    ticks = again.window.inspector.findChildren(BooksHere)[0].findChildren(QListWidget)[0]
    assert ticks.item(0).checkState() is Qt.CheckState.Checked
    assert ticks.item(0).toolTip() == "Chosen for this conversation"
    ticks.itemActivated.emit(ticks.item(0))
    assert again.window.lorebooks_page.isVisible() and rows(again)[0] == "Cat"


def test_keys_are_written_and_read_in_one_line() -> None:
    keys = ("cat", "Hello, you", "/a,b{1,2}/i", "/home")
    assert keys_line(keys) == "cat, Hello\\, you, /a,b{1,2}/i, /home"
    assert keys_in(keys_line(keys)) == keys
    assert keys_in(" a ,, b\nc") == ("a", "b", "c")
    assert keys_in("") == () and keys_line(Entry("").keys) == ""


def test_a_book_is_exported_from_the_list(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)  # offscreen has no place for either
    monkeypatch.setattr(QFileDialog, "open", lambda *_: None)
    book(desk)
    desk.window.show_page("lorebooks")
    page(desk).show_shelf()
    shelf = page(desk).findChildren(Shelf)[0]
    desk.until(lambda: [b for b in shelf.findChildren(QPushButton) if b.text() == "Export…"][-1].isVisible())
    desk.click("Export Sea", shelf)
    menu = page(desk).findChildren(QMenu)[-1]
    menu.actions()[1].trigger()
    dialog = next(iter(page(desk).findChildren(QFileDialog)))
    assert Path(dialog.selectedFiles()[0]).name == "Sea.json"
    dialog.fileSelected.emit(str(tmp_path / "out.json"))
    dialog.reject()
    written = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert written["spec"] == "lorebook_v3" and written["data"]["entries"][0]["odd"] == {"z": 0.0}
    assert any("out.json" in said for said in desk.notices())
    out.write(
        desk.services.lorebooks, desk.services.notices, desk.services.lorebooks.all()[0],
        LorebookForm.V3, tmp_path / "nowhere" / "out.json",
    )  # fmt: skip
    assert len(desk.notices()) == 2
