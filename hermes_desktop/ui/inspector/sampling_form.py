"""Knows the form for all sampling settings, basic ones open and the rest folded; not where they are kept."""

import dataclasses
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.ui.inspector.knob import KnobRow
from hermes_desktop.ui.inspector.knobs import (
    Group,
    bias_lines,
    biases,
    group_label,
    of_group,
    stop_lines,
    stop_texts,
)
from hermes_desktop.ui.pieces import Fold, caption, note

_TEXT_LINES = 4


class SamplingForm(QWidget):
    """Edit a `Sampling`; every change is told at once."""

    changed = Signal(object)  # Sampling

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = Sampling()
        self._rows: dict[str, KnobRow] = {}
        self._mirostat = self._make_mirostat()
        self._stops = self._make_text(self.tr("Stop texts"))
        self._grammar = self._make_text(self.tr("Grammar"))
        self._bias = self._make_text(self.tr("Logit bias"))
        self._bias_note = note("")
        self._notes: dict[str, tuple[QLabel, str]] = {}  # of what is no number: the line, and what it says
        self._not_taken: dict[str, str] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for row in self._knob_rows(Group.BASIC):
            column.addWidget(row)
        column.addWidget(self._advanced())
        column.addStretch(1)

    @property
    def value(self) -> Sampling:
        """Give the settings as they stand."""
        return self._value

    def set_value(self, sampling: Sampling) -> None:
        """Show other settings without telling that they changed."""
        if sampling == self._value:
            return
        self._value = sampling
        for name, row in self._rows.items():
            row.set_value(getattr(sampling, name))
        with QSignalBlocker(self._mirostat):
            self._mirostat.setCurrentIndex(sampling.mirostat)
        _show(self._stops, stop_lines(sampling.stop))
        _show(self._grammar, sampling.grammar)
        _show(self._bias, bias_lines(sampling.logit_bias))
        self._say_bias(valid=True)

    def show_not_taken(self, names: Sequence[str], words: str) -> None:
        """Say these words under the settings with these names: what plays does not take them."""
        self._not_taken = dict.fromkeys(names, words)
        for name, row in self._rows.items():
            row.explain(self._not_taken.get(name, ""))
        for name, (line, said) in self._notes.items():
            line.setText(self._not_taken.get(name, said))
        self._say_bias(valid=biases(self._bias.toPlainText()) is not None)

    # ---- building ----------------------------------------------------------------------------------

    def _knob_rows(self, group: Group) -> Sequence[KnobRow]:
        rows = [KnobRow(knob, getattr(Sampling(), knob.name)) for knob in of_group(group)]
        for row in rows:
            row.changed.connect(self._on_knob)
            self._rows[row.knob.name] = row
        return rows

    def _advanced(self) -> Fold:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for group in (Group.CHOICE, Group.REPETITION):
            column.addWidget(caption(group_label(group)))
            for row in self._knob_rows(group):
                column.addWidget(row)
        column.addWidget(caption(group_label(Group.MIROSTAT)))
        text = self.tr("Steers how surprising the text is, in place of top-k, top-p, min-p and typical.")
        column.addWidget(self._labelled(self.tr("Mirostat"), self._mirostat, self._noted("mirostat", text)))
        for row in self._knob_rows(Group.MIROSTAT):
            column.addWidget(row)
        column.addWidget(caption(self.tr("Form of the reply")))
        for part in self._texts():
            column.addWidget(part)
        return Fold(self.tr("Advanced"), inside)

    def _texts(self) -> Sequence[QWidget]:
        stops = note(self.tr("One a line; the reply ends before any of them. \\n stands for a line break."))
        grammar = self._noted("grammar", self.tr("Rules in GBNF; the reply can only be what they allow."))
        return (
            self._labelled(self.tr("Stop texts"), self._stops, stops),
            self._labelled(self.tr("Grammar"), self._grammar, grammar),
            self._labelled(self.tr("Logit bias"), self._bias, self._bias_note),
        )

    def _noted(self, name: str, text: str) -> QLabel:
        line = note(text)
        self._notes[name] = (line, text)
        return line

    def _labelled(self, text: str, widget: QWidget, explained: QLabel) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        label = QLabel(text)
        label.setBuddy(widget)
        column.addWidget(label)
        column.addWidget(widget)
        column.addWidget(explained)
        return part

    def _make_mirostat(self) -> QComboBox:
        box = QComboBox()
        box.addItems([self.tr("Off"), self.tr("Version 1"), self.tr("Version 2")])
        box.setAccessibleName(self.tr("Mirostat"))
        box.currentIndexChanged.connect(lambda index: self._change(mirostat=index))
        return box

    def _make_text(self, name: str) -> QPlainTextEdit:
        edit = QPlainTextEdit()
        edit.setAccessibleName(name)
        edit.setTabChangesFocus(True)
        edit.setFixedHeight(edit.fontMetrics().lineSpacing() * _TEXT_LINES + 16)
        edit.textChanged.connect(self._on_text)
        return edit

    # ---- changing ----------------------------------------------------------------------------------

    def _on_knob(self, name: str, value: float) -> None:
        whole = self._rows[name].knob.whole
        self._change(**{name: int(value) if whole else value})

    def _on_text(self) -> None:
        bias = biases(self._bias.toPlainText())
        self._say_bias(valid=bias is not None)
        self._change(
            stop=stop_texts(self._stops.toPlainText()),
            grammar=self._grammar.toPlainText(),
            logit_bias=self._value.logit_bias if bias is None else bias,
        )

    def _change(self, **changes: object) -> None:
        value = dataclasses.replace(self._value, **changes)  # type: ignore[arg-type]  # named by the knobs
        if value != self._value:
            self._value = value
            self.changed.emit(value)

    def _say_bias(self, *, valid: bool) -> None:
        right = self.tr("One a line: token number = what is added to its logit, such as 1724 = -5.")
        wrong = self.tr("A line is not “number = value” yet, so the last good ones count.")
        self._bias_note.setText(self._not_taken.get("logit_bias") or (right if valid else wrong))


def _show(edit: QPlainTextEdit, text: str) -> None:
    if edit.toPlainText() != text:
        with QSignalBlocker(edit):
            edit.setPlainText(text)
