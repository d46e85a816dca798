"""Knows what is said of one model on its own page: header, memory, family, prompt; it keeps nothing."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from hermes_desktop import machine
from hermes_desktop.app import offers
from hermes_desktop.app.devices import DevicesService
from hermes_desktop.app.engine import EngineClient
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.containers import model_header
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.device import Device, DeviceKind
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.family import Family
from hermes_desktop.domain.fit import Advice, Fit
from hermes_desktop.domain.model_file import KvType, LoadOptions, ModelFile, ModelGeometry, ModelHeader
from hermes_desktop.domain.prompt import PromptTurn, Span, SpanKind
from hermes_desktop.domain.sampling import Preset, Sampling
from hermes_desktop.domain.setting import Reason, Setting, Space
from hermes_desktop.engine import example
from hermes_desktop.fitting import memory, placement
from hermes_desktop.fitting.setting import setting
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
    chosen: LoadOptions  # with what was left open filled in
    why: str  # that was chosen; "" where nothing was left open
    proposal: LoadOptions | None = None  # what takes less, where it is tight or too much


@dataclass(frozen=True, slots=True)
class PromptExample:
    """A short chat as the engine would write it for a model."""

    own_code: bool  # ours, that is ChatML, not the template of the file
    text: str


class ModelPagesService(QObject):
    """Read files and try templates off the event loop; reckon memory at once."""

    moved = Signal()  # what devices have free is known, or known anew

    def __init__(
        self,
        engine: EngineClient,
        tasks: Tasks,
        preferences: PreferencesService,
        devices: DevicesService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._devices = devices
        devices.changed.connect(self.moved)
        self._engine, self._tasks, self._preferences = engine, tasks, preferences

    def measure_file(
        self,
        model: ModelFile,
        done: Callable[[ModelGeometry], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Read what a file's tensors add up to."""
        path = Path(model.path)
        self._devices.look()
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
        found = self._devices.found.devices if self._devices.found is not None else ()
        return laid(geometry, options, room, total, found)

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


def laid(
    geometry: ModelGeometry,
    options: LoadOptions,
    room: int,
    total: int,
    devices: Sequence[Device] = (),
) -> Laid:
    """Lay a model into `room` free bytes of a main memory of `total`, and on devices."""
    able = placement.ordered(devices)
    found = setting(geometry, options, Space(room, tuple(map(placement.room_on, able))))
    shares = memory.shares(geometry, found.fit)
    compute = found.fit.total_ram - shares[0].weights - shares[0].kv
    name = QCoreApplication.translate(_CONTEXT, "Main memory")
    main = DeviceMemory(name, total, total - room, shares[0].weights, shares[0].kv, compute)
    others = [
        DeviceMemory(_name(device), device.total, device.total - device.free, *astuple(share))
        for device, share in zip(able, shares[1:], strict=True)
    ]
    advice = _lying(found, able, others) + _verdict(found) + _map_words(geometry, found.fit, options)
    return Laid((main, *others), found.fit.fits, advice, found.options, _why(options, found), found.less)


def _verdict(found: Setting) -> str:
    """Say whether it fits, and what to do where it hardly does or does not."""
    fit = found.fit
    if fit.advice is Advice.FITS and fit.gpu_layers:
        text = QCoreApplication.translate(_CONTEXT, "{need} of main memory beside it.")
        return text.replace("{need}", byte_size(fit.total_ram))
    if found.is_roomy or found.less is not None:
        return offers.verdict(fit)
    lighter = offers.lighter(found.space)
    return " ".join(filter(None, (offers.verdict(fit, least=True), lighter.words if lighter else "")))


def _lying(found: Setting, able: Sequence[Device], shown: Sequence[DeviceMemory]) -> str:
    """Say where the layers lie; "" where there is nothing but the main memory."""
    if not able:
        return ""
    fit, said = found.fit, []
    text = QCoreApplication.translate(_CONTEXT, "{n} of {all} layers on {name}, {needed} of {size}")
    for layers, device in zip(fit.placement.layers, shown, strict=True):
        if layers:
            part = text.replace("{n}", str(layers)).replace("{all}", str(fit.layers))
            part = part.replace("{name}", device.name).replace("{needed}", byte_size(device.needed))
            said.append(part.replace("{size}", byte_size(device.total)))
    if not said:
        said.append(QCoreApplication.translate(_CONTEXT, "No layer fits on a device"))
    text = QCoreApplication.translate(_CONTEXT, "context {n}")
    said.append(text.replace("{n}", f"{found.options.context:,}"))
    line = "; ".join(said) + ". "
    if fit.gpu_layers < fit.layers and any(device.kind is not DeviceKind.RPC for device in able):
        line += QCoreApplication.translate(_CONTEXT, "1 GB stays free there for the screen. ")
    return line


def _why(asked: LoadOptions, found: Setting) -> str:
    """Say in a line what was chosen for what was left open, and why."""
    if asked.context > 0 and asked.kv_type is not None:
        return ""
    what = QCoreApplication.translate(_CONTEXT, "{n} tokens and a cache in {kv}")
    if asked.context > 0:
        what = QCoreApplication.translate(_CONTEXT, "a cache in {kv}")
    elif asked.kv_type is not None:
        what = QCoreApplication.translate(_CONTEXT, "{n} tokens")
    what = what.replace("{n}", f"{found.options.context:,}").replace("{kv}", found.options.cache.value)
    text = QCoreApplication.translate(_CONTEXT, _REASONS[found.reason])
    return text.replace("{what}", what)


_REASONS = {
    Reason.USUAL: QT_TRANSLATE_NOOP("ModelPage", "Automatic: {what}. It fits with room to spare."),
    Reason.TRAINED: QT_TRANSLATE_NOOP(
        "ModelPage", "Automatic: {what}. The model was trained for no longer context, and it fits."
    ),
    Reason.WHOLE: QT_TRANSLATE_NOOP(
        "ModelPage", "Automatic: {what}. With f16 not all layers would fit on the devices."
    ),
    Reason.SMALLER_CACHE: QT_TRANSLATE_NOOP(
        "ModelPage", "Automatic: {what}. With f16 too little memory would stay free."
    ),
    Reason.SHORTER: QT_TRANSLATE_NOOP(
        "ModelPage", "Automatic: {what}. With more, too little memory would stay free."
    ),
    Reason.LEAST: QT_TRANSLATE_NOOP(
        "ModelPage", "Automatic: {what}. It takes the least, but over 90 % of what is free."
    ),
    Reason.TOO_MUCH: QT_TRANSLATE_NOOP(
        "ModelPage", "Automatic: {what}. No choice fits; this is the usual one."
    ),
}


def _map_words(geometry: ModelGeometry, found: Fit, options: LoadOptions) -> str:
    """Say what a list of processes shows beyond the need where somebody wants the file mapped."""
    twice = memory.resident(geometry, found, mmap=bool(options.mmap)).total - found.total_ram
    if twice <= 0:
        return ""
    text = QCoreApplication.translate(
        _CONTEXT, " With the file mapped, {size} of it are there twice until another program needs the room."
    )
    return text.replace("{size}", byte_size(twice))


def _name(device: Device) -> str:
    return f"{device.name}, {device.description}" if device.description else device.name


def needs_flash_attention(kv_type: KvType | None) -> bool:
    """Say whether the engine turns flash attention on by itself; what is left open needs nothing."""
    return kv_type not in (None, KvType.F16)


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
