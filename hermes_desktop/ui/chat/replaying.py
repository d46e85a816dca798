"""Knows how it is shown that a reply is being made again, and what came of it; the service makes it."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.replay import ReplayService, ReplayState
from hermes_desktop.app.replay_wording import outcome_words, reason_words
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.replay import ReplayOutcome
from hermes_desktop.ui.pieces import button


class ReplayBar(QWidget):
    """Show how far a replay is, and let it be stopped; the outcome comes as a notice."""

    def __init__(self, replay: ReplayService, notices: NoticesService) -> None:
        super().__init__()
        self._replay, self._notices = replay, notices
        self._words = QLabel()
        self._words.setProperty("role", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        stop = button(self.tr("Stop"), "small", self.tr("Stop the replay"))
        stop.clicked.connect(replay.cancel)
        told = QVBoxLayout()
        told.setSpacing(4)
        told.addWidget(self._words)
        told.addWidget(self._bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 4)
        layout.setSpacing(12)
        layout.addLayout(told, 1)
        layout.addWidget(stop)
        replay.state_changed.connect(self._on_state)
        replay.progressed.connect(self._on_progressed)
        replay.ended.connect(self._on_ended)
        self.hide()

    def start(self, message_id: int) -> None:
        """Make a reply again, or say why that cannot be."""
        try:
            self._replay.start(message_id)
        except KnownError as error:
            self._notices.post_error(error)

    def start_last(self, conversation_id: int) -> None:
        """Make the last reply of a conversation again."""
        try:
            self.start(self._replay.last_reply(conversation_id).id)
        except KnownError as error:
            self._notices.post_error(error)

    def _on_state(self, state: ReplayState) -> None:
        self.setVisible(state is not ReplayState.IDLE)

    def _on_progressed(self, done: int, total: int) -> None:
        texts = {
            ReplayState.LOADING: self.tr("Replaying the reply: loading the model…"),
            ReplayState.READING: self.tr("Replaying the reply: reading {done} of {total} tokens…"),
            ReplayState.WRITING: self.tr("Replaying the reply: comparing {done} of {total} tokens…"),
        }
        text = texts.get(self._replay.state, "")
        if not total:
            text = self.tr("Replaying the reply: comparing; tokens so far: {done}")
        words = text.replace("{done}", f"{done:,}").replace("{total}", f"{total:,}")
        self._words.setText(words)
        self._bar.setAccessibleName(words)
        self._bar.setRange(0, total)
        self._bar.setValue(min(done, total))

    def _on_ended(self, outcome: ReplayOutcome | None, error: KnownError | None) -> None:
        if error is not None:
            self._notices.post_error(error)
        elif outcome is not None:
            kind = NoticeKind.INFO if outcome.identical else NoticeKind.WARNING
            self._notices.post(Notice(kind, outcome_words(outcome), reason_words(outcome)))
