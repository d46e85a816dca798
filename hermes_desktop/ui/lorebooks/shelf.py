"""Knows how the lorebooks are listed: how large each is and where it speaks; not what stands in them."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Lorebook
from hermes_desktop.ui.lorebooks.holders import Holders
from hermes_desktop.ui.pieces import (
    PAGE_WIDTH,
    Emptiness,
    Scroll,
    button,
    column,
    emptied,
    note,
    title,
    words,
)

_NAMED = 2  # holders that are named; the others are counted


class Shelf(Scroll):
    """List every lorebook."""

    left = Signal()
    opened = Signal(int)  # book id
    places_asked = Signal(int)  # book id
    export_asked = Signal(object)  # Lorebook
    delete_asked = Signal(object)  # Lorebook
    new_asked = Signal()
    import_asked = Signal()

    def __init__(self, lorebooks: LorebooksService, holders: Holders) -> None:
        inside = QWidget()
        super().__init__(inside, width=PAGE_WIDTH)
        self._lorebooks, self._holders = lorebooks, holders
        self._cards = QVBoxLayout()
        self._cards.setSpacing(12)
        self._none = Emptiness(
            self.tr("No lorebook yet"),
            self.tr("A lorebook holds what a world knows, and gives the model what is being talked about."),
        )
        self._build(inside)
        lorebooks.changed.connect(self.refresh)
        holders.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """List the books as they are now."""
        emptied(self._cards)
        books = self._lorebooks.all()
        for book in books:
            self._cards.addWidget(self._card(book))
        self._none.setVisible(not books)

    def focus_first(self) -> None:
        """Give the first way on the keyboard."""
        self._new.setFocus()

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        back = button(self.tr("‹ All personas"), "link", self.tr("Back to all personas"))
        back.clicked.connect(self.left)
        self._new = button(self.tr("New lorebook"), "primary")
        self._new.clicked.connect(self.new_asked)
        bring = button(self.tr("Import…"), name=self.tr("Import lorebooks"))
        bring.clicked.connect(self.import_asked)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(title(self.tr("Lorebooks")), 1)
        top.addWidget(bring)
        top.addWidget(self._new)
        about = self.tr("Their entries come into the prompt where one of their keys is said.")
        whole = column(inside, spacing=16)
        whole.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addLayout(top)
        whole.addWidget(note(about))
        whole.addLayout(self._cards)
        whole.addWidget(self._none)
        whole.addStretch(1)

    def _card(self, book: Lorebook) -> QWidget:
        frame = QFrame()
        frame.setProperty("role", "card")
        frame.setAccessibleName(book.name)
        name = words(book.name)
        name.setProperty("role", "heading")
        said = QVBoxLayout()
        said.setSpacing(4)
        said.addWidget(name)
        said.addWidget(note(self._about(book)))
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addLayout(said, 1)
        for text, role, spoken, signal, value in (
            (self.tr("Open"), "plain", self.tr("Open {name}"), self.opened, book.id),
            (self.tr("Where…"), "link", self.tr("Where {name} speaks"), self.places_asked, book.id),
            (self.tr("Export…"), "link", self.tr("Export {name}"), self.export_asked, book),
            (self.tr("Delete"), "link", self.tr("Delete {name}"), self.delete_asked, book),
        ):
            made = button(text, role, spoken.replace("{name}", book.name))
            made.clicked.connect(lambda _on, out=signal, what=value: out.emit(what))
            line.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        column(frame, line, margin=16)
        return frame

    def _about(self, book: Lorebook) -> str:
        number = self.tr("1 entry") if book.entries == 1 else self.tr("{n} entries")
        return number.replace("{n}", QLocale().toString(book.entries)) + " · " + self._where(book.id)

    def _where(self, book_id: int) -> str:
        bound = [one for one in self._lorebooks.bindings(book_id) if one.active]
        if any(one.scope is Scope.GLOBAL for one in bound):
            return self.tr("speaks everywhere")
        names = [name for one in bound if (name := self._holders.name_of(one))]
        if not names:
            return self.tr("speaks nowhere yet")
        return self.tr("speaks for {names}").replace("{names}", named(names))


def named(names: Sequence[str]) -> str:
    """Name a few, and count the others."""
    said = ", ".join(names[:_NAMED])
    rest = len(names) - _NAMED
    more = QCoreApplication.translate("Shelf", "{names} and {n} more")
    return more.replace("{names}", said).replace("{n}", str(rest)) if rest > 0 else said
