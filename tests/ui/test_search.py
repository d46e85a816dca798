"""Searching the hub by the page of models: repositories, files, estimates, licences, tokens, the ledger."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.download import DownloadState
from hermes_desktop.ui.models.search import SearchPanel
from hermes_desktop.ui.pieces import Fold
from tests.hub.fake_hub import FakeHub, running
from tests.ui.conftest import Desk, Open

FILE = "Other.Q4_K_M.gguf"
PARTS = ("big-Q8_0-00001-of-00002.gguf", "big-Q8_0-00002-of-00002.gguf")
SHOW = "Show the files of maker/other"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    data = tiny_gguf.write(tmp_path / "published.gguf", name="Other <b>Hermes</b>").read_bytes()
    half = tiny_gguf.write(tmp_path / "half.gguf", name="Half", metadata={"split.count": 2}).read_bytes()
    files = {FILE: data, "broken.gguf": b"<html>" * 100, **dict.fromkeys(PARTS, half)}
    with running(FakeHub(files, "maker/other")) as found:
        yield found


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def page(open_desk: Open, hub: FakeHub) -> Desk:
    desk = open_desk(model=False)
    desk.services.preferences.update(hub_endpoint=hub.endpoint)
    desk.window.show_page("models")
    fold = next(fold for fold in desk.window.findChildren(Fold) if fold._button.text().startswith("Other "))
    fold._button.setChecked(True)
    return desk


def panel(desk: Desk) -> SearchPanel:
    found = desk.window.findChild(SearchPanel)
    assert found is not None
    return found


def texts(desk: Desk) -> str:
    return "\n".join(label.text() for label in panel(desk).findChildren(QLabel) if label.isVisible())


def search(desk: Desk, text: str = "other", awaited: str = "maker/other") -> None:
    field = next(each for each in panel(desk).findChildren(QLineEdit))
    field.setText(text)
    desk.qtbot.keyClick(field, Qt.Key.Key_Return)
    desk.until(lambda: awaited in texts(desk) and not desk.services.search.busy)


def show(desk: Desk) -> None:
    search(desk)
    desk.click(SHOW)
    desk.until(lambda: FILE in texts(desk))


def outcomes(desk: Desk) -> list[tuple[str, str]]:
    return [(entry.asked_by, entry.outcome) for entry in reversed(desk.services.ledger.all())]


def test_one_searches_looks_estimates_and_downloads(page: Desk, hub: FakeHub) -> None:
    assert hub.asked == [] and hub.endpoint.removeprefix("http://") in texts(page)
    show(page)
    assert "12,345 downloads · 67 likes" in texts(page) and "licence mit" in texts(page)
    assert "good, the usual choice" in texts(page) and "2 parts" in texts(page)
    assert hub.sent == 0
    page.click(f"Will {FILE} fit?")
    page.until(lambda: "It fits with" in texts(page))
    assert "trained for 512 tokens" in texts(page)
    page.click("Will broken.gguf fit?")
    page.until(lambda: "broken.gguf is not a GGUF model file." in texts(page))
    page.click(f"Will {PARTS[0]} fit?")
    page.until(lambda: texts(page).count("It fits with") == 2)
    size = f"{len(hub.files[FILE]) / 1000:.1f} kB"
    page.click(f"Download {FILE}, {size}")
    page.until(lambda: page.services.downloads.all()[-1].state is DownloadState.DONE)
    model = next(each for each in page.services.models.all() if each.name.startswith("Other"))
    assert model.sha256 == hub.sha256(FILE)
    assert hub.tokens_at_storage == 0 and set(hub.tokens) == {""}
    asked = [who for who, _ in outcomes(page)]
    assert asked[:3] == ["search for “other”", "files of maker/other", f"header of maker/other/{FILE}"]
    assert asked[-1] == f"download of {FILE}" and len(asked) == 6
    assert outcomes(page)[3][1] == "model_not_gguf"
    assert all(entry.hosts and entry.received for entry in page.services.ledger.all())
    for label in panel(page).findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText


def test_nothing_found_and_what_goes_wrong_are_sentences(page: Desk, hub: FakeHub) -> None:
    search(page, "unheard of", "No repository with GGUF files has “unheard of” in its name.")
    hub.answers["/api/models"] = 503
    search(page, "other", "cannot be reached: status 503.")
    del hub.answers["/api/models"]
    hub.files = {"notes.txt": b"1"}
    search(page)
    page.click(SHOW)
    page.until(lambda: "There is no GGUF model in this repository." in texts(page))
    hub.answers["/api/models"] = []
    search(page, "other", "No repository")
    buttons = [each for each in panel(page).findChildren(QPushButton) if each.isVisible()]
    assert [each.accessibleName() for each in buttons] == ["Search the hub now"]


def test_many_are_shown_in_two_steps(page: Desk, hub: FakeHub) -> None:
    hub.answers["/api/models"] = [hub.listed() | {"id": f"maker/other-{at}"} for at in range(20)]
    search(page)
    assert "maker/other-11" in texts(page) and "maker/other-12" not in texts(page)
    page.click("Show 8 more")
    page.until(lambda: "maker/other-19" in texts(page))


def test_asking_is_stopped_and_stands_in_the_ledger(page: Desk, hub: FakeHub) -> None:
    show(page)
    hub.always, hub.cut_at = "stall", 1000
    page.click(f"Will {FILE} fit?")
    page.until(lambda: bool(hub.ranges))
    page.click("Stop asking the hub")
    assert not page.services.search.busy and "Reading" not in texts(page)
    assert outcomes(page)[-1] == (f"header of maker/other/{FILE}", "cancelled")
    hub.always = ""
    page.click(f"Will {FILE} fit?")
    page.until(lambda: "It fits with" in texts(page))


def test_a_sealed_app_asks_nothing(page: Desk, hub: FakeHub) -> None:
    page.services.preferences.update(sealed=True)
    search(page, "other", "The app is sealed")
    assert hub.asked == [] and page.services.ledger.all() == []


def test_a_licence_of_llama_is_asked_before_a_strangers_model_comes(page: Desk, hub: FakeHub) -> None:
    hub.tags = ("gguf", "license:other", "base_model:quantized:meta-llama/Llama-3.1-8B")
    show(page)
    name = f"Download {FILE}, {len(hub.files[FILE]) / 1000:.1f} kB"
    page.click(name)
    assert "licence llama3.1" in texts(page) and page.services.downloads.all() == []
    page.click("Do not download")
    assert "Built with Llama" not in texts(page)
    page.click(name)
    page.click("Accept and download", panel(page))
    page.until(lambda: page.services.downloads.all()[-1].state is DownloadState.DONE)
    assert "llama3.1" in page.services.preferences.value.accepted_licences
    search(page)
    page.click(SHOW)
    page.until(lambda: FILE in texts(page))
    page.click(name)
    assert "Built with Llama" not in texts(page) and len(page.services.downloads.all()) == 2


def token_field(desk: Desk) -> QLineEdit:
    desk.window.show_page("settings")
    desk.window.settings_page.show_page("network")
    fields = desk.window.settings_page.findChildren(QLineEdit)
    return next(each for each in fields if each.accessibleName() == "Access token for gated models")


def said(desk: Desk) -> str:
    labels = desk.window.settings_page.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisible())


def test_a_gated_model_comes_with_the_token_that_was_given(page: Desk, hub: FakeHub) -> None:
    hub.wanted_token = "hf_secret"
    show(page)
    assert "asks for an account and a token" in texts(page)
    page.click(f"Will {FILE} fit?")
    page.until(lambda: "The hub refuses access to maker/other" in texts(page))
    field = token_field(page)
    field.setText("no token")
    page.click("Keep the access token")
    assert "This is not an access token." in said(page)
    field.setText("hf_secret")
    page.click("Keep the access token")
    page.until(lambda: "until the app is closed" in said(page))
    assert field.text() == ""
    hub.tokens.clear()
    begun = page.services.downloads.start(f"maker/other/{FILE}")
    page.until(lambda: page.services.downloads.all()[-1].state is DownloadState.DONE)
    assert begun.id and hub.tokens[:2] == ["", ""]  # the licence, and the file: refused without
    assert set(hub.tokens[2:]) == {"hf_secret"} and hub.tokens_at_storage == 0
    written = [path for path in page.services.folders.data.rglob("*") if path.is_file()]
    assert written and not any(b"hf_secret" in path.read_bytes() for path in written)
    page.click("Forget the access token")
    page.until(lambda: "There is none" in said(page))


def test_a_split_model_keeps_the_hash_of_each_part(page: Desk, hub: FakeHub) -> None:
    page.services.downloads.start(f"maker/other/{PARTS[0]}")
    page.until(lambda: page.services.downloads.all()[-1].state is DownloadState.DONE)
    model = next(each for each in page.services.models.all() if each.name == "Half")
    note = Path(model.path).with_name(PARTS[0] + ".sha256")
    assert note.read_text() == "".join(f"{hub.sha256(name)}  {name}\n" for name in PARTS)
    page.until(lambda: bool(page.services.models.find("Half").verified_at))
    second = Path(model.path).with_name(PARTS[1])
    second.write_bytes(second.read_bytes()[:-1] + b"!")
    page.services.models.verify(model.id)
    page.until(lambda: any(PARTS[1] in text for text in page.notices()))
