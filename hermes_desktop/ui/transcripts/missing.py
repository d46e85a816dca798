"""Knows the offer to match the conversations of a persona that was not here; services match them."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from hermes_desktop.app.chats import ChatReport
from hermes_desktop.app.matching import MatchingService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.ui.pieces import button, column, long_heading, words


@dataclass(frozen=True, slots=True)
class Missing:
    """A persona that was made for conversations, since it was not here."""

    persona_id: int
    name: str
    conversation_ids: tuple[int, ...]


def missing_in(reports: Sequence[ChatReport]) -> list[Missing]:
    """List the personas that were not here, those with most conversations first."""
    brought = [each for report in reports for each in report.conversations if each.persona_missing]
    names = {each.persona_id: each.persona for each in brought}
    theirs: dict[int, list[int]] = {number: [] for number in names}
    for each in brought:
        theirs[each.persona_id].append(each.conversation_id)
    found = [Missing(number, names[number], tuple(listed)) for number, listed in theirs.items()]
    return sorted(found, key=lambda one: -len(one.conversation_ids))


class MissingCard(QFrame):
    """Say who was made, and offer another one in its place, for all of its conversations at once."""

    match_asked = Signal(list, str, int)  # list[int] of conversations, what they are called, the persona made
    match_decided = Signal(list, int)  # list[int] of conversations, persona
    persona_shown = Signal(int)

    def __init__(self, missing: Missing, matching: MatchingService, personas: PersonasService) -> None:
        super().__init__()
        self._missing, self._personas = missing, personas
        self._whose = dict.fromkeys(missing.conversation_ids, missing.persona_id)
        self.setProperty("role", "card")
        self.setAccessibleName(missing.name)
        self._said = words("")
        self._match = button(self.tr("Match with another persona…"))
        self._match.clicked.connect(self._on_match)
        self._back = button(self.tr("Back to the new one"))
        self._back.clicked.connect(self._on_back)
        self._show = button(self.tr("Show"), name=self.tr("Show {name}").replace("{name}", missing.name))
        self._show.clicked.connect(lambda: self.persona_shown.emit(missing.persona_id))
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (self._match, self._back, self._show):
            acts.addWidget(made)
        acts.addStretch(1)
        column(self, long_heading(missing.name), self._said, spacing=8, margin=16).addLayout(acts)
        matching.matched.connect(self._on_matched)
        self._tell()

    def _on_match(self) -> None:
        missing = self._missing
        self.match_asked.emit(list(missing.conversation_ids), missing.name, missing.persona_id)

    def _on_back(self) -> None:
        missing = self._missing
        self.match_decided.emit(list(missing.conversation_ids), missing.persona_id)

    def _on_matched(self, conversation_ids: Sequence[int], persona_id: int) -> None:
        self._whose |= {number: persona_id for number in conversation_ids if number in self._whose}
        self._tell()

    def _tell(self) -> None:
        others = [number for number in self._whose.values() if number != self._missing.persona_id]
        if others:
            names = ", ".join(self._personas.get(number).name for number in dict.fromkeys(others))
            said = self.tr("{n} of {all} conversations go on with {persona}.").replace("{persona}", names)
        else:
            said = self.tr(
                "This persona was not here, so it was made from what the files say ({all} conversations). "
                "Is it somebody whom you have under another name?"
            )
        said = said.replace("{n}", f"{len(others):,}").replace("{all}", f"{len(self._whose):,}")
        self._said.setText(said)
        self._back.setVisible(bool(others))
        self._show.setVisible(len(others) < len(self._whose))
