"""Knows how often the engine has died on a model of late; not why."""

from time import monotonic

LIMIT = 3
SECONDS = 300.0


class Deaths:
    """Count, so that a model on which the engine always dies is not loaded for ever."""

    def __init__(self) -> None:
        self._at: dict[str, list[float]] = {}

    def note(self, path: str) -> None:
        """Add one on this model."""
        self._at.setdefault(path, []).append(monotonic())

    def forget(self, path: str) -> None:
        """Begin anew: somebody has loaded it deliberately."""
        self._at.pop(path, None)

    def too_many(self, path: str) -> bool:
        """Say whether it is enough."""
        self._at[path] = [at for at in self._at.get(path, []) if monotonic() - at < SECONDS]
        return len(self._at[path]) >= LIMIT
