"""Knows what can be done with a message, how that is offered as links and in a menu; not how it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale
from PySide6.QtWidgets import QMenu

from hermes_desktop.app.transcript_words import broken_off
from hermes_desktop.domain.conversation import Message, Role

SCHEME = "hermes"


@dataclass(frozen=True, slots=True)
class Verb:
    """A thing to do with a message."""

    name: str
    text: str


def verbs_of(message: Message, *, last: bool, pinned: bool) -> list[Verb]:
    """List what can be done with a message now, the usual first."""
    answer = message.role is Role.ASSISTANT
    found = [Verb("copy", _tr("Copy")), Verb("edit", _tr("Edit"))]
    if answer:
        found.append(Verb("regenerate", _tr("Regenerate")))
    if last:
        found.append(Verb("continue", _tr("Continue") if answer else _tr("Reply")))
    pin = Verb("pin", _tr("Unpin") if pinned else _tr("Pin"))
    return [*found, Verb("branch", _tr("Branch")), pin, Verb("delete", _tr("Delete"))]


def verbs_html(message: Message, *, last: bool, pinned: bool) -> str:
    """Write the line of links under a message."""
    parts = [_versions(message)] if message.versions > 1 else []
    verbs = verbs_of(message, last=last, pinned=pinned)
    parts += [_link(verb.name, message.id, escape(verb.text)) for verb in verbs]
    return "&nbsp;&nbsp;&nbsp;&nbsp;".join(parts)


def fill_menu(
    menu: QMenu, message: Message, asked: Callable[[str, int], object], *, last: bool, pinned: bool
) -> None:
    """Put what can be done with a message into a menu, with what is wanted rarely at its end."""
    rare = [Verb("export", _tr("Export from here…"))]
    if message.role is Role.ASSISTANT:
        rare.insert(0, Verb("replay", _tr("Replay and compare")))
    for verb in verbs_of(message, last=last, pinned=pinned):
        menu.addAction(verb.text, partial(asked, verb.name, message.id))
    menu.addSeparator()
    for verb in rare:
        menu.addAction(verb.text, partial(asked, verb.name, message.id))


def resting_html(message: Message, *, pinned: bool) -> str:
    """Write the line for a message that nobody points at: its versions, its pin, where it was broken off."""
    parts = [_versions(message)] if message.versions > 1 else []
    if pinned:
        parts.append(f'<span class="pinned">{escape(_tr("Pinned"))}</span>')
    broken = broken_off(message)
    if broken:
        parts.append(
            f"<i>{escape(broken)}</i>&nbsp; {_link('continue', message.id, escape(_tr('Continue')))}"
        )
    return "&nbsp;&nbsp;&nbsp;&nbsp;".join(parts)


def time_of(message: Message) -> str:
    """Write when a message came, as briefly as its age allows."""
    when = QDateTime.fromMSecsSinceEpoch(message.created_at)
    days = when.date().daysTo(QDate.currentDate())
    locale, brief = QLocale(), QLocale.FormatType.ShortFormat
    clock = locale.toString(when.time(), brief)
    if days == 0:
        return clock
    if 0 < days < 7:
        return f"{locale.dayName(when.date().dayOfWeek())} {clock}"
    return f"{locale.toString(when.date(), brief)} {clock}"


def _versions(message: Message) -> str:
    words = _tr("{n} of {all}").replace("{n}", str(message.version)).replace("{all}", str(message.versions))
    back = _link("back", message.id, "‹") if message.version > 1 else "‹"
    forward = _link("forward", message.id, "›") if message.version < message.versions else "›"
    return f"{back} {words} {forward}"


def _link(name: str, message_id: int, text: str) -> str:
    return f'<a href="{SCHEME}:{name}/{message_id}">{text}</a>'


def _tr(text: str) -> str:
    return QCoreApplication.translate("Verbs", text)
