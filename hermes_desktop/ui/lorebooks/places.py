"""Knows how one chooses where a book speaks; who there is stands in `holders`."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding
from hermes_desktop.ui.lorebooks.holders import Holders
from hermes_desktop.ui.pieces import column, note

_PLACE = Qt.ItemDataRole.UserRole + 1


class PlacesPanel(QWidget):
    """Tick where a book speaks; a tick counts at once."""

    def __init__(self, lorebooks: LorebooksService, holders: Holders) -> None:
        super().__init__()
        self._lorebooks, self._holders = lorebooks, holders
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
        for words, scope, holder_id in self._holders.places(bound):
            self._add(words, scope, holder_id, on=bound.get((scope, holder_id), False))
        self._list.blockSignals(False)
        self._filter(self._search.text())

    def _add(self, words: str, scope: Scope, holder_id: int, *, on: bool) -> None:
        item = QListWidgetItem(words)
        item.setData(_PLACE, (scope.value, holder_id))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
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
