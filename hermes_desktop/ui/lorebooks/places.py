"""Knows how one chooses where a book speaks: everywhere, for profiles, personas, conversations."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding
from hermes_desktop.ui.pieces import column, note

_PLACE = Qt.ItemDataRole.UserRole + 1


class PlacesPanel(QWidget):
    """Tick where a book speaks; a tick counts at once."""

    def __init__(
        self,
        lorebooks: LorebooksService,
        personas: PersonasService,
        profiles: ProfilesService,
        conversations: ConversationsService,
    ) -> None:
        super().__init__()
        self._lorebooks, self._personas = lorebooks, personas
        self._profiles, self._conversations = profiles, conversations
        self._book_id = 0
        self._search = QLineEdit()
        self._search.setProperty("role", "search")
        self._search.setPlaceholderText(self.tr("Search personas and profiles"))
        self._search.setAccessibleName(self.tr("Search personas and profiles"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Where the book speaks"))
        self._list.setProperty("role", "ticks")
        self._list.setFrameShape(QListWidget.Shape.NoFrame)
        self._list.itemChanged.connect(self._on_ticked)
        about = self.tr("In a conversation, “Lorebooks here” beside it lets a book speak or keeps it silent.")
        column(self, self._search, self._list, note(about), spacing=12, margin=20)

    def show_book(self, book_id: int) -> None:
        """Show where a book speaks now."""
        self._book_id = book_id
        self._list.blockSignals(True)
        self._list.clear()
        bound = {(one.scope, one.holder_id): one.active for one in self._lorebooks.bindings(book_id)}
        self._add(self.tr("Everywhere"), Scope.GLOBAL, 0, bound)
        for profile in self._profiles.all():
            self._add(self.tr("When I am {name}"), Scope.PROFILE, profile.id, bound, profile.name)
        for persona in self._personas.all():
            self._add(self.tr("With {name}"), Scope.PERSONA, persona.id, bound, persona.name)
        for summary in self._conversations.summaries():
            if (Scope.CHAT, summary.id) in bound:
                title = summary.title or summary.persona_name
                self._add(self.tr("In “{name}”"), Scope.CHAT, summary.id, bound, title)
        self._list.blockSignals(False)
        self._filter(self._search.text())

    def _add(
        self, words: str, scope: Scope, holder_id: int, bound: dict[tuple[Scope, int], bool], name: str = ""
    ) -> None:
        item = QListWidgetItem(words.replace("{name}", name))
        item.setData(_PLACE, (scope.value, holder_id))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        on = bound.get((scope, holder_id), False)
        item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._list.addItem(item)

    def _filter(self, query: str) -> None:
        for row in range(self._list.count()):
            item = self._list.item(row)
            item.setHidden(query.strip().casefold() not in item.text().casefold())

    def _on_ticked(self, item: QListWidgetItem) -> None:
        scope, holder_id = item.data(_PLACE)
        binding = Binding(self._book_id, Scope(scope), holder_id)
        if item.checkState() is Qt.CheckState.Checked:
            self._lorebooks.bind(binding)
        else:
            self._lorebooks.unbind(binding)
