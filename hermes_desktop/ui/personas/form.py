"""Knows the form in which a persona is written; not where personas are kept nor what becomes of a draft."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hermes_desktop.app.studio import StudioService, Weights
from hermes_desktop.domain.persona import CardExtras, PersonaFields
from hermes_desktop.ui.personas.boxes import Boxes
from hermes_desktop.ui.personas.picture import Picture, PictureChooser
from hermes_desktop.ui.personas.weighing import WeightLine
from hermes_desktop.ui.pieces import MARGIN, PAGE_WIDTH, Fold, Scroll, button, column, note, title
from hermes_desktop.ui.theme import Theme

_WEIGH_AFTER_MS = 350
_SCROLL_BAR = 10  # pixels that the form over the footer leaves to it


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form."""

    persona_id: int  # 0 for one that is being written
    fields: PersonaFields
    picture: Picture | None = None  # chosen now; None keeps the present one


class PersonaForm(QWidget):
    """Write or change a persona. Leaving is free: the draft goes out with the signal."""

    saved = Signal(object)  # Draft
    left = Signal(object)  # Draft, as it stood
    shown = Signal()  # another draft
    preview_requested = Signal(object, int)  # Draft, index among its greetings that are not blank

    def __init__(self, studio: StudioService, theme: Theme) -> None:
        super().__init__()
        self._studio = studio
        self._lore: tuple[str, ...] = ()
        self._draft = self._began = Draft(0, PersonaFields(""))
        self._title = title("")
        self._picture = PictureChooser(theme)
        self.boxes = Boxes(theme, self)
        self._name = self.boxes.name
        self._name.textChanged.connect(self._on_name)
        self.aids = QVBoxLayout()  # for what helps with writing, above the boxes
        self._said = note("")
        self._weight = WeightLine()
        self._save = button(self.tr("Save"), "primary", self.tr("Save the persona"))
        self._save.clicked.connect(self._on_save)
        self._discard = button(self.tr("Discard the draft"), "link")
        self._discard.clicked.connect(self._on_discard)
        inside = QWidget()
        self._scroll = Scroll(inside, width=PAGE_WIDTH)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WEIGH_AFTER_MS)
        self._timer.timeout.connect(self._weigh)
        self._build(inside)
        self.boxes.changed.connect(self._timer.start)
        studio.changed.connect(self._timer.start)
        studio.weighed.connect(self._on_weighed)

    def edit(
        self,
        draft: Draft,
        avatar: bytes,
        heading: str,
        extras: CardExtras | None = None,
        lore: tuple[str, ...] = (),
    ) -> None:
        """Show a draft; `avatar` is the picture there is now, `lore` what of its book always stands."""
        self._draft = draft
        self._lore = lore
        self._title.setText(heading)
        self._picture.show_picture(draft.fields.name, avatar, draft.picture)
        self.boxes.extras.show_extras(extras or CardExtras())
        self.take_up(draft)
        self._began = self.draft  # as the boxes give it back: they change some kinds of blanks
        self._discard.hide()
        self._said.clear()
        self._scroll.verticalScrollBar().setValue(0)
        self._name.setFocus()
        self.shown.emit()

    def take_up(self, draft: Draft) -> None:
        """Show what was left unsaved; what the form began with stays what a change is measured by."""
        self.boxes.show_fields(draft.fields, self._studio.profile.name)
        self._picture.show_chosen(draft.picture)
        self._said.setText(self.tr("This draft was not saved yet."))
        self._discard.show()
        self._timer.start()

    @property
    def draft(self) -> Draft:
        """Give what stands in the form now."""
        return replace(self._draft, fields=self.boxes.fields(), picture=self._picture.chosen)

    def is_changed(self) -> bool:
        """Tell whether anything differs from what the form began with."""
        return self.draft != self._began

    def say(self, sentence: str) -> None:
        """Say beside the save button why nothing was saved."""
        self._said.setText(sentence)

    def showEvent(self, event: QShowEvent) -> None:
        """Weigh again: another model may have been loaded meanwhile."""
        super().showEvent(event)
        self._weigh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Weigh nothing that nobody sees."""
        self._timer.stop()
        super().hideEvent(event)

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        back = button(self.tr("‹ Back"), "link", self.tr("Back; the draft is kept"))
        back.clicked.connect(lambda: self.left.emit(self.draft))
        top = QHBoxLayout()
        top.setSpacing(20)
        names = QWidget()
        column(names, *self.boxes.names(), spacing=12)
        top.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(names, 1)
        whole = column(inside, spacing=16)
        whole.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._title)
        whole.addLayout(top)
        whole.addLayout(self.aids)
        for part in self.boxes.basics():
            whole.addWidget(part)
        for text, parts in (
            (self.tr("How it talks"), self.boxes.dialogue()),
            (self.tr("Instructions for the model"), self.boxes.instructions()),
            (self.tr("About the card"), self.boxes.card()),
        ):
            whole.addWidget(_fold(text, parts))
        whole.addStretch(1)
        column(self, self._scroll, self._bottom(), spacing=0)

    def _bottom(self) -> QWidget:
        """Make the line that stays in sight."""
        look = button(self.tr("What the model reads"), name=self.tr("Show what the model reads"))
        look.clicked.connect(self._on_look)
        acts = QHBoxLayout()
        acts.setSpacing(12)
        for part in (self._save, look, self._discard):
            acts.addWidget(part)
        acts.addWidget(self._said, 1)
        inside = QWidget()
        inside.setMaximumWidth(PAGE_WIDTH)
        column(inside, self._weight, acts, spacing=8)
        bar = QFrame()
        bar.setProperty("role", "footer")
        line = QHBoxLayout(bar)
        line.setContentsMargins(MARGIN, 12, MARGIN + _SCROLL_BAR, 12)
        line.addStretch(1)
        line.addWidget(inside, 1000)
        line.addStretch(1)
        return bar

    # ---- weight ------------------------------------------------------------------------------------

    def _weigh(self) -> None:
        self._timer.stop()
        if not self.isVisible():
            return
        self._studio.weigh(self.boxes.fields(), self._lore)

    def _on_weighed(self, weights: Weights) -> None:
        self._weight.show_weights(weights)
        self.boxes.show_weights(weights)

    # ---- acting ------------------------------------------------------------------------------------

    def _on_name(self, text: str) -> None:
        self._picture.set_name(text.strip())
        if text.strip():
            self._said.clear()

    def _on_look(self) -> None:
        self.preview_requested.emit(self.draft, 0)

    def _on_discard(self) -> None:
        self.take_up(self._began)
        self._said.clear()
        self._discard.hide()

    def _on_save(self) -> None:
        if not self._name.text().strip():
            self.say(self.tr("A persona needs a name."))
            self._name.setFocus()
            self._scroll.ensureWidgetVisible(self._name)
            return
        self.saved.emit(self.draft)


def _fold(text: str, parts: Iterable[QWidget]) -> Fold:
    inside = QWidget()
    column(inside, *parts, spacing=16)
    return Fold(text, inside)
