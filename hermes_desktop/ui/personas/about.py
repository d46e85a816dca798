"""Knows how a persona's description, personality and scenario are shown; blank ones are left out."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.ui.pieces import caption, empty, words


class AboutPersona(QWidget):
    """Show the texts of a persona with the names in the place of their macros."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_fields(self, fields: PersonaFields, user: str) -> None:
        """Show these texts; `user` is how the person is called in them."""
        empty(self._column)
        for name, text in (
            (self.tr("Description"), fields.description),
            (self.tr("Personality"), fields.personality),
            (self.tr("Scenario"), fields.scenario),
        ):
            if text.strip():
                self._column.addSpacing(8)
                self._column.addWidget(caption(name))
                self._column.addWidget(words(named(text.strip(), fields, user)))


def named(text: str, fields: PersonaFields, user: str) -> str:
    """Put the names in the place of their macros, for reading; prompts have rules of their own."""
    return text.replace("{{char}}", fields.spoken_name).replace("{{user}}", user)
