"""Knows how one persona is chosen among all; not what it is wanted for."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from hermes_desktop.app.personas import PersonasService
from hermes_desktop.domain.persona import PersonaSummary
from hermes_desktop.ui.personas.listing import Data, PersonaListModel, Sorting, blurb
from hermes_desktop.ui.personas.portraits import Portraits
from hermes_desktop.ui.pieces import button, column, heading, words
from hermes_desktop.ui.rows import AVATAR, ROW_HEIGHT, paint_person, paint_row
from hermes_desktop.ui.theme import Theme

_SIZE = QSize(440, 520)
_STEPS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class PersonaChooser(QDialog):
    """Let one persona be looked for and chosen, those that were talked with last first."""

    chosen = Signal(int)

    def __init__(
        self, personas: PersonasService, theme: Theme, title: str, about: str, without: int, parent: QWidget
    ) -> None:
        """`without` is a persona that cannot be chosen; 0: all can."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._model = PersonaListModel(personas, self)
        self._model.leave_out(without)
        self._model.set_sorting(Sorting.USED)
        self._search = self._make_search()
        self._list = self._make_list(personas, theme)
        self._none = words("")
        self._use = button(self.tr("Choose"), "primary")
        self._use.clicked.connect(self._on_use)
        cancel = button(self.tr("Cancel"), "link")
        cancel.clicked.connect(self.reject)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addStretch(1)
        for made in (cancel, self._use):
            made.setAutoDefault(made is self._use)
            acts.addWidget(made)
        whole = column(
            self, heading(title), words(about), self._search, self._none, self._list, spacing=12, margin=20
        )
        whole.setStretchFactor(self._list, 1)
        whole.addLayout(acts)
        self._model.modelReset.connect(self._on_reset)
        self._on_reset()
        self._search.setFocus()

    def sizeHint(self) -> QSize:
        """Show some ten of them."""
        return _SIZE

    def _make_search(self) -> QLineEdit:
        search = QLineEdit()
        search.setProperty("role", "search")
        search.setPlaceholderText(self.tr("Search personas"))
        search.setAccessibleName(self.tr("Search personas"))
        search.setClearButtonEnabled(True)
        search.textChanged.connect(self._model.set_query)
        search.installEventFilter(self)
        return search

    def _make_list(self, personas: PersonasService, theme: Theme) -> QListView:
        view = QListView()
        view.setAccessibleName(self.tr("Personas"))
        view.setModel(self._model)
        view.setItemDelegate(_Row(personas, theme, view))
        view.setProperty("role", "list")
        view.setFrameShape(QListView.Shape.NoFrame)
        view.setUniformItemSizes(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setMouseTracking(True)
        view.doubleClicked.connect(self._on_use)
        return view

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list while one types."""
        if (
            watched is self._search
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in _STEPS
        ):
            self._list.event(event)
            return True
        return super().eventFilter(watched, event)

    def _on_reset(self) -> None:
        some = self._model.rowCount() > 0
        unfound, nobody = self.tr("No persona holds all of that."), self.tr("There is no other persona yet.")
        self._none.setText(unfound if self._search.text().strip() else nobody)
        self._none.setVisible(not some)
        self._list.setVisible(some)
        self._use.setEnabled(some)
        if some:
            self._list.setCurrentIndex(self._model.index(0))

    def _on_use(self) -> None:
        persona = self._list.currentIndex().data(Data.PERSONA)
        if persona is not None:
            self.accept()
            self.chosen.emit(persona.id)


class _Row(QStyledItemDelegate):
    """Paint one persona with what it is in a line."""

    def __init__(self, personas: PersonasService, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._portraits = Portraits(personas, theme, AVATAR, view)
        self._portraits.arrived.connect(view.viewport().update)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Be as high as a conversation of the sidebar."""
        return QSize(0, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        persona: PersonaSummary = index.data(Data.PERSONA)
        palette = self._theme.palette
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_row(painter, option.rect, option.state, palette, palette.user_ground, palette.line)
        paint_person(
            painter, option.rect, self._theme, self._portraits.of(persona), persona.name, blurb(persona)
        )
        painter.restore()
