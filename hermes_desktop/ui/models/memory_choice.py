"""Knows how context, KV cache and flash attention are chosen, with what they take; the service reckons."""

from dataclasses import replace

from PySide6.QtCore import QLocale, QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from hermes_desktop.app.model_page import Laid, ModelPagesService, needs_flash_attention
from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.model_file import (
    ALL_LAYERS,
    AUTO_CONTEXT,
    AUTO_LAYERS,
    KvType,
    LoadOptions,
    ModelGeometry,
)
from hermes_desktop.ui.models.memory_bar import DevicePanel
from hermes_desktop.ui.pieces import button, column, field, note, number
from hermes_desktop.ui.theme import Theme

_CONTEXTS = (1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144)
_KINDS: tuple[KvType | None, ...] = (None, *KvType)


class MemoryChoice(QFrame):
    """Choose what takes memory, see it at once, and use it."""

    def __init__(
        self,
        pages: ModelPagesService,
        models: ModelsService,
        preferences: PreferencesService,
        theme: Theme,
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._pages, self._models, self._preferences, self._theme = pages, models, preferences, theme
        self._geometry: ModelGeometry | None = None
        self._steps: tuple[int, ...] = _CONTEXTS
        self._context = QSlider(Qt.Orientation.Horizontal)
        self._context.setAccessibleName(self.tr("Context (tokens)"))
        self._context.setPageStep(1)
        self._tokens = QLabel()
        self._auto = QCheckBox(self.tr("Automatic"))
        self._auto.setAccessibleName(self.tr("Choose the context automatically"))
        self._kv = QComboBox()
        self._kv.setAccessibleName(self.tr("KV cache"))
        self._kv.addItems([self.tr("automatic"), *(kind.value for kind in KvType)])
        self._why = note("")
        self._flash = QCheckBox(self.tr("Flash attention"))
        self._layers = number(AUTO_LAYERS, 0, self.tr("automatic"))
        self._panels: list[DevicePanel] = []
        self._devices = QVBoxLayout()
        self._devices.setSpacing(16)
        self._advice = note("")
        self._use = button(self.tr("Use these"), "primary", self.tr("Use these for loading models"))
        self._less = button(self.tr("Take less"))
        self._proposal: LoadOptions | None = None
        self._build()
        self._wire()

    def _wire(self) -> None:
        self._less.clicked.connect(self._on_less)
        self._pages.moved.connect(self._refresh)
        self._context.valueChanged.connect(self._on_slid)
        self._auto.toggled.connect(self._refresh)
        self._kv.currentIndexChanged.connect(self._refresh)
        self._flash.toggled.connect(self._refresh)
        self._layers.valueChanged.connect(self._refresh)
        self._use.clicked.connect(self._on_use)
        self._preferences.changed.connect(self._follow)
        self._models.state_changed.connect(self._refresh)
        self._theme.changed.connect(self._refresh)

    def show_geometry(self, geometry: ModelGeometry | None) -> None:
        """Show another model; None while its file is being read."""
        self._geometry = geometry
        self.setVisible(geometry is not None)
        if geometry is not None:
            self._offer_steps(geometry.context)
            self._show(self._in_use())

    # ---- building ----------------------------------------------------------------------------------

    def _build(self) -> None:
        context = field(self.tr("Context (tokens)"), _line(self._context, self._tokens, self._auto))
        cache = QVBoxLayout()
        cache.setSpacing(6)
        cache.addWidget(field(self.tr("KV cache"), _line(self._kv, self._flash)))
        cache.addWidget(self._why)
        self._on_devices = field(self.tr("Layers on devices"), self._layers)
        acts = QHBoxLayout()
        acts.setSpacing(14)
        acts.addWidget(self._use, 0, Qt.AlignmentFlag.AlignTop)
        said = self.tr("They hold for every model; one that is loaded is loaded again.")
        acts.addWidget(note(said), 1)
        advice = QHBoxLayout()
        advice.setSpacing(14)
        advice.addWidget(self._advice, 1)
        advice.addWidget(self._less, 0, Qt.AlignmentFlag.AlignTop)
        choices = (context, cache, self._on_devices)
        column(self, *choices, self._devices, advice, acts, spacing=16, margin=16)

    def _offer_steps(self, trained: int) -> None:
        """Offer what the model was trained for, and round steps below it."""
        below = [step for step in _CONTEXTS if not trained or step < trained]
        self._steps = tuple(sorted({*below, *([trained] if trained else [])}))

    def _slide_to(self, context: int) -> None:
        """Put the slider on a number of tokens, be it a round one or not."""
        self._steps = tuple(sorted({*self._steps, context}))
        with QSignalBlocker(self._context):
            self._context.setRange(0, len(self._steps) - 1)
            self._context.setValue(self._steps.index(context))

    # ---- showing -----------------------------------------------------------------------------------

    def _in_use(self) -> LoadOptions:
        return self._in_use_for(self._geometry.context if self._geometry else 0)

    def _in_use_for(self, trained: int) -> LoadOptions:
        """Give the options as they work on this model: no context is longer than it was trained for."""
        kept = self._preferences.value.load
        return replace(kept, context=min(kept.context, trained) if trained else kept.context)

    def _value(self) -> LoadOptions:
        return replace(
            self._in_use(),
            context=AUTO_CONTEXT if self._auto.isChecked() else self._steps[self._context.value()],
            kv_type=_KINDS[self._kv.currentIndex()],
            flash_attention=self._flash.isChecked(),
            gpu_layers=self._layers.value(),
        )

    def _show(self, options: LoadOptions) -> None:
        for widget in self._controls():
            widget.blockSignals(True)
        self._auto.setChecked(options.context <= AUTO_CONTEXT)
        if options.context > AUTO_CONTEXT:
            self._slide_to(options.context)
        self._kv.setCurrentIndex(_KINDS.index(options.kv_type))
        self._flash.setChecked(options.flash_attention)
        all_of_them = self._geometry.layers + 1 if self._geometry is not None else 1
        self._layers.setMaximum(all_of_them)
        asked = options.gpu_layers
        self._layers.setValue(all_of_them if asked == ALL_LAYERS else min(asked, all_of_them))
        for widget in self._controls():
            widget.blockSignals(False)
        self._refresh()

    def _controls(self) -> tuple[QWidget, ...]:
        return self._auto, self._kv, self._flash, self._layers

    def _follow(self, *_anything: object) -> None:
        if self._geometry is not None:
            self._offer_steps(self._geometry.context)
            self._show(self._in_use())

    def _refresh(self, *_anything: object) -> None:
        if self._geometry is None:
            return
        options = self._value()
        laid = self._pages.lay(self._geometry, options)
        self._show_choice(options, laid)
        while len(self._panels) < len(laid.devices):
            self._panels.append(DevicePanel(self._theme))
            self._devices.addWidget(self._panels[-1])
        self._on_devices.setVisible(len(laid.devices) > 1 or options.gpu_layers != AUTO_LAYERS)
        for panel, device in zip(self._panels, laid.devices, strict=False):
            panel.show_device(device)
        for at, panel in enumerate(self._panels):
            panel.setVisible(at < len(laid.devices))
        self._advice.setText(laid.advice)
        self._advice.setProperty("role", "note" if laid.fits else "warning")
        self._advice.style().polish(self._advice)
        self._use.setEnabled(options != self._in_use())
        self._offer(laid.proposal)

    def _show_choice(self, options: LoadOptions, laid: Laid) -> None:
        """Show on the controls what is chosen for what is left open, and why."""
        self._slide_to(laid.chosen.context)
        tokens = QLocale().toString(laid.chosen.context)
        self._tokens.setText(tokens)
        self._context.setAccessibleDescription(self.tr("{n} tokens").replace("{n}", tokens))
        text = self.tr("automatic: {kv}") if options.kv_type is None else self.tr("automatic")
        self._kv.setItemText(0, text.replace("{kv}", laid.chosen.cache.value))
        forced = needs_flash_attention(options.kv_type)
        self._flash.setEnabled(not forced)
        self._flash.setToolTip(self.tr("A KV cache of this type needs it.") if forced else "")
        self._why.setText(laid.why or self.tr("q8_0 halves the memory of the cache at almost no loss."))

    def _on_slid(self) -> None:
        """Take what is set by hand for what is wanted."""
        with QSignalBlocker(self._auto):
            self._auto.setChecked(False)
        self._refresh()

    def _offer(self, proposal: LoadOptions | None) -> None:
        """Offer a setting that takes less; it is shown, and used only when the person says so."""
        self._proposal = proposal
        self._less.setVisible(proposal is not None)
        if proposal is not None:
            text = self.tr("Try {n} tokens, {kv}")
            if proposal.gpu_layers != self._value().gpu_layers:
                text = self.tr("Try {n} tokens, {kv}, layers automatic")
            text = text.replace("{kv}", proposal.cache.value)
            self._less.setText(text.replace("{n}", QLocale().toString(proposal.context)))

    def _on_less(self) -> None:
        if self._proposal is not None:
            self._show(self._proposal)

    def _on_use(self) -> None:
        self._models.set_options(self._value())


def _line(control: QWidget, *beside: QWidget) -> QWidget:
    """Put what belongs to a control at its right, and let it be the control where that is looked for."""
    line = QWidget()
    layout = QHBoxLayout(line)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(14)
    layout.addWidget(control, 1)
    for widget in beside:
        layout.addWidget(widget)
    line.setFocusProxy(control)
    return line
