"""Knows the general settings: how sending works, backups, the way to my profiles; services keep them."""

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from hermes_desktop.app.backups import BackupsService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.domain.backup import Backup
from hermes_desktop.ui.inspector.summing import SumUpSwitch
from hermes_desktop.ui.pieces import button, card, column, heading, note, soft

_SHOWN = 6  # backups listed before "show all"


class General(QWidget):
    """Edit the sending key and the backups; lead to my profiles."""

    profiles_asked = Signal()

    def __init__(self, preferences: PreferencesService, backups: BackupsService) -> None:
        super().__init__()
        enter = QCheckBox(self.tr("Enter sends the message (Shift+Enter makes a new line)"))
        enter.setChecked(preferences.value.send_with_enter)
        enter.toggled.connect(lambda on: preferences.update(send_with_enter=on))
        exact = QCheckBox(self.tr("Exact replies: each can be replayed to the token"))
        exact.setChecked(preferences.value.exact)
        exact.toggled.connect(lambda on: preferences.update(exact=on))
        switch = SumUpSwitch(preferences)
        column(
            self,
            self._profiles(),
            heading(self.tr("Writing")),
            enter,
            exact,
            note(
                self.tr(
                    "Nothing is moved in the model’s cache then. Where a note or lore comes and goes, and "
                    "where old messages leave, more of the prompt is read anew, which takes longer."
                )
            ),
            heading(self.tr("Memory")),
            switch,
            note(switch.accessibleDescription()),
            BackupsPart(backups),
            spacing=14,
        ).addStretch(1)

    def _profiles(self) -> QWidget:
        lead = button(self.tr("My profiles…"), name=self.tr("Open my profiles"))
        lead.clicked.connect(self.profiles_asked)
        said = note(self.tr("What personas call you, and what they know of you, has a page of its own."))
        whole = QWidget()
        layout = column(whole, heading(self.tr("My profile")), said, lead, spacing=8)
        layout.setAlignment(lead, Qt.AlignmentFlag.AlignLeft)
        return whole


class BackupsPart(QWidget):
    """List the backups, make one, put one back."""

    def __init__(self, backups: BackupsService) -> None:
        super().__init__()
        self._backups = backups
        self._all = False
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        self._more = button(self.tr("Show all"), "link", self.tr("Show all backups"))
        self._more.clicked.connect(self._on_more)
        self._none = note(self.tr("There is no backup yet; the first one is made today."))
        make = button(self.tr("Back up now"))
        make.clicked.connect(lambda: backups.make("by-hand"))
        top = QHBoxLayout()
        top.addWidget(heading(self.tr("Backups")))
        top.addStretch(1)
        top.addWidget(make)
        said = note(
            self.tr(
                "One a day, checked before it counts, and one before every risky act. Restoring one backs up "
                "what is here now first, so nothing is lost."
            )
        )
        frame = card()
        column(frame, self._none, self._rows, self._more, margin=12, spacing=4)
        column(self, top, said, frame, spacing=8)
        backups.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        found = self._backups.all()
        for one in found if self._all else found[:_SHOWN]:
            self._rows.addWidget(self._row(one))
        self._none.setVisible(not found)
        self._more.setVisible(len(found) > _SHOWN and not self._all)

    def _row(self, one: Backup) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        when = QLocale().toString(
            QDateTime.fromMSecsSinceEpoch(round(one.made_at.timestamp() * 1000)), "d MMM yyyy, HH:mm"
        )
        layout.addWidget(soft(when))
        layout.addWidget(soft(f"{self._reason(one.reason)} · {byte_size(one.size)}"), 1)
        restore = button(
            self.tr("Restore"), "link", self.tr("Restore the backup of {when}").replace("{when}", when)
        )
        restore.clicked.connect(lambda: self._backups.restore(one))
        layout.addWidget(restore)
        return row

    def _reason(self, reason: str) -> str:
        return {
            "daily": self.tr("daily"),
            "by-hand": self.tr("by hand"),
            "before-restore": self.tr("before restoring another"),
            "before-upgrade": self.tr("before an upgrade"),
        }.get(reason, reason)

    def _on_more(self) -> None:
        self._all = True
        self._refresh()
