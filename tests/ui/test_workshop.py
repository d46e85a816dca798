"""Trying a persona and having one written, as a person does it: by buttons, in the gallery and its form."""

import json
import re
from collections.abc import Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from hermes_desktop.app.ghostwriter import Draft
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.ui.personas.form import PersonaForm
from hermes_desktop.ui.personas.sandbox import SandboxPage
from hermes_desktop.ui.personas.writing import WritingPage
from tests.ui.conftest import SLOW, Desk, Open

LEFT, RIGHT = {"pieces": ["Aye, ", "left."]}, {"pieces": ["Aye, ", "*right*."]}
IDA = {
    "name": "Ida",
    "description": "Keeps the light.",
    "personality": "Dry.",
    "scenario": "A storm.",
    "first_mes": "Mind the step.",
    "mes_example": "<START>\n{{char}}: No.",
    "tags": ["sea", "lies"],
}


def answer(values: object, delay: float = 0.0) -> dict[str, object]:
    return {"pieces": re.findall(r"\S+\s*", json.dumps(values)), "delay": delay}


def labels(inside: QWidget) -> list[str]:
    return [label.text() for label in inside.findChildren(QLabel) if label.isVisible() and label.text()]


def buttons(inside: QWidget) -> list[str]:
    found = inside.findChildren(QPushButton)
    return [each.accessibleName() for each in found if each.isVisible() and each.isEnabled()]


def box(inside: QWidget, name: str) -> QLineEdit | QPlainTextEdit:
    kinds = (QLineEdit, QPlainTextEdit)
    boxes: Sequence[QLineEdit | QPlainTextEdit] = [b for kind in kinds for b in inside.findChildren(kind)]
    return next(each for each in boxes if each.accessibleName() == name and each.isVisible())


def text_of(inside: QWidget, name: str) -> str:
    found = box(inside, name)
    return found.text() if isinstance(found, QLineEdit) else found.toPlainText()


# ---- the sandbox -------------------------------------------------------------------------------------


def try_hobbs(desk: Desk, message: str = "Who are you?") -> SandboxPage:
    desk.window.show_page("personas")
    desk.window.gallery.show_persona(desk.services.personas.find("Hobbs").id)
    desk.click("Try it in the sandbox")
    page = desk.window.gallery.currentWidget()
    assert isinstance(page, SandboxPage)
    desk.qtbot.keyClicks(box(page, "Message"), message)
    return page


def run(desk: Desk) -> None:
    desk.click("Run both sides")
    desk.until(lambda: not desk.services.sandbox.running)


def replies(page: SandboxPage) -> list[str]:
    return [panel.reply.toPlainText() for panel in page._panels]


def test_two_presets_are_compared_where_there_is_one_version(open_desk: Open) -> None:
    desk = open_desk([LEFT, RIGHT])
    page = try_hobbs(desk)
    assert [panel.setting.preset for panel in page._panels] == ["Chat", "Creative"]
    assert "Stop" not in buttons(page)
    run(desk)
    assert replies(page) == ["Aye, left.", "Aye, right."]
    assert sum("tokens ·" in said for said in labels(page)) == 2
    assert desk.services.conversations.summaries() == []
    assert page._run.text() == "Run again"


def test_a_reply_that_pleases_is_kept_as_a_conversation(open_desk: Open) -> None:
    desk = open_desk([LEFT, RIGHT])
    page = try_hobbs(desk)
    run(desk)
    desk.click("Right: Keep this as a conversation")
    assert desk.window._stack.currentWidget() is desk.window.chat_page
    assert [message.text for message in desk.path()][1:] == ["Who are you?", "Aye, *right*."]
    assert desk.services.chat.conversation is not None
    assert desk.services.chat.conversation.preset == "Creative"
    assert not page.isVisible() and len(desk.services.conversations.summaries()) == 1


def test_an_older_version_stands_on_the_left(desk: Desk) -> None:
    hobbs = desk.services.personas.find("Hobbs")
    desk.services.personas.set_field(hobbs, "personality", "Loud.")
    page = try_hobbs(desk)
    panels = [panel._version.currentText() for panel in page._panels]
    assert panels == ["Version 1", "Version 2, the newest"]
    assert [panel.setting.preset for panel in page._panels] == ["Chat", "Chat"]


def test_the_seed_can_be_written_and_rolled(desk: Desk) -> None:
    page = try_hobbs(desk)
    page._seed.setValue(11)
    run(desk)
    first = page._sandbox._sides[0].end
    assert first is not None and first.plan is not None and first.plan.sampling.seed == 11
    desk.click("Roll another seed")
    assert page._seed.value() != 11


def test_the_greeting_can_be_left_out(desk: Desk) -> None:
    page = try_hobbs(desk)
    page._greeting.setCurrentIndex(page._greeting.count() - 1)
    assert page._greeting.currentText() == "None"
    run(desk)
    desk.click("Left: Keep this as a conversation")
    assert [message.text for message in desk.path()] == ["Who are you?", "You said: Who are you?"]


def test_nothing_is_run_without_a_message(desk: Desk) -> None:
    page = try_hobbs(desk, "")
    desk.click("Run both sides")
    assert "Write a message first." in labels(page) and not desk.services.sandbox.running


def test_escape_stops_and_then_leaves(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["one ", "two ", "three "], "delay": SLOW}])
    page = try_hobbs(desk)
    desk.click("Run both sides")
    desk.until(lambda: "one" in replies(page)[0])
    desk.qtbot.keyClick(box(page, "Message"), Qt.Key.Key_Escape)
    desk.until(lambda: not desk.services.sandbox.running)
    assert "Stopped." in labels(page) and "Was not begun." in labels(page)
    assert "Left: Keep this as a conversation" in buttons(page)
    assert "Right: Keep this as a conversation" not in buttons(page)
    desk.qtbot.keyClick(box(page, "Message"), Qt.Key.Key_Escape)
    assert desk.window.gallery.currentWidget() is desk.window.gallery._detail


def test_going_back_stops(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["one ", "two ", "three "], "delay": SLOW}])
    page = try_hobbs(desk)
    desk.click("Run both sides")
    desk.click("Stop", page)
    desk.until(lambda: not desk.services.sandbox.running)
    desk.click("Run both sides")
    desk.click("Back to the persona", page)
    desk.until(lambda: not desk.services.sandbox.running)
    assert desk.window.gallery.currentWidget() is desk.window.gallery._detail


def test_what_was_begun_for_another_persona_is_not_shown(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["one ", "two ", "three "], "delay": SLOW}])
    page = try_hobbs(desk)
    desk.click("Run both sides")
    desk.until(lambda: "one" in replies(page)[0])
    desk.window.gallery.show_persona(desk.services.personas.find("Mira").id)
    desk.click("Try it in the sandbox")
    desk.until(lambda: not desk.services.sandbox.running)
    assert "Try Mira" in labels(page) and replies(page) == ["", ""]
    assert labels(page).count("No reply yet.") == 2 and "Run both sides" in buttons(page)


def test_without_a_model_the_way_to_one_is_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    page = try_hobbs(desk)
    monkeypatch.setattr(desk.services.models, "ensure_loaded", lambda: False)
    run(desk)
    assert any("No model is loaded." in said for said in labels(page))
    desk.click("Choose a model", page)
    assert desk.window._stack.currentWidget() is desk.window.models_page


def test_a_model_is_loaded_first_and_it_is_said(desk: Desk) -> None:
    page = try_hobbs(desk)
    desk.services.models.unload()
    desk.click("Run both sides")
    name = desk.services.models.name
    assert name and f"Loading {name}: 0 %" in labels(page)
    desk.services.models.load_progressed.emit(0.5)
    assert f"Loading {name}: 50 %" in labels(page)
    desk.until(lambda: not desk.services.sandbox.running)
    assert replies(page) == ["You said: Who are you?"] * 2


def test_the_sides_stand_under_each_other_where_it_is_narrow(desk: Desk) -> None:
    page = try_hobbs(desk)
    desk.window.resize(1440, 900)
    desk.until(lambda: page._sides.direction() is QBoxLayout.Direction.LeftToRight)
    desk.window.resize(760, 560)
    desk.until(lambda: page._sides.direction() is QBoxLayout.Direction.TopToBottom)


def test_a_draft_is_tried_and_saved_with_what_is_kept(open_desk: Open) -> None:
    desk = open_desk([LEFT, RIGHT])
    desk.window.show_page("personas")
    hobbs = desk.services.personas.find("Hobbs")
    desk.window.gallery.edit(hobbs.id)
    form = desk.window.gallery.form
    form.boxes.personality.setPlainText("Loud.")
    desk.click("Try the draft in the sandbox")
    page = desk.window.gallery.currentWidget()
    assert isinstance(page, SandboxPage)
    assert [panel._version.currentText() for panel in page._panels] == ["Version 1", "The draft, not saved"]
    desk.qtbot.keyClicks(box(page, "Message"), "Hello.")
    run(desk)
    assert desk.services.personas.get(hobbs.id).version == 1
    desk.click("Right: Save the draft and keep this")
    saved = desk.services.personas.get(hobbs.id)
    assert saved.version == 2 and saved.fields.personality == "Loud."
    assert desk.path()[-1].text == "Aye, *right*."


def test_a_draft_without_a_name_cannot_be_kept(open_desk: Open) -> None:
    desk = open_desk([LEFT, RIGHT])
    desk.window.show_page("personas")
    desk.window.gallery.write_new()
    desk.click("Try the draft in the sandbox")
    page = desk.window.gallery.currentWidget()
    assert isinstance(page, SandboxPage)
    desk.qtbot.keyClicks(box(page, "Message"), "Hello.")
    run(desk)
    desk.click("Left: Save the draft and keep this")
    assert desk.notices() == ["A persona needs a name."]
    desk.click("Back to the persona", page)
    assert desk.window.gallery.currentWidget() is desk.window.gallery.form


def test_a_form_without_a_change_offers_no_draft(desk: Desk) -> None:
    desk.window.show_page("personas")
    desk.window.gallery.edit(desk.services.personas.find("Hobbs").id)
    desk.click("Try the draft in the sandbox")
    page = desk.window.gallery.currentWidget()
    assert isinstance(page, SandboxPage)
    assert [panel._version.currentText() for panel in page._panels] == ["Version 1", "Version 1"]


def test_the_acts_on_a_persona_wrap_where_it_is_narrow(desk: Desk) -> None:
    desk.window.show_page("personas")
    desk.window.gallery.show_persona(desk.services.personas.find("Hobbs").id)
    detail = desk.window.gallery._detail
    acts = (detail._talk, detail._try, detail._star, detail._edit, detail._delete)

    def lines() -> int:
        return len({act.y() for act in acts})

    desk.window.resize(1440, 900)
    desk.until(lambda: lines() == 1)
    desk.window.resize(760, 560)
    desk.until(lambda: lines() == 2)
    edge = detail.viewport().width()
    assert all(act.mapTo(detail.viewport(), act.rect().topRight()).x() < edge for act in acts)


# ---- a whole persona ---------------------------------------------------------------------------------


def write(desk: Desk, idea: str = "A lighthouse keeper", fields: PersonaFields | None = None) -> WritingPage:
    desk.window.show_page("personas")
    if fields is None:
        desk.window.gallery.write_new()
    else:
        desk.window.gallery.edit(desk.services.personas.create(fields).id)
    desk.qtbot.keyClicks(box(desk.window.gallery.form, "The persona in one line"), idea)
    desk.click("Write it with me")
    page = desk.window.gallery.currentWidget()
    assert isinstance(page, WritingPage)
    return page


def written(desk: Desk) -> None:
    desk.until(lambda: not desk.services.ghostwriter.running)


def test_what_is_taken_goes_into_the_form(open_desk: Open) -> None:
    desk = open_desk([answer(IDA)])
    page = write(desk)
    written(desk)
    form = desk.window.gallery.form
    assert "Keeps the light." in labels(page) and form.draft.fields == PersonaFields("")
    desk.click("Take: Description", page)
    assert form.draft.fields == PersonaFields("", description="Keeps the light.")
    assert "In the form" in labels(page)
    desk.click("Leave: Personality", page)
    assert "Left out" in labels(page)
    desk.click("Take everything that was not left out", page)
    assert desk.window.gallery.currentWidget() is form
    expected = PersonaFields(
        "Ida",
        description="Keeps the light.",
        scenario="A storm.",
        greeting="Mind the step.",
        example_dialogue="<START>\n{{char}}: No.",
        tags=("sea", "lies"),
    )
    assert form.draft.fields == expected


def test_undo_in_a_box_takes_it_back(open_desk: Open) -> None:
    desk = open_desk([answer(IDA)])
    write(desk, fields=PersonaFields("Ada", description="Counts."))
    written(desk)
    desk.click("Take everything that was not left out")
    form = desk.window.gallery.form
    for name, before, after in (("Name", "Ada", "Ida"), ("Description", "Counts.", "Keeps the light.")):
        edit = box(form, name)
        assert text_of(form, name) == after
        edit.undo()
        assert text_of(form, name) == before


def test_what_is_there_now_stands_beside_the_proposal(open_desk: Open) -> None:
    desk = open_desk([answer(IDA)])
    page = write(desk, fields=PersonaFields("Ada", description="Counts."))
    written(desk)
    row = page._rows["description"]
    assert [text for text in labels(row) if text in ("Counts.", "Keeps the light.")] == [
        "Counts.",
        "Keeps the light.",
    ]
    desk.window.resize(1440, 900)
    desk.until(lambda: row._both.direction() is QBoxLayout.Direction.LeftToRight)
    desk.window.resize(760, 560)
    desk.until(lambda: row._both.direction() is QBoxLayout.Direction.TopToBottom)
    assert "NOW" not in labels(page._rows["scenario"])


def test_a_part_can_be_written_again(open_desk: Open) -> None:
    desk = open_desk([answer(IDA), answer({"personality": "Cold."}), {"pieces": ["no JSON"]}])
    page = write(desk)
    written(desk)
    desk.click("Again: Personality", page)
    written(desk)
    assert "Cold." in labels(page._rows["personality"]) and "Ida" in labels(page._rows["name"])
    desk.click("Again: Personality", page)
    written(desk)
    assert page._rows["personality"].text == "Cold."  # what stood there stays
    assert any("did not answer in the form" in said for said in labels(page))
    assert "Take: Personality" in buttons(page)


def test_stop_keeps_the_parts_that_have_come(open_desk: Open) -> None:
    desk = open_desk([answer(IDA, SLOW)])
    page = write(desk)
    desk.until(lambda: page._rows["description"].text != "")
    assert "Take: Name" not in buttons(page)  # not while it comes
    desk.qtbot.keyClick(box(page, "Your idea in one line"), Qt.Key.Key_Escape)
    written(desk)
    assert "Stopped. What has come can be used." in labels(page)
    assert "Take: Name" in buttons(page) and "Take: Scenario" not in buttons(page)
    desk.qtbot.keyClick(box(page, "Your idea in one line"), Qt.Key.Key_Escape)
    assert desk.window.gallery.currentWidget() is desk.window.gallery.form


def test_the_button_stops_too_and_so_does_leaving(open_desk: Open) -> None:
    desk = open_desk([answer(IDA, SLOW)])
    page = write(desk)
    desk.click("Write the persona", page)
    written(desk)
    desk.click("Write the persona", page)
    assert desk.services.ghostwriter.running
    desk.click("Back to the form", page)
    written(desk)


def test_without_an_idea_it_asks_for_one(desk: Desk) -> None:
    page = write(desk, "")
    assert not desk.services.ghostwriter.running
    desk.click("Write the persona", page)
    assert "Write your idea first; a few words are enough." in labels(page)


def test_a_cut_answer_says_what_is_missing(open_desk: Open) -> None:
    cut = json.dumps(IDA).partition("ry.")[0]
    desk = open_desk([{"pieces": [cut], "stop_reason": "length"}, answer({"name": "Ida"})])
    page = write(desk)
    written(desk)
    assert "It became too long; the end of this is missing: Personality." in labels(page)
    desk.click("Write the persona", page)
    written(desk)
    assert "Not everything has come. What there is can be used." in labels(page)


def test_the_understudy_is_said_to_be_too_small(open_desk: Open) -> None:
    desk = open_desk([answer(IDA)], model=False)
    desk.services.models.choose_last()
    desk.until(lambda: desk.services.models.loaded is not None)
    page = write(desk, "")
    assert any("too small to write anybody" in said for said in labels(page))
    desk.qtbot.keyClicks(box(page, "Your idea in one line"), "A keeper")
    desk.click("Write the persona", page)
    written(desk)
    assert "Ida" in labels(page) and any("too small to write anybody" in said for said in labels(page))


# ---- one part ----------------------------------------------------------------------------------------


def help_with(desk: Desk, part: str, fields: PersonaFields | None = None) -> PersonaForm:
    desk.window.show_page("personas")
    if fields is None:
        desk.window.gallery.write_new()
    else:
        desk.window.gallery.edit(desk.services.personas.create(fields).id)
    desk.click(f"Write with me: {part}")
    return desk.window.gallery.form


def test_a_part_is_written_under_its_box_and_taken(open_desk: Open) -> None:
    desk = open_desk([answer({"scenario": "A storm."}), answer({"scenario": "A calm."})])
    form = help_with(desk, "Scenario", PersonaFields("Ada", scenario="Noon."))
    desk.qtbot.keyClicks(box(form, "Wish: Scenario"), "shorter")
    desk.qtbot.keyClick(box(form, "Wish: Scenario"), Qt.Key.Key_Return)
    written(desk)
    assert "A storm." in labels(form) and text_of(form, "Scenario") == "Noon."
    desk.click("Another proposal: Scenario", form)
    written(desk)
    assert "A calm." in labels(form) and "A storm." not in labels(form)
    desk.click("Take it: Scenario", form)
    assert text_of(form, "Scenario") == "A calm." and "Take it: Scenario" not in buttons(form)
    box(form, "Scenario").undo()
    assert text_of(form, "Scenario") == "Noon."


def test_a_proposal_can_be_left(open_desk: Open) -> None:
    desk = open_desk([answer({"first_mes": "Ahoy."})])
    form = help_with(desk, "Greeting", PersonaFields("Ada", greeting="Hello."))
    desk.click("Write: Greeting", form)
    written(desk)
    desk.click("Leave it: Greeting", form)
    assert text_of(form, "Greeting") == "Hello." and "Ahoy." not in labels(form)
    desk.click("Write with me: Greeting")
    desk.click("Write with me: Greeting")  # the link closes it, too
    assert "Write: Greeting" not in buttons(form)


def test_a_part_that_comes_can_be_stopped_and_is_alone(open_desk: Open) -> None:
    desk = open_desk([answer({"scenario": "A storm on the way to the island."}, SLOW)])
    form = help_with(desk, "Scenario")
    desk.click("Write: Scenario", form)
    desk.until(lambda: any(said.startswith("A storm") for said in labels(form)))
    desk.click("Write with me: Personality")
    desk.click("Write: Personality", form)
    assert "Another part is being written. Wait for its end, or stop it." in labels(form)
    desk.click("Write: Scenario", form)
    written(desk)
    assert "Stopped. What has come can be used." in labels(form)
    desk.click("Take it: Scenario", form)
    assert text_of(form, "Scenario").startswith("A storm")


def test_a_proposal_does_not_outlive_the_form_it_was_made_for(open_desk: Open) -> None:
    desk = open_desk([answer({"scenario": "A storm on the way to the island."}, SLOW), answer(IDA)])
    form = help_with(desk, "Scenario")
    desk.click("Write: Scenario", form)
    desk.until(lambda: any(said.startswith("A storm") for said in labels(form)))
    desk.window.gallery.edit(desk.services.personas.find("Hobbs").id)
    written(desk)
    assert not any(said.startswith("A storm") for said in labels(form))
    assert "Take it: Scenario" not in buttons(form) and "Write: Scenario" not in buttons(form)


def test_a_greeting_that_is_removed_ends_what_is_written_for_it(open_desk: Open) -> None:
    slow = answer({"first_mes": "Ahoy, and mind the third step."}, SLOW)
    desk = open_desk([slow, answer({"scenario": "A storm."})])
    desk.window.show_page("personas")
    desk.window.gallery.write_new()
    form = desk.window.gallery.form
    desk.click("Add another greeting", form)
    row = form.boxes.greetings.rows()[-1]
    desk.until(lambda: "Write with me: Greeting" in buttons(row))
    desk.click("Write with me: Greeting", row)
    desk.click("Write: Greeting", row)
    desk.until(lambda: any(said.startswith("Ahoy") for said in labels(form)))
    ends: list[Draft] = []
    desk.services.ghostwriter.ended.connect(ends.append)
    desk.click("Remove Alternate greeting 1", form)
    written(desk)
    assert [end.stopped for end in ends] == [True]
    desk.click("Write with me: Scenario")
    desk.click("Write: Scenario", form)
    written(desk)
    assert "A storm." in labels(form)


def test_the_page_begins_anew_for_another_form(open_desk: Open) -> None:
    desk = open_desk([answer(IDA, SLOW), answer(IDA)])
    page = write(desk)
    desk.until(lambda: page._rows["description"].text != "")
    assert write(desk, "Another", PersonaFields("Ada")) is page
    written(desk)
    assert not any(row.isVisible() for row in page._rows.values())
    desk.click("Write the persona", page)
    written(desk)
    assert page._rows["tags"].text == "sea, lies"


def test_the_link_comes_after_its_box_by_tab(desk: Desk) -> None:
    form = help_with(desk, "Description")
    edit = box(form, "Description")
    edit.setFocus()
    desk.qtbot.keyClick(edit, Qt.Key.Key_Tab)
    focused = desk.window.focusWidget()
    assert focused is not None and focused.accessibleName() == "Write with me: Description"
