"""A reply that is killed with its program is there when one comes back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import build
from hermes_desktop.domain.conversation import MessageState
from hermes_desktop.paths import Folders

PROMISE = 32  # tokens
WORD = "word "


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("tokens", [1, 10, 33, 70, 200])
def test_a_kill_costs_at_most_32_tokens(tmp_path: Path, tokens: int) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"replies": [{"pieces": [WORD] * 5000, "delay": 0.005}]}))
    model = tiny_gguf.write(tmp_path / "tiny.gguf", context=8192)
    command = [sys.executable, "-m", "tests.app.replying", str(tmp_path / "data"), str(model), str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as writing:
        assert writing.stdout is not None
        said = 0
        for line in writing.stdout:
            said = int(line)
            if said >= tokens:
                break
        writing.kill()
        said = max([said, *(int(line) for line in writing.stdout if line.endswith("\n"))])
    program = build(Folders.of(tmp_path / "data"))
    conversation = program.services.conversations.summaries()[0]
    path = program.services.conversations.path(conversation.id)
    program.close()
    assert path[1].text == "Well?"
    kept = path[2].text.count(WORD) if len(path) > 2 else 0
    assert said - kept <= PROMISE
    assert len(path) == 2 or path[2].state is MessageState.INTERRUPTED
