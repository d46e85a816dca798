"""A shell with a data folder of its own."""

from pathlib import Path

import pytest

from tests.cli.shell import Shell, Typed


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


@pytest.fixture
def typed(shell: Shell, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Typed:
    request.getfixturevalue("qapp")  # what Qt's services stand on
    return Typed(shell.folder, capsys)
