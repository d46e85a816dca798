"""Knows the offer to match the conversations of a persona that was not here; services match them."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from hermes_desktop.app.matching import Made, MatchingService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.ui.pieces import button, column, long_heading, note, words


class MissingCard(QFrame):
    """Say who was made, and offer another one in its place, for all of its conversations at once."""

    match_asked = Signal(list, str, int)  # list[int] of conversations, what they are called, the persona made
    match_decided = Signal(list, int)  # list[int] of conversations, persona
    persona_shown = Signal(int)

    def __init__(self, made: Made, matching: MatchingService, personas: PersonasService) -> None:
        super().__init__()
        self._made, self._personas = made, personas
        self._whose = dict.fromkeys(made.conversation_ids, made.persona_id)
        self.setProperty("role", "card")
        self.setAccessibleName(made.name)
        self._said, self._count = words(""), note("")
        self._match = button(self.tr("Match with another persona…"))
        self._match.clicked.connect(self._on_match)
        self._back = button(self.tr("Back to the new one"))
        self._back.clicked.connect(self._on_back)
        self._show = button(self.tr("Show"), name=self.tr("Show {name}").replace("{name}", made.name))
        self._show.clicked.connect(lambda: self.persona_shown.emit(made.persona_id))
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for each in (self._match, self._back, self._show):
            acts.addWidget(each)
        acts.addStretch(1)
        parts = (long_heading(made.name), self._said, self._count)
        column(self, *parts, spacing=8, margin=16).addLayout(acts)
        matching.matched.connect(self._on_matched)
        self._tell()

    def _on_match(self) -> None:
        made = self._made
        self.match_asked.emit(list(made.conversation_ids), made.name, made.persona_id)

    def _on_back(self) -> None:
        self.match_decided.emit(list(self._made.conversation_ids), self._made.persona_id)

    def _on_matched(self, conversation_ids: Sequence[int], persona_id: int) -> None:
        self._whose |= {number: persona_id for number in conversation_ids if number in self._whose}
        self._tell()

    def _tell(self) -> None:
        others = [number for number in self._whose.values() if number != self._made.persona_id]
        self._said.setText(self._matched_words(others) if others else self._made_words())
        self._count.setText(self.tr("conversations: {n}").replace("{n}", f"{len(self._whose):,}"))
        self._back.setVisible(bool(others))
        self._show.setVisible(len(others) < len(self._whose))

    def _made_words(self) -> str:
        if self._made.shared:
            return self.tr(
                "Several personas here are called so. A new one was made from what the files say; which of "
                "them is it?"
            )
        return self.tr(
            "This persona was not here, so it was made from what the files say. Is it somebody whom you have "
            "under another name?"
        )

    def _matched_words(self, others: Sequence[int]) -> str:
        names = ", ".join(self._personas.get(number).name for number in dict.fromkeys(others))
        if len(others) == len(self._whose):
            said = self.tr("{persona} goes on with them.")
        else:
            said = self.tr("{persona} goes on with {n} of them.").replace("{n}", f"{len(others):,}")
        return said.replace("{persona}", names)
