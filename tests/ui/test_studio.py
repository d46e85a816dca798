"""Writing a persona: every field, turns, macros, weights, the prompt, the picture, its versions."""

import dataclasses
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel

from hermes_desktop.app.macros import MarkKind
from hermes_desktop.app.prompts import PromptSource
from hermes_desktop.app.studio import chatml
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.preferences import Theme
from hermes_desktop.domain.prompt import SpanKind
from hermes_desktop.ui.inspector.bar import share_ink
from hermes_desktop.ui.personas.boxes import Boxes
from hermes_desktop.ui.personas.crop import CropDialog
from hermes_desktop.ui.personas.examples import ExampleEditor, TurnRow
from hermes_desktop.ui.personas.gallery import Gallery
from hermes_desktop.ui.personas.macro_text import MacroText
from hermes_desktop.ui.pieces import Fold
from hermes_desktop.ui.versions import VersionCard
from tests.contrast import contrast
from tests.ui.conftest import A_DIALOG, Desk, Open
from tests.ui.test_window import _unnamed

FULL = PersonaFields(
    name="Ada Byron",
    nickname="Ada",
    description="{{char}} counts stars.",
    personality="Dry.",
    scenario="Night.",
    system_prompt="Be {{char}}.",
    post_history_instructions="Be brief.",
    greeting="Hello, {{user}}.",
    alternate_greetings=("One.", "Two."),
    example_dialogue="<START>\n{{user}}: Hm?\n{{char}}: Yes.",
    creator="A",
    creator_notes="Notes.",
    character_version="2",
    tags=("sea", "night"),
    group_greetings=("All of you?",),
    note="{{char}} is tired.",
    note_depth=2,
    note_role=Role.USER,
)


@pytest.fixture
def desk(open_desk: Open) -> Desk:
    desk = open_desk(model=False)
    desk.window.show_page("personas")
    return desk


def _boxes(desk: Desk) -> Boxes:
    for fold in desk.window.gallery.form.findChildren(Fold):
        fold._button.setChecked(True)
    return desk.window.gallery.form.boxes


def _labels(desk: Desk) -> list[str]:
    return [label.text() for label in desk.window.gallery.findChildren(QLabel) if label.isVisible()]


# ---- the form ------------------------------------------------------------------------------------------


def test_every_field_of_a_card_goes_in_and_comes_out(desk: Desk) -> None:
    ada = desk.services.personas.create(FULL)
    desk.window.gallery.edit(ada.id)
    boxes = _boxes(desk)
    assert boxes.fields() == FULL and not desk.window.gallery.form.is_changed()
    boxes.nickname.setText("Countess")
    boxes.depth.setValue(7)
    boxes.role.setCurrentIndex(boxes.role.findData("assistant"))
    boxes.creator.setText("B")
    desk.click("Add a greeting for groups")
    boxes.group_greetings._rows[1].edit.setPlainText("And you?")
    desk.click("Save the persona")
    saved = desk.services.personas.get(ada.id)
    assert saved.fields == dataclasses.replace(
        FULL,
        nickname="Countess",
        note_depth=7,
        note_role=Role.ASSISTANT,
        creator="B",
        group_greetings=("All of you?", "And you?"),
    )
    data = json.loads(desk.services.personas.card(saved))["data"]
    assert data["extensions"]["depth_prompt"] == {"prompt": FULL.note, "depth": 7, "role": "assistant"}
    assert data["group_only_greetings"] == ["All of you?", "And you?"]


def test_what_nobody_touches_stays_as_it_was(desk: Desk) -> None:
    odd = dataclasses.replace(
        FULL,
        description="One.\r\nTwo.\u2028",
        tags=("a, b", " c "),
        creator=" A\nB ",
        alternate_greetings=("", "x"),
    )
    ada = desk.services.personas.create(odd)
    desk.window.gallery.edit(ada.id)
    _boxes(desk).personality.setPlainText("Loud.")
    desk.click("Save the persona")
    saved = desk.services.personas.get(ada.id).fields
    assert saved == dataclasses.replace(odd, personality="Loud.")


def test_what_nobody_changes_is_shown_in_the_form(desk: Desk, tmp_path: Path) -> None:
    data = {
        "name": "Ada",
        "first_mes": "Hi.",
        "source": ["e.org/ada"],
        "creator_notes_multilingual": {"de": "Alt."},
    }
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"spec": "chara_card_v3", "spec_version": "3.0", "data": data}))
    (report,) = desk.services.imports.run([file])
    desk.window.gallery.edit(report.persona_id)
    _boxes(desk)
    assert {"NOTES IN DE", "Alt.", "COMES FROM", "e.org/ada"} <= set(_labels(desk))


def test_greetings_change_places(desk: Desk) -> None:
    ada = desk.services.personas.create(FULL)
    desk.window.gallery.edit(ada.id)
    desk.click("Make Alternate greeting 2 the main one")
    assert _boxes(desk).greetings.greetings() == ("Two.", "Hello, {{user}}.", "One.")
    desk.click("Move Greeting down")
    desk.click("Move Alternate greeting 2 up")
    desk.click("Remove Alternate greeting 1")
    fields = _boxes(desk).fields()
    assert (fields.greeting, fields.alternate_greetings) == ("Hello, {{user}}.", ("Two.",))


def test_what_a_draft_weighs_is_said_beside_its_fields(desk: Desk) -> None:
    desk.window.gallery.write_new()
    boxes = _boxes(desk)
    form = desk.window.gallery.form
    boxes.description.setPlainText("word " * 100)
    boxes.greetings._rows[0].edit.setPlainText("Hello.")
    desk.until(lambda: "about 143 tokens" in _labels(desk) and "about 2 tokens" in _labels(desk))
    assert any("stand in every prompt" in said for said in _labels(desk))
    assert not form._weight._warning.isVisible()
    boxes.description.setPlainText("word " * 20_000)
    desk.until(lambda: form._weight._warning.isVisible())


def test_a_loaded_model_counts(open_desk: Open) -> None:
    desk = open_desk()
    desk.window.show_page("personas")
    desk.window.gallery.edit(desk.services.personas.find("Mira").id)
    desk.until(lambda: any(said.endswith("of the context of 8192.") for said in _labels(desk)))
    assert not any(said.startswith("about ") for said in _labels(desk))


# ---- example dialogue ----------------------------------------------------------------------------------


def _rows(editor: ExampleEditor) -> list[TurnRow]:
    rows = [row for row in editor.findChildren(TurnRow) if row.isVisible()]
    return sorted(rows, key=lambda row: row.mapTo(editor, QPoint(0, 0)).y())


def test_example_dialogue_is_written_in_turns(desk: Desk) -> None:
    text = "Before.\n<START>\n{{user}}: Hm?\n\nAda: Yes.\n"
    ada = desk.services.personas.create(dataclasses.replace(FULL, example_dialogue=text))
    desk.window.gallery.edit(ada.id)
    editor = _boxes(desk).examples
    desk.until(lambda: len(_rows(editor)) == 3)
    assert [row.edit.toPlainText() for row in _rows(editor)] == ["Before.", "Hm?", "Yes."]
    assert editor.text() == text
    _rows(editor)[1].edit.setPlainText("Well?")
    assert editor.text() == "Before.\n<START>\n{{user}}: Well?\n\nAda: Yes.\n"
    desk.click("Add a turn to example 2: You")
    desk.until(lambda: len(_rows(editor)) == 4)
    _rows(editor)[3].edit.setPlainText("Ah.")
    desk.click("Move turn 3 of example 2 up")
    desk.until(lambda: [row.edit.toPlainText() for row in _rows(editor)][1:] == ["Well?", "Ah.", "Yes."])
    desk.click("Remove turn 1 of example 2")
    assert editor.text() == "Before.\n<START>\n{{user}}: Ah.\nAda: Yes.\n"
    desk.until(lambda: len(_rows(editor)) == 3)
    who = _rows(editor)[1].who
    who.setCurrentIndex(who.findData("persona"))
    who.activated.emit(who.currentIndex())
    assert "{{char}}: Ah." in editor.text()
    desk.click("Remove Example 1")
    desk.until(lambda: len(_rows(editor)) == 2)
    desk.click("Add another example")
    assert editor.text() == "<START>\n{{char}}: Ah.\nAda: Yes.\n<START>\n{{user}}: \n{{char}}: \n"


def test_example_dialogue_is_written_as_text(desk: Desk) -> None:
    ada = desk.services.personas.create(FULL)
    desk.window.gallery.edit(ada.id)
    editor = _boxes(desk).examples
    desk.click("Show the example dialogue as text")
    assert editor.raw.isVisible() and editor.raw.toPlainText() == FULL.example_dialogue
    editor.raw.setPlainText("{{user}}: One\n{{char}}: Two")
    desk.click("Show the example dialogue as turns")
    desk.until(lambda: [row.edit.toPlainText() for row in _rows(editor)] == ["One", "Two"])
    assert editor.text() == "{{user}}: One\n{{char}}: Two"
    editor.show_text("{{user}}: a\n" * 100, "Ada", "Sam")
    assert editor.raw.isVisible() and not editor._switch.isVisible()


# ---- macros --------------------------------------------------------------------------------------------


def test_macros_are_marked_where_they_stand(desk: Desk) -> None:
    desk.window.gallery.write_new()
    box = desk.window.gallery.form.boxes.description
    box.setPlainText("😀 {{char}} and {{moon}}\n{{random::a\n::b}} }}")
    assert box.marks.kinds(0) == [MarkKind.KNOWN, MarkKind.UNKNOWN]
    assert box.marks.kinds(1) == [MarkKind.KNOWN]
    assert box.marks.kinds(2) == [MarkKind.KNOWN, MarkKind.LOOSE]
    formats = box.document().firstBlock().layout().formats()
    assert [(one.start, one.length) for one in formats] == [(3, 8), (16, 8)]
    box.moveCursor(box.textCursor().MoveOperation.End)
    box.insertPlainText("{{")
    cursor = box.textCursor()
    cursor.setPosition(len("😀 {{char}} and {{moon}}".encode("utf-16-le")) // 2 + 1)
    cursor.insertText("{{")  # now nothing behind it is what it was
    desk.until(lambda: _states(box)[1] != 0 and box.marks.kinds(2)[-1] is MarkKind.LOOSE)


def _states(box: MacroText) -> list[int]:
    document = box.document()
    return [document.findBlockByNumber(line).userState() for line in range(document.blockCount())]


def test_macros_are_completed_by_the_keyboard(desk: Desk) -> None:
    desk.window.gallery.write_new()
    box = desk.window.gallery.form.boxes.description
    desk.window.activateWindow()
    box.setFocus()
    desk.until(box.hasFocus)
    desk.qtbot.keyClicks(box, "I am {{ch")
    desk.until(lambda: box.offering)
    desk.qtbot.keyClick(box, Qt.Key.Key_Tab)
    assert box.toPlainText() == "I am {{char}}" and box.hasFocus() and not box.offering
    desk.qtbot.keyClicks(box, " {{")
    desk.until(lambda: box.offering)
    desk.qtbot.keyClick(box, Qt.Key.Key_Down)
    desk.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.toPlainText() == "I am {{char}} {{user}}"
    desk.qtbot.keyClicks(box, " {{pic")
    desk.until(lambda: box.offering)
    desk.qtbot.keyClick(box, Qt.Key.Key_Enter)
    desk.qtbot.keyClicks(box, "tea::rum")
    assert box.toPlainText() == "I am {{char}} {{user}} {{pick::tea::rum}}"
    box.moveCursor(box.textCursor().MoveOperation.End)
    desk.qtbot.keyClicks(box, "{{x")
    desk.qtbot.keyClick(box, Qt.Key.Key_Backspace)
    desk.until(lambda: box.offering)
    desk.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not box.offering and box.toPlainText().endswith("{{")


def test_a_macro_is_completed_by_the_mouse_in_front_of_its_end(desk: Desk) -> None:
    desk.window.gallery.write_new()
    box = desk.window.gallery.form.boxes.scenario
    box.setPlainText("}}")
    desk.window.activateWindow()
    box.setFocus()
    desk.until(box.hasFocus)
    desk.qtbot.keyClicks(box, "{{sc")
    desk.until(lambda: box.offering)
    offers = box._offers
    assert offers is not None
    QTest.mouseClick(
        offers.viewport(), Qt.MouseButton.LeftButton, pos=offers.visualRect(offers.currentIndex()).center()
    )
    assert box.toPlainText() == "{{scenario}}"


# ---- what the model reads ------------------------------------------------------------------------------


def test_the_preview_shows_the_draft_as_the_model_would_read_it(open_desk: Open) -> None:
    desk = open_desk()
    desk.window.show_page("personas")
    gallery = desk.window.gallery
    ada = desk.services.personas.create(dataclasses.replace(FULL, description="Other."))
    gallery.edit(ada.id)
    _boxes(desk).description.setPlainText(FULL.description)
    desk.click("Show what the model reads")
    preview = gallery._preview
    preview._greeting.setCurrentIndex(1)
    preview._greeting.activated.emit(1)
    preview._words.setText("Are you there?")
    desk.until(lambda: "Are you there?" in preview.text)
    desk.until(lambda: "about" not in preview._sum.text())
    shown = preview._text.toPlainText()
    assert "<|im_start|>system" in shown and "■ Example dialogue · " in shown and "■ Instructions · " in shown
    desk.click("Copy what the model reads")
    copied = QGuiApplication.clipboard().text()
    desk.click("Back to the form")
    desk.click("Save the persona")

    desk.services.chat.start(ada.id, 1)
    desk.say("Are you there?")
    model, conversation = desk.services.models.loaded, desk.services.chat.conversation
    assert model is not None and conversation is not None
    source = PromptSource(desk.program.store, desk.services.preferences)
    assert copied == chatml(source.prompt_of(conversation, model, until=desk.path()[-1]).prompt)
    assert copied.endswith("<|im_end|>\n<|im_start|>assistant\n")


def test_labels_of_parts_can_be_read_on_both_grounds(desk: Desk) -> None:
    theme = desk.window._theme
    for choice in (Theme.LIGHT, Theme.DARK):
        desk.services.preferences.update(theme=choice)
        inks = [share_ink(theme, kind).name() for kind in SpanKind]
        assert min(contrast(ink, theme.palette.panel) for ink in inks) >= 4.5


def test_every_control_of_the_studio_has_a_name(desk: Desk) -> None:
    gallery = desk.window.gallery
    gallery.show_cards()
    assert _unnamed(desk.window) == []
    gallery.edit(desk.services.personas.find("Mira").id)
    _boxes(desk)
    desk.until(lambda: bool(_rows(gallery.form.boxes.examples)))
    assert _unnamed(desk.window) == []
    gallery.show_prompt()
    assert _unnamed(desk.window) == []
    gallery.show_versions(desk.services.personas.find("Mira").id)
    assert _unnamed(desk.window) == []


# ---- the picture ---------------------------------------------------------------------------------------


def _draw(file: Path) -> Path:
    image = QImage(400, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    for x in range(200):
        for y in range(200):
            image.setPixel(x, y, 0xFF0000FF)
    assert image.save(str(file))
    return file


def _crop(desk: Desk, file: Path) -> CropDialog:
    picture = desk.window.gallery.form._picture
    picture.take(file)
    desk.until(lambda: bool(picture.findChildren(CropDialog)))
    return picture.findChildren(CropDialog)[-1]


@A_DIALOG
def test_a_picture_is_cropped(desk: Desk, tmp_path: Path) -> None:
    ada = desk.services.personas.create(FULL)
    desk.window.gallery.edit(ada.id)
    dialog = _crop(desk, _draw(tmp_path / "a.png"))
    view = dialog.view
    assert view.square.getRect() == (100, 0, 200, 200)
    for _ in range(40):
        desk.qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.square.getRect() == (0, 0, 200, 200)
    desk.qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.square.width() == 174 and dialog._slider.value() > 0
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    QTest.mouseMove(view, QPoint(100, 200))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 200))
    assert view.square.left() == pytest.approx(13 + 48, abs=2)
    dialog._slider.setValue(100)
    assert view.square.width() == 25
    dialog._slider.setValue(0)
    for key in (*[Qt.Key.Key_Left] * 40, Qt.Key.Key_Minus, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Left):
        desk.qtbot.keyClick(view, key)
    desk.click("Use this part", dialog)
    desk.click("Save the persona")
    avatar = QImage.fromData(desk.services.personas.picture(desk.services.personas.get(ada.id).avatar))
    assert (avatar.width(), avatar.height()) == (200, 200)
    assert {avatar.pixel(1, 1), avatar.pixel(190, 190)} == {0xFF0000FF}


@A_DIALOG
def test_a_picture_is_kept_whole_and_taken_away(desk: Desk, tmp_path: Path) -> None:
    ada = desk.services.personas.create(FULL)
    desk.window.gallery.edit(ada.id)
    file = _draw(tmp_path / "a.png")
    desk.click("Keep the file as it is", _crop(desk, file))
    desk.click("Save the persona")
    kept = desk.services.personas.get(ada.id)
    assert desk.services.personas.picture(kept.avatar) == file.read_bytes()
    desk.window.gallery.edit(ada.id)
    desk.click("Remove the picture")
    desk.click("Save the persona")
    assert desk.services.personas.get(ada.id).avatar == ""
    desk.window.gallery.edit(ada.id)
    (tmp_path / "b.png").write_bytes(b"nothing")
    desk.window.gallery.form._picture.take(tmp_path / "b.png")
    assert desk.window.gallery.form._picture._said.isVisible()


# ---- versions ------------------------------------------------------------------------------------------


def _cards(desk: Desk) -> list[VersionCard]:
    cards = [one for one in desk.window.gallery._versions.findChildren(VersionCard) if one.isVisible()]
    return sorted(cards, key=lambda one: one.accessibleName())


def test_versions_are_listed_compared_and_restored(desk: Desk) -> None:
    personas = desk.services.personas
    ada = personas.create(FULL)
    personas.update(
        ada.id, dataclasses.replace(FULL, description="{{char}} counts ships.", alternate_greetings=())
    )
    personas.update(
        ada.id, dataclasses.replace(FULL, description="{{char}} counts ships.", alternate_greetings=())
    )
    desk.window.gallery.show_persona(ada.id)
    desk.click("Versions")
    desk.until(lambda: len(_cards(desk)) == 3)
    said = _labels(desk)
    assert "Changed: description, greeting 2, greeting 3" in said
    assert "As it was at first" in said and "Saved without a change" in said
    desk.click("Show changes: Version 2")
    told = " ".join(label.text() for label in _cards(desk)[1].findChildren(QLabel))
    assert "<s>stars</s>" in told and "ships" in told and "[+" in told and "[−" in told
    desk.click("Hide changes: Version 2")
    desk.click("Restore: Version 1")
    assert personas.get(ada.id).fields == FULL and personas.get(ada.id).version == 4
    assert "Version 1 of Ada Byron is back, as version 4." in desk.notices()
    desk.click("Back to the persona")
    assert desk.window.gallery.currentWidget() is desk.window.gallery._detail


def test_the_open_conversation_moves_to_any_version(desk: Desk) -> None:
    personas, chat = desk.services.personas, desk.services.chat
    ada = personas.create(FULL)
    chat.start(ada.id)
    for number in range(35):
        personas.update(ada.id, dataclasses.replace(FULL, personality=f"{number}"))
    desk.window.show_page("personas")
    desk.window.gallery.show_persona(ada.id)
    desk.click("Versions")
    desk.until(lambda: len(_cards(desk)) == 30)
    desk.click("Show older versions")
    desk.until(lambda: "The open conversation uses this version." in _labels(desk))
    desk.window.resize(760, 560)
    page = desk.window.gallery._versions
    desk.until(lambda: all(card.width() <= page.viewport().width() for card in _cards(desk)))
    desk.click("Use in this conversation: Version 36")
    assert chat.persona is not None and chat.persona.version == 36
    assert desk.window._page == "conversation"
    chat.move_to_version(personas.find("Pim"))
    assert chat.persona.name == "Ada Byron"


# ---- the gallery ---------------------------------------------------------------------------------------


def _names(gallery: Gallery) -> list[str]:
    model = gallery._model
    return [str(model.data(model.index(row))) for row in range(model.rowCount())]


def test_the_gallery_is_filtered_and_sorted(desk: Desk) -> None:
    gallery, personas = desk.window.gallery, desk.services.personas
    gallery.show_cards()
    personas.create(PersonaFields("Zoe", tags=("Sea", "night"), description="Counts herons."))
    ada = personas.create(PersonaFields("Ada", tags=("sea",), creator="Somebody else"))
    assert ("Sea", 2) in gallery._model.tags() or ("sea", 2) in gallery._model.tags()
    row = gallery._filters._tags
    tag = next(tag for tag, _count in gallery._model.tags() if tag.casefold() == "sea")
    row.choose(frozenset({tag}))
    assert _names(gallery) == ["Ada", "Zoe"]
    row.choose(frozenset({tag, "night"}))
    assert _names(gallery) == ["Zoe"]
    desk.click("Only those with the tag night")
    assert _names(gallery) == ["Ada", "Zoe"]
    gallery._filters.search.setText("HERONS")
    assert _names(gallery) == ["Zoe"]
    gallery._filters.search.setText("somebody else")
    assert _names(gallery) == ["Ada"]
    gallery._filters.search.setText("nobody at all")
    desk.click("Show everybody")
    assert len(_names(gallery)) == 17
    personas.set_favourite(ada.id, True)
    desk.click("Show favourites only")
    assert _names(gallery) == ["Ada"]
    personas.set_favourite(ada.id, False)
    desk.click("Show everybody")
    desk.services.chat.start(personas.find("Pim").id)
    desk.window.show_page("personas")
    sorting = gallery._filters._sorting
    for index, first in ((1, "Pim"), (2, "Ada"), (0, "Ada")):
        sorting.setCurrentIndex(index)
        sorting.activated.emit(index)
        assert _names(gallery)[0] == first
    personas.delete(ada.id)
    assert "Ada" not in _names(gallery)


def test_all_tags_are_in_a_menu_and_few_in_the_row(desk: Desk) -> None:
    gallery = desk.window.gallery
    gallery.show_cards()
    for number in range(30):
        desk.services.personas.create(PersonaFields(f"N{number}", tags=("many", f"tag {number}")))
    row = gallery._filters._tags
    assert row._chips[0].text() == "many"
    desk.window.resize(760, 560)
    desk.until(lambda: sum(chip.isVisible() for chip in row._chips) < 10)
    menu = row.menu()
    (act,) = [one for one in menu.actions() if one.text() == "tag 29 (1)"]
    act.trigger()
    assert _names(gallery) == ["N29"]
    assert row._chips[0].text() == "tag 29" and row._chips[0].isChecked()


@A_DIALOG
def test_a_folder_is_imported_by_its_dialog(desk: Desk, tmp_path: Path) -> None:
    gallery = desk.window.gallery
    gallery.show_cards()
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "a.json").write_text('{"name": "Ida", "description": "x", "first_mes": "Hi."}')
    menu = gallery._importing.menu(gallery)
    menu.actions()[1].trigger()
    (dialog,) = gallery.findChildren(QFileDialog)
    assert dialog.fileMode() is QFileDialog.FileMode.Directory
    dialog.filesSelected.emit([str(tmp_path / "cards")])
    dialog.close()
    desk.until(lambda: "Ida has come in." in desk.notices())
