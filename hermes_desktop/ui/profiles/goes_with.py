"""Knows how the personas that a profile goes with are ticked in a list; not where that is kept."""

from collections.abc import Collection

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.ui.pieces import column, tip
from hermes_desktop.ui.theme import Theme

_AVATAR = 24  # pixels
_ROWS = 5  # that are seen at once
_ROW = 36  # pixels
_SEARCH_FROM = 9  # personas
_ID = Qt.ItemDataRole.UserRole


class PersonaChoice(QWidget):
    """Tick personas; those that are ticked stand first when the list is shown."""

    changed = Signal()

    def __init__(self, profiles: ProfilesService, personas: PersonasService, theme: Theme) -> None:
        super().__init__()
        self._profiles, self._personas, self._theme = profiles, personas, theme
        self._search = QLineEdit()
        self._search.setProperty("role", "search")
        self._search.setPlaceholderText(self.tr("Search personas"))
        self._search.setAccessibleName(self.tr("Search the personas of this profile"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._on_query)
        self._list = QListWidget()
        self._list.setProperty("role", "hits")
        self._list.setAccessibleName(self.tr("Personas that this profile goes with"))
        self._list.setIconSize(QSize(_AVATAR, _AVATAR))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.itemChanged.connect(lambda _item: self.changed.emit())
        self._list.itemActivated.connect(self._on_activated)
        column(self, self._search, self._list, spacing=8)

    def show_choice(self, profile_id: int, chosen: Collection[int]) -> None:
        """List the personas with some of them ticked; a profile that another persona has is named."""
        self._list.blockSignals(True)
        self._list.clear()
        listed = self._personas.all()
        for persona in sorted(listed, key=lambda persona: persona.id not in chosen):
            holder = self._profiles.bound(persona.id)
            other = holder.name if holder is not None and holder.id != profile_id else ""
            text = f"{persona.name}  ·  {other}" if other else persona.name
            picture = self._theme.avatar(persona.name, self._personas.picture(persona.avatar), _AVATAR)
            item = QListWidgetItem(QIcon(picture), text)
            item.setData(_ID, persona.id)
            item.setSizeHint(QSize(0, _ROW))
            item.setFlags(
                Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            )
            item.setCheckState(Qt.CheckState.Checked if persona.id in chosen else Qt.CheckState.Unchecked)
            if other:
                said = self.tr("Its conversations begin as {name} now.")
                item.setToolTip(tip(said.replace("{name}", other)))
            self._list.addItem(item)
        self._list.blockSignals(False)
        self._list.setFixedHeight(_ROW * max(1, min(_ROWS, len(listed))) + 4)
        self._search.setVisible(len(listed) >= _SEARCH_FROM)
        self._search.clear()

    @property
    def chosen(self) -> frozenset[int]:
        """Give the ids of the personas that are ticked."""
        items = (self._list.item(row) for row in range(self._list.count()))
        return frozenset(item.data(_ID) for item in items if item.checkState() is Qt.CheckState.Checked)

    def tick(self, persona_id: int, *, on: bool) -> None:
        """Tick a persona, or take its tick away."""
        for row in range(self._list.count()):
            if self._list.item(row).data(_ID) == persona_id:
                self._list.item(row).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    def _on_activated(self, item: QListWidgetItem) -> None:
        self.tick(item.data(_ID), on=item.checkState() is not Qt.CheckState.Checked)

    def _on_query(self, text: str) -> None:
        words = text.casefold().split()
        for row in range(self._list.count()):
            item = self._list.item(row)
            item.setHidden(not all(word in item.text().casefold() for word in words))
