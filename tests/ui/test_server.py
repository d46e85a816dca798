"""Proves what the window says while a server plays, and how it is set up in the settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit

from hermes_desktop.app.models import ModelState
from hermes_desktop.app.remote import Remote
from hermes_desktop.ui.inspector.sampling_form import SamplingForm
from tests.serving import Fake, answer, fake_server, says
from tests.ui.conftest import Desk


@pytest.fixture
def fake() -> Iterator[Fake]:
    with fake_server(models=("hermes-3", "other"), acts=[says("Hello.")]) as started:
        yield started


def _open(desk: Desk) -> None:
    desk.window.show_page("settings")
    desk.window.settings_page.show_page("server")


def _edit(desk: Desk, name: str, text: str) -> None:
    boxes = desk.window.settings_page.findChildren(QLineEdit)
    box = next(box for box in boxes if box.accessibleName() == name)
    box.setText(text)
    box.editingFinished.emit()


def _switch(desk: Desk) -> QCheckBox:
    boxes = desk.window.settings_page.findChildren(QCheckBox)
    return next(box for box in boxes if "server play" in box.text())


def _texts(desk: Desk) -> str:
    return "\n".join(label.text() for label in desk.window.findChildren(QLabel) if label.isVisible())


def _settled(desk: Desk) -> None:
    desk.until(lambda: desk.services.models.state in (ModelState.READY, ModelState.FAILED))


def test_a_server_is_set_up_turned_on_and_marked_everywhere(desk: Desk, fake: Fake) -> None:
    assert "offline" in _texts(desk)
    _open(desk)
    _switch(desk).click()  # without an address there is nobody to play
    assert not _switch(desk).isChecked() and not desk.services.preferences.value.remote_on
    _edit(desk, "Address of the server", fake.address.removesuffix("/v1"))
    assert desk.services.remote.known.address == fake.address and not fake.asked
    desk.click("Ask for its models")
    desk.until(lambda: not desk.services.remote.asking)
    box = next(
        box for box in desk.window.settings_page.findChildren(QComboBox) if box.accessibleName() == "Model"
    )
    assert [box.itemText(at) for at in range(box.count())] == ["hermes-3", "other"]
    assert "It offers 2 models." in _texts(desk)
    _switch(desk).click()
    _settled(desk)
    host = fake.address.split("/")[2]
    assert f"hermes-3 · {host}" in _texts(desk) and f"● replies leave this computer: {host}" in _texts(desk)
    desk.meet()
    assert f"Replies leave this computer: {host}" in _texts(desk)
    desk.say("Well?")
    assert "Hello." in desk.shown()
    desk.click("Play on this computer")
    desk.until(lambda: desk.services.models.chosen is not None)
    _settled(desk)
    assert "Replies leave" not in _texts(desk) and "offline" in _texts(desk)


def test_a_wrong_address_is_said_and_an_open_one_is_warned_of(desk: Desk) -> None:
    _open(desk)
    _edit(desk, "Address of the server", "ftp://host")
    assert "is no address of a server" in _texts(desk) and not desk.services.remote.known.address
    _edit(desk, "Address of the server", "192.168.7.7:8080")
    assert "can be read on its way" in _texts(desk) and "is no address" not in _texts(desk)
    _edit(desk, "Address of the server", "https://studio.example/v1")
    assert "can be read on its way" not in _texts(desk)
    _edit(desk, "Address of the server", "")
    assert not desk.services.remote.known.address


def test_a_server_that_refuses_is_said_where_it_is_set_up(desk: Desk, fake: Fake) -> None:
    fake.paths["/v1/models"] = answer(401, {"error": "no"})
    _open(desk)
    _edit(desk, "Address of the server", fake.address)
    desk.click("Ask for its models")
    desk.until(lambda: not desk.services.remote.asking)
    assert "does not accept the key" in _texts(desk)
    _switch(desk).click()
    _settled(desk)
    assert desk.services.models.state is ModelState.FAILED


def test_settings_that_the_server_does_not_take_are_marked(desk: Desk) -> None:
    desk.meet()
    desk.window.resize(1440, 900)
    desk.window.inspector.show_tab("sampling")
    with fake_server(owner="openai") as fake:
        _far(desk.services.remote, fake)
        desk.until(lambda: desk.services.models.loaded is not None and bool(desk.services.remote.host))
        _settled(desk)
        form = desk.window.inspector.findChild(SamplingForm)
        assert form is not None
        said = [label.text() for label in form.findChildren(QLabel)]
        host = fake.address.split("/")[2]
        assert sum(text == f"{host} does not take this setting." for text in said) > 10
        desk.services.remote.turn(on=False)
        desk.until(lambda: desk.services.models.chosen is not None)
        _settled(desk)
        assert not [label for label in form.findChildren(QLabel) if "does not take" in label.text()]


def test_tokens_that_are_estimated_are_marked(desk: Desk) -> None:
    desk.meet()
    desk.window.resize(1440, 900)
    with fake_server(owner="openai") as fake:
        _far(desk.services.remote, fake)
        desk.until(lambda: desk.services.chat.budget is not None and desk.services.chat.budget.about)
        assert "about" in _texts(desk)


def test_a_model_that_is_dropped_on_the_window_waits_while_a_server_plays(
    desk: Desk, fake: Fake, tmp_path: Path
) -> None:
    from hermes_desktop.bench import tiny_gguf

    _far(desk.services.remote, fake)
    _settled(desk)
    desk.window.models_page.add_files([tiny_gguf.write(tmp_path / "another.gguf")])
    assert desk.services.remote.host and desk.services.models.chosen is None


def _far(remote: Remote, fake: Fake) -> None:
    from hermes_desktop.domain.remote import RemoteServer

    remote.set_up(RemoteServer(fake.address, patience=20))
    remote.turn(on=True)
