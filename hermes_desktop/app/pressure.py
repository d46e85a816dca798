"""Knows when a loaded model leaves a machine too little memory, and what takes less; it measures nothing."""

from functools import partial

from PySide6.QtCore import QCoreApplication, QObject

from hermes_desktop.app import offers
from hermes_desktop.app.engine import EngineClient
from hermes_desktop.app.models import ModelsService, ModelState
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.domain.fit import Advice
from hermes_desktop.domain.model_file import AUTO_LAYERS, LoadOptions
from hermes_desktop.domain.setting import Setting
from hermes_desktop.engine import protocol


class PressureService(QObject):
    """Warn of a load that takes over 90 % of what was free: once in a run for a model and a setting."""

    def __init__(
        self,
        engine: EngineClient,
        models: ModelsService,
        notices: NoticesService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._models, self._notices = models, notices
        self._planned: Setting | None = None  # of the load that is under way
        self._told: set[tuple[str, LoadOptions]] = set()
        engine.event_arrived.connect(self._on_event)
        models.state_changed.connect(self._on_state)

    def _on_event(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.Planned):
            self._planned = event.setting

    def _on_state(self, state: ModelState) -> None:
        if state is ModelState.LOADING:
            self._planned = None
        model, planned = self._models.chosen, self._planned
        if state is not ModelState.READY or model is None or planned is None or planned.is_roomy:
            return
        asked = (model.path, planned.options)
        if asked not in self._told:
            self._told.add(asked)
            act = partial(self._models.load, model.id, planned.less) if planned.less else None
            self._notices.post(notice(model.name, planned, act))


def notice(name: str, planned: Setting, act: partial[None] | None) -> Notice:
    """Say that a model takes too much, and offer what takes less or name a model that does."""
    laid = planned.fit
    if laid.advice is Advice.FEWER_LAYERS:
        text = offers.verdict(laid)
    else:
        text = _tr("{model} takes {need} of main memory; {free} was free.").replace("{model}", name)
        text = text.replace("{need}", byte_size(laid.total_ram)).replace(
            "{free}", byte_size(planned.space.ram)
        )
        text += " " + _tr("Beyond 90 % a computer begins to swap, and slows down.")
    if planned.less is None:
        return Notice(NoticeKind.WARNING, text, offers.smaller_words(planned.space))
    return Notice(
        NoticeKind.WARNING, text, _less_words(planned.less, planned.options), _tr("Load it so"), act
    )


def _less_words(less: LoadOptions, options: LoadOptions) -> str:
    text = _tr("With a context of {context} tokens and a KV cache in {kv}, there is room to spare.")
    if less.gpu_layers == AUTO_LAYERS != options.gpu_layers:
        text = _tr(
            "With as many layers there as fit, a context of {context} tokens and a KV cache in {kv}, "
            "there is room to spare."
        )
    return text.replace("{context}", f"{less.context:,}").replace("{kv}", less.cache.value)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Pressure", text)
