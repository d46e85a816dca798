"""What a summary costs that comes in is measured where the line really moves."""

from pathlib import Path

import pytest

from hermes_desktop.bench import leaving


def test_the_window_is_moved_and_nothing_is_lost_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "_TURNS", 11)
    monkeypatch.setattr(leaving, "_ROUNDS", 1)
    monkeypatch.setattr(leaving, "_LEFT", 4)
    left = leaving.leave(tmp_path)
    assert 0 < left.moved_tokens < left.anew_tokens / 2
    assert left.more_tokens == 0 and left.share > 0
