"""Knows the controls over the grid of personas: search, tags, favourites, order; the list itself filters."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QPushButton, QSizePolicy, QWidget

from hermes_desktop.ui.personas.listing import Sorting
from hermes_desktop.ui.pieces import button, column

_CHIPS = 16  # tags that are made ready for the row; those for which there is no room hide
_MENU = 300  # tags in the menu


class FilterBar(QWidget):
    """Say what of the personas is shown, and in which order."""

    searched = Signal(str)
    tags_chosen = Signal(object)  # frozenset[str]
    favourites_chosen = Signal(bool)
    sorting_chosen = Signal(object)  # Sorting

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search personas"))
        self.search.setAccessibleName(self.tr("Search personas"))
        self.search.setClearButtonEnabled(True)
        self.search.setProperty("role", "search")
        self.search.setMaximumWidth(360)
        self.search.textChanged.connect(self.searched)
        self._favourites = button(self.tr("★ Favourites"), "pill", self.tr("Show favourites only"))
        self._favourites.setCheckable(True)
        self._favourites.toggled.connect(self.favourites_chosen)
        self._sorting = QComboBox()
        self._sorting.setAccessibleName(self.tr("Order of the personas"))
        for sorting, text in (
            (Sorting.NAME, self.tr("By name")),
            (Sorting.USED, self.tr("Last used")),
            (Sorting.ADDED, self.tr("Newest")),
        ):
            self._sorting.addItem(text, sorting.value)
        self._sorting.activated.connect(self._on_sorting)
        self._tags = TagRow()
        self._tags.chosen.connect(self.tags_chosen)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.search, 1)
        line.addStretch(1)
        line.addWidget(self._favourites)
        line.addWidget(self._sorting)
        column(self, line, self._tags, spacing=8)

    def show_tags(self, tags: Sequence[tuple[str, int]]) -> None:
        """Offer these tags, the most used first, with how many personas have each."""
        self._tags.show_tags(tags)

    def clear(self) -> None:
        """Show everybody again."""
        self.search.clear()
        self._favourites.setChecked(False)
        self._tags.choose(frozenset())

    def _on_sorting(self, _index: int) -> None:
        self.sorting_chosen.emit(Sorting(self._sorting.currentData()))


class TagRow(QWidget):
    """Offer the most used tags in a row, and all of them in a menu; all that are chosen must be there."""

    chosen = Signal(object)  # frozenset[str]

    def __init__(self) -> None:
        super().__init__()
        self._offered: Sequence[tuple[str, int]] = ()
        self._chosen: frozenset[str] = frozenset()
        self._chips: list[QPushButton] = []
        self._all = button(self.tr("All tags"), "link", self.tr("Choose among all tags"))
        self._all.clicked.connect(self._on_all)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(6)
        self._line.addWidget(self._all)
        self._line.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_tags(self, tags: Sequence[tuple[str, int]]) -> None:
        """Offer other tags; what is chosen and no longer there is let go."""
        if list(tags) == list(self._offered):
            return
        self._offered = tags
        kept = self._chosen & {tag for tag, _count in tags}
        self.setVisible(bool(tags))
        if kept != self._chosen:
            self.choose(kept)
        else:
            self._fill()

    def choose(self, tags: frozenset[str]) -> None:
        """Choose these and no others."""
        if tags != self._chosen:
            self._chosen = tags
            self._fill()
            self.chosen.emit(tags)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Ask for no width."""
        return QSize(0, super().minimumSizeHint().height())

    def _fill(self) -> None:
        for chip in self._chips:
            self._line.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        names = [tag for tag, _count in self._offered]
        row = [
            *(tag for tag in names if tag in self._chosen),
            *(tag for tag in names if tag not in self._chosen),
        ]
        self._chips = []
        for place, tag in enumerate(row[:_CHIPS]):
            chip = button(tag, "pill", self.tr("Only those with the tag {tag}").replace("{tag}", tag))
            chip.setCheckable(True)
            chip.setChecked(tag in self._chosen)
            chip.clicked.connect(lambda _on, one=tag: self._toggle(one))
            chip.setMaximumWidth(200)
            self._line.insertWidget(place, chip)
            self._chips.append(chip)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - self._all.sizeHint().width() - self._line.spacing()
        for chip in self._chips:
            room -= min(chip.sizeHint().width(), chip.maximumWidth()) + self._line.spacing()
            chip.setVisible(room >= 0)

    def _toggle(self, tag: str) -> None:
        self.choose(self._chosen ^ {tag})

    def _on_all(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._all.mapToGlobal(self._all.rect().bottomLeft()))

    def menu(self) -> QMenu:
        """Offer all tags by name."""
        menu = QMenu(self)
        offered = sorted(self._offered[:_MENU], key=lambda one: one[0].casefold())
        for tag, count in offered:
            act = menu.addAction(f"{tag.replace('&', '&&')} ({count})")
            act.setCheckable(True)
            act.setChecked(tag in self._chosen)
            act.triggered.connect(lambda _on, one=tag: self._toggle(one))
        return menu
