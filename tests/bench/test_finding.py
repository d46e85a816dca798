"""What is measured of the search is measured on an index that works."""

from pathlib import Path

import pytest

from hermes_desktop.bench import finding
from hermes_desktop.storage import check, hits
from hermes_desktop.storage.database import Database


def test_it_is_sought_and_the_index_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MESSAGES", 2_000)
    sought = finding.seek(tmp_path)
    assert min(sought.common_ms, sought.two_ms, sought.rare_ms, sought.sign_ms, sought.upgrade_s) > 0
    assert 10 < sought.index_percent < 60 and sought.end_ms > 0 and sought.checkpoint_ms > 0
    opened = Database.open(tmp_path)
    with opened.session() as session:
        assert (
            hits.find(session, "灯塔") and hits.find(session, "lamps harbour") and check.check(session).sound
        )
    opened.close()
