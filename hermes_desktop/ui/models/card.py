"""Knows how one model file is shown and what can be done with it; it only asks, the service acts."""

from pathlib import Path
from time import monotonic

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from hermes_desktop.app.models import ModelsService, ModelState
from hermes_desktop.app.sentences import byte_size, understudy_words
from hermes_desktop.domain.model_file import LoadedModel, ModelFile, ModelHeader
from hermes_desktop.ui.models.removal import RemovalPanel
from hermes_desktop.ui.pace import Pace
from hermes_desktop.ui.pieces import button, column, heading, note, soft

_STEPS = 1000  # of the progress bar


class Work(QWidget):
    """Show long work: a bar, how fast it goes, a way to end it, and one to let it go on where it waits."""

    cancelled = Signal()
    hurried = Signal()  # it is to go on at once

    def __init__(self, name: str) -> None:
        super().__init__()
        self._pace: Pace | None = None
        self._name = soft(name)
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(name)
        self._said = note("")
        self._go_on = button(
            self.tr("Go on now"), "link", self.tr("Go on now: {work}").replace("{work}", name)
        )
        self._go_on.clicked.connect(self.hurried)
        self._go_on.hide()
        cancel = button(self.tr("Cancel"), "link", self.tr("Cancel: {work}").replace("{work}", name))
        cancel.clicked.connect(self.cancelled)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._name)
        top.addWidget(self._said, 1)
        top.addWidget(self._go_on)
        top.addWidget(cancel)
        column(self, top, self._bar, spacing=4)
        self.hide()

    def show_progress(self, fraction: float, size: int) -> None:
        """Show how much of `size` bytes is done."""
        now = monotonic()
        if self._pace is None:
            self._pace = Pace(size, now)
        self._bar.setValue(round(fraction * _STEPS))
        self._said.setText(self._pace.words(fraction, now))
        self._go_on.hide()
        self.show()

    def show_paused(self, fraction: float, why: str) -> None:
        """Show that it waits, how far it is, and why."""
        self._pace = None  # the time of waiting says nothing about its speed
        self._bar.setValue(round(fraction * _STEPS))
        self._said.setText(why)
        self._go_on.show()
        self.show()

    def end(self) -> None:
        """Show nothing; the next work begins anew."""
        self._pace = None
        self.hide()


class ModelCard(QFrame):
    """Show one model and its state."""

    load_asked = Signal(int)
    details_asked = Signal(int)
    unload_asked = Signal()
    verify_asked = Signal(int)
    verify_cancelled = Signal(int)
    remove_asked = Signal(object)  # ModelFile
    removal_chosen = Signal(object, bool)  # ModelFile, whether its file stays

    def __init__(self, model: ModelFile, *, stand_in: bool = False) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.model = model
        self._stand_in = note(stand_in_words(model) if stand_in else "")
        self.name = heading("")
        self._badge = QLabel()
        self._badge.setProperty("role", "badge")
        self._figures = soft("")
        self._figures.setWordWrap(True)
        self._licence = note("")
        self._path = note("")
        self._path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._verified = note("")
        self._failure = note("")
        self._failure.setProperty("role", "warning")
        self._load = QPushButton()
        self._details = button(self.tr("Details"))
        self._verify = button(self.tr("Verify"))
        self._remove = button(self.tr("Remove"))
        self._removal = RemovalPanel()
        self._removal.chosen.connect(lambda keep: self.removal_chosen.emit(self.model, keep))
        self._loading = Work(self.tr("Loading"))
        self._hashing = Work(self.tr("Verifying"))
        self._is_stand_in = stand_in
        (self._remove if stand_in else self._stand_in).hide()  # the stand-in is a part of the app
        self._build()
        self.show_model(model)

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.name)
        top.addWidget(self._badge)
        top.addStretch(1)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (self._load, self._details, self._verify, self._remove):
            acts.addWidget(made)
        acts.addStretch(1)
        self._load.setCursor(Qt.CursorShape.PointingHandCursor)
        self._load.clicked.connect(self._on_load)
        self._details.clicked.connect(lambda: self.details_asked.emit(self.model.id))
        self._verify.clicked.connect(lambda: self.verify_asked.emit(self.model.id))
        self._remove.clicked.connect(lambda: self.remove_asked.emit(self.model))
        self._loading.cancelled.connect(self.unload_asked)
        self._hashing.cancelled.connect(lambda: self.verify_cancelled.emit(self.model.id))
        self._hashing.hurried.connect(lambda: self.verify_asked.emit(self.model.id))
        words = QVBoxLayout()
        words.setSpacing(3)
        lines = (self._stand_in, self._figures, self._licence, self._verified, self._path, self._failure)
        for line in lines:
            words.addWidget(line)
        parts = (self._loading, self._hashing, self._removal)
        column(self, top, words, *parts, acts, spacing=10, margin=16)

    def focus_details(self) -> None:
        """Give the keyboard back to where the model's page was opened from."""
        self._details.setFocus()

    # ---- showing -----------------------------------------------------------------------------------

    def show_model(self, model: ModelFile) -> None:
        """Show what the file is."""
        self.model = model
        self.name.setText(model.name)
        self._figures.setText(figures(model))
        self._licence.setText(licence_words(model.header, model.name))
        self._licence.setVisible(bool(self._licence.text()))
        self._path.setText(self.tr("Comes with this app.") if self._is_stand_in else model.path)
        self._verified.setText(verified_words(model))
        self._details.setAccessibleName(self.tr("Details of {name}").replace("{name}", model.name))
        self._verify.setAccessibleName(self.tr("Verify {name}").replace("{name}", model.name))
        self._remove.setAccessibleName(self.tr("Remove {name}").replace("{name}", model.name))

    def show_state(self, models: ModelsService) -> None:
        """Show whether the engine holds this model."""
        mine = models.chosen is not None and models.chosen.id == self.model.id
        state = models.state if mine else ModelState.NONE
        self.setProperty("current", mine)
        self.style().polish(self)
        self._badge.setText(self._badge_words(state, models.loaded))
        self._badge.setVisible(bool(self._badge.text()))
        self._failure.setText(models.engine_words if state is ModelState.FAILED else "")
        self._failure.setVisible(bool(self._failure.text()))
        self._name_load(unload=state is ModelState.READY)
        self._load.setVisible(state is not ModelState.LOADING)
        if state is not ModelState.LOADING:
            self._loading.end()

    def ask_removal(self) -> None:
        """Ask whether the file of this fetched model goes, too."""
        self._removal.ask(self.model.name, self.model.header.expected_size)

    def show_loading(self, fraction: float) -> None:
        """Show how far the load is."""
        self._loading.show_progress(fraction, self.model.size)

    def show_hashing(self, fraction: float) -> None:
        """Show how far the check of the file is; 1 ends it."""
        if fraction >= 1:
            self._hashing.end()
        else:
            self._hashing.show_progress(fraction, self.model.size)
        self._verify.setEnabled(fraction >= 1)

    def show_hashing_paused(self, fraction: float) -> None:
        """Show that the check of the file waits for mains."""
        self._hashing.show_paused(fraction, self.tr("paused on battery"))
        self._verify.setEnabled(True)

    def _name_load(self, *, unload: bool) -> None:
        self._unloads = unload
        self._load.setText(self.tr("Unload") if unload else self.tr("Load"))
        self._load.setProperty("role", "plain" if unload else "primary")
        self._load.style().polish(self._load)
        said = self.tr("Unload {name}") if unload else self.tr("Load {name}")
        self._load.setAccessibleName(said.replace("{name}", self.model.name))

    def _badge_words(self, state: ModelState, loaded: LoadedModel | None) -> str:
        if state is ModelState.READY and loaded is not None:
            text = self.tr("loaded · {context} tokens · {devices}")
            text = text.replace("{context}", QLocale().toString(loaded.context))
            return text.replace("{devices}", devices_words(loaded))
        return {
            ModelState.LOADING: self.tr("loading"),
            ModelState.UNLOADED: self.tr("chosen, loads with the next message"),
            ModelState.FAILED: self.tr("could not be loaded"),
        }.get(state, "")

    def _on_load(self) -> None:
        if self._unloads:
            self.unload_asked.emit()
        else:
            self.load_asked.emit(self.model.id)


# ---- words -------------------------------------------------------------------------------------


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelCard", text)


def figures(model: ModelFile) -> str:
    """Say quantisation, size, parameters and trained context in one line."""
    header = model.header
    trained = _tr("trained on {n} tokens").replace("{n}", QLocale().toString(header.context))
    parts = (header.quantisation, byte_size(model.size), parameters_words(header.parameters))
    return " · ".join(part for part in (*parts, trained if header.context else "") if part)


def stand_in_words(model: ModelFile) -> str:
    """Say what the Understudy is, what it can do, and what it cannot."""
    can = _tr(
        "It introduces itself by the persona's name, makes small talk, repeats what it was told and calls "
        "simple tools. It knows nothing of the world and writes no stories: for that, get Hermes 3."
    )
    return f"{understudy_words(model.size)} {can}"


def parameters_words(count: int) -> str:
    """Say a number of parameters as people do: 8.0 B, 350 M."""
    if not count:
        return ""
    text = _tr("{n} parameters")
    if count >= 1e9:
        return text.replace("{n}", f"{count / 1e9:.1f} B")
    return text.replace("{n}", f"{count / 1e6:.1f} M")


def built_with_llama(header: ModelHeader, name: str) -> bool:
    """Say whether a model is made from Llama, by what it says of itself."""
    return "llama" in header.licence.casefold() or "llama" in f"{header.name} {name}".casefold()


def licence_words(header: ModelHeader, name: str) -> str:
    """Say the licence; a model that is made from Llama has to say so."""
    built = _tr("Built with Llama") if built_with_llama(header, name) else ""
    licence = _tr("Licence: {name}").replace("{name}", header.licence) if header.licence else ""
    return " · ".join(part for part in (built, licence) if part)


def verified_words(model: ModelFile) -> str:
    """Say whether and when the file's SHA-256 was made."""
    if not Path(model.path).exists():
        return _tr("The file is not there any more. Add it again where it lies now, or remove it here.")
    if not model.verified_at:
        return _tr("Not verified yet")
    day = QLocale().toString(
        QDateTime.fromMSecsSinceEpoch(model.verified_at).date(), QLocale.FormatType.ShortFormat
    )
    text = _tr("✓ Verified {day} · SHA-256 {hash}…")
    return text.replace("{day}", day).replace("{hash}", model.sha256[:12])


def devices_words(loaded: LoadedModel) -> str:
    """Say which device holds how many layers."""
    if not loaded.devices:
        return _tr("on CPU")
    return ", ".join(
        (_tr("1 layer on {device}") if share.layers == 1 else _tr("{n} layers on {device}"))
        .replace("{n}", str(share.layers))
        .replace("{device}", share.name)
        for share in loaded.devices
    )
