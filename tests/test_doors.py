"""The way in with a window: a second start, a damaged database, a backup that is put back."""

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from hermes_desktop import doors, imports
from hermes_desktop.app.instance import Instance
from hermes_desktop.bootstrap import build
from hermes_desktop.paths import Folders
from hermes_desktop.storage import backup
from hermes_desktop.storage.lock import FolderLock
from hermes_desktop.ui.window import Window

SOON_MS = 50
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # a box on the offscreen platform


@pytest.fixture
def folders(tmp_path: Path, qapp: QApplication) -> Folders:
    assert qapp is not None
    made = Folders.of(tmp_path / "data")
    build(made).close()
    return made


def _when_shown(act: Callable[..., object]) -> QTimer:
    """Call `act` with the window or box that is open, as soon as there is one."""
    timer = QTimer()
    timer.setInterval(SOON_MS)

    def look() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QMessageBox | Window) and widget.isVisible():
                act(widget)

    timer.timeout.connect(look)
    timer.start()
    return timer


def _damage(folders: Folders) -> bytes:
    data = b"\xff" * 20_000
    folders.database.write_bytes(data)
    for name in ("-wal", "-shm"):
        folders.database.with_name(folders.database.name + name).unlink(missing_ok=True)
    return data


def _start(folders: Folders, *files: Path) -> int:
    return doors.main(["--data-dir", str(folders.data), *map(str, files)])


def test_a_command_without_a_database_does_not_wait_for_one() -> None:
    """It would be most of the time that judging a model takes."""
    look = "import sys; from hermes_desktop import doors; print('sqlalchemy' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"


def test_the_window_opens_and_closes(folders: Folders) -> None:
    timer = _when_shown(lambda widget: widget.close())
    assert _start(folders) == 0
    timer.stop()


def test_a_second_start_leaves_after_raising_the_first(
    folders: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    lock, first = FolderLock.acquire(folders.data), Instance(folders.data)
    raised: list[bool] = []
    first.raised.connect(lambda: raised.append(True))
    assert _start(folders) == 0
    assert "brought to the front" in capsys.readouterr().err
    first.close()
    lock.release()


def test_files_that_are_named_come_in_with_the_window(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "me.yaml").write_text("name: Jonas\nuser_bio: Keeps bees.\n")
    names: list[str] = []

    def act(window: Window) -> None:
        names[:] = [profile.name for profile in window._services.profiles.all()]
        if "Jonas" in names and not window._services.imports.busy:
            window.close()

    timer = _when_shown(act)
    assert _start(folders, tmp_path / "me.yaml") == 0
    timer.stop()
    assert "Jonas" in names


def test_files_are_handed_to_the_window_that_is_open(folders: Folders, tmp_path: Path, qtbot: QtBot) -> None:
    lock, first = FolderLock.acquire(folders.data), Instance(folders.data)
    handed: list[list[Path]] = []
    first.handed.connect(handed.append)
    assert _start(folders, tmp_path / "a.charx", tmp_path / "b.png") == 0
    qtbot.waitUntil(lambda: handed == [[tmp_path / "a.charx", tmp_path / "b.png"]])
    first.close()
    lock.release()


def test_a_damaged_database_without_a_backup_is_told_and_kept(folders: Folders) -> None:
    data = _damage(folders)
    timer = _when_shown(lambda box: box.accept())
    assert _start(folders) == 1
    timer.stop()
    assert folders.database.read_bytes() == data


def test_a_damaged_database_can_be_replaced_by_its_backup(folders: Folders) -> None:
    backup.make(folders.database, folders.backups, "daily")
    data = _damage(folders)
    seen: list[str] = []

    def act(widget: QMessageBox | Window) -> None:
        seen.append(type(widget).__name__)
        if isinstance(widget, QMessageBox):
            button = next(b for b in widget.buttons() if b.text() == "Open the backup")
            button.click()
        else:
            widget.close()

    timer = _when_shown(act)
    assert _start(folders) == 0
    timer.stop()
    assert seen[0] == "QMessageBox" and "Window" in seen
    aside = list(folders.data.glob("hermes.db.aside-*"))
    assert [file.read_bytes() for file in aside] == [data]


def test_restoring_from_the_settings_starts_again_on_the_backup(folders: Folders) -> None:
    made = backup.make(folders.database, folders.backups, "by-hand")
    program = build(folders)
    program.services.personas.delete(program.services.personas.all()[0].id)
    program.close()
    counts: list[int] = []

    def act(window: Window) -> None:
        counts.append(len(window._services.personas.all()))
        if len(counts) == 1:
            window._services.backups.restore(made)
        else:
            window.close()

    timer = _when_shown(act)
    assert _start(folders) == 0
    timer.stop()
    assert counts == [14, 15]
    assert "before-restore" in [each.reason for each in backup.all(folders.backups)]


def test_a_backup_that_has_rotted_is_told_and_the_window_opens_again(folders: Folders) -> None:
    made = backup.make(folders.database, folders.backups, "by-hand")
    made.path.write_bytes(b"\xff" * 9000)
    seen: list[str] = []

    def act(widget: QMessageBox | Window) -> None:
        seen.append(type(widget).__name__)
        if isinstance(widget, QMessageBox):
            widget.accept()
        elif len(seen) == 1:
            widget._services.backups.restore(made)
        else:
            widget.close()

    timer = _when_shown(act)
    assert _start(folders) == 0
    timer.stop()
    assert seen[:2] == ["Window", "QMessageBox"] and seen[-1] == "Window"


def test_a_known_error_is_a_sentence_and_status_1(
    folders: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doors.main(["--data-dir", str(folders.data), "personas", "show", "Nobody"]) == 1
    assert "Nobody" in capsys.readouterr().err


def test_no_garbage_is_looked_for_while_modules_come_in() -> None:
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    kept = [[] for _ in range(1000)]  # type: ignore[var-annotated]
    try:
        with imports.quickly():
            assert not gc.isenabled()
        assert gc.isenabled() and gc.get_freeze_count() >= frozen + len(kept)
        gc.disable()
        with imports.quickly():
            pass
        assert not gc.isenabled()  # as somebody wanted it before
    finally:
        gc.enable()
        gc.unfreeze()
