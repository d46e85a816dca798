"""Knows how it is shown that something is being summed up, and how that is asked for and stopped."""

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.chronicle import ChronicleService, Task, Work
from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.preferences import Preferences
from hermes_desktop.ui.pieces import button, column, note


class SumUpSwitch(QCheckBox):
    """Let what leaves the context be summed up unasked, or only when asked for."""

    def __init__(self, preferences: PreferencesService) -> None:
        super().__init__()
        self._preferences = preferences
        self.setText(self.tr("Sum up in quiet moments"))
        said = self.tr(
            "What leaves the context is summed up by the model on this computer while nothing else is "
            "written. Not on battery, not by the Understudy, and never by a server."
        )
        self.setToolTip(f"<qt>{said}</qt>")
        self.setAccessibleDescription(said)
        self.toggled.connect(lambda on: preferences.update(sum_up=on))
        preferences.changed.connect(self._refresh)
        self._refresh(preferences.value)

    def _refresh(self, value: Preferences) -> None:
        self.blockSignals(True)
        self.setChecked(value.sum_up)
        self.blockSignals(False)


class SummingUp(QWidget):
    """Offer to sum up now; while that is done, say of what, and let it be stopped."""

    def __init__(
        self,
        chat: ChatService,
        chronicle: ChronicleService,
        models: ModelsService,
        preferences: PreferencesService,
        notices: NoticesService,
    ) -> None:
        super().__init__()
        self._chronicle, self._notices = chronicle, notices
        self._refused = False
        self._start = button(self.tr("Sum up now"))
        self._start.clicked.connect(self._on_start)
        self._doing = note("")
        self._stop = button(self.tr("Stop"), "small", self.tr("Stop summing up"))
        self._stop.clicked.connect(chronicle.stop)
        self._work = QWidget()
        line = QHBoxLayout(self._work)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._doing, 1)
        line.addWidget(self._stop)
        column(self, self._start, self._work, SumUpSwitch(preferences), spacing=8)
        chronicle.failed.connect(self._on_failed)
        for signal in (chronicle.changed, chat.state_changed, chat.opened, chat.closed):
            signal.connect(self._refresh)
        for signal in (models.state_changed, models.changed):
            signal.connect(self._refresh)
        self._refresh()

    def _refresh(self, *_anything: object) -> None:
        work, possible = self._chronicle.work, self._chronicle.possible
        had = self._start.hasFocus() or self._stop.hasFocus()
        self._work.setVisible(work is not None)
        self._start.setVisible(work is None)
        self._start.setEnabled(possible)
        self._start.setToolTip(
            self.tr("Everything but the last exchange, whether it has left the context or not.")
            if possible
            else self.tr("Not now: no model is chosen, or something else is being written.")
        )
        if work is not None:
            self._doing.setText(self._words(work))
        if had:  # the one takes the other's place, and its keyboard
            (self._start if work is None else self._stop).setFocus()

    def _words(self, work: Work) -> str:
        said = {
            Task.SUMMARY: self.tr("Summing up {turns}…"),
            Task.FACTS: self.tr("Noting facts of {turns}…"),
            Task.SHORTER: self.tr("Shortening what is told of {turns}…"),
        }[work.task]
        turns = self.tr("turns {n} to {m}") if work.first != work.last else self.tr("turn {n}")
        first, last = QLocale().toString(work.first), QLocale().toString(work.last)
        return said.replace("{turns}", turns.replace("{n}", first).replace("{m}", last))

    def _on_start(self) -> None:
        self._refused = False
        self._chronicle.start()
        if self._chronicle.work is None and not self._refused:
            said = self.tr("Everything but the last exchange is summed up already.")
            self._notices.post(Notice(NoticeKind.INFO, said))

    def _on_failed(self, error: KnownError) -> None:
        self._refused = True
        self._notices.post_error(error)
