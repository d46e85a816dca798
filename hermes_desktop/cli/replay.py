"""Knows `hermes-desktop conversations replay`: how it is shown in a terminal; the service does the work."""

import argparse
from typing import Any

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.replay import ReplayState
from hermes_desktop.app.replay_wording import cause_words, outcome_words, reason_words
from hermes_desktop.app.services import Services
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.conversation import Message
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.replay import Reason, ReplayOutcome, TokenText

_DOING = {ReplayState.LOADING: "loading the model", ReplayState.READING: "reading"}


class TerminalReplay(QObject):
    """Make one reply again; `ended` carries the exit status: 0 only where it is the same."""

    ended = Signal(int)

    def __init__(self, services: Services, output: Output, arguments: argparse.Namespace) -> None:
        super().__init__()
        self._services, self._output, self._arguments = services, output, arguments
        services.replay.progressed.connect(self._on_progressed)
        services.replay.ended.connect(self._on_ended)

    def start(self) -> None:
        """Begin, or say why not."""
        self._services.notices.release()
        try:
            self._services.replay.start(self._message().id)
        except KnownError as error:
            self._on_ended(None, error)

    def interrupt(self) -> None:
        """End it; what Ctrl+C does."""
        self._services.replay.cancel()

    def _message(self) -> Message:
        services, wanted = self._services, self._arguments.message
        conversation = services.conversations.find(self._arguments.id)
        if wanted is None:
            return services.replay.last_reply(conversation.id)
        message, _ = services.conversations.reply(wanted)
        if message.conversation_id != conversation.id:
            raise KnownError(ErrorKind.MESSAGE_UNKNOWN, message=wanted)
        return message

    def _on_progressed(self, done: int, total: int) -> None:
        doing = _DOING.get(self._services.replay.state, "comparing")
        self._output.status(f"{doing}… {done / total:.0%}" if total else f"{doing}…")

    def _on_ended(self, outcome: ReplayOutcome | None, error: KnownError | None) -> None:
        self._output.status("")
        if error is not None:
            self._output.error(error)
        elif outcome is None:
            self._output.words("The replay was stopped.")
        elif self._output.as_json:
            self._output.document(_document(outcome))
        else:
            self._output.line(f"{outcome_words(outcome)} {reason_words(outcome)}".strip())
        self.ended.emit(0 if outcome is not None and outcome.identical else 1)


def _document(outcome: ReplayOutcome) -> dict[str, Any]:
    difference = outcome.difference
    first = (
        {
            "token": difference.position,
            "then": _token(difference.then),
            "now": _token(difference.now),
        }
        if difference is not None
        else None
    )
    return {
        "conversation_id": outcome.conversation_id,
        "message_id": outcome.message_id,
        "identical": outcome.identical,
        "tokens": outcome.tokens,
        "whole": outcome.whole,
        "first_difference": first,
        "reasons": [_reason(reason) for reason in outcome.reasons],
        "recalled": list(outcome.recalled),
        "model": {"name": outcome.model_name, "sha256": outcome.model_sha256},
    }


def _token(token: TokenText | None) -> dict[str, Any] | None:
    if token is None:
        return None
    return {"id": token.token if token.token >= 0 else None, "text": token.text}


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "cause": reason.cause.value,
        "then": reason.then or None,
        "now": reason.now or None,
        "words": cause_words(reason),
    }
