"""Exporting, deleting and restoring conversations, through the real command."""

import re
import resource
import subprocess
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from hermes_desktop.bootstrap import build
from hermes_desktop.domain.conversation import Role
from hermes_desktop.paths import Folders
from hermes_desktop.storage import conversations, messages
from tests.cli.shell import Shell, Typed, one_sentence
from tests.cli.test_commands import held

TEXT = "*He bows.* Write to robert.miller@mail.example, Robert.\n\n# Hobbs\n\n<script>x</script>"


@pytest.fixture
def talk(shell: Shell, qapp: QCoreApplication) -> str:
    assert qapp is not None
    program = build(Folders.of(shell.folder))
    services = program.services
    services.profiles.update(services.profiles.current().id, "Robert", "I keep bees.")
    found = services.chat.start(services.personas.find("Hobbs").id)
    program.store.write(
        messages.extend,
        found.id,
        [(Role.USER, "Robert", "<think>\nsecret\n</think>\nHello."), (Role.ASSISTANT, "Hobbs", TEXT)],
    )
    program.store.write(conversations.rename, found.id, "The ninth guest")
    program.close()
    return str(found.id)


@pytest.mark.parametrize("form", ["md", "html", "txt", "pdf"])
def test_every_format_is_written_beside_an_open_window(
    shell: Shell, talk: str, tmp_path: Path, form: str
) -> None:
    file = tmp_path / f"out.{form}"
    with held(shell.folder):
        ended = shell("conversations", "export", talk, "--format", form, "-o", str(file), "--json")
    assert ended.status == 0, ended.err
    assert ended.json["file"] == str(file) and ended.json["format"] == form
    told = {each["kind"]: each["shown"] for each in ended.json["reveals"]}
    assert told["name"] == "Robert" and "robert.miller@mail.example" in told["mail"]
    data = file.read_bytes()
    if form == "html":  # a language that browsers know, also where the system says none
        assert re.search(rb'<html lang="[a-z]{2,3}">', data)
    if form == "pdf":
        assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF") and b"/Type /Page" in data
    else:
        text = data.decode()
        assert "The ninth guest" in text and "Robert" in text and "secret" not in text and "bees" not in text


def test_presets_and_options_say_what_goes_in(shell: Shell, talk: str) -> None:
    shared = shell("conversations", "export", talk, "--format", "md", "-o", "-", "--preset", "share")
    assert shared.status == 0 and "Robert" not in shared.out and "### User" in shared.out
    whole = shell(
        *("conversations", "export", talk, "--format", "txt", "-o", "-", "--preset", "everything"),
        *("--without", "system", "--persona-name", "The butler", "--messages", "2"),
    )
    assert "secret" in whole.out and "bees" in whole.out and "Hobbs" not in whole.out
    assert "telegram" not in whole.out and whole.out.count("Robert") >= 1


def test_without_a_name_the_file_is_called_after_the_conversation(
    shell: Shell, talk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("The ninth guest.md", "The ninth guest (2).md"):
        ended = shell("conversations", "export", talk, "--format", "md", "--json")
        assert ended.json["file"] == name and (tmp_path / name).is_file()
    ended = shell("conversations", "export", talk, "--format", "json", "--json")
    assert ended.json["file"] == "The ninth guest.json" and (tmp_path / "The ninth guest.json").is_file()


def test_without_a_name_it_is_piped_on(shell: Shell, talk: str) -> None:
    assert "The ninth guest" in shell("conversations", "export", talk, "--format", "md").out
    assert shell("conversations", "export", talk, "--format", "json").json["format"]


def test_what_cannot_be_done_is_a_sentence(shell: Shell, talk: str, tmp_path: Path) -> None:
    one_sentence(shell("conversations", "export", "99", "--format", "md", "-o", "-"), "no conversation 99")
    words = ("conversations", "export", talk, "--format", "md", "-o")
    one_sentence(shell(*words, str(tmp_path / "nowhere" / "a.md")), "cannot be written")
    one_sentence(shell(*words, "-", "--preset", "nobody"), "called nobody")
    assert shell(*words, "-", "--messages", "7-3").status == 2


@pytest.mark.parametrize("form", ["md", "pdf"])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    shell: Shell, talk: str, tmp_path: Path, form: str
) -> None:
    kept = tmp_path / f"kept.{form}"
    kept.write_text("as it was")
    ended = subprocess.run(
        shell.command("conversations", "export", talk, "--format", form, "-o", str(kept)),
        env=shell.environment(),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)),
    )
    assert ended.returncode == 1 and "is full" in ended.stderr, ended.stderr
    assert "Traceback" not in ended.stderr and kept.read_text() == "as it was"
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == [kept.name]


def test_delete_and_restore(typed: Typed, talk: str) -> None:
    assert "restore" in typed("conversations", "delete", talk).out
    assert typed("conversations", "list", "--json").json == []
    one_sentence(typed("conversations", "delete", talk), "no conversation")
    assert typed("conversations", "restore", talk, "--json").json["deleted"] is False
    one_sentence(typed("conversations", "restore", talk), "is in the bin")
    assert len(typed("conversations", "list", "--json").json) == 1
