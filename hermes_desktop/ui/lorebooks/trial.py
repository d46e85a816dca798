"""Knows how a book is tried on a text: what would fire, on which word, what was lost; not the rules."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.lore_trial import LoreTrial, Stage, text_of
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.lore import Lore
from hermes_desktop.domain.lorebook import Manuscript
from hermes_desktop.domain.persona import Persona
from hermes_desktop.ui.inspector.lore import HitList, hit_words, miss_words
from hermes_desktop.ui.pieces import Scroll, button, caption, column, field, note, text_box

_AFTER_MS = 300  # since the last letter
_MESSAGES = 6


class TrialPanel(Scroll):
    """Show what a book would say to a text, while the text is written."""

    def __init__(
        self,
        chat: ChatService,
        personas: PersonasService,
        profiles: ProfilesService,
        manuscript: Callable[[], Manuscript],
    ) -> None:
        inside = QWidget()
        super().__init__(inside, margin=20)
        self._chat, self._personas, self._profiles = chat, personas, profiles
        self._manuscript = manuscript
        self._ready: tuple[Manuscript, LoreTrial] | None = None
        self._throw = 0
        self._text = text_box(5, self.tr("Who lit the lamp?"))
        self._take = button(self.tr("Take the conversation’s last messages"))
        self._again = button(self.tr("Throw again"), name=self.tr("Throw the dice again"))
        self._said = note("")
        self._lists = [
            (caption(title), HitList(title))
            for title in (self.tr("Would fire"), self.tr("Would find no room"), self.tr("Would be left out"))
        ]
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(self.refresh)
        self._build(inside)

    def refresh(self) -> None:
        """Try the book as it stands now."""
        self._timer.stop()
        self._take.setVisible(self._chat.conversation is not None)
        text = self._text.toPlainText()
        lore = self._trial().on(text, self._throw) if text.strip() else Lore()
        self._show(lore, bool(text.strip()))

    def hideEvent(self, event: QHideEvent) -> None:
        """Try nothing that nobody sees."""
        self._timer.stop()
        super().hideEvent(event)

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(self._take)
        acts.addWidget(self._again)
        acts.addStretch(1)
        said = field(self.tr("What was said"), self._text, self.tr("A blank line begins another message."))
        layout = column(inside, said, acts, self._said, spacing=12)
        for title, hits in self._lists:
            layout.addWidget(title)
            layout.addWidget(hits)
        layout.addStretch(1)
        self._text.textChanged.connect(lambda: self._timer.start())
        self._take.clicked.connect(self._on_take)
        self._again.clicked.connect(self._on_again)

    # ---- trying ------------------------------------------------------------------------------------

    def _trial(self) -> LoreTrial:
        """Make the book ready, where it was changed since."""
        now = self._manuscript()
        if self._ready is None or self._ready[0] != now:
            self._ready = now, LoreTrial(now, Stage(self._persona(now), self._profiles.current()))
        return self._ready[1]

    def _persona(self, manuscript: Manuscript) -> Persona | None:
        if not manuscript.persona_id:
            return self._chat.persona
        try:
            return self._personas.get(manuscript.persona_id)
        except KnownError:  # gone meanwhile
            return None

    def _show(self, lore: Lore, tried: bool) -> None:
        words: Sequence[list[str]] = (
            [hit_words(hit) for hit in lore.hits],
            [hit_words(hit) for hit in lore.cut],
            [miss_words(miss) for miss in lore.missed],
        )
        for (title, hits), lines in zip(self._lists, words, strict=True):
            title.setVisible(bool(lines))
            hits.show_words(lines)
        uncertain = any(hit.entry.probability < 100 or hit.entry.groups for hit in lore.hits)
        self._again.setVisible(bool(lore.missed) or uncertain)
        nothing = self.tr("Nothing would fire.") if tried else self.tr("Write something to see what fires.")
        self._said.setText("" if any(words) else nothing)
        self._said.setVisible(not any(words))

    def _on_take(self) -> None:
        self._text.setPlainText(text_of(self._chat.page(limit=_MESSAGES)))
        self.refresh()

    def _on_again(self) -> None:
        self._throw += 1
        self.refresh()
