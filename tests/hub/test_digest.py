"""Proves that the hash of a growing file is that of the whole, and that nothing waits for ever."""

import hashlib
import random
from pathlib import Path

import pytest

from hermes_desktop.hub.digest import Digest

MIB = 1024 * 1024
DATA = random.Random(7).randbytes(5 * MIB + 321)


def told(done: int) -> None:
    raise AssertionError(f"so short a wait is not worth a word: {done}")


@pytest.mark.parametrize("before", [0, 1, MIB, 3 * MIB + 7, len(DATA)])
def test_it_follows_a_file_from_what_was_there_to_its_end(tmp_path: Path, before: int) -> None:
    source = random.Random(before)
    path = tmp_path / "part"
    path.write_bytes(DATA[:before])
    digest = Digest(path, before)
    with path.open("ab") as file:
        while file.tell() < len(DATA):
            at = file.tell()
            file.write(DATA[at : at + source.randint(1, 200_000)])
            file.flush()
            digest.reach(file.tell())
    assert digest.hexdigest(told) == hashlib.sha256(DATA).hexdigest()
    digest.close()


def test_what_lies_beyond_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(DATA)
    digest = Digest(path, 1000)
    assert digest.hexdigest(told) == hashlib.sha256(DATA[:1000]).hexdigest()
    digest.close()


def test_a_file_that_was_cut_short_has_another_hash(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(DATA[:MIB])
    digest = Digest(path, len(DATA))
    assert digest.hexdigest(told) != hashlib.sha256(DATA).hexdigest()
    digest.close()


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    digest = Digest(tmp_path / "nothing", 10)
    with pytest.raises(FileNotFoundError):
        digest.hexdigest(told)
    digest.close()


def test_it_can_be_left_before_the_end(tmp_path: Path) -> None:
    """A part of many gigabytes is not hashed to its end because somebody cancels."""
    path = tmp_path / "part"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a hole: reading it all would take many minutes
    digest = Digest(path, 1 << 40)
    digest.close()
    digest.close()


def test_a_long_wait_is_told(tmp_path: Path) -> None:
    """A hole that nobody can hash in a moment: the first word ends the wait."""

    class Enough(Exception):
        """That was all we wanted to hear."""

    def tell(done: int) -> None:
        assert 0 <= done < 1 << 40
        raise Enough

    path = tmp_path / "part"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    digest = Digest(path, 1 << 40)
    with pytest.raises(Enough):
        digest.hexdigest(tell)
    digest.close()
