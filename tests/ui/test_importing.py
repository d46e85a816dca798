"""Importing in the window: one card or many, progress, cancel, paste, and the report of every file."""

import json
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton

from hermes_desktop.app.imports import Pasted
from hermes_desktop.ui.personas.pasting import pasted
from hermes_desktop.ui.personas.report import ReportCard
from tests import writing
from tests.ui.conftest import Desk

CARD = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ada", "first_mes": "Hi.", "odd": 1}}


def _bring(desk: Desk, *files: Path) -> None:
    desk.window.show_page("personas")
    desk.window.gallery.import_files(files)
    desk.until(lambda: not desk.services.imports.busy)


def _said(desk: Desk) -> str:
    for fold in desk.window.gallery._importing.report.findChildren(QToolButton):
        fold.setChecked(True)
    return "\n".join(label.text() for label in desk.window.gallery._importing.report.findChildren(QLabel))


def test_one_card_is_shown_and_its_report_is_one_click_away(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(writing.png(writing.text("chara", writing.encoded(CARD))))
    _bring(desk, file)
    assert desk.window.gallery._detail.persona is not None
    assert desk.window.gallery._detail.persona.name == "Ada"
    desk.click("What came in")
    said = _said(desk)
    assert "New personas: 1." in said and "a.png · PNG · V2" in said
    assert "Name, Greeting" in said and "odd" in said
    desk.window.gallery.show_cards()
    _bring(desk, file)
    assert "Ada is here already." in desk.notices()
    assert [persona.name for persona in desk.services.personas.all()].count("Ada") == 1


def test_a_lorebook_that_came_in_is_one_click_away(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "Sea.json").write_bytes(b'{"entries": {"0": {"key": ["bee"], "content": "Bees."}}}')
    (tmp_path / "z.png").write_bytes(writing.png())
    _bring(desk, *sorted(tmp_path.glob("*.[jp]*")))
    desk.click("Show Sea", desk.window.gallery._importing.report)
    assert desk.window.lorebooks_page.isVisible()
    assert "Sea" in [line.text() for line in desk.window.lorebooks_page.findChildren(QLineEdit)]


def test_many_files_are_told_one_by_one(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    folder.mkdir()
    for number in range(50):
        card = CARD | {"data": {"name": f"N{number}", "first_mes": "Hi."}}
        (folder / f"{number:02}.charx").write_bytes(writing.charx(card))
    (folder / "z.png").write_bytes(writing.png())
    _bring(desk, folder)
    report = desk.window.gallery._importing.report
    assert desk.window.gallery.currentWidget() is report
    said = _said(desk)
    assert "New personas: 50, refused: 1." in said and "There is no character card in z.png" in said
    desk.click("Show more files", report)
    shown = report.findChildren(ReportCard)[-1]
    desk.until(shown.isVisible)
    desk.click("Show N49", shown)
    assert desk.window.gallery._detail.persona is not None
    assert desk.window.gallery._detail.persona.name == "N49"


def test_an_import_shows_how_far_it_is_and_can_be_cancelled(desk: Desk, tmp_path: Path) -> None:
    desk.window.show_page("personas")
    gallery = desk.window.gallery
    gallery._importing.patience.setInterval(0)
    for number in range(300):
        card = CARD | {"data": {"name": f"N{number}", "first_mes": "Hi."}}
        (tmp_path / f"{number}.json").write_text(json.dumps(card), "utf-8")
    gallery.import_files([tmp_path / f"{number}.json" for number in range(300)])
    desk.until(lambda: gallery.currentWidget() is gallery._importing.report)
    desk.click("Cancel the import")
    desk.until(lambda: not desk.services.imports.busy)
    assert len(desk.services.personas.all()) < 315


def test_a_card_is_pasted(desk: Desk, tmp_path: Path) -> None:
    desk.window.show_page("personas")
    desk.window.gallery.show_cards()
    clipboard = QGuiApplication.clipboard()
    clipboard.setText(json.dumps(CARD))
    desk.qtbot.keyClick(desk.window.gallery._grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    desk.until(lambda: "Ada has come in." in desk.notices())
    file = tmp_path / "b.json"
    file.write_text('{"name": "Bo", "description": "x"}')
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)), QUrl("https://e.org/a.png")])
    assert pasted(mime) == [file]
    mime = QMimeData()
    mime.setData("image/png", b"bytes")
    assert pasted(mime) == [Pasted("The clipboard", b"bytes")]
    assert pasted(QMimeData()) == []


def test_who_writes_is_not_interrupted(desk: Desk, tmp_path: Path) -> None:
    desk.window.show_page("personas")
    gallery = desk.window.gallery
    gallery.write_new()
    for name in ("a", "b"):
        (tmp_path / name).write_text(json.dumps({"name": name, "description": "x"}))
    gallery.import_files([tmp_path / "a", tmp_path / "b"])
    desk.until(lambda: "2 files were read." in desk.notices())
    assert gallery.currentWidget() is gallery.form
