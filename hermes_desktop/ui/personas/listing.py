"""Knows which personas are shown and in which order; not how one is painted."""

from collections import Counter
from enum import IntEnum, StrEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from hermes_desktop.app.personas import PersonasService
from hermes_desktop.domain.persona import PersonaSummary

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class Data(IntEnum):
    """Name what a card says beside the usual roles."""

    PERSONA = Qt.ItemDataRole.UserRole + 1


class Sorting(StrEnum):
    """Say what stands first, behind the favourites."""

    NAME = "name"
    USED = "used"
    ADDED = "added"


class PersonaListModel(QAbstractListModel):
    """Show the personas that are looked for, favourites first."""

    read = Signal()  # the personas were read again

    def __init__(self, personas: PersonasService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._personas = personas
        self._all: list[PersonaSummary] = []
        self._shown: list[PersonaSummary] = []
        self._query = ""
        self._tags: frozenset[str] = frozenset()
        self._favourites = False
        self._sorting = Sorting.NAME
        self._left_out = 0
        personas.changed.connect(self.reload)
        self.reload()

    # ---- what is shown -----------------------------------------------------------------------------

    def set_query(self, query: str) -> None:
        """Show only personas whose names, tags, creator, notes or description hold every word."""
        self._query = query
        self._choose()

    def set_tags(self, tags: frozenset[str]) -> None:
        """Show only personas that have all of these tags."""
        self._tags = frozenset(tag.casefold() for tag in tags)
        self._choose()

    def set_favourites(self, only: bool) -> None:
        """Show only favourites."""
        self._favourites = only
        self._choose()

    def leave_out(self, persona_id: int) -> None:
        """Show all but one."""
        self._left_out = persona_id
        self._choose()

    def set_sorting(self, sorting: Sorting) -> None:
        """Show them in another order."""
        self._sorting = sorting
        self.reload()

    def refresh(self) -> None:
        """Read the personas again where the order depends on conversations."""
        if self._sorting is Sorting.USED:
            self.reload()

    def reload(self) -> None:
        """Read the personas again."""
        self._all = self._personas.summaries()
        self._choose()
        self.read.emit()

    def tags(self) -> list[tuple[str, int]]:
        """List the tags that there are, the most used first, with how many personas have each."""
        counts: Counter[str] = Counter()
        spelled: dict[str, str] = {}
        for persona in self._all:
            for tag in {tag.strip().casefold(): tag.strip() for tag in persona.tags}.items():
                counts[tag[0]] += 1
                spelled.setdefault(*tag)
        listed = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        return [(spelled[folded], count) for folded, count in listed if folded]

    def row_of(self, persona_id: int) -> int:
        """Give the row of a persona, -1 where it is not shown."""
        return next((row for row, shown in enumerate(self._shown) if shown.id == persona_id), -1)

    def _choose(self) -> None:
        words = self._query.casefold().split()
        if words:
            self._personas.read_texts(self._all)
        found = [persona for persona in self._all if self._is_wanted(persona, words)]
        found.sort(key=self._order)
        if [p.id for p in found] == [p.id for p in self._shown]:
            self._shown = found
            if found:
                self.dataChanged.emit(self.index(0), self.index(len(found) - 1))
            return
        self.beginResetModel()
        self._shown = found
        self.endResetModel()

    def _is_wanted(self, persona: PersonaSummary, words: list[str]) -> bool:
        if persona.id == self._left_out or (self._favourites and not persona.favourite):
            return False
        if self._tags and not self._tags <= {tag.strip().casefold() for tag in persona.tags}:
            return False
        if not words:
            return True
        text = self._personas.text(persona)
        return all(word in text for word in words)

    def _order(self, persona: PersonaSummary) -> tuple[bool, int, str]:
        at = {Sorting.NAME: 0, Sorting.USED: -persona.used_at, Sorting.ADDED: -persona.id}
        return not persona.favourite, at[self._sorting], persona.name.casefold()

    # ---- for the view ------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Count the personas shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what a card says."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        persona = self._shown[index.row()]
        if role == Data.PERSONA:
            return persona
        if role == Qt.ItemDataRole.DisplayRole:
            return persona.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{persona.name}. {blurb(persona)}"
        return None


def blurb(persona: PersonaSummary) -> str:
    """Say in one line what a persona is."""
    return " ".join(persona.blurb.replace("{{char}}", persona.spoken_name).split())
