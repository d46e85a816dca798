"""Proves where the access token is kept, and that it is nowhere else. The keyring is the test's own."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from pytestqt.qtbot import QtBot

from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.token import TokenPlace, TokenService
from hermes_desktop.domain.errors import ErrorKind, KnownError

TOKEN = "hf_0123456789abcdef"


class Memory(KeyringBackend):
    """A keyring that is gone with the test."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.open = Event()
        self.open.set()
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        self.open.wait(30)
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.open.wait(30)
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Plain(Memory):
    """One that would write files anybody can read."""

    priority = 0.5  # type: ignore[assignment]


class Broken(Memory):
    """One whose service has died; its error quotes what it was given."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"no bus for {service} {username} {password}")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ring() -> Iterator[Memory]:
    found = Memory()
    before = keyring.get_keyring()
    keyring.set_keyring(found)
    yield found
    found.open.set()
    keyring.set_keyring(before)


def service(folder: Path, seconds: float = 30.0) -> tuple[TokenService, PreferencesService]:
    preferences = PreferencesService(folder / "preferences.json", NoticesService())
    return TokenService(preferences, seconds=seconds), preferences


def given(qtbot: QtBot, tokens: TokenService) -> str:
    found: list[str] = []
    tokens.ask(found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=10_000)
    return found[0]


def test_a_token_is_kept_in_the_keyring_and_nowhere_else(qtbot: QtBot, tmp_path: Path, ring: Memory) -> None:
    tokens, preferences = service(tmp_path)
    assert (tokens.place, given(qtbot, tokens), ring.asked) == (TokenPlace.NONE, "", 0)
    tokens.keep(f"  {TOKEN}\n")
    qtbot.waitUntil(lambda: tokens.place is TokenPlace.KEYRING, timeout=10_000)
    assert list(ring.kept.values()) == [TOKEN]
    preferences.save()
    assert TOKEN not in (tmp_path / "preferences.json").read_text()
    another_day, _ = service(tmp_path)
    assert another_day.place is TokenPlace.KEYRING
    asked = ring.asked
    assert given(qtbot, another_day) == TOKEN and given(qtbot, another_day) == TOKEN
    assert ring.asked == asked + 1  # remembered until the app ends
    another_day.forget()
    qtbot.waitUntil(lambda: not ring.kept, timeout=10_000)
    assert (another_day.place, given(qtbot, another_day)) == (TokenPlace.NONE, "")


@pytest.mark.parametrize("backend", [fail.Keyring, Plain, Broken])
def test_without_a_real_keyring_it_lasts_until_the_end(
    qtbot: QtBot, tmp_path: Path, ring: Memory, backend: type, caplog: pytest.LogCaptureFixture
) -> None:
    keyring.set_keyring(backend())
    tokens, preferences = service(tmp_path)
    tokens.keep(TOKEN)
    qtbot.waitUntil(lambda: not tokens.busy, timeout=10_000)
    assert (tokens.place, given(qtbot, tokens)) == (TokenPlace.SESSION, TOKEN)
    preferences.save()
    assert TOKEN not in (tmp_path / "preferences.json").read_text() and TOKEN not in caplog.text
    assert given(qtbot, service(tmp_path)[0]) == ""
    tokens.forget()
    assert (tokens.place, ring.kept) == (TokenPlace.NONE, {})


def test_a_token_that_is_forgotten_at_once_does_not_stay(qtbot: QtBot, tmp_path: Path, ring: Memory) -> None:
    tokens, _ = service(tmp_path)
    ring.open.clear()
    tokens.keep("hf_first")
    tokens.keep(TOKEN)
    tokens.forget()
    ring.open.set()
    qtbot.waitUntil(lambda: not tokens.busy, timeout=10_000)
    assert (ring.kept, tokens.place) == ({}, TokenPlace.NONE)


def test_a_keyring_that_does_not_answer_is_not_waited_for(qtbot: QtBot, tmp_path: Path, ring: Memory) -> None:
    tokens, preferences = service(tmp_path, seconds=0.01)
    preferences.update(token_kept=True)
    ring.open.clear()
    assert given(qtbot, tokens) == ""
    ring.open.set()


def test_the_variable_is_used_where_nothing_was_kept(
    qtbot: QtBot, tmp_path: Path, ring: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens, preferences = service(tmp_path)
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_environment")
    assert (tokens.place, given(qtbot, tokens)) == (TokenPlace.ENVIRONMENT, "hf_of_the_environment")
    preferences.update(token_kept=True)  # but somebody has emptied the keyring
    assert given(qtbot, tokens) == "hf_of_the_environment" and ring.asked == 1
    monkeypatch.setenv("HF_TOKEN", "not a token")
    assert given(qtbot, service(tmp_path / "other")[0]) == ""


@pytest.mark.parametrize("text", ["", "   ", "two words", "hf_\r\nHost: evil", "hf_ä", "x" * 513])
def test_what_is_no_token_is_refused(tmp_path: Path, ring: Memory, text: str) -> None:
    tokens, _ = service(tmp_path)
    with pytest.raises(KnownError) as caught:
        tokens.keep(text)
    assert caught.value.kind is ErrorKind.TOKEN_FORM and tokens.place is TokenPlace.NONE and not ring.kept
