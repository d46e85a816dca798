"""Knows how fast models are here: what their replies have shown, and what one measurement lets expect."""

import contextlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from hermes_desktop import machine, paths
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.power import PowerService
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import DeviceShare, ModelFile, ModelGeometry
from hermes_desktop.domain.speed import Calibration, Speeds, Timing
from hermes_desktop.engine.wire import BadFrameError, build
from hermes_desktop.fitting import speed

if TYPE_CHECKING:  # it brings the whole database, which those do not need who only read a measurement
    from hermes_desktop.app.store import Store

_log = logging.getLogger(__name__)
FILE = "speed.json"  # beside the preferences
_PATIENCE = 60  # seconds, where the disk or the machine is hopelessly slow
_SIZE_LIMIT = 64 * 1024  # bytes
_LEAST_READ, _LEAST_WRITTEN = 32, 8  # tokens; fewer say more about the clock than about the model


class Measurement:
    """Measure in a process of its own, which may be stopped from another thread."""

    def __init__(self, command: Sequence[str] = ()) -> None:
        """Run another command than our own, in tests."""
        frozen = getattr(sys, "frozen", False)
        own = [sys.executable, *([] if frozen else ["-m", "hermes_desktop"]), "--measure"]
        self._command = list(command) or own
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self) -> Calibration | None:
        """Take about five seconds; None where it was stopped. Raises a KnownError of the engine kind."""
        environment = os.environ | {"PYTHONSAFEPATH": "1"}
        with subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        ) as process:
            self._process = process
            if self._stopped:
                process.kill()
            try:
                out, _ = process.communicate(timeout=_PATIENCE)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise KnownError(ErrorKind.ENGINE_HUNG, seconds=_PATIENCE) from error
        return None if self._stopped else answer_of(out)

    def stop(self) -> None:
        """End it, whether it has begun or not."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()


def answer_of(out: bytes) -> Calibration:
    """Read what the measuring process has said; raises the KnownError that it names, or ENGINE_CRASHED."""
    try:
        fields = json.loads(out)
        if "error" in fields:
            raise KnownError(ErrorKind(fields["error"]), **fields["values"])
        return _checked(build(Calibration, fields))
    except (ValueError, TypeError, KeyError, BadFrameError) as error:
        detail = out[:200].decode("utf-8", "replace")
        raise KnownError(ErrorKind.ENGINE_CRASHED, detail=detail) from error


def kept(folder: Path) -> Calibration | None:
    """Give what was measured on this machine; None where nothing was, or on another number of cores."""
    file = folder / FILE
    try:
        if file.stat().st_size > _SIZE_LIMIT:
            return None
        found = _checked(build(Calibration, json.loads(file.read_text("utf-8"))))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError, BadFrameError) as error:
        _log.warning("speeds unreadable: %s", error)
        return None
    return found if found.cores == machine.cores() else None


def keep(folder: Path, calibration: Calibration) -> None:
    """Remember a measurement; raises KnownError FOLDER_READ_ONLY."""
    text = json.dumps(asdict(calibration), indent=2) + "\n"
    try:
        paths.atomic_write(folder / FILE, text.encode())
    except OSError as error:
        raise KnownError(ErrorKind.FOLDER_READ_ONLY, path=str(folder)) from error


def estimate(geometry: ModelGeometry, calibration: Calibration | None) -> float:
    """Estimate tokens a second of writing; 0 where nothing was measured, or nothing can be said."""
    return speed.tokens_per_second(geometry, calibration) if calibration is not None else 0.0


def figure(tokens_per_second: float) -> str:
    """Write a speed as precisely as anybody can use it: 0.4, 6, 35."""
    if tokens_per_second < 1:
        return f"{max(tokens_per_second, 0.1):.1f}"
    return f"{tokens_per_second:.0f}"


def _speeds(devices: Sequence[str], threads: int, found: Sequence[Timing]) -> Speeds:
    reading = [
        1000 * each.evaluated_tokens / each.first_token_ms
        for each in found
        if each.evaluated_tokens >= _LEAST_READ and each.first_token_ms > 0
    ]
    writing = [each.tokens_per_second for each in found if each.generated_tokens >= _LEAST_WRITTEN]
    shares = tuple(_share(device) for device in devices)
    return Speeds(shares, threads, median(reading or [0.0]), median(writing or [0.0]), len(found))


def _share(text: str) -> DeviceShare:
    """Read what the record of a reply says of a device; a name may have colons."""
    name, _, layers = text.rpartition(":")
    return DeviceShare(name, int(layers))


def _checked(calibration: Calibration) -> Calibration:
    if not all(rate.bits > 0 and rate.weights_per_second > 0 for rate in calibration.rates):
        raise ValueError("a rate that is none")
    return calibration


class SpeedsService(QObject):
    """Measure once, remember, and read the figures of past replies."""

    changed = Signal()  # the measurement, or whether one runs

    def __init__(
        self,
        folder: Path,
        store: "Store",
        tasks: Tasks,
        notices: NoticesService,
        busy: Callable[[], bool],
        power: PowerService,
        parent: QObject | None = None,
        command: Sequence[str] = (),
    ) -> None:
        """`busy` says whether the engine works just now, which would spoil the figures of both."""
        super().__init__(parent)
        self._folder, self._store, self._tasks, self._notices = folder, store, tasks, notices
        self._busy, self._power, self._command = busy, power, command
        self._running: Measurement | None = None
        self._tried = self._closing = False
        self.calibration = kept(folder)

    @property
    def measuring(self) -> bool:
        """Say whether a measurement runs."""
        return self._running is not None

    def measure_once(self) -> None:
        """Measure where that was never done here, unless power is saved.

        A failure is only logged, since nobody has asked.
        """
        wanted = self.calibration is None and not self._tried
        if wanted and not self._busy() and not self._power.saving:
            self._tried = True
            self._start(lambda error: _log.warning("speeds not measured: %s", error))

    def measure(self) -> None:
        """Measure again, as asked."""
        if self._busy():
            self._notices.post_error(KnownError(ErrorKind.BUSY))
        else:
            self._start(self._notices.post_error)

    def measured(self, model: ModelFile) -> list[Speeds]:
        """Give what the replies of a model have shown, for each way it lay on devices, the newest first.

        Replies on battery, with fewer threads, count as another way.
        """
        from hermes_desktop.storage import replies

        name = model.header.name or Path(model.path).stem
        found = self._store.read(replies.timings, model.sha256, name, model.header.quantisation)
        ways: dict[tuple[tuple[str, ...], int], list[Timing]] = {}
        for each in found:
            ways.setdefault((each.devices, each.threads), []).append(each)
        return [_speeds(*way, timings) for way, timings in ways.items()]

    def close(self) -> None:
        """End a measurement that runs; nothing is said of it."""
        self._closing = True
        if self._running is not None:
            self._running.stop()

    def _start(self, failed: Callable[[KnownError], None]) -> None:
        if self._running is not None:
            return
        self._running = Measurement(self._command)
        self._tasks.run(self._running.run, self._on_measured, lambda error: self._on_failed(error, failed))
        self.changed.emit()

    def _on_measured(self, found: Calibration | None) -> None:
        self._running = None
        if found is not None:
            self.calibration = found
            with contextlib.suppress(KnownError):  # a folder that is read only: it counts for today
                keep(self._folder, found)
        if not self._closing:
            self.changed.emit()

    def _on_failed(self, error: KnownError, failed: Callable[[KnownError], None]) -> None:
        self._running = None
        failed(error)
        self.changed.emit()
