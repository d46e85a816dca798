"""Exporting a conversation from the window."""

import io
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QFileDialog, QPushButton

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.transcript import Format, Stretch
from hermes_desktop.storage import messages
from hermes_desktop.ui.transcripts.page import ExportPage
from tests.ui.conftest import Desk, Open


@pytest.fixture
def talking(open_desk: Open) -> Desk:
    desk = open_desk(model=False)
    desk.meet()
    desk.services.chat.close()
    said = (
        (Role.USER if number % 2 else Role.ASSISTANT, "Robert", f"*Number* {number}.")
        for number in range(130)
    )
    desk.program.store.write(messages.extend, 1, said)
    desk.window.open_conversation(1)
    return desk


@pytest.fixture
def page(talking: Desk) -> ExportPage:
    talking.window.keys.action("export").trigger()
    assert talking.window.export_page.isVisible()
    return talking.window.export_page


def choose(page: ExportPage, desk: Desk, form: Format) -> None:
    box = page.form._format
    box.setCurrentIndex(box.findData(form))
    page.form.changed.emit()
    desk.until(lambda: not page._wait.isActive())


@pytest.mark.parametrize("form", [form for form in Format if not form.whole])
def test_every_format_is_shown_and_saved(
    talking: Desk, page: ExportPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Format
) -> None:
    choose(page, talking, form)
    shown = page.preview.toPlainText()
    assert "Number" in shown and ("*Number*" in shown) == (form in (Format.MARKDOWN, Format.TEXT))
    page.preview.grab()
    talking.until(lambda: "Your name: Robert" in page._told.text())
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out"), ""))
    talking.click("Save…")
    talking.until(lambda: not talking.services.transcripts.busy)
    assert (tmp_path / f"out.{form}").stat().st_size > 1000
    talking.until(lambda: "The conversation was exported." in talking.notices())
    assert talking.services.transcripts.last()[0] is form


@pytest.mark.parametrize("form", [Format.JSON, Format.JSONL])
def test_a_whole_conversation_is_shown_and_saved(
    talking: Desk, page: ExportPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Format
) -> None:
    choose(page, talking, form)
    talking.until(lambda: "*Number* 3." in page.preview.toPlainText())
    lines = page.preview.toPlainText().splitlines()
    assert len(lines) == 61 and max(map(len, lines)) < 250 and lines[-1] == "…"
    assert page.form._whole.isVisible() and not page.form._reading.isVisible()
    kept = "deleted messages, what is remembered, how each reply"
    assert (kept in page.form._whole.text()) == (form is Format.JSON)
    names = {
        each.accessibleName() or each.text() for each in page.findChildren(QPushButton) if each.isVisible()
    }
    assert "Save…" in names and not {"Copy", "Print…"} & names
    first = "Every version" if form is Format.JSON else "All versions"
    talking.until(lambda: first in page._told.text() and "Your name: Robert" in page._told.text())
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out"), ""))
    talking.click("Save…")
    talking.until(lambda: not talking.services.transcripts.busy)
    data = io.BytesIO()
    talking.services.conversations.export(1, form, data)
    assert (tmp_path / f"out.{form}").read_bytes() == data.getvalue()
    talking.until(lambda: "The conversation was exported." in talking.notices())
    assert talking.services.transcripts.last()[0] is form
    choose(page, talking, Format.HTML)
    assert page.form._reading.isVisible() and not page.form._whole.isVisible()


def test_choices_make_a_preset_of_ones_own(talking: Desk, page: ExportPage) -> None:
    form = page.form
    assert form.preset == "read"
    talking.qtbot.mouseClick(form._boxes["times"], Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert form.preset == "" and not form.choices.times
    form._own_name.setText("Blog")
    talking.click("Keep these choices under this name")
    assert form.preset == "Blog" and talking.services.transcripts.preset("Blog").choices == form.choices
    form._preset.setCurrentIndex(form._preset.findData("share"))
    form._preset.activated.emit(1)
    assert form.choices.my_name == "User"
    form._preset.setCurrentIndex(form._preset.findData("Blog"))
    form._preset.activated.emit(3)
    talking.click("Forget the chosen preset")
    assert form._preset.findData("Blog") == -1


def test_messages_are_chosen_by_number_by_tick_and_from_the_conversation(
    talking: Desk, page: ExportPage
) -> None:
    chosen = page.form.messages
    talking.click("Show the messages to tick them")
    model = chosen._model
    assert model.rowCount() == 131 and "Number 129" in str(model.data(model.index(130)).replace("*", ""))
    assert model.setData(model.index(0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert chosen.stretches == (Stretch(2, 131),) and chosen._edit.text() == "2–131"
    assert model.setData(model.index(0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert chosen.stretches == () and page.form._boxes["branches"].isEnabled()
    chosen._edit.clear()
    talking.qtbot.keyClicks(chosen._edit, "2-3, 9")
    assert chosen.stretches == (Stretch(2, 3), Stretch(9, 9)) and not page.form._boxes["branches"].isEnabled()
    talking.qtbot.keyClicks(chosen._edit, "x")
    assert page.wish is None and chosen._wrong.isVisible()
    turn = talking.window.chat_page.transcript._turns.all[-1]
    menu = talking.window.chat_page.transcript.menu_of(turn)
    next(action for action in menu.actions() if action.text() == "Export from here…").trigger()
    assert chosen.stretches == (Stretch(131, 131),)
    menu.close()


def test_a_copy_goes_to_the_clipboard(talking: Desk, page: ExportPage) -> None:
    page.form.messages.fill(131, lambda _first, _count: [], 130)
    page._copy(rich=True)
    talking.until(lambda: "Copied." in talking.notices())
    data = QGuiApplication.clipboard().mimeData()
    assert data.text().startswith("### Robert") and "<em>Number</em> 128" in data.html()
    page._copy(rich=False)
    talking.until(lambda: not QGuiApplication.clipboard().mimeData().hasHtml())


def test_it_is_printed_on_whatever_has_pages(talking: Desk, page: ExportPage, tmp_path: Path) -> None:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    wish = page.wish
    assert wish is not None
    page.print_on(wish, printer)
    talking.until(lambda: "The conversation was printed." in talking.notices())
    assert (tmp_path / "printed.pdf").read_bytes().startswith(b"%PDF-")


def test_cancelling_and_failing_are_told(talking: Desk, page: ExportPage, tmp_path: Path) -> None:
    wish = page.wish
    assert wish is not None
    page.save(wish, tmp_path / "out.html")
    talking.click("Cancel the export")
    talking.until(lambda: not talking.services.transcripts.busy)
    page.save(wish, tmp_path / "nowhere" / "out.html")
    talking.until(lambda: any("cannot be written" in said for said in talking.notices()))
    assert page._buttons.isVisible() and not page._running.isVisible()


def test_a_narrow_window_shows_one_of_both_and_esc_leaves(talking: Desk, page: ExportPage) -> None:
    talking.window.resize(760, 560)
    assert page._choices.isVisible() and not page.preview.isVisible()
    talking.click("Preview")
    assert page.preview.isVisible() and not page._choices.isVisible()
    talking.window.resize(1440, 900)
    assert page.preview.isVisible() and page._choices.isVisible()
    talking.qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert talking.window.chat_page.isVisible()
