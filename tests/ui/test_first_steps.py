"""The three steps of the first start: shown once, left at any time, each of them leads somewhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from hermes_desktop import machine
from hermes_desktop.app import offers
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.download import DownloadState
from hermes_desktop.ui import application
from hermes_desktop.ui.personas.cards import PersonaGrid
from hermes_desktop.ui.pieces import Scroll
from tests.hub.fake_hub import FakeHub, running
from tests.ui.conftest import Desk, Open

GIB = 1024**3
REPOSITORY = "NousResearch/Hermes-3-Llama-3.1-8B-GGUF"
SUITED = "Hermes-3-Llama-3.1-8B.Q6_K.gguf"  # its hash is not recorded, so any file will do


@pytest.fixture
def first(open_desk: Open, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The first start on a machine with 24 GiB."""
    monkeypatch.setattr(machine, "main_memory", lambda: (20 * GIB, 24 * GIB))
    desk = open_desk(model=False)
    application.greet(desk.window, desk.services)
    return desk


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    data = tiny_gguf.write(tmp_path / "published.gguf", name="Fetched Hermes").read_bytes()
    with running(FakeHub({SUITED: data}, REPOSITORY)) as found:
        yield found


def words(desk: Desk) -> str:
    return "\n".join(label.text() for label in desk.window.findChildren(QLabel) if label.isVisible())


def test_the_steps_are_shown_once_and_can_be_skipped(first: Desk, open_desk: Open) -> None:
    assert first.window.first_steps.isVisible()
    first.click("Skip the first steps")
    assert first.window.chat_page.isVisible() and "Robin" in first.shown()
    first.click("Models")
    assert not first.window.first_steps.isVisible()
    again = open_desk(model=False)
    application.greet(again.window, again.services)
    assert again.window.chat_page.isVisible()


def test_escape_leads_past_the_steps(first: Desk) -> None:
    first.qtbot.keyClick(first.window.first_steps, Qt.Key.Key_Escape)
    assert first.window.chat_page.isVisible()


def test_they_can_be_seen_again(first: Desk) -> None:
    first.click("Skip the first steps")
    first.window.keys.action("first_steps").trigger()
    assert first.window.first_steps.isVisible()


def test_the_first_step_says_what_runs_here_and_what_does_not(first: Desk) -> None:
    said = words(first)
    assert "25.8 GB of memory" in said and "Hermes 3 8B" in said
    assert said.count("runs here") == 2 and said.count("for a bigger machine") == 2
    assert "workstations and servers" in said
    first.window.resize(1440, 900)
    first.until(lambda: first.window.width() == 1440)
    for scroll in first.window.first_steps.findChildren(Scroll):
        assert not scroll.isVisible() or scroll.verticalScrollBar().maximum() == 0


def test_sizes_follow_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "main_memory", lambda: (2 * GIB, 3 * GIB))
    assert [size.suited for size in offers.sizes()][1:] == [None] * 3
    monkeypatch.setattr(machine, "main_memory", lambda: (500 * GIB, 512 * GIB))
    assert all(size.suited is not None for size in offers.sizes())
    assert [size.name for size in offers.sizes()] == [f"Hermes 3 {n}B" for n in (3, 8, 70, 405)]


def test_a_model_is_fetched_in_the_second_step(first: Desk, hub: FakeHub) -> None:
    first.services.preferences.update(hub_endpoint=hub.endpoint)
    first.click("Next")
    (fetch,) = (
        button
        for button in first.window.findChildren(QPushButton)
        if button.isVisible() and button.accessibleName().startswith("Download Hermes 3 8B · Q6_K")
    )
    first.qtbot.mouseClick(fetch, Qt.MouseButton.LeftButton)
    first.click("Accept and download")
    first.until(lambda: first.services.downloads.all()[0].state is DownloadState.DONE)
    assert first.services.models.find("Fetched Hermes").verified_at


def test_other_files_are_on_the_page_of_models(first: Desk) -> None:
    first.click("Next")
    first.click("See all files, or add one of your own")
    assert first.window.models_page.isVisible()


def test_the_last_step_opens_a_conversation(first: Desk) -> None:
    first.click("Step 3: A persona")
    grid = next(grid for grid in first.window.findChildren(PersonaGrid) if grid.isVisible())
    name = grid.currentIndex().data()
    first.qtbot.keyClick(grid, Qt.Key.Key_Return)
    conversation = first.services.chat.conversation
    assert conversation is not None
    assert first.services.personas.get(conversation.persona_id).name == name
    assert first.window.chat_page.isVisible()


def test_one_can_walk_back_and_on(first: Desk) -> None:
    for button in ("Next", "Back", "Next", "Next"):
        first.click(button)
    first.click("Go to the conversation")
    assert "Robin" in first.shown()
