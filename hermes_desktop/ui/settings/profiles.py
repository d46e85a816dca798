"""Knows how my profiles are listed and edited; conversations keep the version they were written with."""

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.domain.persona import Profile
from hermes_desktop.ui.pieces import button, card, column, field, heading, note, text_box


class ProfilesPart(QWidget):
    """Choose who I am in new conversations; write, add and delete profiles."""

    def __init__(self, profiles: ProfilesService, notices: NoticesService) -> None:
        super().__init__()
        self._profiles, self._notices = profiles, notices
        self._current: Profile = profiles.current()
        self._box = QComboBox()
        self._box.setAccessibleName(self.tr("Profile for new conversations"))
        self._box.activated.connect(lambda index: profiles.choose(int(self._box.itemData(index))))
        self._name = QLineEdit()
        self._name.setMaxLength(200)
        self._description = text_box(4, self.tr("What a persona should know about me"))
        self._save = button(self.tr("Save"), "primary", self.tr("Save my profile"))
        self._save.clicked.connect(self._on_save)
        self._add = button(self.tr("New profile"))
        self._add.clicked.connect(lambda: profiles.choose(profiles.create(self.tr("New profile"), "").id))
        self._delete = button(self.tr("Delete"), "link", self.tr("Delete this profile"))
        self._delete.clicked.connect(self._on_delete)
        self._name.textChanged.connect(self._mark)
        self._description.textChanged.connect(self._mark)
        self._build()
        profiles.changed.connect(self._refresh)
        self._refresh()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._box, 1)
        top.addWidget(self._add)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(self._save)
        acts.addWidget(self._delete)
        acts.addStretch(1)
        frame = card()
        column(
            frame,
            top,
            field(self.tr("My name"), self._name),
            field(self.tr("About me"), self._description),
            acts,
            margin=16,
            spacing=12,
        )
        said = note(
            self.tr(
                "Personas call you by this name and read what you write about yourself. Conversations keep "
                "the profile they were begun with."
            )
        )
        column(self, heading(self.tr("My profile")), said, frame, spacing=8)

    def _refresh(self) -> None:
        listed = self._profiles.all()
        self._current = self._profiles.current()
        with QSignalBlocker(self._box):
            self._box.clear()
            for profile in listed or [self._current]:
                self._box.addItem(profile.name, profile.id)
            self._box.setCurrentIndex(max(0, self._box.findData(self._current.id)))
        self._name.setText(self._current.name)
        self._description.setPlainText(self._current.description)
        self._delete.setVisible(len(listed) > 1)
        self._mark()

    def _mark(self) -> None:
        written = (self._name.text(), self._description.toPlainText())
        self._save.setEnabled(written != (self._current.name, self._current.description))

    def _on_save(self) -> None:
        self._profiles.update(self._current.id, self._name.text(), self._description.toPlainText())

    def _on_delete(self) -> None:
        gone = self._current
        self._profiles.delete(gone.id)
        self._notices.post(
            Notice(
                NoticeKind.INFO,
                self.tr("The profile “{name}” was deleted.").replace("{name}", gone.name),
                action=self.tr("Undo"),
                act=lambda: self._profiles.choose(self._profiles.create(gone.name, gone.description).id),
            )
        )
