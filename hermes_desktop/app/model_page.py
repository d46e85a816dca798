"""Knows what is said of one model on its own page: header, memory, family, prompt; it keeps nothing."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject

from hermes_desktop import machine
from hermes_desktop.app import offers
from hermes_desktop.app.engine import EngineClient
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.containers import model_header
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.family import Family
from hermes_desktop.domain.model_file import KvType, LoadOptions, ModelFile, ModelGeometry, ModelHeader
from hermes_desktop.domain.prompt import PromptTurn, Span, SpanKind
from hermes_desktop.domain.sampling import Preset, Sampling
from hermes_desktop.engine import example
from hermes_desktop.fitting import memory
from hermes_desktop.hub import families, library

_CONTEXT = "ModelPage"
_PROMPT_LETTERS = 4000  # shown of an example; an honest one has a few hundred


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """How one device's memory would be filled; bytes."""

    name: str
    total: int
    others: int  # taken by the rest of the machine
    weights: int
    kv: int
    compute: int  # with what the engine's process itself takes

    @property
    def needed(self) -> int:
        """Give what the model takes."""
        return self.weights + self.kv + self.compute

    @property
    def free(self) -> int:
        """Give what is left; less than nothing where the model does not fit."""
        return self.total - self.others - self.needed


@dataclass(frozen=True, slots=True)
class Laid:
    """A model in this machine's memory: the devices, and what there is to say of it."""

    devices: tuple[DeviceMemory, ...]
    fits: bool
    advice: str


@dataclass(frozen=True, slots=True)
class PromptExample:
    """A short chat as the engine would write it for a model."""

    own_code: bool  # ours, that is ChatML, not the template of the file
    text: str


class ModelPagesService(QObject):
    """Read files and try templates off the event loop; reckon memory at once."""

    def __init__(
        self,
        engine: EngineClient,
        tasks: Tasks,
        preferences: PreferencesService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine, self._tasks, self._preferences = engine, tasks, preferences

    def measure_file(
        self,
        model: ModelFile,
        done: Callable[[ModelGeometry], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Read what a file's tensors add up to."""
        path = Path(model.path)
        self._tasks.run(lambda: model_header.read_geometry(library.first_part(path)), done, failed)

    def write_example(
        self,
        header: ModelHeader,
        done: Callable[[PromptExample], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Write a short chat by a model's template, in the sandbox of the engine and within its limits."""
        self._tasks.run(lambda: example_of(header.template), done, failed)

    def lay(self, geometry: ModelGeometry, options: LoadOptions) -> Laid:
        """Say how a model would lie in memory, in place of the one that is loaded now."""
        available, total = machine.main_memory()
        pid = self._engine.pid
        room = min(total, available + (machine.private_memory(pid) if pid else 0))
        return laid(geometry, options, room, total)

    def suggested(self, family: Family | None) -> Preset | None:
        """Give the preset that the makers of a family suggest, by the name it has here."""
        if family is None:
            return None
        sampling = replace(Sampling(), **family.sampling)  # type: ignore[arg-type]  # a test reads them all
        same = (each for each in self._preferences.presets() if each.sampling == sampling)
        return next(same, Preset(family.name, sampling))

    def use_preset(self, preset: Preset) -> None:
        """Make a preset the default one; one that is not there yet is kept among the person's own."""
        if preset not in self._preferences.presets():
            self._preferences.save_preset(preset.name, preset.sampling)
        self._preferences.update(preset=preset.name)


def laid(geometry: ModelGeometry, options: LoadOptions, room: int, total: int) -> Laid:
    """Lay a model into `room` free bytes of a main memory of `total`."""
    context = min(options.context, geometry.context or options.context)
    flash_attention = needs_flash_attention(options.kv_type) or options.flash_attention
    found = memory.fit(geometry, context, options.kv_type, ram=room, flash_attention=flash_attention)
    parts = found.memory
    name = QCoreApplication.translate(_CONTEXT, "Main memory")
    compute = found.total_ram - parts.weights - parts.kv
    main = DeviceMemory(name, total, total - room, parts.weights, parts.kv, compute)
    return Laid((main,), found.fits, offers.advice(found))


def needs_flash_attention(kv_type: KvType) -> bool:
    """Say whether the engine turns flash attention on by itself."""
    return kv_type is not KvType.F16


def family_of(header: ModelHeader) -> Family | None:
    """Give the family of Hermes that a header names."""
    return families.recognised(header)


def quality_of(header: ModelHeader) -> str:
    """Say in a few words what the quantisation costs."""
    return library.quantisation_note(header.quantisation)


def example_of(template: str) -> PromptExample:
    """Write a short chat; raises KnownError ENGINE_TEMPLATE."""
    form, text = example.written(template, _turns())
    shown = "".join(letter if _is_shown(letter) else "·" for letter in text[:_PROMPT_LETTERS])
    return PromptExample(form == "chatml", shown + ("…" if len(text) > _PROMPT_LETTERS else ""))


def _turns() -> list[PromptTurn]:
    def tr(text: str) -> str:
        return QCoreApplication.translate(_CONTEXT, text)

    said = (
        (Role.SYSTEM, SpanKind.PERSONA, tr("You are Mira, who draws maps.")),
        (Role.USER, SpanKind.TURNS, tr("Where are we?")),
        (Role.ASSISTANT, SpanKind.TURNS, tr("At the edge of the paper.")),
        (Role.USER, SpanKind.TURNS, tr("And beyond?")),
    )
    return [PromptTurn(role, (Span(kind, text),)) for role, kind, text in said]


def _is_shown(letter: str) -> bool:
    return letter == "\n" or unicodedata.category(letter)[0] != "C"
