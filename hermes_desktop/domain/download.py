"""Knows what is said of a model that is being fetched; not how it is fetched."""

from dataclasses import dataclass
from enum import StrEnum

from hermes_desktop.domain.errors import KnownError


class DownloadState(StrEnum):
    """Say what a download is doing."""

    QUEUED = "queued"
    ASKING = "asking"  # the hub what the file is
    CHECKING = "checking"  # what had come before
    FETCHING = "fetching"
    WAITING = "waiting"  # for a line that broke
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Download:
    """A model on its way, as it stands at this moment."""

    id: int
    title: str
    state: DownloadState
    done: int  # bytes
    total: int  # bytes; 0 while it is not known
    bytes_per_second: int
    seconds_left: int  # -1 while it is not known
    name: str = ""  # what was asked for: an id of the catalogue, or REPOSITORY/FILE
    path: str = ""  # of the first file, when it is done
    sha256: str = ""
    error: KnownError | None = None

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will happen by itself."""
        return self.state in (DownloadState.DONE, DownloadState.FAILED, DownloadState.PAUSED)

    @property
    def is_resumable(self) -> bool:
        """Say whether it can be started again where it stopped."""
        return self.state in (DownloadState.PAUSED, DownloadState.FAILED)
