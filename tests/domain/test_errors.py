"""A known error carries its kind and values."""

from hermes_desktop.domain.errors import ErrorKind, KnownError


def test_a_known_error_reads_well_in_a_log() -> None:
    assert str(KnownError(ErrorKind.FILE_MISSING, path="a")) == "file_missing(path=a)"
