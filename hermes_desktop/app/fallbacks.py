"""Knows how a load is tried again with fewer layers on devices, and what worked; it loads nothing itself."""

import contextlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from hermes_desktop import paths
from hermes_desktop.app.notices import Notice, NoticeKind
from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadOptions, ModelFile
from hermes_desktop.engine import devices
from hermes_desktop.engine.wire import BadFrameError, build

_log = logging.getLogger(__name__)
FILE = "layers.json"
_SIZE_LIMIT = 256 * 1024  # bytes
_KEPT = 200  # the newest ones
# What too many layers on a device can look like; a driver without memory may end the child or hang.
_KINDS = frozenset(
    {
        ErrorKind.ENGINE_MEMORY,
        ErrorKind.ENGINE_CRASHED,
        ErrorKind.ENGINE_HUNG,
        ErrorKind.ENGINE_LOAD_FAILED,
        ErrorKind.RPC_LOST,
    }
)


class Fallbacks:
    """Step down from what did not load to what does, and remember it for this model on this machine."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._layers: dict[str, int] | None = None
        self._asked = ""  # the key of the load that is under way
        self._first = 0  # layers of its first try
        self._tried = 0  # layers of the latest
        self._of = 0

    def begin(self, model: ModelFile, options: LoadOptions, lenders: tuple[str, ...]) -> LoadOptions:
        """Start a load: with as many layers as worked last where these options did not."""
        self._asked = _key(model, options, lenders)
        self._first = self._tried = self._of = 0
        remembered = self._read().get(self._asked)
        return options if remembered is None else replace(options, gpu_layers=remembered)

    def note_placed(self, layers: int, of: int) -> None:
        """Note how many layers the engine is about to put on devices."""
        self._first, self._tried, self._of = self._first or layers, layers, of

    def next(self, error: KnownError) -> int | None:
        """Give the layers to try after a failure: three quarters, half, none; None: it is not for them."""
        if error.kind not in _KINDS or error.values.get("detail") == "cancelled":
            return None
        steps = (self._first * 3 // 4, self._first // 2, 0)
        return next((step for step in steps if step < self._tried), None)

    def again(self, layers: int) -> None:
        """Note the number that is tried now; the engine says nothing of devices where it is 0."""
        self._tried = layers

    def notice(self, error: KnownError, layers: int) -> Notice:
        """Say that it did not load so, and what is tried instead."""
        if layers:
            text = _tr("{tried} of {of} layers did not load on this machine's devices; {layers} are tried.")
        else:
            text = _tr(
                "{tried} of {of} layers did not load on this machine's devices; the processor is used."
            )
        for name, value in (("{tried}", self._tried), ("{of}", self._of), ("{layers}", layers)):
            text = text.replace(name, str(value))
        return Notice(
            NoticeKind.INFO, text, sentence(error).text, details=str(error.values.get("detail", ""))
        )

    def note_loaded(self) -> Notice | None:
        """Remember what worked, where it was not the first try, and say so."""
        if self._tried == self._first:
            return None
        kept = self._read()
        kept.pop(self._asked, None)
        kept[self._asked] = self._tried
        self._keep(dict(list(kept.items())[-_KEPT:]))
        text = _tr("Loaded with {layers} of {of} layers on devices; the next time it begins there.")
        text = text.replace("{layers}", str(self._tried)).replace("{of}", str(self._of))
        hint = _tr("After a change to this computer, Settings, Devices, Look again forgets it.")
        return Notice(NoticeKind.INFO, text, hint)

    def forget(self) -> None:
        """Try every model anew with what is asked for."""
        self._keep({})

    def _read(self) -> dict[str, int]:
        if self._layers is None:
            self._layers = _read(self._file)
        return dict(self._layers)

    def _keep(self, layers: dict[str, int]) -> None:
        if layers == self._read():
            return
        self._layers = layers
        with contextlib.suppress(OSError):  # a folder that is read only: it counts for today
            self._file.parent.mkdir(parents=True, exist_ok=True)
            paths.atomic_write(self._file, json.dumps({"layers": layers}).encode())


@dataclass(frozen=True, slots=True)
class _Kept:
    layers: dict[str, int]


def _key(model: ModelFile, options: LoadOptions, lenders: tuple[str, ...]) -> str:
    """Tell apart what may load differently; another build of the engine is another try."""
    file = (model.path, model.size, model.modified_ns)
    return json.dumps([*file, asdict(options), lenders, devices.library_stamp()], sort_keys=True)


def _read(file: Path) -> dict[str, int]:
    try:
        if file.stat().st_size > _SIZE_LIMIT:
            return {}
        kept: _Kept = build(_Kept, json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError, BadFrameError) as error:
        _log.warning("layers unreadable: %s", error)
        return {}
    return {key: layers for key, layers in kept.layers.items() if layers >= 0}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Fallbacks", text)
