"""Knows the page of a lorebook's versions; what differs is found by the app and worded beside it."""

from collections.abc import Sequence

from hermes_desktop.app.lore_differences import BookChanges
from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.domain.lorebook import Lorebook
from hermes_desktop.ui.lorebooks.changes import differences, summed
from hermes_desktop.ui.theme import Theme
from hermes_desktop.ui.versions import VersionRow, VersionsPage


class BookVersions(VersionsPage):
    """List the versions of a lorebook; the page around it brings an old one back."""

    def __init__(self, lorebooks: LorebooksService, theme: Theme) -> None:
        said = self.tr(
            "Every save is a version, and conversations speak with the newest one. To restore an old one "
            "makes a new version of it; nothing gets lost."
        )
        super().__init__(self.tr("Back to the lorebook"), said)
        self._lorebooks, self._theme = lorebooks, theme
        self._versions: Sequence[Lorebook] = ()
        self.book_id = 0

    def show_book(self, book_id: int) -> None:
        """Show the versions of a book; raises LOREBOOK_UNKNOWN."""
        self._versions = self._lorebooks.versions(book_id)[::-1]
        self.book_id = book_id
        self.show_rows(self._versions[0].name, len(self._versions), self._row)

    def _row(self, place: int) -> VersionRow:
        version, older = self._versions[place], self._versions[place + 1 : place + 2]
        changes = self._lorebooks.changes(older[0], version) if older else BookChanges()
        return VersionRow(
            version,
            version.version,
            version.created_at,
            self._summed(changes) if older else self.tr("As it was at first"),
            (lambda: differences(changes, self._theme)) if changes.seen else None,
            restorable=place > 0,
        )

    def _summed(self, changes: BookChanges) -> str:
        return "\n".join(summed(changes)) or self.tr("Saved without a change")
