"""Knows the words of transcripts for reading: labels, notes, presets, and of what they reveal."""

import json
from datetime import UTC, datetime
from functools import lru_cache

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from hermes_desktop.domain.conversation import GenerationRecord, Message, MessageState, StopReason
from hermes_desktop.domain.transcript import (
    EVERYTHING,
    TO_READ,
    TO_SHARE,
    Format,
    Labels,
    Reveal,
    RevealKind,
)

_CONTEXT = "Transcripts"


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)


def labels() -> Labels:
    """Give the words that writers add."""
    return Labels(thought=_tr("Inner monologue"), tool=_tr("Tool"))


def preset_name(name: str) -> str:
    """Name a preset as a person reads it; their own keep their names."""
    return {
        TO_READ: _tr("To read"),
        TO_SHARE: _tr("To share"),
        EVERYTHING: _tr("Everything"),
    }.get(name, name)


def format_name(form: Format) -> str:
    """Name a kind of file."""
    return {
        Format.HTML: _tr("Web page (HTML)"),
        Format.PDF: _tr("Document (PDF)"),
        Format.MARKDOWN: _tr("Markdown"),
        Format.TEXT: _tr("Plain text"),
        Format.JSON: _tr("Everything, without loss (JSON)"),
        Format.JSONL: _tr("For SillyTavern (JSONL)"),
    }[form]


def whole_words(form: Format) -> str:
    """Say what goes along in a file of which nothing is chosen."""
    if form is Format.JSON:
        return _tr(
            "Nothing is lost: every version and branch, deleted messages, what is remembered, how each reply "
            "came to be, the persona's card and your profile. It can be imported again, here or elsewhere, "
            "as it was."
        )
    return _tr(
        "What SillyTavern reads: the messages that are shown, with their versions. Other branches and "
        "deleted messages stay here; what came from there goes out as it came."
    )


def time_of(message: Message) -> str:
    """Write when a message came."""
    return _minute(message.created_at // 60_000)


@lru_cache(maxsize=4096)
def _minute(minute: int) -> str:
    when = QDateTime.fromMSecsSinceEpoch(minute * 60_000)
    return QLocale().toString(when, QLocale.FormatType.ShortFormat)


def moment_of(message: Message) -> str:
    """Write it for machines."""
    return datetime.fromtimestamp(message.created_at // 1000, UTC).isoformat()


def version_of(message: Message) -> str:
    """Say which of several versions a message is; "" where there is one."""
    if message.versions < 2:
        return ""
    return _filled(_tr("version {n} of {all}"), n=str(message.version), all=str(message.versions))


def broken_off(message: Message) -> str:
    """Say why a reply is not whole; "" where it is."""
    if message.state is MessageState.INTERRUPTED:
        return _tr("Interrupted.")
    if message.state is MessageState.STOPPED:
        return _tr("Stopped.")
    if message.stop_reason is StopReason.LENGTH:
        return _tr("Cut at the length limit.")
    return ""


def made(record: GenerationRecord) -> str:
    """Say which model made a reply, and how."""
    model = " ".join(filter(None, (record.model_name, record.quantisation)))
    parts = [model, f"SHA-256 {record.model_sha256[:12]}" if record.model_sha256 else ""]
    parts += [_sampled(record.sampling), _filled(_tr("seed {n}"), n=str(record.seed))]
    parts.append(_filled(_tr("{n} tokens"), n=str(record.generated_tokens)))
    return " · ".join(part for part in parts if part)


def _sampled(sampling: str) -> str:
    try:
        fields = json.loads(sampling)
    except ValueError:
        return ""
    named = (
        ("temperature", _tr("temperature")),
        ("top_k", "top-k"),
        ("top_p", "top-p"),
        ("min_p", "min-p"),
        ("repeat_penalty", _tr("repeat penalty")),
    )
    return ", ".join(f"{label} {fields[key]}" for key, label in named if fields.get(key) is not None)


def about(persona: str, count: int, first: str, last: str) -> tuple[str, ...]:
    """Write the lines under the title."""
    lines = [_filled(_tr("With {name}"), name=persona)] if persona else []
    said = _filled(_tr("{n} messages"), n=QLocale().toString(count)) if count != 1 else _tr("1 message")
    if first:
        said += f" · {first}" if first == last else f" · {first} – {last}"
    return (*lines, said)


def aside(position: int) -> str:
    """Head a run of messages beside the path."""
    return _filled(_tr("Another version from message {n} on"), n=str(position))


def profile_title(name: str) -> str:
    """Head the text of a profile."""
    return _filled(_tr("About {name}"), name=name)


def system_title() -> str:
    """Head what the model is told."""
    return _tr("Instructions to the model")


def note_title() -> str:
    """Head the author's note."""
    return _tr("Author's note")


def last_title() -> str:
    """Head what the model is told last."""
    return _tr("Instructions after the messages")


def untitled() -> str:
    """Name a conversation that has no title."""
    return _tr("Conversation")


def reveal_words(reveal: Reveal) -> str:
    """Say what something private in a transcript is."""
    text = {
        RevealKind.WHOLE: _tr(
            "Every version and branch, deleted messages, what is remembered, the persona's card, your profile"
        ),
        RevealKind.VERSIONS: _tr("All versions of the messages, and when they were said"),
        RevealKind.NAME: _tr("Your name: {shown}"),
        RevealKind.PROFILE: _tr("What you say of yourself: “{shown}”"),
        RevealKind.SYSTEM: _tr("What the model is told: “{shown}”"),
        RevealKind.TIMES: _tr("When you wrote: {shown}"),
        RevealKind.MODELS: _tr("Models and their settings: {shown}"),
        RevealKind.THOUGHTS: _tr("Inner monologues: {n}"),
        RevealKind.TOOLS: _tr("Calls of tools: {n}"),
        RevealKind.BRANCHES: _tr("Versions and branches that you did not choose"),
        RevealKind.PICTURES: _tr("The picture of your profile"),
        RevealKind.MAIL: _tr("Addresses of e-mail in the text: {shown}"),
        RevealKind.PATHS: _tr("Places on a computer in the text: {shown}"),
    }[reveal.kind]
    return _filled(text, shown=reveal.shown, n=str(reveal.count))


def _filled(text: str, **values: str) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
