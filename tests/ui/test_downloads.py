"""Fetching a model by the page of models, from a hub on loopback."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton

from hermes_desktop.app.ledger import KEPT, Ledger
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.download import DownloadState
from hermes_desktop.domain.errors import ErrorKind
from hermes_desktop.ui.models.downloads import DownloadCard
from hermes_desktop.ui.models.found import FoundPanel
from hermes_desktop.ui.models.offers import LicencePanel
from hermes_desktop.ui.pieces import Fold
from tests.hub.fake_hub import FakeHub, running
from tests.ui.conftest import Desk, Open

REPOSITORY = "NousResearch/Hermes-3-Llama-3.2-3B-GGUF"
UNKNOWN = "Hermes-3-Llama-3.2-3B.Q5_K_M.gguf"  # its hash is not recorded, so any file will do
RECORDED = "Hermes-3-Llama-3.2-3B.Q4_K_M.gguf"
FETCH = "Download Hermes 3 3B · Q5_K_M, NousResearch, 2.3 GB"
FETCH_RECORDED = "Download Hermes 3 3B · Q4_K_M, NousResearch, 2.0 GB"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    data = tiny_gguf.write(tmp_path / "published.gguf", name="Fetched Hermes").read_bytes()
    with running(FakeHub({UNKNOWN: data, RECORDED: data}, REPOSITORY)) as found:
        yield found


@pytest.fixture
def page(open_desk: Open, hub: FakeHub) -> Desk:
    desk = open_desk(model=False)
    desk.services.preferences.update(hub_endpoint=hub.endpoint)
    desk.window.show_page("models")
    fold = next(fold for fold in desk.window.findChildren(Fold) if fold._button.text().startswith("All "))
    fold._button.setChecked(True)
    return desk


def state(desk: Desk) -> DownloadState:
    return desk.services.downloads.all()[-1].state


def names(desk: Desk) -> set[str]:
    return {model.name for model in desk.services.models.all()}


def test_a_licence_is_asked_once_then_the_model_comes_and_is_offered(page: Desk) -> None:
    page.click(FETCH)
    panel = page.window.findChild(LicencePanel)
    assert panel is not None and panel.isVisible()
    assert any("Llama 3.2 Community License" in label.text() for label in panel.findChildren(QLabel))
    assert page.services.downloads.all() == []
    page.click("Accept and download")
    assert not panel.isVisible()
    page.until(lambda: state(page) is DownloadState.DONE)
    assert "Fetched Hermes" in names(page)
    model = page.services.models.find("Fetched Hermes")
    assert model.verified_at and model.sha256
    page.until(lambda: "Hermes 3 3B Q5_K_M is here and verified." in page.notices())
    assert not any(card.isVisible() for card in page.window.findChildren(DownloadCard))


def test_a_licence_that_is_declined_fetches_nothing(page: Desk, hub: FakeHub) -> None:
    page.click(FETCH)
    page.click("Do not download")
    assert page.services.downloads.all() == [] and hub.sent == 0


def test_a_download_is_paused_goes_on_and_is_cancelled(page: Desk, hub: FakeHub) -> None:
    hub.cut_at, hub.always = 100_000, "stall"
    page.click(FETCH)
    page.click("Accept and download")
    page.until(lambda: state(page) is DownloadState.FETCHING)
    page.click("Pause Hermes 3 3B Q5_K_M")
    assert state(page) is DownloadState.PAUSED
    page.click("Go on with Hermes 3 3B Q5_K_M")
    page.until(lambda: len(hub.ranges) == 2)
    page.click("Cancel Hermes 3 3B Q5_K_M")
    assert page.services.downloads.all() == []
    assert not list(page.services.folders.models.rglob("*.part*"))
    assert names(page) == {"Understudy"}


def test_another_file_under_a_known_name_is_refused_in_a_sentence(page: Desk) -> None:
    page.click(FETCH_RECORDED)
    page.click("Accept and download")
    page.until(lambda: state(page) is DownloadState.FAILED)
    (card,) = page.window.findChildren(DownloadCard)
    texts = [label.text() for label in card.findChildren(QLabel) if label.isVisible()]
    assert any("is not the file that is known" in text for text in texts)
    assert names(page) == {"Understudy"}


def test_downloads_come_one_after_the_other(page: Desk, hub: FakeHub) -> None:
    downloads = page.services.downloads
    hub.cut_at, hub.always = 100_000, "stall"
    page.click(FETCH)
    page.click("Accept and download")
    second = downloads.start("maker/other/model.gguf")
    assert second.state is DownloadState.QUEUED
    page.until(lambda: downloads.all()[0].state is DownloadState.FETCHING)
    assert downloads.all()[1].state is DownloadState.QUEUED
    downloads.pause(downloads.all()[0].id)
    page.until(lambda: downloads.all()[1].state is DownloadState.FAILED)


def test_a_model_of_another_program_is_used_where_it_lies(
    open_desk: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "hub/models--maker--model/snapshots/1"
    folder.mkdir(parents=True)
    path = tiny_gguf.write(folder / "shared-model.gguf", layers=4, name="Shared Hermes")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    desk = open_desk(model=False)
    desk.window.show_page("models")
    panel = desk.window.findChild(FoundPanel)
    assert panel is not None
    desk.until(panel.isVisible)
    desk.click("Use shared-model")
    assert Path(desk.services.models.find("Shared Hermes").path) == path
    desk.until(lambda: "Use shared-model" not in {each.accessibleName() for each in _buttons(panel)})


def _buttons(panel: FoundPanel) -> list[QPushButton]:
    return [each for each in panel.findChildren(QPushButton) if each.isVisible()]


def test_every_connection_stands_in_the_ledger(page: Desk, hub: FakeHub) -> None:
    page.click(FETCH)
    page.click("Accept and download")
    page.until(lambda: state(page) is DownloadState.DONE)
    (entry,) = page.services.ledger.all()
    origins = (hub.endpoint.removeprefix("http://"), hub.storage.removeprefix("http://"))
    assert (entry.hosts, entry.outcome) == (origins, "done")
    assert 0 < entry.received <= hub.sent
    page.window.show_page("settings")
    page.window.settings_page.show_page("network")
    texts = [label.text() for label in page.window.settings_page.findChildren(QLabel) if label.isVisible()]
    assert any(origins[0] in text and "done" in text for text in texts)
    again = Ledger(page.services.folders.data / "connections.jsonl")
    assert again.all() == [entry]


def test_a_sealed_app_opens_nothing(page: Desk, hub: FakeHub) -> None:
    page.window.show_page("settings")
    page.window.settings_page.show_page("network")
    boxes = page.window.settings_page.findChildren(QCheckBox)
    next(box for box in boxes if box.text().startswith("Sealed")).click()
    page.window.show_page("models")
    page.click(FETCH)
    page.click("Accept and download")
    assert any("sealed" in text for text in page.notices())
    assert hub.sent == 0 and page.services.ledger.all() == [] and page.services.downloads.all() == []


def test_lines_of_the_ledger_that_are_broken_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "connections.jsonl"
    whole = '{"at": 1, "asked_by": "x", "hosts": ["h"], "received": 2, "outcome": "done"}'
    file.write_text(whole + '\n[]\n{"at": 1, "asked')  # the last line was cut by a crash
    ledger = Ledger(file)
    assert [entry.asked_by for entry in ledger.all()] == ["x"]
    ledger.note("after the crash", (), 0, "done")
    assert [entry.asked_by for entry in Ledger(file).all()] == ["after the crash", "x"]


def test_a_ledger_keeps_the_newest_and_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "connections.jsonl"
    ledger = Ledger(file)
    for number in range(3 * KEPT):
        ledger.note(str(number), (), 0, "done")
    assert [entry.asked_by for entry in Ledger(file).all()[:2]] == [str(3 * KEPT - 1), str(3 * KEPT - 2)]
    assert len(Ledger(file).all()) == len(ledger.all()) == KEPT
    assert file.read_text().count("\n") <= 2 * KEPT


def test_what_a_command_writes_beside_the_window_stays_in_the_ledger(tmp_path: Path) -> None:
    file = tmp_path / "connections.jsonl"
    window, command = Ledger(file), Ledger(file)
    window.note("window", (), 0, "done")
    command.note("command", (), 0, "done")
    window.note("window again", (), 0, "done")
    told = ["window again", "command", "window"]
    assert (
        [entry.asked_by for entry in window.all()] == told == [each.asked_by for each in Ledger(file).all()]
    )


def test_what_an_earlier_day_has_left_is_listed_and_goes_on(
    open_desk: Open, page: Desk, hub: FakeHub
) -> None:
    hub.cut_at, hub.always = 100_000, "stall"
    page.click(FETCH)
    page.click("Accept and download")
    page.until(lambda: state(page) is DownloadState.FETCHING)
    another_day = open_desk(model=False)
    (left,) = another_day.services.downloads.all()
    assert left.state is DownloadState.PAUSED and 0 < left.done <= 100_000
    assert (left.title, left.total) == ("Hermes 3 3B Q5_K_M", len(hub.files[UNKNOWN]))
    hub.always = ""
    another_day.window.show_page("models")
    another_day.click("Go on with Hermes 3 3B Q5_K_M")
    another_day.until(lambda: state(another_day) is DownloadState.DONE)
    assert hub.ranges[-1].startswith("bytes=")
    assert "Fetched Hermes" in names(another_day)


def test_a_part_that_nobody_knows_can_be_thrown_away(open_desk: Open, tmp_path: Path) -> None:
    orphan = tmp_path / "data/models/maker/model/old.gguf.part"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"half")
    desk = open_desk(model=False)
    desk.window.show_page("models")
    desk.click("Cancel old.gguf")
    assert not orphan.exists() and desk.services.downloads.all() == []


def test_asking_twice_fetches_once(page: Desk, hub: FakeHub) -> None:
    hub.cut_at, hub.always = 100_000, "stall"
    page.click(FETCH)
    page.click("Accept and download")
    again = page.services.downloads.start("3b-q5_k_m")
    assert [each.id for each in page.services.downloads.all()] == [again.id]


class _Proxy(BaseHTTPRequestHandler):
    """Notes what it is asked for, and knows nothing."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self.asked.append(self.path)
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *_: object) -> None:
        pass


def test_everything_goes_through_a_proxy_that_is_named(open_desk: Open) -> None:
    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Proxy", (_Proxy,), {"asked": asked})) as proxy:
        Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
        desk = open_desk(model=False)
        desk.window.show_page("settings")
        desk.window.settings_page.show_page("network")
        fields = desk.window.settings_page.findChildren(QLineEdit)
        (edit,) = (each for each in fields if each.accessibleName() == "Proxy")
        edit.setText(f"127.0.0.1:{proxy.server_port}/")
        edit.editingFinished.emit()
        assert desk.services.preferences.value.proxy == f"http://127.0.0.1:{proxy.server_port}"
        desk.services.downloads.start("maker/model/model.gguf", endpoint="http://hub.invalid")
        desk.until(lambda: state(desk) is DownloadState.FAILED)
        proxy.shutdown()
    assert asked and all(address.startswith("http://hub.invalid/") for address in asked)
    error = desk.services.downloads.all()[0].error
    assert error is not None and error.kind is ErrorKind.HUB_NO_REPOSITORY
