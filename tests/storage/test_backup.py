"""Backups: made, checked, thinned, put back; the present file is never lost."""

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.storage import backup
from hermes_desktop.storage.database import NAME, Database, refuse_foreign
from tests.storage.conftest import begin, say, texts

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _made(folder: Path, at: datetime, size: int = 10, reason: str = "daily") -> Path:
    file = folder / f"hermes-{at.strftime('%Y%m%dT%H%M%S%fZ')}-{reason}.db"
    with file.open("wb") as opened:
        os.truncate(opened.fileno(), size)
    return file


def test_a_backup_is_whole_while_the_database_is_in_use(tmp_path: Path, database: Database) -> None:
    with database.session() as session:
        talk = begin(session, "Hello.")
    made = backup.make(database.path, tmp_path / "backups", "by-hand")
    assert backup.all(tmp_path / "backups") == [made] and made.size > 0
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / NAME).write_bytes(made.path.read_bytes())
    opened = Database.open(copy)
    with opened.session() as session:
        assert texts(session, talk) == ["Hello."]
    opened.close()


def test_restoring_sets_the_present_file_aside(tmp_path: Path) -> None:
    opened = Database.open(tmp_path)
    with opened.session() as session:
        talk = begin(session, "Hello.")
    made = backup.make(opened.path, tmp_path / "backups", "daily")
    with opened.session() as session:
        say(session, talk, "later")
    opened.close()
    backup.restore(made, tmp_path / NAME)
    opened = Database.open(tmp_path)
    with opened.session() as session:
        assert texts(session, talk) == ["Hello."]
    opened.close()
    assert list(tmp_path.glob(f"{NAME}.aside-*"))


def test_a_damaged_backup_is_refused_before_anything_is_touched(tmp_path: Path, database: Database) -> None:
    made = backup.make(database.path, tmp_path / "backups", "daily")
    made.path.write_bytes(b"\xff" * 5000)
    before = sorted(file.name for file in tmp_path.iterdir())
    with pytest.raises(KnownError) as caught:
        backup.restore(made, database.path)
    assert caught.value.kind is ErrorKind.BACKUP_DAMAGED
    assert sorted(file.name for file in tmp_path.iterdir()) == before


def test_a_damaged_database_makes_no_backup(tmp_path: Path) -> None:
    opened = Database.open(tmp_path)
    with opened.session() as session:
        say(session, begin(session), *("x" * 900 for _ in range(100)))
    opened.close()
    file = tmp_path / NAME
    data = bytearray(file.read_bytes())
    data[len(data) // 2 :] = b"\xff" * len(data[len(data) // 2 :])
    file.write_bytes(data)
    with pytest.raises(KnownError) as caught:
        backup.make(file, tmp_path / "backups", "daily")
    assert caught.value.kind is ErrorKind.DATABASE_DAMAGED
    assert list((tmp_path / "backups").iterdir()) == []


def test_one_a_day(tmp_path: Path) -> None:
    assert backup.due(tmp_path, NOW)
    _made(tmp_path, NOW - timedelta(days=1))
    assert backup.due(tmp_path, NOW)
    _made(tmp_path, NOW)
    assert not backup.due(tmp_path, NOW)


def test_other_files_are_no_backups(tmp_path: Path) -> None:
    (tmp_path / "hermes-yesterday.db").touch()
    assert backup.all(tmp_path) == [] and backup.all(tmp_path / "missing") == []


def test_thinning_keeps_days_weeks_and_months(tmp_path: Path) -> None:
    for hours in range(0, 24 * 400, 12):
        _made(tmp_path, NOW - timedelta(hours=hours))
    backup.thin(tmp_path, NOW)
    left = [made.made_at for made in backup.all(tmp_path)]
    assert [at for at in left if NOW - at <= timedelta(days=2)] == [
        NOW - timedelta(hours=12 * n) for n in range(5)
    ]
    older = [at for at in left if NOW - at > timedelta(days=2)]
    assert len({at.date() for at in older}) == len(older) <= 12 + 10 + 9
    assert min(left) < NOW - timedelta(days=230)
    days = {at.date() for at in left}
    assert {(NOW - timedelta(days=n)).date() for n in range(14)} <= days
    assert backup.thin(tmp_path, NOW) == []


def test_the_newest_stays_however_large_it_is(tmp_path: Path) -> None:
    newest = _made(tmp_path, NOW, size=3 * 1000**3)
    older = _made(tmp_path, NOW - timedelta(hours=1))
    assert [made.path for made in backup.thin(tmp_path, NOW)] == [older]
    assert newest.exists()


def test_only_a_database_of_ours_that_we_understand_is_brought_back(
    tmp_path: Path, database: Database
) -> None:
    refuse_foreign(database.path)
    foreign, broken, newer = (tmp_path / name for name in ("foreign.db", "broken.db", "newer.db"))
    for file, statement in ((foreign, "create table other (id)"), (newer, "pragma user_version = 9999")):
        connection = sqlite3.connect(file)
        connection.execute(statement)
        connection.execute("create table if not exists message (id)")
        connection.commit()
        connection.close()
    broken.write_bytes(b"no database" * 200)
    for file, kind in (
        (foreign, ErrorKind.BACKUP_DAMAGED),
        (broken, ErrorKind.BACKUP_DAMAGED),
        (newer, ErrorKind.DATABASE_NEWER),
        (tmp_path / "none.db", ErrorKind.FILE_MISSING),
    ):
        with pytest.raises(KnownError) as caught:
            refuse_foreign(file)
        assert caught.value.kind is kind


def test_a_full_disk_is_not_told_as_a_damaged_backup(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup.make(database.path, tmp_path / "backups", "daily")

    def full(_source: Path, target: Path) -> None:
        raise KnownError(ErrorKind.DISK_FULL, path=str(target), needed=0)

    monkeypatch.setattr(backup, "copy_verified", full)
    with pytest.raises(KnownError) as caught:
        backup.restore(made, database.path)
    assert caught.value.kind is ErrorKind.DISK_FULL and database.path.exists()
