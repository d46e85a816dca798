"""Knows how one sampling number is set: a slider, a field, an explanation; not which knobs there are."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from hermes_desktop.ui.inspector.knobs import Knob
from hermes_desktop.ui.pieces import note

_FIELD_WIDTH = 120  # pixels; the words for the lowest value have to fit


class CalmSlider(QSlider):
    """Leave the wheel to the page around it until the slider has the keyboard."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only what was chosen."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmField(QDoubleSpinBox):
    """Leave the wheel to the page around it until the field has the keyboard."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only what was chosen."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class KnobRow(QWidget):
    """Set one number of `Sampling`."""

    changed = Signal(str, float)  # name of the knob, value

    def __init__(self, knob: Knob, default: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.knob = knob
        self._default = default
        self._field = self._make_field()
        self._slider = self._make_slider()
        self._reset = self._make_reset()
        label = QLabel(knob.label)
        label.setBuddy(self._field)
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(label, 1)
        top.addWidget(self._reset)
        top.addWidget(self._field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._slider)
        self._note = note(knob.note)
        column.addWidget(self._note)
        self.set_value(default)

    @property
    def value(self) -> float:
        """Give the number that is set."""
        return self._field.value()

    def explain(self, text: str) -> None:
        """Say something else under the knob than what it does; "" for what it does."""
        self._note.setText(text or self.knob.note)
        self._field.setAccessibleDescription(self._note.text())

    def set_value(self, value: float) -> None:
        """Show a number without telling that it changed."""
        for widget in (self._field, self._slider):
            widget.blockSignals(True)
        self._field.setValue(value)
        self._slider.setValue(self._notch(value))
        for widget in (self._field, self._slider):
            widget.blockSignals(False)
        self._mark()

    def _make_field(self) -> CalmField:
        field = CalmField()
        field.setDecimals(self.knob.decimals)
        field.setRange(*self.knob.range)
        field.setSingleStep(self.knob.step)
        field.setFixedWidth(_FIELD_WIDTH)
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        field.setSpecialValueText(self.knob.lowest_words)
        field.setAccessibleName(self.knob.label)
        field.setAccessibleDescription(self.knob.note)
        field.setKeyboardTracking(False)
        field.valueChanged.connect(self._on_field)
        return field

    def _make_slider(self) -> CalmSlider:
        slider = CalmSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, round((self.knob.high - self.knob.low) / self.knob.step))
        slider.setPageStep(max(1, slider.maximum() // 10))
        slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        slider.setAccessibleName(self.tr("{name}, slider").replace("{name}", self.knob.label))
        slider.valueChanged.connect(self._on_slider)
        return slider

    def _make_reset(self) -> QToolButton:
        button = QToolButton()
        button.setText("↺")
        button.setAutoRaise(True)
        button.setToolTip(self.tr("Back to the usual value"))
        button.setAccessibleName(self.tr("Reset {name}").replace("{name}", self.knob.label))
        policy = button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        button.setSizePolicy(policy)
        button.clicked.connect(self._on_reset)
        return button

    def _on_field(self, value: float) -> None:
        self.set_value(value)
        self.changed.emit(self.knob.name, value)

    def _on_slider(self, notch: int) -> None:
        value = round(self.knob.low + notch * self.knob.step, self.knob.decimals)
        self.set_value(value)
        self.changed.emit(self.knob.name, value)

    def _on_reset(self) -> None:
        self._field.setFocus()  # the button is about to hide and would lose the keyboard to anywhere
        self.set_value(self._default)
        self.changed.emit(self.knob.name, self._default)

    def _notch(self, value: float) -> int:
        return round((value - self.knob.low) / self.knob.step)

    def _mark(self) -> None:
        self._reset.setVisible(abs(self._field.value() - self._default) > 1e-9)
