"""Knows which devices this machine and others have for a model; throw-away processes are asked."""

import contextlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from hermes_desktop import graphics, paths
from hermes_desktop.app.sentences import byte_size, sentence
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.device import Device, DeviceKind, Graphics
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.engine import devices
from hermes_desktop.engine.wire import BadFrameError, build
from hermes_desktop.fitting import memory, placement

_log = logging.getLogger(__name__)
FILE = "devices.json"
SECONDS = 10.0  # that a look may take
_SIZE_LIMIT = 64 * 1024  # bytes
_COUNT_LIMIT = 64
_BACKENDS = {"cuda": "CUDA", "hip": "ROCm", "metal": "MTL", "vulkan": "Vulkan"}  # as ggml names them


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look has found."""

    build: str  # of the engine; "" where it did not answer
    devices: tuple[Device, ...]
    failures: tuple[KnownError, ...] = ()  # of this machine or of others


@dataclass(frozen=True, slots=True)
class _Answer:
    build: str
    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    key: str
    crashed: str  # what a driver said at its end; "" for none
    answer: _Answer


def unreachable(addresses: Sequence[str]) -> list[KnownError]:
    """Ask RPC servers, all at once; give for each that lends nothing the error that names its address."""
    with ThreadPoolExecutor(max_workers=max(len(addresses), 1)) as pool:
        found = list(pool.map(partial(_look, _command()), [("--rpc", address) for address in addresses]))
    failed = (
        (address, answer)
        for address, answer in zip(addresses, found, strict=True)
        if isinstance(answer, KnownError) or not answer.devices
    )
    return [
        answer
        if isinstance(answer, KnownError) and "address" in answer.values
        else KnownError(ErrorKind.RPC_UNREACHABLE, address=address, detail=str(answer)[:200])
        for address, answer in failed
    ]


def survey(addresses: Sequence[str] = (), command: Sequence[str] = ()) -> Survey:
    """Look at this machine, and at the RPC servers at HOST:PORT, all at once; take ten seconds at most."""
    looks = [(), *(("--rpc", address) for address in addresses)]
    with ThreadPoolExecutor(max_workers=len(looks)) as pool:
        found = list(pool.map(partial(_look, command or _command()), looks))
    answers = [each for each in found if isinstance(each, _Answer)]
    return Survey(
        found[0].build if isinstance(found[0], _Answer) else "",
        tuple(device for answer in answers for device in answer.devices),
        tuple(each for each in found if isinstance(each, KnownError)),
    )


def _command() -> list[str]:
    frozen = getattr(sys, "frozen", False)
    return [sys.executable, *([] if frozen else ["-m", "hermes_desktop"]), "--devices"]


def _look(command: Sequence[str], words: Sequence[str]) -> _Answer | KnownError:
    environment = os.environ | {"PYTHONSAFEPATH": "1", "GGML_NO_BACKTRACE": "1"}
    try:
        ended = subprocess.run(
            [*command, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _silent(words, f"no answer within {SECONDS:.0f} seconds")
    try:
        fields = json.loads(ended.stdout)
        if "error" in fields:
            return KnownError(ErrorKind(fields["error"]), **fields["values"])
        answer: _Answer = build(_Answer, fields)
    except (ValueError, TypeError, KeyError, BadFrameError):
        said = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        return _silent(words, (said[-1] if said else f"exit status {ended.returncode}")[:200])
    return answer if len(answer.devices) <= _COUNT_LIMIT else _silent(words, "too many devices")


def _silent(words: Sequence[str], detail: str) -> KnownError:
    if words:
        return KnownError(ErrorKind.RPC_UNREACHABLE, address=words[-1], detail=detail)
    return KnownError(ErrorKind.DEVICES_SILENT, detail=detail)


def here(folder: Path) -> tuple[Device, ...]:
    """Give this machine's devices: as they were found last, else looked for; none where it has no GPU."""
    built_in = graphics.built_in()
    if not built_in:
        return ()
    file, key = folder / FILE, _key(built_in)
    kept = _read(file, key)
    if kept is None:
        kept = _note(file, key, survey())
    return kept.answer.devices if kept is not None else ()


def rooms(folder: Path, vram: int | None = None) -> tuple[int, ...]:
    """Give the bytes that a model may take on each device of this machine, or of one with one such GPU."""
    if vram is not None:
        return memory.one_gpu(vram)
    return tuple(placement.room_on(device) for device in placement.ordered(here(folder)))


def unused(found: Sequence[Device], built_in: Sequence[Graphics]) -> list[Graphics]:
    """List the GPUs of the machine that the engine does not see; a build with Vulkan sees every one."""
    kinds = (DeviceKind.GPU, DeviceKind.IGPU)
    backends = {device.backend for device in found if device.kind in kinds}
    return [
        gpu
        for gpu in built_in
        if not any(name.startswith((_BACKENDS[gpu.build], _BACKENDS["vulkan"])) for name in backends)
    ]


def unused_words(gpu: Graphics) -> str:
    """Say that a GPU lies idle, and what would use it."""
    text = QCoreApplication.translate(
        "Devices",
        "{gpu} is in this machine, but this build of the engine cannot use it. Build one that can: "
        "make run GPU={build}",
    )
    return text.replace("{gpu}", gpu.description).replace("{build}", gpu.build)


def words_of(device: Device) -> str:
    """Say what a device is and how much of its memory is free."""
    text = QCoreApplication.translate("Devices", "{what} · {free} of {total} free")
    kind = QCoreApplication.translate("Devices", _KINDS[device.kind])
    what = f"{device.description} · {kind}" if device.description else kind
    text = text if device.total else "{what}"
    text = text.replace("{what}", what).replace("{free}", byte_size(device.free))
    return text.replace("{total}", byte_size(device.total))


_KINDS = {
    DeviceKind.CPU: QT_TRANSLATE_NOOP("Devices", "processor"),
    DeviceKind.GPU: QT_TRANSLATE_NOOP("Devices", "graphics card"),
    DeviceKind.IGPU: QT_TRANSLATE_NOOP("Devices", "graphics in the processor"),
    DeviceKind.ACCEL: QT_TRANSLATE_NOOP("Devices", "accelerator"),
    DeviceKind.RPC: QT_TRANSLATE_NOOP("Devices", "another computer"),
}


def outcome_of(found: Survey) -> str:
    """Say what came of asking other computers, as the ledger keeps it."""
    lent = any(device.kind is DeviceKind.RPC for device in found.devices)
    return "done" if lent else ErrorKind.RPC_UNREACHABLE.value


class DevicesService(QObject):
    """Hold what was found on this machine; looked for when somebody wants to see it, not at the start.

    What was found is kept by the engine's build and the drivers: with the same ones it is shown at once, and
    a driver that has crashed is not tried again until the person says so.
    """

    changed = Signal()
    doubted = Signal()  # the person wants everything tried anew
    asked = Signal(tuple, str)  # addresses of other computers that were asked, and what came of it

    def __init__(
        self,
        folder: Path,
        tasks: Tasks,
        lenders: Callable[[], Sequence[str]] = tuple,
        parent: QObject | None = None,
        command: Sequence[str] = (),
    ) -> None:
        """`lenders` gives the addresses of other computers that may be asked just now."""
        super().__init__(parent)
        self._file, self._tasks, self._lenders, self._command = folder / FILE, tasks, lenders, command
        self._built_in: list[Graphics] = []
        self._fresh = False
        self.looking = False
        self.found: Survey | None = None

    @property
    def unused(self) -> list[Graphics]:
        """List the GPUs that the engine does not see."""
        return unused(self.found.devices, self._built_in) if self.found is not None else []

    def look(self, *, again: bool = False) -> None:
        """Look for devices in the background, once; with `again` anew, also where a driver had crashed."""
        if self.looking or (self._fresh and not again):
            return
        if again:
            self.doubted.emit()
        self._built_in = graphics.built_in()
        kept = None if again else _read(self._file, _key(self._built_in))
        if kept is not None:
            failures = (KnownError(ErrorKind.DEVICES_SILENT, detail=kept.crashed),) if kept.crashed else ()
            self.found = Survey(kept.answer.build, kept.answer.devices, failures)
            self._fresh = bool(failures)
        self.looking = not self._fresh or again
        self.changed.emit()
        if self.looking:
            others = tuple(self._lenders())
            self._tasks.run(partial(survey, others, self._command), partial(self._on_found, others))

    def report(self) -> str:
        """Give the devices, one a line, for a report."""
        if self.found is None:
            return ""
        lines = [f"{device.name}: {words_of(device)}" for device in self.found.devices]
        return "\n".join(lines + [sentence(error).text for error in self.found.failures])

    def _on_found(self, others: tuple[str, ...], found: Survey) -> None:
        if others:
            self.asked.emit(others, outcome_of(found))
        self.looking, self._fresh, self.found = False, True, found
        _note(self._file, _key(self._built_in), found)
        self.changed.emit()


def _key(built_in: Sequence[Graphics]) -> str:
    drivers = [f"{gpu.description} {gpu.driver}" for gpu in built_in]
    return " | ".join([devices.library_stamp(), *drivers])


def _note(file: Path, key: str, found: Survey) -> _Kept | None:
    """Keep what was found on this machine, or that its driver has crashed; None where nobody answered."""
    crashed = [error for error in found.failures if error.kind is ErrorKind.DEVICES_SILENT]
    detail = str(crashed[0].values["detail"]) if crashed else ""
    if not detail and not found.build:
        return None
    own = tuple(device for device in found.devices if device.kind is not DeviceKind.RPC)
    kept = _Kept(key, detail, _Answer(found.build, own))
    _keep(file, kept)
    return kept


def _read(file: Path, key: str) -> _Kept | None:
    try:
        if file.stat().st_size > _SIZE_LIMIT:
            return None
        kept: _Kept = build(_Kept, json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError, BadFrameError) as error:
        _log.warning("devices unreadable: %s", error)
        return None
    return kept if kept.key == key else None


def _keep(file: Path, kept: _Kept) -> None:
    with contextlib.suppress(OSError):  # a folder that is read only: it counts for today
        file.parent.mkdir(parents=True, exist_ok=True)
        paths.atomic_write(file, json.dumps(asdict(kept)).encode())
