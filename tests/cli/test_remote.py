"""Lets a server play in the terminal: what is printed, what fails, what is asked first."""

import json

import pytest

from hermes_desktop.domain.remote import KEY_VARIABLE
from tests.cli.shell import Shell
from tests.serving import KEY, fake_server, real_server, says


def test_a_talk_with_a_real_server(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with real_server() as address:
        models = shell("models", "remote", address, "--json").json
        assert models == [{"id": "Understudy", "context": 0}]
        reply = shell("chat", "--remote", address, "--temperature", "0", "--once", "Hello!", "--json").json
        assert reply["text"] and reply["stop_reason"] == "end" and reply["generated_tokens"] > 0
        assert reply["model"] == {"name": "Understudy", "sha256": ""}
        assert reply["devices"] == [{"name": address.split("/")[2], "layers": 0}]
        ended = shell("chat", "--remote", address, "--model", "Nobody", "--once", "Hello!")
        assert ended.status == 1 and "It offers: Understudy." in ended.err
        assert "leave this computer" in ended.err
        monkeypatch.setenv(KEY_VARIABLE, "sk-wrong")
        ended = shell("models", "remote", address)
        assert ended.status == 1 and "does not accept the key" in ended.err
        assert "sk-wrong" not in ended.err


def test_what_the_server_does_not_take_is_said(shell: Shell) -> None:
    with fake_server(owner="openai", acts=[says("Yes.")]) as fake:
        ended = shell("chat", "--remote", fake.address, "--once", "Well?")
        assert ended.status == 0 and ended.out.strip() == "Yes."
        assert "does not take: min_p" in ended.err


def test_sealed_nobody_is_asked(shell: Shell) -> None:
    (shell.folder / "config").mkdir(parents=True)
    (shell.folder / "config" / "preferences.json").write_text(json.dumps({"sealed": True}))
    with fake_server() as fake:
        for words in (("chat", "--remote", fake.address, "--once", "x"), ("models", "remote", fake.address)):
            ended = shell(*words)
            assert ended.status == 1 and "sealed" in ended.err.casefold()
        assert not fake.asked


@pytest.mark.parametrize("words", [("chat", "--once", "x", "--remote"), ("models", "remote")])
def test_a_wrong_address_is_one_sentence(shell: Shell, words: tuple[str, ...]) -> None:
    ended = shell(*words, "ftp://x")
    assert ended.status == 1 and "is no address of a server" in ended.err


def test_a_server_and_lenders_exclude_each_other(shell: Shell) -> None:
    assert shell("chat", "--remote", "a", "--rpc", "b", "--once", "x").status == 2
