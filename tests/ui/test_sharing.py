"""Sharing in the window: for whom, as what, what that tells, and the file that is written."""

import json
import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from hermes_desktop.app.imports import Pasted
from hermes_desktop.domain.persona import Persona
from hermes_desktop.ui.personas.sharing import SharePage
from tests import writing
from tests.containers.test_png_writer import chunks
from tests.ui.conftest import Desk

CARD = {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "fav": True,
    "data": {
        "name": "Ada",
        "first_mes": "Hi.",
        "creator": "Bo",
        "nickname": "A",
        "extensions": {"fav": True},
    },
}


@pytest.fixture(autouse=True)
def _no_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the dialog of files where it is: the platform of the tests cannot show one without a warning."""
    monkeypatch.setattr(QFileDialog, "open", lambda _dialog: None)


def _share(desk: Desk, data: bytes = json.dumps(CARD).encode()) -> tuple[SharePage, Persona]:
    (report,) = desk.services.imports.run([Pasted("a", data)])
    desk.window.show_page("personas")
    desk.window.gallery.show_persona(report.persona_id)
    desk.click("Share or save to a file")
    page = desk.window.gallery.currentWidget()
    assert isinstance(page, SharePage) and page.persona is not None
    _rest(desk, page)
    return page, page.persona


def _rest(desk: Desk, page: SharePage) -> None:
    save = next(each for each in page.findChildren(QPushButton) if each.accessibleName() == "Save to a file")
    desk.until(save.isEnabled)


def _said(page: SharePage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page))


def _sees(desk: Desk, page: SharePage, *words: str) -> None:
    desk.until(lambda: all(word in _said(page) for word in words))


def _choose(desk: Desk, page: SharePage, name: str) -> None:
    (choice,) = [each for each in page.findChildren(QRadioButton) if each.text() == name]
    choice.click()
    _rest(desk, page)


def _save(desk: Desk, page: SharePage, file: Path) -> None:
    desk.click("Save to a file", page)
    (dialog,) = page.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(file))
    dialog.deleteLater()
    desk.until(file.exists)
    desk.until(lambda: f"{file.name} was saved." in desk.notices())


def test_a_persona_is_shared_as_a_picture(desk: Desk, tmp_path: Path) -> None:
    page, _persona = _share(desk)
    _sees(desk, page, "Share Ada", "Ada.png", "The creator’s name: Bo", "drawn")
    assert "Marks of your own use" not in _said(page)
    file = tmp_path / "out.png"
    _save(desk, page, file)
    assert [kind for kind, _ in chunks(file.read_bytes())].count(b"tEXt") == 2
    desk.click("Back to Ada")
    assert desk.window.gallery.currentWidget() is desk.window.gallery._detail


def test_what_is_chosen_changes_what_is_said_and_written(desk: Desk, tmp_path: Path) -> None:
    page, _persona = _share(desk)
    _choose(desk, page, "A backup")
    _choose(desk, page, "Text (JSON)")
    _sees(desk, page, "Marks of your own use", "byte for byte as it came")
    _save(desk, page, tmp_path / "a.json")
    assert (tmp_path / "a.json").read_bytes() == json.dumps(CARD).encode()
    version = page._version
    assert [version.itemText(number) for number in range(version.count())] == ["As it is", "V3", "V2"]
    version.setCurrentIndex(2)
    version.activated.emit(2)
    _rest(desk, page)
    _sees(desk, page, "What only V3 knows is set aside")
    _choose(desk, page, "Oobabooga (YAML)")
    _sees(desk, page, "all else stays here", "Ada.yaml")
    assert not version.isVisible()


def test_the_module_of_another_program_can_be_left_out(desk: Desk, tmp_path: Path) -> None:
    data = writing.archive({"card.json": json.dumps(CARD).encode(), "module.risum": b"x"})
    page, _persona = _share(desk, data)
    (leave,) = page.findChildren(QCheckBox)
    assert not leave.isVisible()
    _choose(desk, page, "Archive (CHARX)")
    assert leave.isVisible()
    leave.setChecked(True)
    _rest(desk, page)
    _save(desk, page, tmp_path / "a.charx")
    assert zipfile.ZipFile(tmp_path / "a.charx").namelist() == ["card.json"]


def test_a_card_goes_to_the_clipboard_without_what_is_private(desk: Desk) -> None:
    page, _persona = _share(desk)
    desk.click("Copy card as JSON", page)
    copied = json.loads(QGuiApplication.clipboard().text())
    assert copied["data"]["name"] == "Ada" and "fav" not in copied and copied["data"]["extensions"] == {}
    assert "The card is on the clipboard." in desk.notices()


def test_the_key_shares_who_is_there(desk: Desk, qtbot: QtBot) -> None:
    desk.window.show_page("personas")
    desk.window.gallery.show_persona(desk.services.personas.find("Hobbs").id)
    desk.window.keys.action("export").trigger()
    page = desk.window.gallery._sharing
    assert desk.window.gallery.currentWidget() is page
    assert page.persona is not None and page.persona.name == "Hobbs"
    _rest(desk, page)
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert desk.window.gallery.currentWidget() is desk.window.gallery._detail
    desk.window.gallery.show_cards()
    desk.window.keys.action("export").trigger()
    assert desk.window.gallery.currentWidget() is page and page.persona.name != "Hobbs"
    desk.window.show_page("settings")
    desk.window.keys.action("export").trigger()
    assert desk.window.keys.sequence("export").toString() == "Ctrl+E"
    _rest(desk, page)


def test_everybody_goes_into_one_folder(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    desk.window.show_page("personas")
    desk.window.gallery.exporting.start(folder)
    desk.until(lambda: "Personas saved: 15" in desk.notices())
    assert len(list(folder.glob("*.png"))) == 15


def test_a_folder_that_cannot_be_written_is_said(desk: Desk, tmp_path: Path) -> None:
    page, _persona = _share(desk)
    export = page._export
    assert export is not None
    page.save(tmp_path / "none" / "a.png", export)
    desk.until(lambda: any("cannot be written" in said for said in desk.notices()))
