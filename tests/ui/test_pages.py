"""The pages beside the conversation: personas, models, settings, the two side panes."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QToolButton,
)

from hermes_desktop.app.models import ModelState
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.conversation import PromptOrder, Role
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.preferences import Theme
from hermes_desktop.storage import conversations, messages
from hermes_desktop.storage.database import Session
from hermes_desktop.ui.conversation_list import Data
from hermes_desktop.ui.inspector.order import PromptOrderChoice
from hermes_desktop.ui.personas.cards import Data as CardData
from tests.ui.conftest import Desk, Open


def _box(desk: Desk, name: str) -> QLineEdit | QPlainTextEdit:
    kinds = (QLineEdit, QPlainTextEdit)
    boxes = [box for kind in kinds for box in desk.window.findChildren(kind)]
    return next(box for box in boxes if box.accessibleName() == name and box.isVisible())


# ---- personas ----------------------------------------------------------------------------------------


def test_the_shipped_personas_are_all_there(desk: Desk) -> None:
    desk.window.show_page("personas")
    assert desk.window.gallery._model.rowCount() == 15


def test_searching_the_personas(desk: Desk) -> None:
    desk.window.show_page("personas")
    _box(desk, "Search personas").setText("mystery")
    model = desk.window.gallery._model
    names = {model.data(model.index(row), CardData.PERSONA).name for row in range(model.rowCount())}
    assert "Mira" in names and "Yusuf" not in names


def test_what_stands_out_in_a_card_is_said_on_its_page(desk: Desk) -> None:
    desk.window.show_page("personas")
    fields = PersonaFields("Ada", description="{{sky}} {{sea}} {{rain}}", greeting="{{user}}: Yes.")
    ada = desk.services.personas.create(fields)
    desk.window.gallery.show_persona(ada.id)
    assert [said for said in _labels(desk) if "{{sky}} is" in said] == [
        "Description: {{sky}} is no macro that is known here; it stays as it is written."
    ]
    assert not any("Greeting:" in said for said in _labels(desk))
    desk.click("Show 1 more remarks")
    desk.until(lambda: "Greeting: The greeting speaks for you: {{user}}: Yes." in _labels(desk))
    desk.window.gallery.show_persona(desk.services.personas.find("Mira").id)
    assert "WORTH A LOOK" not in _labels(desk)


def _labels(desk: Desk) -> list[str]:
    return [label.text() for label in desk.window.gallery.findChildren(QLabel) if label.isVisible()]


def test_talk_begins_a_conversation_with_the_greeting(desk: Desk) -> None:
    desk.window.show_page("personas")
    hobbs = desk.services.personas.find("Hobbs")
    desk.window.gallery.show_persona(hobbs.id)
    desk.click("Next greeting")
    desk.click("Talk")
    assert desk.window._page == "conversation"
    greeting = desk.path()[0]
    assert (greeting.version, greeting.versions) == (2, len(hobbs.fields.greetings))


def test_writing_a_persona_in_the_form(desk: Desk) -> None:
    desk.window.show_page("personas")
    desk.click("New persona")
    _box(desk, "Name").setText("Ada")
    _box(desk, "Description").setPlainText("{{char}} counts the stars.")
    desk.click("Save the persona")
    made = desk.services.personas.find("Ada")
    assert made.fields.description == "{{char}} counts the stars." and made.spec == "own"


def test_a_form_without_a_name_says_so_and_keeps_everything(desk: Desk) -> None:
    desk.window.show_page("personas")
    desk.click("New persona")
    _box(desk, "Description").setPlainText("Nobody yet.")
    desk.click("Save the persona")
    assert len(desk.services.personas.all()) == 15
    assert _box(desk, "Description").toPlainText() == "Nobody yet."


def test_leaving_the_form_keeps_a_draft(desk: Desk) -> None:
    desk.window.show_page("personas")
    desk.click("New persona")
    _box(desk, "Name").setText("Ada")
    desk.click("Back; the draft is kept")
    assert any("draft" in words for words in desk.notices())
    desk.click("New persona")
    assert _box(desk, "Name").text() == "Ada"


def test_an_edited_persona_leaves_old_conversations_alone(desk: Desk) -> None:
    desk.meet("Hobbs")
    hobbs = desk.services.personas.find("Hobbs")
    desk.window.show_page("personas")
    desk.window.gallery.edit(hobbs.id)
    _box(desk, "Personality").setPlainText("Loud.")
    desk.click("Save the persona")
    assert desk.services.personas.find("Hobbs").fields.personality == "Loud."
    assert desk.services.chat.persona is not None
    assert desk.services.chat.persona.fields.personality == hobbs.fields.personality


def test_a_deleted_persona_comes_back(desk: Desk) -> None:
    desk.window.show_page("personas")
    desk.window.gallery.show_persona(desk.services.personas.find("Pim").id)
    desk.click("Delete")
    assert "Pim" not in [persona.name for persona in desk.services.personas.all()]
    desk.click("Undo")
    assert "Pim" in [persona.name for persona in desk.services.personas.all()]


# ---- models ------------------------------------------------------------------------------------------


def test_a_model_is_shown_with_what_it_is(desk: Desk) -> None:
    desk.window.show_page("models")
    desk.until(lambda: bool(desk.services.models.all()[0].sha256))
    card = next(iter(desk.window.models_page._cards.values()))
    assert card.name.text() == "Tiny Hermes"
    assert "F16" in card._figures.text() and "Verified" in card._verified.text()
    assert "8,192 tokens" in card._badge.text() or "8192 tokens" in card._badge.text()


def test_unloading_and_loading_by_the_buttons(desk: Desk) -> None:
    desk.window.show_page("models")
    desk.click("Unload Tiny Hermes")
    assert desk.services.models.state is ModelState.UNLOADED
    desk.click("Load Tiny Hermes")
    desk.until(lambda: desk.services.models.state is ModelState.READY)


def test_removing_a_model_leaves_the_file_and_can_be_undone(desk: Desk, tmp_path: Path) -> None:
    desk.window.show_page("models")
    desk.until(lambda: all(model.sha256 for model in desk.services.models.all()))
    desk.click("Remove Tiny Hermes")
    assert [model.name for model in desk.services.models.all()] == ["Understudy"]
    assert (tmp_path / "tiny.gguf").exists()
    desk.click("Undo")
    assert len(desk.services.models.all()) == 2


def test_a_model_that_changed_on_the_disk_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.window.show_page("models")
    desk.until(lambda: bool(desk.services.models.all()[0].sha256))
    tiny_gguf.write(tmp_path / "tiny.gguf", context=8192, seed=7)
    desk.click("Verify Tiny Hermes")
    desk.until(lambda: any("tiny.gguf" in words for words in desk.notices()))


def test_loading_options_are_applied(desk: Desk) -> None:
    desk.window.show_page("models")
    threads = next(
        box for box in desk.window.models_page.findChildren(QSpinBox) if "Threads" in box.accessibleName()
    )
    desk.window.models_page._loading._button.click()
    threads.setValue(2)
    desk.click("Apply and load the model again")
    desk.until(lambda: desk.services.models.loaded is not None)
    assert desk.services.preferences.value.load == LoadOptions(threads=2)


# ---- settings ----------------------------------------------------------------------------------------


def _settings(desk: Desk, part: str) -> None:
    desk.window.show_page("settings")
    desk.window.settings_page.show_page(part)


def test_ctrl_enter_sends_where_enter_makes_a_new_line(desk: Desk) -> None:
    _settings(desk, "general")
    boxes = desk.window.settings_page.findChildren(QCheckBox)
    next(box for box in boxes if box.text().startswith("Enter sends")).setChecked(False)
    desk.meet()
    desk.type("one")
    desk.press(Qt.Key.Key_Return)
    desk.type("two")
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.until(lambda: "one\ntwo" in [message.text for message in desk.path()])
    desk.rest()


def test_a_backup_is_made_listed_and_asked_back(desk: Desk) -> None:
    _settings(desk, "general")
    desk.click("Back up now")

    def restores() -> list[QPushButton]:
        buttons = desk.window.settings_page.findChildren(QPushButton)
        return [each for each in buttons if each.accessibleName().startswith("Restore the backup")]

    desk.until(lambda: bool(restores()))
    wanted: list[object] = []
    desk.services.backups.restore_wanted.connect(lambda: wanted.append(desk.services.backups.wanted))
    restores()[0].click()
    assert wanted == desk.services.backups.all()


def test_the_palette_is_chosen_in_the_settings(desk: Desk) -> None:
    _settings(desk, "appearance")
    dark = next(b for b in desk.window.settings_page.findChildren(QRadioButton) if b.text() == "Dark")
    dark.click()
    assert desk.services.preferences.value.theme is Theme.DARK


def test_a_changed_preset_becomes_a_copy_of_ones_own(desk: Desk) -> None:
    _settings(desk, "sampling")
    field = next(
        box
        for box in desk.window.settings_page.findChildren(QDoubleSpinBox)
        if box.accessibleName() == "Temperature"
    )
    field.setValue(0.55)
    preferences = desk.services.preferences
    assert preferences.value.preset == "Chat 2"
    assert preferences.sampling_of("").temperature == pytest.approx(0.55)
    assert preferences.sampling_of("Chat").temperature == pytest.approx(0.8)


# ---- the side panes ----------------------------------------------------------------------------------


def test_the_sidebar_finds_conversations_by_title(desk: Desk) -> None:
    desk.meet("Hobbs")
    desk.services.chat.set_title("Dinner for nine")
    desk.meet("Pim")
    desk.services.chat.set_title("Parcels")
    sidebar = desk.window.sidebar
    _box(desk, "Search conversations").setText("dinner")
    rows = [sidebar._model.index(row).data(Data.SUMMARY) for row in range(sidebar._model.rowCount())]
    assert [row.title for row in rows if row] == ["Dinner for nine"]
    desk.qtbot.keyClick(_box(desk, "Search conversations"), Qt.Key.Key_Return)
    assert desk.services.chat.conversation is not None
    assert desk.services.chat.conversation.title == "Dinner for nine"


def test_a_deleted_conversation_comes_back(desk: Desk) -> None:
    desk.meet("Hobbs")
    desk.say("Keep this.")
    summary = desk.services.conversations.summaries()[0]
    desk.window.sidebar._on_delete(summary)
    assert desk.services.conversations.summaries() == [] and desk.services.chat.conversation is None
    desk.click("Undo")
    assert [each.id for each in desk.services.conversations.summaries()] == [summary.id]


def test_renaming_in_the_header(desk: Desk) -> None:
    desk.meet("Hobbs")
    title = _box(desk, "Title of the conversation")
    title.setText("Dinner for nine")
    title.editingFinished.emit()
    assert desk.services.conversations.summaries()[0].title == "Dinner for nine"


def test_the_inspector_counts_what_fills_the_context(desk: Desk) -> None:
    desk.meet("Hobbs")
    desk.say("The lamp is out.")
    desk.until(lambda: desk.services.chat.budget is not None)
    budget = desk.services.chat.budget
    assert budget is not None and budget.prompt_tokens > 0
    shown = [label.text().replace(",", "") for label in desk.window.inspector.findChildren(QLabel)]
    assert f"{budget.prompt_tokens} of {budget.context}" in shown
    assert "Hobbs remembers everything said here." in shown


def test_no_figures_stay_behind_when_nothing_is_open(desk: Desk) -> None:
    desk.meet("Hobbs")
    desk.say("The lamp is out.")
    desk.until(lambda: desk.services.chat.budget is not None)
    desk.services.chat.close()
    assert desk.services.chat.budget is None and desk.services.chat.statistics is None
    assert desk.window._status._context.text() == "" and desk.window._status._figures.text() == ""


def test_the_next_step_is_said_in_full(open_desk: Open) -> None:
    desk = open_desk(model=False)
    words = desk.window.chat_page._empty._words
    assert words.isVisible() and words.height() >= words.heightForWidth(words.width())


def test_an_authors_note_is_kept_with_the_conversation(desk: Desk) -> None:
    desk.meet("Hobbs")
    desk.window.resize(1440, 900)
    desk.window.inspector.show_tab("persona")
    box = _box(desk, "Author’s note")
    box.setFocus()
    desk.qtbot.keyClicks(box, "It rains.")
    desk.window.inspector.show_tab("memory")
    conversation = desk.services.chat.conversation
    assert conversation is not None and conversation.authors_note == "It rains."
    desk.until(lambda: desk.services.conversations.get(conversation.id).authors_note == "It rains.")


def test_where_the_note_and_the_lore_stand_is_chosen_for_the_conversation(desk: Desk) -> None:
    desk.meet("Hobbs")
    desk.window.resize(1440, 900)
    desk.window.inspector.show_tab("persona")
    fold = next(b for b in desk.window.inspector.findChildren(QToolButton) if b.text() == "Where it stands")
    desk.qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    choice = desk.window.inspector.findChild(PromptOrderChoice)
    depth, order = choice.findChild(QSpinBox), choice.findChild(QComboBox)
    assert (depth.accessibleName(), order.accessibleName()) == ("Depth of the note", "Order of the prompt")
    depth.setValue(4)
    order.setFocus()
    desk.qtbot.keyClick(order, Qt.Key.Key_Down)
    order.activated.emit(order.currentIndex())
    conversation = desk.services.chat.conversation
    assert conversation is not None
    assert (conversation.note_depth, conversation.prompt_order) == (4, PromptOrder.TAVERN)
    desk.meet("Mira")
    assert (depth.value(), order.currentIndex()) == (1, 0)


# ---- long conversations ------------------------------------------------------------------------------


def _long(desk: Desk, count: int) -> None:
    conversation = desk.services.chat.start(desk.services.personas.find("Hobbs").id)

    def fill(session: Session) -> None:
        for number in range(count):
            role = Role.ASSISTANT if number % 2 else Role.USER
            messages.append(session, conversation.id, role, "Hobbs", f"Line number {number}.")

    desk.program.store.write(fill)
    desk.services.chat.close()
    desk.window.open_conversation(conversation.id)


def test_a_long_conversation_opens_at_its_end_and_pages(desk: Desk) -> None:
    _long(desk, 500)
    assert "Line number 499." in desk.shown() and "Line number 100." not in desk.shown()
    transcript = desk.window.chat_page.transcript
    while "Line number 300." not in desk.shown():
        before = len(transcript._turns.all), transcript._turns.all[0].message.depth
        transcript.verticalScrollBar().setValue(0)
        assert (len(transcript._turns.all), transcript._turns.all[0].message.depth) != before
    assert len(transcript._turns.all) <= 240
    transcript.to_end()
    assert "Line number 499." in desk.shown()


def test_the_place_is_found_again(open_desk: Open) -> None:
    desk = open_desk(model=False)
    _long(desk, 300)
    transcript = desk.window.chat_page.transcript
    transcript.verticalScrollBar().setValue(0)
    transcript.verticalScrollBar().setValue(400)
    top = transcript._place.top_turn()
    assert top is not None
    transcript.save_view()
    again = open_desk(model=False)
    found = again.window.chat_page.transcript._place.top_turn()
    assert found is not None and found.message.id == top.message.id


def test_words_far_away_are_found(desk: Desk) -> None:
    _long(desk, 500)
    desk.window.keys.action("find").trigger()
    bar = desk.window.chat_page._find
    bar._words.setText("number 7.")
    desk.qtbot.keyClick(bar._words, Qt.Key.Key_Return)
    assert desk.window.chat_page.transcript.textCursor().selectedText() == "number 7."
    bar._words.setText("nowhere at all")
    desk.qtbot.keyClick(bar._words, Qt.Key.Key_Return)
    assert bar._answer.text() == "Not found"


def test_the_line_shows_from_where_the_persona_remembers(desk: Desk) -> None:
    _long(desk, 20)
    conversation = desk.services.chat.conversation
    assert conversation is not None
    line = desk.path()[-5].id
    desk.program.store.write(conversations.set_memory_line, conversation.id, line)
    before = desk.window.chat_page.transcript.grab().toImage()
    desk.services.chat.close()
    desk.window.open_conversation(conversation.id)
    assert desk.services.chat.conversation is not None
    assert desk.services.chat.conversation.memory_line_id == line
    after = desk.window.chat_page.transcript.grab().toImage()
    assert before != after


def test_what_is_remembered_is_not_faded_where_the_line_is_out_of_sight(desk: Desk) -> None:
    _long(desk, 60)
    line = desk.path()[5].id
    conversation = desk.services.chat.conversation
    assert conversation is not None
    transcript = desk.window.chat_page.transcript
    transcript.verticalScrollBar().setValue(transcript.verticalScrollBar().maximum())
    before = transcript.grab().toImage()
    desk.program.store.write(conversations.set_memory_line, conversation.id, line)
    desk.services.chat.reread()
    assert transcript._turns.find(line) is not None and transcript.grab().toImage() == before


def test_a_link_is_opened_only_after_a_question(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["see https://e.org/a"]}])
    desk.meet()
    desk.say("Where?")
    desk.window.chat_page.transcript.anchorClicked.emit(QUrl("https://e.org/a"))
    assert any("browser" in words for words in desk.notices())
    desk.window.chat_page.transcript.anchorClicked.emit(QUrl("file:///etc/passwd"))
    assert len(desk.notices()) == 1
