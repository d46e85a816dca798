"""Conversations come in through the window: the menu, dropping, the report, and the way to what came."""

import json
from pathlib import Path

from PySide6.QtCore import QMimeData, QModelIndex, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QListView

from hermes_desktop.app.chat import ChatState
from hermes_desktop.app.chat_signs import is_chat
from hermes_desktop.ui.personas.choosing import PersonaChooser
from tests import writing
from tests.transcripts.test_formats import GPT
from tests.transcripts.test_sillytavern import HEADERS, LINES, packed
from tests.ui.conftest import A_DIALOG, SLOW, Desk, Open

CARD = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ada", "first_mes": "Hi."}}


def _said(desk: Desk) -> str:
    return "\n".join(
        label.text() for label in desk.window.chat_imports.findChildren(QLabel) if label.isVisible()
    )


def _drop(desk: Desk, *files: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    desk.window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, left, none))
    desk.until(lambda: not desk.services.chats.busy and not desk.services.imports.busy)


def test_chats_and_cards_that_are_dropped_find_their_pages(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(packed(HEADERS[0], *LINES))
    (tmp_path / "gpt.json").write_bytes(json.dumps([GPT] * 12).encode())
    (tmp_path / "ada.json").write_bytes(json.dumps(CARD).encode())
    (tmp_path / "bad.jsonl").write_bytes(b"{}")
    _drop(desk, *sorted(tmp_path.glob("*.json*")))
    # Cards are laid out a moment after they came.
    desk.until(lambda: all(name in _said(desk) for name in ("SillyTavern", "ChatGPT")))
    said = _said(desk)
    assert "New conversations: 2, here already: 11, files refused: 1." in said
    assert "ChatGPT" in said and "and 2 more conversations" in said
    assert any(persona.name == "Ada" for persona in desk.services.personas.all())
    desk.click("Show Trip", desk.window.chat_imports)
    assert "second" in desk.shown()


def test_the_menu_opens_the_page_and_the_way_back(desk: Desk, tmp_path: Path) -> None:
    desk.window.keys.action("import_chats").trigger()
    page = desk.window.chat_imports
    assert page.isVisible() and "whole folder of a SillyTavern user" in _said(desk)
    place = tmp_path / "default-user"
    for name in ("characters", "chats/Ada"):
        (place / name).mkdir(parents=True)
    (place / "characters/Ada.png").write_bytes(writing.png(writing.text("chara", writing.encoded(CARD))))
    (place / "worlds").mkdir()
    (place / "worlds/Sea.json").write_bytes(b'{"entries": {}}')
    personas = {"personas": {"a.png": "Kim"}, "persona_descriptions": {}, "default_persona": "a.png"}
    (place / "settings.json").write_bytes(json.dumps({"power_user": personas}).encode())
    page.import_files([])
    _drop(desk, place)
    assert "New conversations: 0, characters: 1, lorebooks: 1, profiles: 1." in _said(desk)
    desk.until(lambda: "Sea" in _said(desk) and "Kim" in _said(desk))  # cards are shown a little later
    assert "New conversations begin as Kim" in _said(desk) and desk.services.profiles.current().name == "Kim"
    assert "Kim" in desk.window.sidebar._links["profiles"].text()
    desk.click("Show Ada", page)
    assert desk.window.gallery.isVisible()
    desk.window.show_page("import_chats")
    desk.click("Show Sea", page)
    assert desk.window.lorebooks_page.isVisible()
    assert "Sea" in [line.text() for line in desk.window.lorebooks_page.findChildren(QLineEdit)]
    desk.window.show_page("import_chats")
    desk.click("Show Kim", page)
    assert desk.window.profiles_page.isVisible()
    assert "Kim" in [line.text() for line in desk.window.profiles_page.findChildren(QLineEdit)]
    desk.window.show_page("import_chats")
    desk.click("Back to the conversation", page)
    assert desk.window.chat_page.isVisible()


def test_a_first_look_tells_chats_from_cards(tmp_path: Path) -> None:
    found = {
        "a.jsonl": (b"", True),
        "chat.json": (b'\xef\xbb\xbf {"mapping" : {}}', True),
        "card.json": (json.dumps(CARD | {"mes": 1}).encode(), False),
        "v1.json": (b'{"name": "a", "mes_example": "b"}', False),
        "a.png": (b"\x89PNG", False),
        "gpt.zip": (writing.archive({"conversations.json": b"[]"}), True),
        "card.charx": (writing.charx(CARD), False),
    }
    for name, (data, wanted) in found.items():
        (tmp_path / name).write_bytes(data)
        assert is_chat(tmp_path / name) is wanted, name
    assert not is_chat(tmp_path) and not is_chat(tmp_path / "gone.json")


def _chooser(desk: Desk) -> PersonaChooser:
    desk.until(lambda: bool(desk.window.findChildren(PersonaChooser)))
    return desk.window.findChildren(PersonaChooser)[-1]


def _choose(desk: Desk, typed: str) -> None:
    chooser = _chooser(desk)
    (search,) = chooser.findChildren(QLineEdit)
    desk.qtbot.keyClicks(search, typed)
    desk.qtbot.keyClick(search, Qt.Key.Key_Return)
    desk.until(lambda: not desk.window.findChildren(PersonaChooser))


def _whose(desk: Desk) -> list[str]:
    return sorted(summary.persona_name for summary in desk.services.conversations.summaries())


@A_DIALOG
def test_a_missing_persona_is_offered_to_match(desk: Desk, tmp_path: Path) -> None:
    for number in range(2):
        text = f"Zelda: Hello\nJonas: Hi\nZelda: Well met\nJonas: {number}\n"
        (tmp_path / f"log {number}.txt").write_text(text)
    desk.window.show_page("import_chats")
    _drop(desk, *sorted(tmp_path.glob("log*")))
    page = desk.window.chat_imports
    desk.until(lambda: "This persona was not here" in _said(desk))
    assert "conversations: 2" in _said(desk) and _whose(desk) == ["Zelda", "Zelda"]
    desk.click("Match with another persona…", page)
    _choose(desk, "hobbs")
    assert _whose(desk) == ["Hobbs", "Hobbs"] and "Hobbs goes on with them." in _said(desk)
    assert "Zelda" not in [persona.name for persona in desk.services.personas.all()]
    assert "2 conversations go on with Hobbs." in desk.notices()
    desk.click("Back to the new one", page)
    assert _whose(desk) == ["Zelda", "Zelda"] and "This persona was not here" in _said(desk)
    desk.click("Match with another persona…", page)
    desk.click("Cancel", _chooser(desk))
    desk.until(lambda: not desk.window.findChildren(PersonaChooser))
    assert _whose(desk) == ["Zelda", "Zelda"]
    desk.click("Match with another persona…", page)
    _choose(desk, "hobbs")
    desk.services.chat.open(desk.services.conversations.summaries()[0].id)
    desk.window.keys.action("undo").trigger()  # in the one that is open
    desk.window.show_page("import_chats")
    assert "Hobbs goes on with 1 of them." in _said(desk) and _whose(desk) == ["Hobbs", "Zelda"]
    gallery = desk.window.gallery
    assert "Zelda" in [persona.name for persona in gallery._model._all]
    desk.services.chat.close()
    desk.click("Show Zelda", page)
    assert desk.window.gallery.isVisible()


@A_DIALOG
def test_a_conversation_goes_on_with_another_persona_from_the_sidebar_and_the_menu(desk: Desk) -> None:
    desk.meet()
    desk.say("Hello")
    summary = desk.services.conversations.summaries()[0]
    menu = desk.window.sidebar.menu_of(QModelIndex(), summary)
    next(each for each in menu.actions() if each.text().startswith("Go on with")).trigger()
    chooser = _chooser(desk)
    (search,), (shown,) = chooser.findChildren(QLineEdit), chooser.findChildren(QListView)
    desk.qtbot.keyClicks(search, "zzqx")
    assert not shown.isVisible() and any(
        "No persona holds" in label.text() for label in chooser.findChildren(QLabel)
    )
    desk.qtbot.keyClick(search, Qt.Key.Key_Return)
    search.clear()
    first = shown.currentIndex().row()
    listed = [shown.model().index(row, 0).data() for row in range(shown.model().rowCount())]
    assert "Hobbs" not in listed and "Mira" in listed  # it goes on with Hobbs anyhow
    desk.qtbot.keyClick(search, Qt.Key.Key_Down)
    assert shown.currentIndex().row() == first + 1
    wanted = str(shown.currentIndex().data())
    desk.click("Choose", chooser)
    assert desk.services.chat.persona is not None and desk.services.chat.persona.name == wanted
    assert _whose(desk) == [wanted]
    desk.window.keys.action("undo").trigger()
    assert _whose(desk) == ["Hobbs"] and desk.services.chat.persona.name == "Hobbs"
    desk.window.keys.action("match").trigger()
    _choose(desk, wanted)
    assert _whose(desk) == [wanted] and "goes on with" in desk.notices()[-1]
    assert wanted in desk.window.chat_page.composer.edit.placeholderText()
    grounds = desk.window.chat_page.transcript._grounds
    hobbs, other = (desk.services.personas.find(name) for name in ("Hobbs", wanted))
    faces = {one.name: desk.services.personas.picture(one.avatar) for one in (hobbs, other)}
    turn = next(turn for turn in grounds._turns.all if not turn.mine)
    shown = grounds._avatar(turn).toImage()  # it was Hobbs who said it
    assert shown == grounds._theme.avatar("Hobbs", faces["Hobbs"], 34).toImage()
    assert shown != grounds._theme.avatar("Hobbs", faces[other.name], 34).toImage()


@A_DIALOG
def test_nobody_is_exchanged_while_a_reply_is_written(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["on "] * 200, "delay": SLOW}])
    desk.meet()
    desk.type("Hello")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: desk.services.chat.busy)
    desk.window.keys.action("match").trigger()
    _choose(desk, "mira")
    assert desk.services.chat.persona is not None and desk.services.chat.persona.name == "Hobbs"
    desk.services.chat.stop()
    desk.rest()


@A_DIALOG
def test_a_way_back_that_is_refused_for_a_moment_is_offered_again(open_desk: Open) -> None:
    desk = open_desk([{"pieces": ["on "] * 200, "delay": SLOW}])
    desk.meet()
    number = desk.services.conversations.summaries()[0].id
    desk.window._match([number], desk.services.personas.find("Mira").id, 0)
    (said,) = desk.notices()
    desk.type("Hello")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: desk.services.chat.state is ChatState.WRITING)
    desk.click("Undo", desk.window._notices)
    assert said in desk.notices() and len(desk.notices()) == 2  # and why it was refused
    desk.services.chat.stop()
    desk.rest()
    desk.click("Undo", desk.window._notices)
    assert desk.services.chat.persona is not None and desk.services.chat.persona.name == "Hobbs"
    desk.until(lambda: said not in desk.notices())


@A_DIALOG
def test_each_notice_takes_its_own_conversation_back(desk: Desk) -> None:
    numbers = []
    for _ in range(2):
        desk.meet()
        numbers.append(desk.services.conversations.summaries()[0].id)
    mira = desk.services.personas.find("Mira").id
    for number in numbers:
        desk.services.conversations.rename(number, "")
        desk.window._match([number], mira, 0)
    assert desk.notices() == ["The conversation goes on with Mira."]
    desk.click("Undo", desk.window._notices)
    who = [desk.services.conversations.get(number).persona_id == mira for number in numbers]
    assert who == [True, False]


def test_what_was_refused_stands_before_what_there_is_to_decide(desk: Desk, tmp_path: Path) -> None:
    for number in range(14):
        text = f"Zelda{number}: Hello\nJonas: Hi\nZelda{number}: Well met\nJonas: Yes\n"
        (tmp_path / f"log {number}.txt").write_text(text)
    (tmp_path / "bad.jsonl").write_bytes(b"{}")
    desk.window.show_page("import_chats")
    _drop(desk, *sorted(file for file in tmp_path.iterdir() if file.suffix in (".txt", ".jsonl")))
    desk.until(lambda: "This persona was not here" in _said(desk))
    said = _said(desk)
    assert said.index("bad.jsonl") < said.index("This persona was not here")
