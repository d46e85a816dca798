"""The window around the pages: panes, pages, keys, size, coming forward, what is dropped on it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMenuBar,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

from hermes_desktop.app import instance
from hermes_desktop.app.instance import Instance
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.preferences import Theme
from hermes_desktop.ui.chat.banner import Banner
from hermes_desktop.ui.palette import DARK, LIGHT, Palette
from tests.contrast import contrast
from tests.ui.conftest import Desk, Open

PAGES = ("conversation", "personas", "lorebooks", "models", "profiles", "settings")
CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
)


def _drop(widget: QWidget, *files: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    event = QDropEvent(
        QPointF(QPoint(10, 10)),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    widget.dropEvent(event)


def _own(widget: QWidget) -> bool:
    """Leave out scroll bars and what Qt puts inside its own widgets, such as the field of a spin box."""
    above = widget.parent()
    while above is not None:
        if isinstance(above, QAbstractSpinBox | QComboBox | QTabBar | QLineEdit | QMenuBar):
            return False
        above = above.parent()
    return not isinstance(widget, QScrollBar)


def _unnamed(root: QWidget) -> list[str]:
    found = []
    for widget in root.findChildren(QWidget):
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if isinstance(widget, CONTROLS) and _own(widget) and not (widget.accessibleName() or text):
            found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


def _open_book(desk: Desk) -> None:
    desk.window.lorebooks_page.edit(desk.services.lorebooks.create("A book").id)


@pytest.mark.parametrize("page", PAGES)
def test_every_control_has_a_name_for_screen_readers(desk: Desk, page: str) -> None:
    desk.meet()
    desk.window.show_page(page)
    if page == "personas":
        desk.window.gallery.write_new()
    if page == "profiles":
        desk.window.profiles_page.write_new()
    if page == "lorebooks":
        _open_book(desk)
    assert _unnamed(desk.window) == []


def test_a_control_without_a_name_would_be_found(desk: Desk) -> None:
    bare = QLineEdit(desk.window.centralWidget())
    assert "QLineEdit in QWidget" in _unnamed(desk.window)
    bare.deleteLater()


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_pair_of_ink_and_ground_can_be_read(palette: Palette) -> None:
    grounds = (palette.ground, palette.sidebar, palette.panel)
    inks = (palette.ink, palette.soft, palette.faint, palette.accent, palette.danger, palette.ok)
    pairs = [(ink, ground) for ink in inks for ground in grounds]
    pairs += [(palette.accent_ink, palette.accent_ground), (palette.on_accent, palette.accent)]
    pairs += [(palette.ink, palette.user_ground), (palette.actions, palette.ground)]
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def test_the_smallest_window_folds_the_panes_away(desk: Desk) -> None:
    desk.meet()
    desk.window.resize(1440, 900)
    assert desk.window.sidebar.isVisible() and desk.window.inspector.isVisible()
    desk.window.resize(760, 560)
    assert not desk.window.sidebar.isVisible() and not desk.window.inspector.isVisible()
    desk.window.keys.action("sidebar").trigger()
    desk.window.keys.action("sidebar").trigger()
    assert desk.window.sidebar.isVisible()


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_wider_than_the_smallest_window(desk: Desk, page: str) -> None:
    desk.meet()
    desk.window.resize(1440, 900)
    desk.window.show_page(page)
    desk.window.resize(760, 560)
    if page == "lorebooks":
        _open_book(desk)
    QCoreApplication.processEvents()  # what it costs to be laid out anew is known after that
    assert (desk.window.width(), desk.window.height()) == (760, 560)
    for part in ("general", "appearance", "sampling", "keys", "about") if page == "settings" else ("",):
        if part:
            desk.window.settings_page.show_page(part)
        shown = desk.window._stack.currentWidget()
        assert shown.minimumSizeHint().width() <= shown.width()


@pytest.mark.parametrize(
    "name", ["personas", "lorebooks", "models", "profiles", "settings", "keys_list", "new_conversation"]
)
def test_a_key_leads_to_each_page(desk: Desk, name: str) -> None:
    desk.window.keys.action(name).trigger()
    wanted = {"keys_list": "settings", "new_conversation": "personas"}.get(name, name)
    assert desk.window._page == wanted


def test_the_theme_follows_the_choice(desk: Desk) -> None:
    desk.services.preferences.update(theme=Theme.DARK)
    assert desk.window.palette().window().color().name().upper() == DARK.ground
    desk.services.preferences.update(theme=Theme.LIGHT)
    assert desk.window.palette().window().color().name().upper() == LIGHT.ground


@pytest.mark.qt_log_ignore("does not support raise")  # the offscreen platform has one window
def test_a_second_start_brings_the_first_window_forward(desk: Desk) -> None:
    folder = desk.services.folders.data
    first = Instance(folder)
    first.raised.connect(desk.window.come_forward)
    desk.window.showMinimized()
    assert instance.raise_first(folder)
    desk.until(lambda: not desk.window.isMinimized())
    first.close()


def test_nobody_answers_for_a_folder_without_a_window(tmp_path: Path) -> None:
    assert not instance.raise_first(tmp_path)


def test_a_dropped_model_is_added_and_loaded(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(model=False)
    _drop(desk.window, tiny_gguf.write(tmp_path / "dropped.gguf", context=8192))
    desk.until(lambda: desk.services.models.loaded is not None)
    assert desk.window._page == "models"
    assert [model.name for model in desk.services.models.all()] == ["Tiny Hermes", "Understudy"]


def test_a_dropped_file_that_is_no_model_is_refused_in_a_sentence(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(model=False)
    file = tmp_path / "letter.gguf"
    file.write_text("Dear reader")
    _drop(desk.window, file)
    assert [model.name for model in desk.services.models.all()] == ["Understudy"]
    assert len(desk.notices()) == 1 and "letter.gguf" in desk.notices()[0]


def test_a_dropped_card_is_brought_in(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(model=False)
    file = tmp_path / "card.json"
    file.write_text('{"name": "Ada", "description": "Counts.", "first_mes": "Hello."}', "utf-8")
    _drop(desk.window, file)
    desk.until(lambda: not desk.services.imports.busy)
    assert "Ada" in [persona.name for persona in desk.services.personas.all()]
    assert any("Ada" in words for words in desk.notices())


def test_the_same_notice_is_not_shown_twice(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(model=False)
    file = tmp_path / "letter.gguf"
    file.write_text("Dear reader")
    for _ in range(3):
        _drop(desk.window, file)
    assert len(desk.notices()) == 1


def test_rebinding_a_key(desk: Desk) -> None:
    keys = desk.window.keys
    assert keys.rebind("find", QKeySequence("Ctrl+Shift+L")) == ""
    assert keys.action("find").shortcut() == QKeySequence("Ctrl+Shift+L")
    assert keys.rebind("search", QKeySequence("Ctrl+Shift+L")) != ""
    assert keys.rebind("search", QKeySequence("k")) != ""
    keys.reset_all()
    assert keys.action("find").shortcut() == QKeySequence("Ctrl+F")


def test_the_key_list_takes_the_next_key(desk: Desk) -> None:
    desk.window.keys.action("keys_list").trigger()
    page = desk.window.settings_page
    button = next(b for b in page.findChildren(QAbstractButton) if b.accessibleName().startswith("Sidebar:"))
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.text() == "Press a key…"
    desk.qtbot.keyClick(button, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert button.text() == "Ctrl+J"
    assert desk.window.keys.action("sidebar").shortcut() == QKeySequence("Ctrl+J")


def test_the_window_remembers_panes_and_place(open_desk: Open) -> None:
    desk = open_desk(model=False)
    desk.window.keys.action("inspector").trigger()
    again = open_desk(model=False)
    assert not again.services.preferences.value.show_inspector


def test_the_banner_offers_hermes_while_the_understudy_plays(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(model=False)
    desk.meet()
    banner = desk.window.chat_page.findChild(Banner)
    assert banner is not None and not banner.isVisible()
    desk.services.models.choose_last()
    desk.until(banner.isVisible)
    assert "It is not Hermes 3." in banner.accessibleName()
    desk.window.inspector.show_tab("sampling")
    presets = [
        box for box in desk.window.inspector.findChildren(QComboBox) if box.accessibleName() == "Preset"
    ]
    assert [box.currentText() for box in presets] == ["As usual (Understudy)"]
    desk.click("Get Hermes 3")
    assert desk.window._page == "models"
    desk.window.show_page("conversation")
    desk.window.models_page.add_files([tiny_gguf.write(tmp_path / "real.gguf", context=8192)])
    desk.until(lambda: not banner.isVisible())  # whoever brings a model wants it to play
    desk.until(lambda: presets[0].currentText() == "As in the settings (Chat)")
    assert desk.services.models.loaded is not None or desk.services.models.chosen is not None


def test_a_banner_that_was_put_away_stays_away(open_desk: Open) -> None:
    desk = open_desk(model=False)
    desk.meet()
    desk.services.models.choose_last()
    banner = desk.window.chat_page.findChild(Banner)
    assert banner is not None
    desk.until(banner.isVisible)
    desk.click("Put this line away")
    assert not banner.isVisible()
    desk = open_desk(model=False)
    desk.services.models.choose_last()
    desk.until(lambda: desk.services.models.loaded is not None)
    again = desk.window.chat_page.findChild(Banner)
    assert again is not None and not again.isVisible()
