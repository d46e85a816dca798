"""Knows how the weight of a persona is shown: beside each field, and all of it in a line; it counts none."""

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from hermes_desktop.app.studio import Weights
from hermes_desktop.ui.pieces import column, note


def tokens_words(tokens: int, about: bool) -> str:
    """Say how many tokens something has; nothing where it has none."""
    if not tokens:
        return ""
    said = QCoreApplication.translate("Weighing", "about {n} tokens" if about else "{n} tokens")
    return said.replace("{n}", QLocale().toString(tokens))


def weight_label() -> QLabel:
    """Make the small print at the right end of a field's name."""
    label = QLabel()
    label.setProperty("role", "faint")
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


class WeighedField(QWidget):
    """Put a name and a weight over a control and an explanation under it."""

    def __init__(self, text: str, box: QWidget, explanation: str = "") -> None:
        super().__init__()
        label = QLabel(text)
        label.setProperty("role", "field")
        label.setBuddy(box)
        self.weight = weight_label()
        self.top = QHBoxLayout()
        self.top.setSpacing(8)
        self.top.addWidget(label)
        self.top.addStretch(1)
        self.top.addWidget(self.weight)
        layout = column(self, self.top, box, spacing=4)
        if not box.accessibleName():
            box.setAccessibleName(text)
        if explanation:
            box.setAccessibleDescription(explanation)
            layout.addWidget(note(explanation))

    def show_weight(self, tokens: int, about: bool) -> None:
        """Say how many tokens stand in it."""
        self.weight.setText(tokens_words(tokens, about))


class WeightLine(QWidget):
    """Say what stands in every prompt, and warn where little room is left."""

    def __init__(self) -> None:
        super().__init__()
        self._said = note("")
        self._warning = QLabel()
        self._warning.setProperty("role", "warning")
        self._warning.setWordWrap(True)
        self._warning.hide()
        column(self, self._said, self._warning, spacing=2)

    def show_weights(self, weights: Weights) -> None:
        """Show what a draft weighs."""
        locale = QLocale()
        said = self.tr("{tokens} stand in every prompt, {part} % of the context of {context}.")
        stands = tokens_words(weights.stands, weights.about)
        said = said.replace("{tokens}", stands[:1].upper() + stands[1:])
        said = said.replace("{part}", locale.toString(round(100 * weights.stands / weights.context)))
        self._said.setText(said.replace("{context}", locale.toString(weights.context)))
        self._warning.setText(
            self.tr("More than half of the context is taken before a word is said; it will forget soon.")
        )
        self._warning.setVisible(weights.heavy)
