"""Settings survive, damaged files are set aside, and what a newer version wrote is kept."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from hermes_desktop.app.notices import Notice, NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import AUTO_CONTEXT, KvType
from hermes_desktop.domain.preferences import Preferences, Theme
from hermes_desktop.domain.sampling import SHIPPED_PRESETS, Sampling

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "preferences.json"


def service(file: Path) -> tuple[PreferencesService, list[Notice]]:
    notices = NoticesService()
    told: list[Notice] = []
    notices.posted.connect(told.append)
    preferences = PreferencesService(file, notices)
    notices.release()
    return preferences, told


def test_a_change_is_written_and_read_again(file: Path) -> None:
    preferences, _ = service(file)
    preferences.update(theme=Theme.DARK, text_size=18)
    preferences.save()
    again, told = service(file)
    assert (again.value.theme, again.value.text_size, told) == (Theme.DARK, 18, [])


def test_how_models_are_loaded_is_kept_as_it_was_said_and_open_where_nothing_was(file: Path) -> None:
    file.write_text('{"load": {"context": 8192, "kv_type": "f16", "gpu_layers": -1}}')
    kept = service(file)[0].value.load
    assert (kept.context, kept.kv_type) == (8192, KvType.F16)
    file.unlink()
    preferences, _ = service(file)
    preferences.save()
    again, told = service(file)
    assert (again.value.load.context, again.value.load.kv_type, told) == (AUTO_CONTEXT, None, [])


def test_a_change_is_told_once(file: Path) -> None:
    preferences, _ = service(file)
    heard: list[Preferences] = []
    preferences.changed.connect(heard.append)
    preferences.update(text_size=17)
    preferences.update(text_size=17)
    assert [value.text_size for value in heard] == [17]


def test_a_waiting_change_is_written_at_the_end(file: Path) -> None:
    preferences, _ = service(file)
    preferences.update(text_size=20)
    assert not file.exists()
    preferences.save_if_changed()
    assert json.loads(file.read_text())["text_size"] == 20


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"text_size": "big"}', "\x00" * 50, "[" * 100_000])
def test_a_damaged_file_is_set_aside_and_told(file: Path, damage: str) -> None:
    file.write_text(damage)
    preferences, told = service(file)
    assert preferences.value == Preferences()
    assert file.with_suffix(".damaged.json").read_text() == damage
    assert "defaults" in told[0].text


def test_unknown_settings_survive(file: Path) -> None:
    file.write_text('{"text_size": 16, "from_the_future": [1, 2]}')
    preferences, _ = service(file)
    preferences.update(text_size=17)
    preferences.save()
    assert json.loads(file.read_text())["from_the_future"] == [1, 2]


def test_presets_are_saved_found_and_forgotten(file: Path) -> None:
    preferences, _ = service(file)
    preferences.save_preset("Wild", Sampling(temperature=99.0))
    assert preferences.sampling_of("wild").temperature == 5.0  # brought into its range
    preferences.update(preset="Wild")
    preferences.delete_preset("Wild")
    assert preferences.value.preset == SHIPPED_PRESETS[0].name
    with pytest.raises(KnownError) as caught:
        preferences.sampling_of("Wild")
    assert caught.value.kind is ErrorKind.PRESET_UNKNOWN


def test_a_shipped_preset_is_never_overwritten(file: Path) -> None:
    preferences, _ = service(file)
    shipped = SHIPPED_PRESETS[0]
    preferences.save_preset(shipped.name, Sampling(temperature=2.0))
    assert preferences.sampling_of(shipped.name) == shipped.sampling
    assert len(preferences.presets()) == len(SHIPPED_PRESETS) + 1


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    preferences, told = service(blocked / "preferences.json")
    preferences.update(text_size=17)
    preferences.save()
    preferences.update(text_size=18)
    preferences.save()
    QCoreApplication.processEvents()
    assert [notice.text for notice in told] == [f"The folder {blocked} cannot be written."]
