"""Knows the page of one model: which parts it has and what fills them; the parts know how they look."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from hermes_desktop.app import offers
from hermes_desktop.app.model_page import PromptExample, family_of
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.services import Services
from hermes_desktop.app.speeds import estimate
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import ModelFile, ModelGeometry
from hermes_desktop.ui.models.facts import Facts
from hermes_desktop.ui.models.measured import MeasuredSpeeds
from hermes_desktop.ui.models.memory_choice import MemoryChoice
from hermes_desktop.ui.models.sampling_choice import SamplingChoice
from hermes_desktop.ui.models.speed_line import SpeedLine
from hermes_desktop.ui.pieces import (
    PAGE_WIDTH,
    LeaveByEscape,
    Scroll,
    button,
    column,
    heading,
    note,
    title,
    words,
)
from hermes_desktop.ui.theme import Theme

_LINES = 16  # of the example that are seen at once


class ModelDetail(Scroll):
    """Show one model: what it is, what it takes, how fast it is, how it is spoken to."""

    left = Signal()

    def __init__(self, services: Services, theme: Theme) -> None:
        inside = QWidget()
        super().__init__(inside, width=PAGE_WIDTH)
        s = services
        self._pages, self._speeds = s.model_pages, s.speeds
        self._model: ModelFile | None = None
        self._geometry: ModelGeometry | None = None
        self._back = button(self.tr("‹ All models"), "link", self.tr("Back to all models"))
        self._back.clicked.connect(self.left)
        self._name = title("")
        self._facts = Facts()
        self._memory = MemoryChoice(s.model_pages, s.models, s.preferences, theme)
        self._unread = note("")
        self._unread.setProperty("role", "warning")
        self._measured = MeasuredSpeeds()
        self._expected = words("")
        self._sampling = SamplingChoice(s.model_pages, s.preferences)
        self._form = note("")
        self._prompt = _mono(self.tr("A short chat as the model reads it"))
        self._build(inside)
        LeaveByEscape(self).asked.connect(self.left)
        s.speeds.changed.connect(self._show_speeds)
        s.models.changed.connect(partial(self._on_models_changed, s))

    def show_model(self, model: ModelFile) -> None:
        """Show a model; what has to be read from its file follows."""
        fresh = self._model is None or self._model.id != model.id
        self._model = model
        self._name.setText(model.name)
        self._facts.show_model(model)
        if not fresh:
            self._show_speeds()
            return
        self.verticalScrollBar().setValue(0)
        self._show_geometry(model.id, None)
        self._sampling.show_family(family_of(model.header))
        self._show_example(model.id, None)
        self._pages.measure_file(
            model, partial(self._show_geometry, model.id), partial(self._on_unreadable, model.id)
        )
        self._pages.write_example(
            model.header, partial(self._show_example, model.id), partial(self._on_bad_template, model.id)
        )

    @property
    def shown_id(self) -> int:
        """Give the id of the model that is shown; 0 for none."""
        return self._model.id if self._model is not None else 0

    def focus_back(self) -> None:
        """Give the keyboard a place on this page."""
        self._back.setFocus()

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        whole = column(inside, spacing=12)
        whole.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._name)
        whole.addWidget(self._facts)
        speed = QFrame()
        speed.setProperty("role", "card")
        column(speed, self._measured, self._expected, SpeedLine(self._speeds), spacing=8, margin=16)
        prompt = QFrame()
        prompt.setProperty("role", "card")
        column(prompt, self._form, self._prompt, spacing=10, margin=16)
        self._add(whole, self.tr("Memory"), self._unread, self._memory)
        self._add(whole, self.tr("Speed"), speed)
        self._add(whole, self.tr("Sampling"), self._sampling)
        self._add(whole, self.tr("Prompt"), prompt)
        whole.addStretch(1)

    def _add(self, whole: QVBoxLayout, text: str, *parts: QWidget) -> None:
        whole.addSpacing(10)
        whole.addWidget(heading(text))
        for part in parts:
            whole.addWidget(part)

    # ---- showing -----------------------------------------------------------------------------------

    def _on_models_changed(self, services: Services) -> None:
        if self._model is None:
            return
        shown = self._model.id
        fresh = next((model for model in services.models.all() if model.id == shown), None)
        if fresh is None:
            self._model = None
            self.left.emit()
        else:
            self.show_model(fresh)

    def _is_shown(self, model_id: int) -> bool:
        """Say whether an answer still belongs to what is on the page."""
        return self._model is not None and self._model.id == model_id

    def _show_geometry(self, model_id: int, geometry: ModelGeometry | None) -> None:
        if self._is_shown(model_id):
            self._geometry = geometry
            self._unread.hide()
            self._memory.show_geometry(geometry)
            self._show_speeds()

    def _on_unreadable(self, model_id: int, error: KnownError) -> None:
        if self._is_shown(model_id):
            said = sentence(error)
            self._unread.setText(f"{said.text} {said.hint}")
            self._unread.show()

    def _show_speeds(self) -> None:
        if self._model is None:
            return
        self._measured.show_speeds(self._speeds.measured(self._model))
        expected = estimate(self._geometry, self._speeds.calibration) if self._geometry else 0.0
        text = self.tr(
            "Expected here in main memory: {speed}, in a short conversation; long ones are slower."
        )
        self._expected.setText(text.replace("{speed}", offers.speed_words(expected)))
        self._expected.setVisible(bool(expected))

    def _show_example(self, model_id: int, example: PromptExample | None) -> None:
        if not self._is_shown(model_id):
            return
        self._prompt.setVisible(example is not None)
        if example is None:
            self._form.setText(self.tr("Trying the template …"))
            return
        own = self.tr("ChatML, written by this app with the token ids of the file. A short chat:")
        theirs = self.tr("By the template in the file, run in a sandbox. A short chat:")
        begins = self.tr("[BOS] is the token that begins every text.") if "[BOS]" in example.text else ""
        self._form.setText(f"{own if example.own_code else theirs} {begins}".strip())
        self._prompt.setPlainText(example.text)
        lines = min(example.text.count("\n") + 2, _LINES)
        self._prompt.setFixedHeight(self._prompt.fontMetrics().lineSpacing() * lines + 24)

    def _on_bad_template(self, model_id: int, error: KnownError) -> None:
        if self._is_shown(model_id):
            said = sentence(error)
            self._form.setText(f"{said.text} {said.hint}")


def _mono(name: str) -> QPlainTextEdit:
    box = QPlainTextEdit()
    box.setReadOnly(True)
    box.setTabChangesFocus(True)
    box.setAccessibleName(name)
    box.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    return box
