"""Knows how the speeds that a model's replies have shown are told, a line for each way it lay on devices."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QLabel, QWidget

from hermes_desktop.domain.model_file import DeviceShare
from hermes_desktop.domain.speed import Speeds
from hermes_desktop.ui.pieces import column, note, words

_SHOWN = 6  # placements; how many layers fit changes with what else is in memory
_CPU = "CPU"


class MeasuredSpeeds(QWidget):
    """Say what was measured, the newest placement first; where there is one only, in a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._said = words("")
        self._rows = [_Row() for _ in range(_SHOWN)]
        column(self, self._said, *self._rows, spacing=8)

    def show_speeds(self, found: Sequence[Speeds]) -> None:
        """Show other speeds; those of replies that were too short are left out."""
        told = [speeds for speeds in found if speeds.writing or speeds.reading]
        self._said.setText(self._sentence(found, told))
        ways = Counter(speeds.devices for speeds in told)
        listed = told[:_SHOWN] if len(told) > 1 else []
        for row, speeds in zip(self._rows, listed, strict=False):
            place = self._place(speeds.devices)
            if ways[speeds.devices] > 1:  # nothing else tells it from the same devices with more of them
                place = f"{place}, {self._threads(speeds.threads)}"
            row.show_texts(f"{place} · {self._replies(speeds.replies)}", self._figures(speeds))
        for at, row in enumerate(self._rows):
            row.setVisible(at < len(listed))

    def _sentence(self, found: Sequence[Speeds], told: Sequence[Speeds]) -> str:
        if not found:
            return self.tr("It has not written a reply here yet.")
        if not told:
            return self.tr("Its replies here were too short to tell its speed.")
        if len(told) > 1:
            return self.tr("Measured here (medians), the newest first:")
        text = self.tr("Measured here in {n} replies (median): {speeds}.")
        if told[0].replies == 1:
            text = self.tr("Measured here in one reply: {speeds}.")
        text = text.replace("{n}", QLocale().toString(told[0].replies))
        return text.replace("{speeds}", self._figures(told[0]))

    def _place(self, devices: Sequence[DeviceShare]) -> str:
        """Name the devices that a model lay on, with their layers: CPU; CUDA0 33 of 33 layers."""
        if [share.name for share in devices] == [_CPU]:
            return _CPU
        text = self.tr("{devices} of {n} layers")
        named = ", ".join(f"{share.name} {share.layers}" for share in devices)
        return text.replace("{n}", str(sum(share.layers for share in devices))).replace("{devices}", named)

    def _threads(self, count: int) -> str:
        return self.tr("1 thread") if count == 1 else self.tr("{n} threads").replace("{n}", str(count))

    def _replies(self, count: int) -> str:
        text = self.tr("1 reply") if count == 1 else self.tr("{n} replies")
        return text.replace("{n}", QLocale().toString(count))

    def _figures(self, speeds: Speeds) -> str:
        parts = (
            (speeds.writing, self.tr("writes {n} tokens/s")),
            (speeds.reading, self.tr("reads {n} tokens/s of the prompt")),
        )
        return ", ".join(text.replace("{n}", QLocale().toString(n, "f", 1)) for n, text in parts if n)


class _Row(QWidget):
    """Show one placement, and under it its speeds."""

    def __init__(self) -> None:
        super().__init__()
        self._place: QLabel = words("")
        self._speeds: QLabel = note("")
        column(self, self._place, self._speeds, spacing=1)

    def show_texts(self, place: str, speeds: str) -> None:
        """Show another one."""
        self._place.setText(place)
        self._speeds.setText(speeds)
