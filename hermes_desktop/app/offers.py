"""Knows what can be fetched and what of it this machine can run, in words; it opens no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from hermes_desktop import machine
from hermes_desktop.app import speeds
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.containers import gguf, model_header
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.fit import Advice, Fit
from hermes_desktop.domain.model_file import KvType, ModelGeometry
from hermes_desktop.domain.setting import Space
from hermes_desktop.domain.speed import Calibration
from hermes_desktop.fitting import memory
from hermes_desktop.hub import catalogue, choice, library
from hermes_desktop.hub.catalogue import Offer
from hermes_desktop.hub.errand import File

USUAL_CONTEXT = memory.USUAL_CONTEXT


@dataclass(frozen=True, slots=True)
class Ranked:
    """A file that can be fetched, as this machine sees it."""

    offer: Offer
    fit: Fit
    best: bool

    def tokens_per_second(self, calibration: Calibration | None) -> float:
        """Estimate how fast it would write here; 0 where nobody can say."""
        return speed(self.offer.geometry, self.fit, calibration)


def ranked(*, vram: int = 0) -> list[Ranked]:
    """List what is published, with what it would take here; one of them is the best choice."""
    available, total = machine.main_memory()
    found = catalogue.offers()
    best = choice.best(found, ram=total, vram=vram)
    return [
        Ranked(
            offer,
            memory.fit(offer.geometry, USUAL_CONTEXT, ram=available, rooms=memory.one_gpu(vram)),
            offer is best,
        )
        for offer in found
    ]


@dataclass(frozen=True, slots=True)
class Size:
    """What this machine can do with one size of Hermes 3."""

    name: str  # "Hermes 3 8B"
    suited: Ranked | None  # the file of it that suits this machine best; None: no file does
    need: int  # bytes that its least file takes where none suits, else those of the suited one


def sizes(*, vram: int = 0) -> list[Size]:
    """Say of each size of Hermes 3 what this machine can do with it, the smallest first."""
    total = machine.main_memory()[1]
    families: dict[str, list[Ranked]] = {}
    for entry in ranked(vram=vram):
        families.setdefault(entry.offer.family.name, []).append(entry)
    found = []
    for name, entries in families.items():
        best = choice.best([entry.offer for entry in entries], ram=total, vram=vram)
        suited = next((entry for entry in entries if entry.offer is best), None)
        least = min(entry.fit.total_ram for entry in entries)
        found.append(Size(name, suited, suited.fit.total_ram if suited else least))
    return found


def machine_words() -> str:
    """Say in a line what this machine has: memory, and cores."""
    available, total = machine.main_memory()
    text = QCoreApplication.translate("Offers", "{total} of memory, {free} of it free · {cores} cores")
    text = text.replace("{total}", byte_size(total)).replace("{free}", byte_size(available))
    return text.replace("{cores}", str(machine.cores()))


def fit(
    name: str, context: int, kv_type: KvType, *, ram: int | None = None, rooms: Sequence[int] = ()
) -> tuple[str, ModelGeometry, Fit]:
    """Lay a file, or a published one by its name, into this machine's memory or that of another.

    Gives its title, its sizes and how it lies.
    Raises KnownError: MODEL_UNKNOWN, and those of reading a header.
    """
    title, geometry = _geometry(name)
    available = machine.main_memory()[0] if ram is None else ram
    return title, geometry, memory.fit(geometry, context, kv_type, ram=available, rooms=rooms)


@dataclass(frozen=True, slots=True)
class Instead:
    """A published file that a machine can run."""

    id: str
    words: str


def instead(fit: Fit, *, ram: int | None = None, rooms: Sequence[int] = ()) -> Instead | None:
    """Give what fits here, or into so much memory, where a model does not."""
    free = machine.main_memory()[0] if ram is None else ram
    return None if fit.fits else lighter(Space(free, tuple(rooms)))


def lighter(space: Space) -> Instead | None:
    """Give the best published file that leaves enough memory free."""
    best = choice.fitting(catalogue.offers(), ram=space.ram, rooms=space.devices)
    if best is None:
        return None
    text = QCoreApplication.translate("Offers", "{model} {quantisation} ({id}) would fit.")
    text = text.replace("{model}", best.family.name).replace("{quantisation}", best.quantisation)
    return Instead(best.id, text.replace("{id}", best.id))


def smaller_words(space: Space) -> str:
    """Propose a smaller file or model where no setting of this one takes little enough."""
    found = lighter(space)
    text = QCoreApplication.translate(
        "Offers", "A smaller quantisation of it, or a smaller model, takes less."
    )
    return f"{text} {found.words}" if found is not None else text


def speed(geometry: ModelGeometry, fit: Fit, calibration: Calibration | None) -> float:
    """Estimate tokens a second; 0 where nothing was measured, where it does not fit, and with a GPU."""
    return speeds.estimate(geometry, calibration) if fit.room and not fit.gpu_layers else 0.0


def speed_words(tokens_per_second: float) -> str:
    """Say an estimated speed as roughly as it is known; "" for none."""
    if not tokens_per_second:
        return ""
    text = QCoreApplication.translate("Offers", "about {n} tokens/s")
    return text.replace("{n}", speeds.figure(tokens_per_second))


def _geometry(name: str) -> tuple[str, ModelGeometry]:
    path = Path(name).expanduser()
    if path.suffix.casefold() == ".gguf" and path.is_file():
        found = gguf.read(library.first_part(path))
        library.judged(model_header.header(found), path)
        return path.name, model_header.geometry(found, path)
    offer = catalogue.find(name)
    return f"{offer.family.name} {offer.quantisation}", offer.geometry


def quality(offer: Offer) -> str:
    """Say in a few words what a quantisation costs in quality."""
    return library.quantisation_note(offer.quantisation)


def licence_page(entry: Ranked) -> str:
    """Give the address of the licence that governs a file."""
    return catalogue.LICENCE_PAGES[entry.offer.licence]


def advice(fit: Fit) -> str:
    """Say in a sentence whether it fits, and what to do where it does not; with a GPU what lies there."""
    text = QCoreApplication.translate("Offers", _ON_GPU) + " " if fit.fits and fit.gpu_layers else ""
    return _filled(text, fit) + verdict(fit)


def verdict(fit: Fit, *, least: bool = False) -> str:
    """Say in a sentence whether it fits, and what to do where it does not; `least`: no setting takes less."""
    text = _HARDLY if least and fit.advice is Advice.TIGHT else _ADVICE[fit.advice]
    return _filled(QCoreApplication.translate("Offers", text), fit)


def _filled(text: str, fit: Fit) -> str:
    values = {
        "{need}": byte_size(fit.total_ram),
        "{room}": f"{fit.room:,}",
        "{on_gpu}": str(fit.gpu_layers),
        "{layers}": str(fit.layers),
    }
    for key, value in values.items():
        text = text.replace(key, value)
    return text


def files_of(name: str, revision: str) -> tuple[str, tuple[File, ...], str]:
    """Give the title, the files and the licence of what a person means; raises MODEL_UNKNOWN."""
    try:
        offer = catalogue.find(name)
    except KnownError:
        return _foreign(name, revision)
    names = _parts(offer.file)
    hashes: Sequence[str] = [offer.sha256] if len(names) == 1 else [""] * len(names)
    commit = revision or offer.revision
    files = tuple(
        File(offer.repository, commit, file, sha256 if commit == offer.revision else "")
        for file, sha256 in zip(names, hashes, strict=True)
    )
    return f"{offer.family.name} {offer.quantisation}", files, offer.licence


def _foreign(name: str, revision: str) -> tuple[str, tuple[File, ...], str]:
    owner, _, rest = name.partition("/")
    repository, _, file = rest.partition("/")
    if not (owner and repository and file.casefold().endswith(".gguf")):
        raise KnownError(ErrorKind.MODEL_UNKNOWN, name=name)
    full = f"{owner}/{repository}"
    files = tuple(File(full, revision or "main", part) for part in _parts(file))
    return Path(file).name, files, ""


def _parts(file: str) -> list[str]:
    return [part.as_posix() for part in gguf.parts(Path(file))]


_ON_GPU = QT_TRANSLATE_NOOP("Offers", "{on_gpu} of {layers} layers go to the GPU.")
_HARDLY = QT_TRANSLATE_NOOP(
    "Offers", "It fits with {need}, but hardly: close other programs, or take a smaller file or model."
)
_ADVICE = {
    Advice.FEWER_LAYERS: QT_TRANSLATE_NOOP(
        "Offers", "The devices have less free than {on_gpu} of {layers} layers take: put fewer on them."
    ),
    Advice.FITS: QT_TRANSLATE_NOOP("Offers", "It fits with {need}; up to {room} tokens would."),
    Advice.TIGHT: QT_TRANSLATE_NOOP(
        "Offers",
        "It fits with {need}, but hardly: close other programs, or take a shorter context or smaller cache.",
    ),
    Advice.SHORTER_CONTEXT: QT_TRANSLATE_NOOP(
        "Offers", "It needs {need}, which is not free; it fits with a context of {room} tokens."
    ),
    Advice.SMALLER_MODEL: QT_TRANSLATE_NOOP(
        "Offers", "It needs {need}, which this machine does not have free: take a smaller file or model."
    ),
}
