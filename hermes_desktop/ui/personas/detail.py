"""Knows how one persona is shown before a conversation begins: who it is, which greeting; not the grid."""

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from hermes_desktop.app import linting
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.domain.persona import Persona
from hermes_desktop.ui.flow import Flow
from hermes_desktop.ui.personas.about import AboutPersona, named
from hermes_desktop.ui.personas.remarks import Remarks
from hermes_desktop.ui.pieces import PAGE_WIDTH, Scroll, button, caption, card, column, note, title, words
from hermes_desktop.ui.theme import Theme

_AVATAR = 96  # pixels


class PersonaDetail(Scroll):
    """Show a persona, its greetings and what can be done with it."""

    left = Signal()
    talk_requested = Signal(int, int)  # persona id, index of the greeting
    try_requested = Signal(int)
    edit_requested = Signal(int)
    lore_requested = Signal(int)
    delete_requested = Signal(object)  # Persona
    favourite_requested = Signal(object)  # Persona
    profile_requested = Signal(object, bool)  # Persona; whether {{user}} and {{char}} trade places
    share_requested = Signal(int)
    versions_requested = Signal(object)  # Persona

    def __init__(self, personas: PersonasService, theme: Theme) -> None:
        inside = QWidget()
        super().__init__(inside, width=PAGE_WIDTH)
        self._personas = personas
        self._theme = theme
        self._persona: Persona | None = None
        self._greeting = 0
        self._avatar = QLabel()
        self._name = title("")
        self._by = note("")
        self._notes = words("")
        self._talk = button(self.tr("Talk"), "primary")
        self._try = button(self.tr("Try it"), name=self.tr("Try it in the sandbox"))
        self._star = button(self.tr("Favourite"))
        self._edit = button(self.tr("Edit"))
        self._share = button(self.tr("Share…"), name=self.tr("Share or save to a file"))
        self._lore = button("", name=self.tr("Lorebook"))
        self._delete = button(self.tr("Delete"))
        self._be = button(self.tr("Make it a profile of mine…"), "link")
        self._be_menu = self._make_be_menu()
        self._versions = button(self.tr("Versions"))
        self._greeting_caption = caption("")
        self._greeting_text = words("")
        self._back_one = button("‹", "plain", self.tr("Previous greeting"))
        self._on_one = button("›", "plain", self.tr("Next greeting"))
        self._greetings = QWidget()
        self._remarks = Remarks()
        self._about = AboutPersona()
        self._build(inside)
        theme.changed.connect(self._refresh)

    def show_persona(self, persona: Persona) -> None:
        """Show another persona, or the same after a change."""
        if self._persona is None or self._persona.id != persona.id:
            self._greeting = 0
            self.verticalScrollBar().setValue(0)
        self._persona = persona
        self._refresh()

    @property
    def persona(self) -> Persona | None:
        """Give the persona that is shown."""
        return self._persona

    def focus_talk(self) -> None:
        """Give the one next step the keyboard."""
        self._talk.setFocus()

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        back = button(self.tr("‹ All personas"), "link", self.tr("Back to all personas"))
        back.clicked.connect(self.left)
        whole = column(inside, spacing=18)
        whole.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addLayout(self._head())
        whole.addLayout(self._acts())
        whole.addWidget(self._greetings)
        self._build_greetings()
        whole.addWidget(self._remarks)
        whole.addWidget(self._about)
        whole.addStretch(1)

    def _head(self) -> QHBoxLayout:
        said = QVBoxLayout()
        said.setSpacing(6)
        for part in (self._name, self._by, self._notes):
            said.addWidget(part)
        said.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(20)
        head.addWidget(self._avatar, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(said, 1)
        return head

    def _acts(self) -> Flow:
        acts = Flow()
        for made in (self._talk, self._try, self._star, self._edit, self._lore):
            acts.addWidget(made)
        for made in (self._versions, self._share, self._delete, self._be):
            acts.addWidget(made)
        self._talk.clicked.connect(self._on_talk)
        self._try.clicked.connect(self._on_try)
        self._star.clicked.connect(lambda: self.favourite_requested.emit(self._persona))
        self._edit.clicked.connect(self._on_edit)
        self._share.clicked.connect(self._on_share)
        self._lore.clicked.connect(self._on_lore)
        self._versions.clicked.connect(lambda: self.versions_requested.emit(self._persona))
        self._delete.clicked.connect(lambda: self.delete_requested.emit(self._persona))
        return acts

    def _make_be_menu(self) -> QMenu:
        """Offer to make a profile; what was written about a persona names the two the other way round."""
        menu = QMenu(self)
        swapped = QAction(self.tr("With {{user}} and {{char}} swapped: it was written about a persona"), menu)
        swapped.triggered.connect(lambda: self.profile_requested.emit(self._persona, True))
        as_it_is = QAction(self.tr("Word for word"), menu)
        as_it_is.triggered.connect(lambda: self.profile_requested.emit(self._persona, False))
        menu.addActions([swapped, as_it_is])
        self._be.clicked.connect(lambda: menu.popup(self._be.mapToGlobal(self._be.rect().bottomLeft())))
        return menu

    def _build_greetings(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self._greeting_caption, 1)
        for made, step in ((self._back_one, -1), (self._on_one, 1)):
            made.setProperty("role", "small")
            made.clicked.connect(lambda _on, by=step: self._step(by))
            line.addWidget(made)
        frame = card()
        column(frame, self._greeting_text, margin=16)
        column(self._greetings, line, frame)

    # ---- showing -----------------------------------------------------------------------------------

    def _refresh(self, *_anything: object) -> None:
        persona = self._persona
        if persona is None:
            return
        fields = persona.fields
        picture = self._theme.avatar(persona.name, self._personas.picture(persona.avatar), _AVATAR)
        self._avatar.setPixmap(picture)
        self._name.setText(persona.name)
        self._by.setText(self._small_print(persona))
        self._notes.setText(fields.creator_notes.strip())
        self._notes.setVisible(bool(fields.creator_notes.strip()))
        self._star.setText(self.tr("★ Favourite") if persona.favourite else self.tr("☆ Favourite"))
        on, off = self.tr("Remove from favourites"), self.tr("Add to favourites")
        self._star.setAccessibleName(on if persona.favourite else off)
        self._show_lore(persona.lore_entries)
        self._show_greeting()
        self._remarks.show_remarks(linting.remarks(self._personas, persona))
        self._about.show_fields(fields, self.tr("you"))

    def _show_lore(self, entries: int) -> None:
        count = QLocale().toString(entries)
        words = self.tr("Lorebook ({n})") if entries else self.tr("Lorebook")
        self._lore.setText(words.replace("{n}", count))
        spoken = self.tr("Lorebook with {n} entries") if entries else self.tr("Begin a lorebook")
        self._lore.setAccessibleName(spoken.replace("{n}", count))

    def _small_print(self, persona: Persona) -> str:
        fields = persona.fields
        parts = [" · ".join(fields.tags)]
        if fields.creator.strip():
            parts.append(self.tr("by {name}").replace("{name}", fields.creator.strip()))
        if persona.version > 1:
            parts.append(self.tr("version {n}").replace("{n}", str(persona.version)))
        return " — ".join(part for part in parts if part)

    def _show_greeting(self) -> None:
        assert self._persona is not None
        greetings = self._persona.fields.greetings
        self._greetings.setVisible(bool(greetings))
        if not greetings:
            return
        self._greeting = min(self._greeting, len(greetings) - 1)
        several = len(greetings) > 1
        self._back_one.setVisible(several)
        self._on_one.setVisible(several)
        said = self.tr("Greeting {n} of {m}") if several else self.tr("Greeting")
        said = said.replace("{n}", str(self._greeting + 1)).replace("{m}", str(len(greetings)))
        self._greeting_caption.setText(said.upper())
        self._greeting_text.setText(
            named(greetings[self._greeting].strip(), self._persona.fields, self.tr("you"))
        )

    def _step(self, by: int) -> None:
        if self._persona is not None:
            self._greeting = (self._greeting + by) % len(self._persona.fields.greetings)
            self._show_greeting()

    def _on_try(self) -> None:
        if self._persona is not None:
            self.try_requested.emit(self._persona.id)

    def _on_edit(self) -> None:
        if self._persona is not None:
            self.edit_requested.emit(self._persona.id)

    def _on_share(self) -> None:
        if self._persona is not None:
            self.share_requested.emit(self._persona.id)

    def _on_lore(self) -> None:
        if self._persona is not None:
            self.lore_requested.emit(self._persona.id)

    def _on_talk(self) -> None:
        if self._persona is not None:
            self.talk_requested.emit(self._persona.id, self._greeting)
