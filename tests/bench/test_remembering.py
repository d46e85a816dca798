"""What is measured of the memory is measured on stories that tell what is asked."""

from pathlib import Path

import pytest

from hermes_desktop.bench import remembering


def test_planted_messages_are_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "STORIES", 1)
    monkeypatch.setattr(remembering, "TURNS", 900)
    monkeypatch.setattr(remembering, "FACTS", 36)
    remembered = remembering.remember(tmp_path)
    assert remembered.questions == 36 and remembered.percent[1] >= remembered.percent[0] > 50
    assert remembering.story(3) == remembering.story(3) != remembering.story(4)
