"""Knows the words of what comes of making a reply again, and of why one cannot be; not when they are said."""

import re

from PySide6.QtCore import QCoreApplication

from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.errors import ErrorKind
from hermes_desktop.domain.replay import Cause, Difference, Reason, ReplayOutcome, TokenText

REPLAY_WORDS: dict[ErrorKind, tuple[str, str]] = {
    ErrorKind.REPLAY_BUSY: (
        QT_TRANSLATE_NOOP("Sentences", "The model is being loaded, or is at work just now."),
        QT_TRANSLATE_NOOP("Sentences", "Wait for its end, or stop it first."),
    ),
    ErrorKind.REPLAY_GAVE_WAY: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The replay was stopped, since the model is wanted for something else."
        ),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was changed. Run it again after that."),
    ),
    ErrorKind.REPLAY_MINE: (
        QT_TRANSLATE_NOOP("Sentences", "This message is not a reply, so no model can write it again."),
        QT_TRANSLATE_NOOP("Sentences", "Choose a message of the persona."),
    ),
    ErrorKind.REPLAY_NONE: (
        QT_TRANSLATE_NOOP("Sentences", "There is no reply in this conversation yet."),
        QT_TRANSLATE_NOOP("Sentences", "Write something first."),
    ),
    ErrorKind.REPLAY_UNRECORDED: (
        QT_TRANSLATE_NOOP(
            "Sentences",
            "No model wrote this text here, so it cannot be replayed: nothing is known of how it came.",
        ),
        QT_TRANSLATE_NOOP("Sentences", "It is a greeting, was edited by hand, or came from another program."),
    ),
    ErrorKind.REPLAY_CUT: (
        QT_TRANSLATE_NOOP(
            "Sentences", "This reply was cut off before anything was noted of it, so it cannot be replayed."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "That happens when the app ends without warning; regenerate it instead."
        ),
    ),
    ErrorKind.REPLAY_CONTINUED: (
        QT_TRANSLATE_NOOP(
            "Sentences", "This reply was continued after it had ended, so it cannot be replayed as one."
        ),
        QT_TRANSLATE_NOOP("Sentences", "Replies that were written in one go can be."),
    ),
    ErrorKind.REPLAY_REMOTE: (
        QT_TRANSLATE_NOOP("Sentences", "A server wrote this reply, and what it computes cannot be repeated."),
        QT_TRANSLATE_NOOP("Sentences", "Replies of models on this computer can be replayed."),
    ),
    ErrorKind.REPLAY_OLD: (
        QT_TRANSLATE_NOOP("Sentences", "What was noted of this reply is not enough to replay it."),
        QT_TRANSLATE_NOOP(
            "Sentences", "It was written by an earlier version of the app, or was changed since."
        ),
    ),
    ErrorKind.REPLAY_MODEL: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The model that wrote this reply is not on the list: {name}, SHA-256 {sha256}."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "Add that very file on the page Models; another one would write otherwise."
        ),
    ),
    ErrorKind.REPLAY_PROMPT: (
        QT_TRANSLATE_NOOP(
            "Sentences", "What the model read before this reply cannot be put together any more."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "A reply before it was continued since, or this build reads texts in another way."
        ),
    ),
}

_CAUSES = {
    Cause.FILE: QT_TRANSLATE_NOOP("Replay", "the model's file had not been hashed, so it may be another one"),
    Cause.BUILD: QT_TRANSLATE_NOOP("Replay", "another build of llama.cpp ({then}; now {now})"),
    Cause.DEVICES: QT_TRANSLATE_NOOP("Replay", "other devices ({then}; now {now})"),
    Cause.THREADS: QT_TRANSLATE_NOOP("Replay", "another number of threads ({then}; now {now})"),
    Cause.CONTEXT: QT_TRANSLATE_NOOP("Replay", "another context ({then}; now {now} tokens)"),
    Cause.KV_TYPE: QT_TRANSLATE_NOOP("Replay", "another kind of cache ({then}; now {now})"),
    Cause.ATTENTION: QT_TRANSLATE_NOOP("Replay", "another way to compute attention"),
    Cause.MOVED: QT_TRANSLATE_NOOP(
        "Replay",
        "a part of the prompt had been moved in the cache, which cannot be repeated (the setting “Exact "
        "replies” prevents that from now on)",
    ),
    Cause.NONE: QT_TRANSLATE_NOOP(
        "Replay", "No reason is known: build, devices, threads and settings are the same."
    ),
}


def outcome_words(outcome: ReplayOutcome) -> str:
    """Say what came of it in a sentence."""
    if outcome.difference is not None:
        text = _tr("The replay differs from token {n} on: then {then}, now {now}.")
        return _filled(text, outcome.difference.position, outcome.difference)
    if not outcome.whole:
        return _filled(
            _tr("The replay is identical as far as the reply came: all {n} tokens are the same."),
            outcome.tokens,
        )
    return _filled(_tr("The replay is identical: all {n} tokens are the same."), outcome.tokens)


def reason_words(outcome: ReplayOutcome) -> str:
    """Say why it is different; "" where it is not."""
    if outcome.difference is None:
        return ""
    if [reason.cause for reason in outcome.reasons] == [Cause.NONE]:
        return _tr(_CAUSES[Cause.NONE])
    likely = "; ".join(cause_words(reason) for reason in outcome.reasons)
    return _tr("Likely reason: {reasons}.").replace("{reasons}", likely)


def cause_words(reason: Reason) -> str:
    """Name one reason."""
    return _tr(_CAUSES[reason.cause]).replace("{then}", reason.then).replace("{now}", reason.now)


def token_words(token: TokenText | None) -> str:
    """Show a token so that white space can be seen."""
    return _tr("the end") if token is None else f"“{''.join(map(_seen, token.text))}”"


def _seen(sign: str) -> str:
    return sign if sign.isprintable() else repr(sign)[1:-1]


def _filled(text: str, number: int, difference: Difference | None = None) -> str:
    values = {"n": f"{number:,}"}
    if difference is not None:
        values |= {"then": token_words(difference.then), "now": token_words(difference.now)}
    # At once: a token may look like a name in braces.
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Replay", text)
