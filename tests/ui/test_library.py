"""The files of models in the window: deleting with the space, verifying all, moving the folder."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.model_file import ModelFile
from hermes_desktop.ui.models.place import PlacePanel
from tests.ui.conftest import Desk, Open


@pytest.fixture
def page(open_desk: Open) -> Desk:
    """The page of models with one that the app has fetched."""
    desk = open_desk(model=False)
    path = desk.services.library.folder / "maker/tiny/fetched.gguf"
    path.parent.mkdir(parents=True)
    desk.services.models.add(tiny_gguf.write(path, name="Fetched Hermes"))
    desk.window.show_page("models")
    desk.until(lambda: bool(fetched(desk).verified_at))
    return desk


def fetched(desk: Desk) -> ModelFile:
    return desk.services.models.find("Fetched Hermes")


def names(desk: Desk) -> set[str]:
    return {model.name for model in desk.services.models.all()}


def words(desk: Desk) -> str:
    return "\n".join(label.text() for label in desk.window.findChildren(QLabel) if label.isVisible())


def test_a_fetched_model_is_deleted_after_a_question(page: Desk) -> None:
    path = Path(fetched(page).path)
    page.click("Remove Fetched Hermes")
    assert path.exists() and "Fetched Hermes" in names(page)
    page.click("Leave it")
    page.click("Remove Fetched Hermes")
    page.click(next(name for name in buttons(page) if name.startswith("Delete, free ")))
    assert not path.exists() and names(page) == {"Understudy"}
    assert any("was deleted" in text and "freed" in text for text in page.notices())


def buttons(desk: Desk) -> list[str]:
    from PySide6.QtWidgets import QPushButton

    return [each.accessibleName() for each in desk.window.findChildren(QPushButton) if each.isVisible()]


def test_its_file_may_stay(page: Desk) -> None:
    path = Path(fetched(page).path)
    page.click("Remove Fetched Hermes")
    page.click("Take it off the list, keep the file")
    assert path.exists() and names(page) == {"Understudy"}


def test_all_are_verified_one_after_the_other(page: Desk) -> None:
    seen: list[tuple[int, float]] = []
    page.services.models.hash_progressed.connect(lambda number, share: seen.append((number, share)))
    page.click("Verify all models")
    page.until(lambda: len([share for _, share in seen if share == 1.0]) == 2)
    order = list(dict.fromkeys(number for number, _ in seen))
    assert sorted(order) == sorted(model.id for model in page.services.models.all())
    turns = [number for number, _ in seen]
    assert all(share < 1 for number, share in seen[:-1] if number == seen[-1][0]), "a word after the end"
    assert turns == sorted(turns, key=order.index), "two were hashed at once"


def test_the_folder_is_moved(page: Desk, tmp_path: Path) -> None:
    panel = page.window.findChild(PlacePanel)
    assert panel is not None
    ended: list[bool] = []
    page.services.library.move_ended.connect(ended.append)
    target = tmp_path / "elsewhere"
    panel.carry_to(target)
    page.until(lambda: ended == [True])
    assert Path(fetched(page).path) == target / "maker/tiny/fetched.gguf" and fetched(page).verified_at
    assert page.services.library.folder == target
    assert any("new place" in text for text in page.notices())
    panel.carry_to(target / "inner")
    assert any("cannot be moved" in text for text in page.notices())


def test_a_model_in_use_moves_too(page: Desk, tmp_path: Path) -> None:
    page.services.models.load(fetched(page).id)
    page.until(lambda: page.services.models.loaded is not None)
    ended: list[bool] = []
    page.services.library.move_ended.connect(ended.append)
    page.services.library.move(tmp_path / "elsewhere")
    page.until(lambda: ended == [True])
    chosen = page.services.models.chosen
    assert chosen is not None and Path(chosen.path).is_relative_to(tmp_path / "elsewhere")


def test_a_file_that_has_gone_is_said_to_have_gone(page: Desk) -> None:
    Path(fetched(page).path).unlink()
    page.services.models.refresh()
    assert "The file is not there any more" in words(page)
    page.click("Remove Fetched Hermes")
    assert names(page) == {"Understudy"}
