"""The files of the models as scripts deal with them: verify all, remove with the space, move the folder."""

from pathlib import Path

import pytest

from hermes_desktop.bench import tiny_gguf
from tests.cli.shell import Shell, one_sentence


@pytest.fixture
def fetched(shell: Shell) -> Path:
    """A model that lies where the app fetches to."""
    path = shell.folder / "models/maker/tiny/fetched.gguf"
    path.parent.mkdir(parents=True)
    tiny_gguf.write(path, name="Fetched Hermes")
    assert shell("models", "add", str(path)).status == 0
    return path


def test_what_was_fetched_is_deleted_and_the_space_is_told(shell: Shell, fetched: Path) -> None:
    size = fetched.stat().st_size
    ended = shell("models", "remove", "Fetched Hermes", "--json")
    assert ended.status == 0 and ended.json["freed"] == size
    assert not fetched.parent.exists()


def test_a_file_stays_where_it_is_wanted_or_is_the_persons_own(
    shell: Shell, fetched: Path, tmp_path: Path
) -> None:
    own = tiny_gguf.write(tmp_path / "own.gguf", name="Own Hermes")
    shell("models", "add", str(own))
    for name, words in (("Fetched Hermes", ("--keep-file",)), ("Own Hermes", ())):
        ended = shell("models", "remove", name, *words)
        assert ended.status == 0 and "its file stays" in ended.out
    assert own.exists() and fetched.exists()


def test_all_models_are_verified(shell: Shell, fetched: Path) -> None:
    ended = shell("models", "verify", "--all", "--json")
    assert ended.status == 0 and {model["name"] for model in ended.json} == {"Fetched Hermes", "Understudy"}
    assert all(model["verified"] for model in ended.json)
    data = bytearray(fetched.read_bytes())
    data[-1] ^= 1
    fetched.write_bytes(data)
    ended = shell("models", "verify", "--all", "--json")
    verified = {model["name"]: model["verified"] for model in ended.json}
    assert ended.status == 1 and verified == {"Fetched Hermes": False, "Understudy": True}
    assert "fetched.gguf" in ended.err
    fetched.unlink()
    assert shell("models", "verify", "--all").status == 1
    assert shell("models", "verify").status == 2  # one of them has to be said


def test_the_folder_is_moved_and_the_models_with_it(shell: Shell, fetched: Path, tmp_path: Path) -> None:
    target = tmp_path / "large disk" / "models"
    ended = shell("models", "move", str(target))
    assert ended.status == 0 and str(target) in ended.out
    listed = {model["name"]: model for model in shell("models", "list", "--json").json}
    moved = target / "maker/tiny/fetched.gguf"
    assert listed["Fetched Hermes"]["path"] == str(moved) and listed["Fetched Hermes"]["verified"]
    assert moved.exists() and not fetched.exists()
    assert shell("models", "verify", "Fetched Hermes").status == 0
    one_sentence(shell("models", "move", str(target / "inner")), "cannot be moved", str(target))
    assert shell("models", "remove", "Fetched Hermes", "--json").json["freed"] > 0
