"""Knows the page of a persona's versions: when each was made, what changed in it; not how they are kept."""

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from hermes_desktop.app.differences import FieldChange, changes
from hermes_desktop.domain.persona import Persona
from hermes_desktop.ui.personas.difference import Difference, field_name
from hermes_desktop.ui.pieces import PAGE_WIDTH, Scroll, button, column, emptied, heading, note, title, words
from hermes_desktop.ui.theme import Theme

_BATCH = 30  # versions that are shown at once
_NAMED = 6  # fields that are named in short


class VersionCard(QFrame):
    """Show one version and what can be done with it."""

    restore_requested = Signal(object)  # Persona
    use_requested = Signal(object)  # Persona: in the open conversation

    def __init__(self, version: Persona, before: Persona | None, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._theme = theme
        self._changes: Sequence[FieldChange] = changes(before, version) if before is not None else ()
        self._name = self.tr("Version {n}").replace("{n}", str(version.version))
        at = QDateTime.fromMSecsSinceEpoch(version.created_at)
        self.setAccessibleName(self._name)
        self.state = note("")
        self._more: QWidget | None = None
        self._look = self._act(self.tr("Show changes"), lambda: self._on_look())
        self.use = self._act(self.tr("Use in this conversation"), lambda: self.use_requested.emit(version))
        self.back = self._act(self.tr("Restore"), lambda: self.restore_requested.emit(version))
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(heading(self._name))
        top.addWidget(note(QLocale().toString(at, QLocale.FormatType.ShortFormat)), 1)
        for made in (self._look, self.use, self.back):
            top.addWidget(made)
        self._column = column(self, top, words(self._summed(first=before is None)), spacing=4, margin=16)
        self._column.addWidget(self.state)
        self._look.setVisible(bool(self._changes))  # not before it has a place, or it were a window

    def _act(self, text: str, act: object) -> QPushButton:
        made = button(text, "small", f"{text}: {self._name}")
        made.clicked.connect(act)
        return made

    def _summed(self, *, first: bool) -> str:
        if first:
            return self.tr("As it was at first")
        if not self._changes:
            return self.tr("Saved without a change")
        names = [field_name(change) for change in self._changes]
        rest = len(names) - _NAMED
        more = self.tr(" and {n} more").replace("{n}", str(rest)) if rest > 0 else ""
        return self.tr("Changed: {names}").replace("{names}", ", ".join(names[:_NAMED])) + more

    def _on_look(self) -> None:
        if self._more is None:
            self._more = QWidget()
            column(self._more, *(Difference(one, self._theme) for one in self._changes), spacing=12)
            self._column.addSpacing(8)
            self._column.addWidget(self._more)
        self._more.setVisible(self._more.isHidden())
        shown = not self._more.isHidden()
        self._look.setText(self.tr("Hide changes") if shown else self.tr("Show changes"))
        self._look.setAccessibleName(f"{self._look.text()}: {self._name}")


class VersionsPage(Scroll):
    """List the versions of a persona, the newest first."""

    left = Signal()
    restore_requested = Signal(object)  # Persona
    use_requested = Signal(object)  # Persona

    def __init__(self, theme: Theme) -> None:
        inside = QWidget()
        super().__init__(inside, width=PAGE_WIDTH)
        self._theme = theme
        self._versions: Sequence[Persona] = ()
        self._used = 0
        self._shown = 0
        self._title = title("")
        self._cards = QVBoxLayout()
        self._cards.setSpacing(12)
        self._more = button("", name=self.tr("Show older versions"))
        self._more.clicked.connect(self._on_more)
        back = button(self.tr("‹ Back"), "link", self.tr("Back to the persona"))
        back.clicked.connect(self.left)
        said = note(
            self.tr(
                "Every save is a version. A conversation keeps the one it was begun with until you choose "
                "another; to restore an old one makes a new version of it."
            )
        )
        whole = column(inside, spacing=14)
        whole.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._title)
        whole.addWidget(said)
        whole.addLayout(self._cards)
        whole.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addStretch(1)

    def show_versions(self, versions: Sequence[Persona], used: int = 0) -> None:
        """Show these, the newest first; `used` is the version of the open conversation, where it has one."""
        self._versions, self._used, self._shown = versions, used, 0
        self._title.setText(self.tr("Versions of {name}").replace("{name}", versions[0].name))
        emptied(self._cards)
        self._on_more()
        self.verticalScrollBar().setValue(0)

    def _on_more(self) -> None:
        until = self._shown + _BATCH
        for place in range(self._shown, min(until, len(self._versions))):
            before = self._versions[place + 1] if place + 1 < len(self._versions) else None
            self._cards.addWidget(self._card(self._versions[place], before, newest=place == 0))
        self._shown = until
        self._more.setVisible(until < len(self._versions))
        self._more.setText(self.tr("Show more ({n})").replace("{n}", str(len(self._versions) - until)))

    def _card(self, version: Persona, before: Persona | None, *, newest: bool) -> VersionCard:
        made = VersionCard(version, before, self._theme)
        made.setProperty("current", version.version_id == self._used)
        made.back.setVisible(not newest)
        made.use.setVisible(bool(self._used) and version.version_id != self._used)
        said = self.tr("The open conversation uses this version.") if version.version_id == self._used else ""
        made.state.setText(said)
        made.state.setVisible(bool(said))
        made.restore_requested.connect(self.restore_requested)
        made.use_requested.connect(self.use_requested)
        return made
