"""Opening the file: schema, refusals, read-only twins, a full disk; and the thread that writes."""

import os
import resource
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.storage import backup, check, conversations, database, profiles
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.storage.failure import known
from hermes_desktop.storage.lock import FolderLock
from hermes_desktop.storage.writer import Writer
from tests.storage.conftest import begin, say, texts

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def _shape(connection: sqlite3.Connection) -> dict[str, object]:
    """Describe tables as SQLite sees them: columns, uniqueness, references."""
    found: dict[str, object] = {}
    names = connection.execute(
        "select name from sqlite_master where type = 'table' and name not glob 'message_words*' order by name"
    ).fetchall()  # the index of words, and how SQLite keeps it, have no class
    for (name,) in names:
        columns = connection.execute(f"pragma table_info({name})").fetchall()
        indexes = connection.execute(f"pragma index_list({name})").fetchall()
        found[name] = (
            {(column[1], bool(column[3]) or bool(column[5]), bool(column[5])) for column in columns},
            {
                tuple(part[2] for part in connection.execute(f"pragma index_info({index[1]})"))
                for index in indexes
                if index[2]
            },
            {(key[2], key[3], key[4]) for key in connection.execute(f"pragma foreign_key_list({name})")},
        )
    return found


def test_the_steps_make_what_the_tables_say(tmp_path: Path) -> None:
    Database.open(tmp_path).close()
    by_tables = tmp_path / "tables.db"
    engine = create_engine(f"sqlite:///{by_tables}")
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    stepped = sqlite3.connect(tmp_path / database.NAME)
    described = sqlite3.connect(by_tables)
    assert _shape(stepped) == _shape(described)
    stepped.close()
    described.close()


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    os.umask(0o077)
    Database.open(tmp_path).close()
    assert stat.S_IMODE((tmp_path / database.NAME).stat().st_mode) == 0o600


def test_commits_are_durable_by_the_settings(database: Database) -> None:
    with database.session() as session:
        pragma = session.connection().exec_driver_sql
        assert pragma("pragma synchronous").scalar_one() == 2
        assert pragma("pragma journal_mode").scalar_one() == "wal"
        assert pragma("pragma foreign_keys").scalar_one() == 1


def test_a_newer_database_is_refused_untouched(tmp_path: Path) -> None:
    Database.open(tmp_path).close()
    file = tmp_path / database.NAME
    connection = sqlite3.connect(file)
    connection.execute("pragma user_version = 99")
    connection.execute("pragma journal_mode = delete")
    connection.close()
    before = file.read_bytes()
    for read_only in (False, True):
        with pytest.raises(KnownError) as caught:
            Database.open(tmp_path, read_only=read_only)
        assert caught.value.kind is ErrorKind.DATABASE_NEWER
        assert caught.value.values["found"] == 99
    assert file.read_bytes() == before


@pytest.mark.parametrize("damage", ["header", "middle"])
def test_a_damaged_database_is_refused_untouched(tmp_path: Path, damage: str) -> None:
    opened = Database.open(tmp_path)
    with opened.session() as session:
        say(session, begin(session), *("x" * 500 for _ in range(200)))
    opened.close()
    file = tmp_path / database.NAME
    data = bytearray(file.read_bytes())
    at = 0 if damage == "header" else len(data) // 2
    data[at : at + 9000] = b"\xff" * 9000
    file.write_bytes(data)
    with pytest.raises(KnownError) as caught:
        Database.open(tmp_path)
    assert caught.value.kind is ErrorKind.DATABASE_DAMAGED
    assert file.read_bytes() == bytes(data)


def contradict(file: Path) -> None:
    """Let the schema forbid what stands in the rows: the pages are whole, and the check tells."""
    connection = sqlite3.connect(file)
    connection.execute("pragma writable_schema = on")
    connection.execute(
        "update sqlite_master set sql = replace(sql, 'stop_reason text', 'stop_reason text not null') "
        "where name = 'message'"
    )
    connection.commit()
    connection.close()


def test_what_the_check_finds_is_told_and_neither_opened_nor_copied(tmp_path: Path) -> None:
    opened = Database.open(tmp_path)
    with opened.session() as session:
        say(session, begin(session), "x")
    opened.close()
    contradict(tmp_path / database.NAME)
    for act in (
        Database.open,
        lambda folder: backup.make(folder / database.NAME, folder / "backups", "daily"),
    ):
        with pytest.raises(KnownError) as caught:
            act(tmp_path)
        assert caught.value.kind is ErrorKind.DATABASE_DAMAGED
        assert "NULL value in message.stop_reason" in str(caught.value.values["detail"])
    reader = Database.open(tmp_path, read_only=True)
    with reader.session() as session:
        assert not check.check(session).sound
    reader.close()


def test_an_older_database_is_copied_before_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Database.open(tmp_path)
    with opened.session() as session:
        talk = begin(session, "Hello.")
    opened.close()
    first = database.steps()
    monkeypatch.setattr(database, "steps", lambda: [*first, "create table more (id integer primary key);"])
    opened = Database.open(tmp_path)
    with opened.session() as session:
        assert texts(session, talk) == ["Hello."]
        assert session.connection().exec_driver_sql("pragma user_version").scalar_one() == len(first) + 1
    opened.close()
    assert [made.reason for made in backup.all(tmp_path / "backups")] == ["before-upgrade"]


def test_a_step_that_breaks_references_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Database.open(tmp_path).close()
    first = database.steps()
    columns = "profile_id, number, name, description, avatar, created_at"
    bad = f"insert into profile_version ({columns}) values (77, 1, 'x', '', '', 0);"
    monkeypatch.setattr(database, "steps", lambda: [*first, f"pragma defer_foreign_keys = on;\n{bad}"])
    with pytest.raises(KnownError) as caught:
        Database.open(tmp_path)
    assert caught.value.kind is ErrorKind.DATABASE_DAMAGED
    monkeypatch.undo()
    opened = Database.open(tmp_path)
    with opened.session() as session:
        assert profiles.all(session) == []
    opened.close()


def test_a_step_that_is_wrong_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "steps", lambda: ["create table a (id integer); nonsense;"])
    with pytest.raises(sqlite3.OperationalError):
        Database.open(tmp_path)
    connection = sqlite3.connect(tmp_path / database.NAME)
    assert connection.execute("select count(*) from sqlite_master").fetchone() == (0,)
    connection.close()


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    (tmp_path / database.NAME).touch()
    Database.open(tmp_path).close()
    assert database.sqlite_version().startswith("3.")


def test_a_reader_sees_what_is_committed(database: Database) -> None:
    reader = database.reader()
    with database.session() as session:
        talk = begin(session, "Hello.")
        with reader.session() as reading:
            assert conversations.summaries(reading) == []
    with reader.session() as reading:
        assert texts(reading, talk) == ["Hello."]
    reader.close()


def test_a_reader_cannot_write(database: Database) -> None:
    reader = database.reader()
    with pytest.raises(KnownError) as caught, reader.session() as session:
        profiles.add(session, "J", "")
    assert caught.value.kind is ErrorKind.FOLDER_READ_ONLY
    reader.close()


def test_reading_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as caught:
        Database.open(tmp_path, read_only=True)
    assert caught.value.kind is ErrorKind.FOLDER_READ_ONLY


def test_a_folder_that_cannot_be_written_is_read_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Database.open(tmp_path)
    with opened.session() as session:
        talk = begin(session, "Hello.")
    opened.close()
    monkeypatch.setattr(os, "access", lambda *_: False)  # for root every folder can be written
    reader = Database.open(tmp_path, read_only=True)
    with reader.session() as session:
        assert texts(session, talk) == ["Hello."]
    reader.close()


def test_a_failed_block_leaves_nothing(database: Database) -> None:
    def work(session: Session) -> None:
        profiles.add(session, "J", "")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError), database.session() as session:
        work(session)
    with database.session() as session:
        assert profiles.all(session) == []


FILL = """
import resource, sys
from pathlib import Path
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.storage import profiles
from hermes_desktop.storage.database import Database
database = Database.open(Path(sys.argv[1]))
room = max(file.stat().st_size for file in Path(sys.argv[1]).glob("hermes.db*")) + 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
kept = 0
try:
    while True:
        with database.session() as session:
            profiles.add(session, str(kept), "x" * 20_000)
        kept += 1
except KnownError as error:
    print(error.kind.value, kept)
"""


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    assert resource.RLIM_INFINITY  # the limit stands in for a full disk
    ended = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    kind, kept = ended.stdout.split()
    assert kind == ErrorKind.DISK_FULL.value and int(kept) > 3
    opened = Database.open(tmp_path)
    with opened.session() as session:
        assert len(profiles.all(session)) == int(kept) and check.check(session).sound
    opened.close()


def test_a_file_that_may_not_grow_is_a_full_disk(database: Database) -> None:
    database._connection.execute("pragma max_page_count = 1")
    with pytest.raises(KnownError) as caught, database.session() as session:
        profiles.add(session, "J", "x" * 1_000_000)
    assert caught.value.kind is ErrorKind.DISK_FULL


def test_a_locked_database_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("begin immediate")
    database._connection.execute("pragma busy_timeout = 1")
    with pytest.raises(KnownError) as caught, database.session() as session:
        profiles.add(session, "J", "")
    assert caught.value.kind is ErrorKind.DATABASE_BUSY
    other.execute("rollback")
    other.close()
    monkeypatch.undo()


def test_a_bug_in_the_code_passes_through(database: Database) -> None:
    with pytest.raises(IntegrityError), database.session() as session:
        session.connection().exec_driver_sql("insert into branch values (1, 99, null, 0)")
    other = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError), known(database.path):
        other.execute("nonsense")
    other.close()
    with pytest.raises(DBAPIError), known(database.path):
        raise DBAPIError("x", None, ValueError("not SQLite's"))


# ---- the writer ---------------------------------------------------------------------------------------


def test_work_is_done_in_order_and_a_failure_stops_nothing(database: Database) -> None:
    writer = Writer(database)

    def fail(_session: Session) -> None:
        raise RuntimeError("stop")

    first = writer.submit(lambda session: profiles.add(session, "A", "").name)
    second = writer.submit(fail)
    third = writer.submit(lambda session: [profile.name for profile in profiles.all(session)])
    assert first.result() == "A"
    assert isinstance(second.exception(), RuntimeError)
    assert third.result() == ["A"]
    writer.close()


def test_what_is_queued_is_done_before_the_end(database: Database) -> None:
    writer = Writer(database)
    futures = [writer.submit(lambda session, n=n: profiles.add(session, str(n), "")) for n in range(20)]
    writer.close()
    assert all(future.done() for future in futures)


def test_work_that_was_called_off_is_not_done(database: Database) -> None:
    writer = Writer(database)
    gate: Future[None] = Future()
    writer.submit(lambda _session: gate.result())
    unwanted = writer.submit(lambda session: profiles.add(session, "A", ""))
    assert unwanted.cancel()
    gate.set_result(None)
    writer.close()
    with database.session() as session:
        assert profiles.all(session) == []


# ---- the lock -----------------------------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from hermes_desktop.storage.lock import FolderLock
FolderLock.acquire(Path(sys.argv[1])); print("held", flush=True); sys.stdin.read()
"""


def test_a_folder_has_one_holder(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(KnownError) as caught:
            FolderLock.acquire(tmp_path)
        assert caught.value.kind is ErrorKind.FOLDER_IN_USE
        assert caught.value.values["pid"] == holder.pid
        holder.kill()
    FolderLock.acquire(tmp_path).release()  # the kernel gave it free


def test_a_lock_that_names_nobody_is_still_a_lock(tmp_path: Path) -> None:
    held = FolderLock.acquire(tmp_path)
    (tmp_path / "lock").write_text("nobody")
    with pytest.raises(KnownError) as caught:
        FolderLock.acquire(tmp_path)
    assert caught.value.values["pid"] == 0
    held.release()


def test_a_folder_that_is_not_there_cannot_be_held(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as caught:
        FolderLock.acquire(tmp_path / "missing")
    assert caught.value.kind is ErrorKind.FOLDER_READ_ONLY


def test_other_troubles_with_the_lock_are_bugs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_anything: object) -> None:
        raise OSError(5, "input/output error")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(OSError, match="input/output"):
        FolderLock.acquire(tmp_path)
