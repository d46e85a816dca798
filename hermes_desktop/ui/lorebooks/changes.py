"""Knows how what differs between two versions of a lorebook is told: in short, and entry by entry."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QWidget

from hermes_desktop.app.differences import Change, Stretch, stretches
from hermes_desktop.app.lore_differences import Aspect, BookChanges, EntryChange
from hermes_desktop.app.lore_words import keys_line
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.lore import Entry
from hermes_desktop.ui.difference import Difference
from hermes_desktop.ui.lorebooks.entry_words import setting_name, value_words
from hermes_desktop.ui.pieces import note
from hermes_desktop.ui.theme import Theme
from hermes_desktop.ui.versions import summed_names

_CONTEXT = "LoreChanges"
_SHOWN = 40  # entries whose texts are shown
_LONGEST = 48  # letters of a name
_ADDED = QT_TRANSLATE_NOOP("LoreChanges", "Added: {names}")
_REMOVED = QT_TRANSLATE_NOOP("LoreChanges", "Removed: {names}")
_CHANGED = QT_TRANSLATE_NOOP("LoreChanges", "Changed: {names}")
_ABOUT = QT_TRANSLATE_NOOP("LoreChanges", "{name} ({settings})")
_CAME = QT_TRANSLATE_NOOP("LoreChanges", "{name}: added")
_WENT = QT_TRANSLATE_NOOP("LoreChanges", "{name}: removed")
_SETTING = QT_TRANSLATE_NOOP("LoreChanges", "{name}: {setting}")
_BOOK = QT_TRANSLATE_NOOP("LoreChanges", "the book")
_NAMELESS = QT_TRANSLATE_NOOP("LoreChanges", "an entry without a name")
_MOVED = QT_TRANSLATE_NOOP("LoreChanges", "The entries stand in another order")
_REST = QT_TRANSLATE_NOOP("LoreChanges", "{n} more entries differ.")


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)


def summed(changes: BookChanges) -> list[str]:
    """Tell in short, a line for what was changed, what came and what went."""
    changed = [_about(_tr(_BOOK), changes.aspects)] if changes.aspects else []
    changed += [_about(_label(each), each.aspects) for each in changes.changed]
    told = (
        (_CHANGED, changed),
        (_ADDED, [_label(each) for each in changes.added]),
        (_REMOVED, [_label(each) for each in changes.removed]),
    )
    moved = [_tr(_MOVED)] if changes.moved else []
    return [summed_names(_tr(sentence), names) for sentence, names in told if names] + moved


def differences(changes: BookChanges, theme: Theme) -> list[QWidget]:
    """Show what differs, the book's own settings first."""
    made: list[QWidget] = list(_of_aspects(_tr(_BOOK), changes.aspects, theme))
    for change in changes.entries[:_SHOWN]:
        made += _of_entry(change, theme)
    rest = len(changes.entries) - _SHOWN
    if rest > 0:
        made.append(note(_tr(_REST).replace("{n}", QLocale().toString(rest))))
    return made


def _label(change: EntryChange) -> str:
    name = " ".join(change.label.split())
    return (name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…") or _tr(_NAMELESS)


def _about(name: str, aspects: Sequence[Aspect]) -> str:
    settings = list(dict.fromkeys(setting_name(each.name) for each in aspects))
    return _tr(_ABOUT).replace("{settings}", ", ".join(settings)).replace("{name}", name)


def _of_entry(change: EntryChange, theme: Theme) -> Iterator[QWidget]:
    if change.before is not None and change.after is not None:
        yield from _of_aspects(_label(change), change.aspects, theme)
        return
    name = _tr(_WENT if change.after is None else _CAME).replace("{name}", _label(change))
    yield Difference(name, stretches(_whole(change.before), _whole(change.after)), theme)


def _of_aspects(name: str, aspects: Sequence[Aspect], theme: Theme) -> Iterator[QWidget]:
    for each in aspects:
        said = _tr(_SETTING).replace("{setting}", setting_name(each.name)).replace("{name}", name)
        yield Difference(said, _told(each), theme)


def _told(aspect: Aspect) -> Sequence[Stretch]:
    """Tell texts apart by words; of two choices or numbers each is told whole."""
    before, after = value_words(aspect.before), value_words(aspect.after)
    if isinstance(aspect.before, str | tuple) and not isinstance(aspect.before, StrEnum):
        return stretches(before, after)
    return Stretch(Change.REMOVED, before), Stretch(Change.ADDED, after)


def _whole(entry: Entry | None) -> str:
    if entry is None:
        return ""
    return "\n".join(part for part in (keys_line(entry.keys), entry.content) if part.strip())
