"""Knows the page on which a persona is tried: one message, two sides beside each other; it writes nothing."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QSpinBox, QWidget

from hermes_desktop.app.models import ModelsService, ModelState
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.sandbox import (
    NO_GREETING,
    SEEDS,
    SIDES,
    Candidate,
    Outcome,
    SandboxService,
    Trial,
)
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.ui.beginnings import beginning
from hermes_desktop.ui.personas.side import SidePanel
from hermes_desktop.ui.pieces import LeaveByEscape, Scroll, button, column, field, note, text_box, title
from hermes_desktop.ui.theme import Theme

_WIDTH = 1080  # pixels; two columns that can be read
_BESIDE_FROM = 860  # of the page; below, the sides stand under each other
_BEGINNING = 32  # letters of a greeting that are shown to tell it by
_OTHERS = ("Creative", "Precise")  # presets that differ most from the usual one


class SandboxPage(Scroll):
    """Try two versions or presets of a persona with the same message."""

    left = Signal()
    kept = Signal(int, bool)  # conversation id, whether a draft was saved for it
    models_asked = Signal()

    def __init__(
        self, sandbox: SandboxService, models: ModelsService, notices: NoticesService, theme: Theme
    ) -> None:
        inside = QWidget()
        super().__init__(inside, width=_WIDTH)
        self._sandbox, self._models, self._notices = sandbox, models, notices
        self._current = 0  # side that is being written
        self._watching = False  # what runs was begun for what is shown
        self._title = title("")
        self._message = text_box(3, self.tr("Something to say to it"), self.tr("Message"))
        self._greeting = QComboBox()
        self._seed = QSpinBox()
        self._seed.setRange(0, SEEDS)
        self._seed.lineEdit().setTextMargins(8, 0, 8, 0)
        self._dice = button(self.tr("Roll"), "plain", self.tr("Roll another seed"))
        self._run = button(self.tr("Run"), "primary", self.tr("Run both sides"))
        self._stop = button(self.tr("Stop"))
        self._to_models = button(self.tr("Choose a model"))
        self._said = note("")
        self._panels = (SidePanel(self.tr("Left"), theme), SidePanel(self.tr("Right"), theme))
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._build(inside)
        self._wire()
        self._show_running()

    def show_persona(self, name: str, candidates: Sequence[Candidate]) -> None:
        """Offer the versions of a persona, a draft first where there is one."""
        self._watching = False
        self._sandbox.stop()
        self._title.setText(self.tr("Try {name}").replace("{name}", name or self.tr("the new persona")))
        presets = self._sandbox.presets()
        several = len(candidates) > 1
        other = next((each for each in _OTHERS if each in presets and each != presets[0]), presets[0])
        # What is older stands on the left. With one version only, two presets are compared.
        self._panels[0].offer(candidates, presets, 1 if several else 0, presets[0])
        self._panels[1].offer(candidates, presets, 0, presets[0] if several else other)
        for panel in self._panels:
            panel.clear(self.tr("No reply yet."))
        self._offer_greetings(candidates[0].fields.greetings)
        self._seed.setValue(self._sandbox.new_seed())
        self._say("")
        self._run.setText(self.tr("Run"))
        self._show_running()
        self.verticalScrollBar().setValue(0)
        self._message.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the sides under each other where there is no room beside."""
        beside = event.size().width() >= _BESIDE_FROM
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._sides.setDirection(direction)
        super().resizeEvent(event)

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        back = button(self.tr("‹ Back"), "link", self.tr("Back to the persona"))
        back.clicked.connect(self._on_left)
        about = note(
            self.tr(
                "Both sides get the same message and the same seed, one after the other. "
                "Nothing is stored unless you keep it."
            )
        )
        self._sides.setSpacing(16)
        for panel in self._panels:
            self._sides.addWidget(panel, 1)
        whole = column(inside, spacing=16)
        whole.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._title)
        whole.addWidget(about)
        whole.addWidget(field(self.tr("Message"), self._message))
        whole.addLayout(self._choices())
        whole.addLayout(self._acts())
        whole.addLayout(self._sides)
        whole.addStretch(1)

    def _choices(self) -> QHBoxLayout:
        self._greeting.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._greeting.setMinimumContentsLength(16)
        seed = QWidget()
        line = QHBoxLayout(seed)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._seed, 1)
        line.addWidget(self._dice)
        self._seed.setAccessibleName(self.tr("Seed"))
        choices = QHBoxLayout()
        choices.setSpacing(16)
        top = Qt.AlignmentFlag.AlignTop
        choices.addWidget(field(self.tr("Greeting before it"), self._greeting), 3, top)
        choices.addWidget(field(self.tr("Seed"), seed), 2, top)
        return choices

    def _acts(self) -> QHBoxLayout:
        acts = QHBoxLayout()
        acts.setSpacing(12)
        for made in (self._run, self._stop, self._to_models):
            acts.addWidget(made)
        acts.addWidget(self._said, 1)
        return acts

    def _wire(self) -> None:
        self._dice.clicked.connect(lambda: self._seed.setValue(self._sandbox.new_seed()))
        self._run.clicked.connect(self._on_run)
        self._stop.clicked.connect(self._sandbox.stop)
        self._to_models.clicked.connect(self.models_asked)
        LeaveByEscape(self).asked.connect(self._on_escape)
        for side in SIDES:
            self._panels[side].keep_requested.connect(lambda side=side: self._on_keep(side))
        sandbox = self._sandbox
        sandbox.began.connect(self._on_began)
        sandbox.loading.connect(self._on_loading)
        sandbox.reading.connect(self._on_reading)
        sandbox.grew.connect(self._on_grew)
        sandbox.ended.connect(self._on_ended)
        sandbox.finished.connect(self._on_finished)
        self._models.load_progressed.connect(self._on_load_progressed)

    def _offer_greetings(self, greetings: Sequence[str]) -> None:
        self._greeting.clear()
        for number, text in enumerate(greetings):
            self._greeting.addItem(f"{number + 1}: {beginning(text, _BEGINNING)}", number)
        self._greeting.addItem(self.tr("None"), NO_GREETING)

    # ---- acting ------------------------------------------------------------------------------------

    def _on_run(self) -> None:
        message = self._message.toPlainText().strip()
        if not message:
            self._say(self.tr("Write a message first."))
            self._message.setFocus()
            return
        self._say("")
        for panel in self._panels:
            panel.clear(self.tr("Waits for the other side."))
        self._watching = True
        trial = Trial(message, int(self._greeting.currentData()), self._seed.value())
        self._sandbox.run([panel.setting for panel in self._panels], trial)

    def _on_escape(self) -> None:
        if self._sandbox.running:
            self._sandbox.stop()
        else:
            self.left.emit()

    def _on_left(self) -> None:
        self._sandbox.stop()
        self.left.emit()

    def _on_keep(self, side: int) -> None:
        draft = self._sandbox.is_draft(side)
        try:
            conversation = self._sandbox.keep(side)
        except KnownError as error:
            self._notices.post_error(error)
            return
        self.kept.emit(conversation.id, draft)

    # ---- showing -----------------------------------------------------------------------------------

    def _on_began(self, side: int) -> None:
        self._current = side
        self._tell(self.tr("Reads the prompt…"))
        self._show_running()

    def _tell(self, words: str) -> None:
        if self._watching:
            self._panels[self._current].say(words)

    def _on_loading(self, _side: int) -> None:
        self._on_load_progressed(0.0)

    def _on_load_progressed(self, fraction: float) -> None:
        if self._sandbox.running and self._models.state is ModelState.LOADING:
            words = self.tr("Loading {name}: {n} %").replace("{name}", self._models.name)
            self._tell(words.replace("{n}", str(int(fraction * 100))))

    def _on_reading(self, _side: int, done: int, total: int) -> None:
        words = self.tr("Reads the prompt: {n} of {m} tokens").replace("{n}", f"{done:,}")
        self._tell(words.replace("{m}", f"{total:,}"))

    def _on_grew(self, side: int, text: str) -> None:
        if text and self._watching:
            self._tell("")
            self._panels[side].reply.show_text(text)

    def _on_ended(self, side: int, outcome: Outcome) -> None:
        if self._watching:
            self._panels[side].show_outcome(outcome)
            missing = outcome.error is not None and outcome.error.kind is ErrorKind.MODEL_NONE
            self._to_models.setVisible(missing)

    def _on_finished(self) -> None:
        if self._watching:
            self._show_what_can_be_kept()
        self._show_running()

    def _show_what_can_be_kept(self) -> None:
        self._run.setText(self.tr("Run again"))
        for side, panel in enumerate(self._panels):
            if self._sandbox.can_keep(side):
                panel.offer_keeping(draft=self._sandbox.is_draft(side))
            elif side > self._current:
                panel.say(self.tr("Was not begun."))

    def _show_running(self) -> None:
        running = self._sandbox.running
        self._run.setEnabled(not running)
        self._stop.setVisible(running)
        if running:
            self._to_models.hide()
        for panel in self._panels:
            panel.set_choosing(free=not running)

    def _say(self, words: str) -> None:
        self._said.setText(words)
        self._to_models.hide()
