"""Knows the person's settings and keeps them in a JSON file; not what they change on the screen."""

import dataclasses
import json
import logging
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from hermes_desktop import paths
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.preferences import Preferences
from hermes_desktop.domain.sampling import SHIPPED_PRESETS, Preset, Sampling, clamped
from hermes_desktop.engine.wire import BadFrameError, build

_log = logging.getLogger(__name__)
_SAVE_AFTER_MS = 300
_SIZE_LIMIT = 4 * 1024 * 1024  # bytes


class PreferencesService(QObject):
    """Hold the settings; every change is written soon, whole or not at all."""

    changed = Signal(object)  # Preferences

    def __init__(self, file: Path, notices: NoticesService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = file
        self._notices = notices
        self._unknown: dict[str, Any] = {}
        self._value = self._read()
        self._writable = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)

    @property
    def value(self) -> Preferences:
        """Give the settings as they are now."""
        return self._value

    def update(self, **changes: Any) -> None:
        """Change some settings by name."""
        value = dataclasses.replace(self._value, **changes)
        if value == self._value:
            return
        self._value = value
        self._timer.start()
        self.changed.emit(value)

    def save(self) -> None:
        """Write the file now."""
        self._timer.stop()
        fields = self._unknown | dataclasses.asdict(self._value)
        text = json.dumps(fields, ensure_ascii=False, indent=2) + "\n"
        try:
            paths.atomic_write(self._file, text.encode())
        except OSError:
            if self._writable:  # said once, not at every change
                self._notices.post_error(KnownError(ErrorKind.FOLDER_READ_ONLY, path=str(self._file.parent)))
            self._writable = False

    def save_if_changed(self) -> None:
        """Write the file if a change is waiting; called at the end."""
        if self._timer.isActive():
            self.save()

    # ---- sampling presets --------------------------------------------------------------------------

    def presets(self) -> tuple[Preset, ...]:
        """List the shipped presets and the person's own."""
        return SHIPPED_PRESETS + self._value.presets

    def sampling_of(self, name: str) -> Sampling:
        """Give the settings of a preset; "" stands for the chosen one. Raises PRESET_UNKNOWN."""
        wanted = name or self._value.preset
        for preset in self.presets():
            if preset.name.casefold() == wanted.casefold():
                return preset.sampling
        raise KnownError(ErrorKind.PRESET_UNKNOWN, name=wanted)

    def save_preset(self, name: str, sampling: Sampling) -> None:
        """Keep settings under a name; a shipped preset is never overwritten."""
        taken = {preset.name.casefold() for preset in SHIPPED_PRESETS}
        own = name.strip() or self.tr("My preset")
        if own.casefold() in taken:
            own = self.tr("{name} (mine)").replace("{name}", own)
        others = tuple(p for p in self._value.presets if p.name.casefold() != own.casefold())
        self.update(presets=(*others, Preset(own, clamped(sampling))))

    def delete_preset(self, name: str) -> None:
        """Forget one of the person's own presets."""
        left = tuple(p for p in self._value.presets if p.name != name)
        chosen = {} if self._value.preset != name else {"preset": Preferences().preset}
        self.update(presets=left, **chosen)

    # ---- reading -----------------------------------------------------------------------------------

    def _read(self) -> Preferences:
        try:
            if self._file.stat().st_size > _SIZE_LIMIT:
                raise ValueError("too large")
            fields = json.loads(self._file.read_text("utf-8"))
            value: Preferences = build(Preferences, fields)
        except (FileNotFoundError, NotADirectoryError):
            return Preferences()
        except (OSError, ValueError, RecursionError, BadFrameError) as error:
            return self._set_aside(error)
        known = {field.name for field in dataclasses.fields(Preferences)}
        self._unknown = {name: item for name, item in fields.items() if name not in known}
        return dataclasses.replace(
            value,
            presets=tuple(dataclasses.replace(p, sampling=clamped(p.sampling)) for p in value.presets),
        )

    def _set_aside(self, error: Exception) -> Preferences:
        _log.warning("settings unreadable: %s", error)
        kept = self._file.with_suffix(".damaged.json")
        try:
            self._file.replace(kept)
        except OSError:
            kept = self._file
        self._notices.post_error(
            KnownError(ErrorKind.PREFERENCES_DAMAGED, path=str(self._file), kept_as=str(kept))
        )
        return Preferences()
