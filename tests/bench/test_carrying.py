"""Proves that what is measured of carrying is carried, and that odd conversations come back as they were."""

from pathlib import Path

import pytest

from hermes_desktop.bench import carrying


def test_odd_conversations_come_back_as_they_were(tmp_path: Path) -> None:
    assert carrying.differing(tmp_path, 30) == 0


def test_a_long_one_is_carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "MESSAGES", 50)
    carried = carrying.carry(tmp_path)
    assert carried.out_s > 0 and carried.in_s > 0 and carried.in_mb > 10
    assert (tmp_path / "long.json").read_bytes().count(b'"key"') == 50 + 2
