"""Knows how one sees and changes who one is in the open conversation: a pill, a card, their menu."""

from functools import partial

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFont, QFontMetrics, QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.domain.persona import Profile
from hermes_desktop.ui.pieces import button, caption, card, column, note, tip, words
from hermes_desktop.ui.theme import Theme

_ICON = 18  # pixels
_AVATAR = 32
_NAME_WIDTH = 120  # pixels of a name in the pill
_PREVIEW = 120  # letters of a description


class Me:
    """Give what both parts need: who I am here, and the menu that changes it."""

    def __init__(
        self, chat: ChatService, profiles: ProfilesService, personas: PersonasService, theme: Theme
    ) -> None:
        self.chat, self.profiles, self._personas, self.theme = chat, profiles, personas, theme

    def face(self, profile: Profile, side: int) -> QIcon:
        """Give the avatar of a profile."""
        return QIcon(self.theme.avatar(profile.name, self._personas.picture(profile.avatar), side))

    @property
    def newer(self) -> Profile | None:
        """Give the newest version of my profile, where the conversation has an older one."""
        here, newest = self.chat.profile, self.chat.newest_profile()
        return newest if here is not None and newest is not None and newest.version > here.version else None

    def fill(self, menu: QMenu) -> QAction:
        """Offer every profile, with the present one ticked; give the action that leads to all of them."""
        menu.clear()
        here = self.chat.profile
        if here is not None and self.newer is not None:
            text = QCoreApplication.translate("Me", "Go on with the new version of {name}").replace(
                "{name}", self.newer.name
            )
            self._add(menu, text, here.id)
            menu.addSeparator()
        for profile in self.profiles.all():
            action = self._add(menu, profile.name, profile.id)
            action.setIcon(self.face(profile, _ICON))
            action.setCheckable(True)
            action.setChecked(here is not None and profile.id == here.id)
            if action.isChecked():  # the picture stands where the tick would
                font = QFont(menu.font())
                font.setBold(True)
                action.setFont(font)
        menu.addSeparator()
        every = QAction(QCoreApplication.translate("Me", "My profiles…"), menu)
        menu.addAction(every)
        return every

    def _add(self, menu: QMenu, text: str, profile_id: int) -> QAction:
        action = QAction(text.replace("&", "&&"), menu)
        action.triggered.connect(partial(self._on_switch, profile_id))
        menu.addAction(action)
        return action

    def _on_switch(self, profile_id: int, *_anything: object) -> None:
        self.chat.switch_profile(profile_id)


class MyPill(QPushButton):
    """Show who I am here, and let another profile be chosen."""

    asked = Signal()  # for the page of all profiles

    def __init__(self, me: Me) -> None:
        super().__init__()
        self._me = me
        self._short = False
        self.setProperty("role", "pill")
        self.setAccessibleName(self.tr("Who you are here"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(_ICON, _ICON))
        self.menu_here = QMenu(self)
        self.clicked.connect(self._on_clicked)
        for signal in (me.chat.opened, me.chat.conversation_changed, me.profiles.changed, me.theme.changed):
            signal.connect(self._refresh)
        self._refresh()

    def set_short(self, short: bool) -> None:
        """Leave the name out where there is no room."""
        if short != self._short:
            self._short = short
            self._refresh()

    def fill_menu(self) -> QMenu:
        """Make the menu anew, as it is shown."""
        self._me.fill(self.menu_here).triggered.connect(lambda _on=False: self.asked.emit())
        return self.menu_here

    def _on_clicked(self) -> None:
        self.fill_menu().popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _refresh(self, *_anything: object) -> None:
        profile = self._me.chat.profile
        self.setVisible(profile is not None)
        if profile is None:
            return
        self.setIcon(self._me.face(profile, _ICON))
        name = QFontMetrics(self.font()).elidedText(profile.name, Qt.TextElideMode.ElideRight, _NAME_WIDTH)
        self.setText("" if self._short else " " + name.replace("&", "&&"))
        said = self.tr("You are {name} here").replace("{name}", profile.name)
        self.setToolTip(tip(said))
        self.setAccessibleName(said)


class MyCard(QWidget):
    """Show who I am here with what I say about myself, and whether that was changed since."""

    asked = Signal()  # for the page of all profiles

    def __init__(self, me: Me) -> None:
        super().__init__()
        self._me = me
        self._avatar = QLabel()
        self._name = words("")
        self._name.setProperty("role", "field")
        self._said = note("")
        self._switch = button(self.tr("Change"), "small", self.tr("Change who you are here"))
        self._menu = QMenu(self)
        self._switch.clicked.connect(self._on_switch)
        self._newer = self._make_newer()
        self._build()
        for signal in (me.chat.opened, me.chat.conversation_changed, me.profiles.changed, me.theme.changed):
            signal.connect(self._refresh)
        self._refresh()

    def _build(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self._avatar)
        line.addWidget(self._name, 1)
        line.addWidget(self._switch)
        layout = column(self, caption(self.tr("You, here")), line, self._said, self._newer, spacing=8)
        layout.setContentsMargins(0, 8, 0, 8)

    def _make_newer(self) -> QWidget:
        frame = card()
        said = words(self.tr("Your profile was changed since. This conversation keeps the old one."))
        move = button(
            self.tr("Go on with the new version"), name=self.tr("Use the newest version of my profile")
        )
        move.clicked.connect(self._on_move)
        column(frame, said, move, margin=12)
        return frame

    def _refresh(self, *_anything: object) -> None:
        profile = self._me.chat.profile
        if profile is None:
            return
        self._avatar.setPixmap(self._me.face(profile, _AVATAR).pixmap(_AVATAR, _AVATAR))
        self._avatar.setAccessibleName(profile.name)
        self._name.setText(profile.name)
        text = " ".join(profile.description.split())
        self._said.setText(text if len(text) <= _PREVIEW else text[:_PREVIEW].rsplit(" ", 1)[0] + " …")
        self._said.setVisible(bool(text))
        self._newer.setVisible(self._me.newer is not None)

    def _on_switch(self) -> None:
        self._me.fill(self._menu).triggered.connect(lambda _on=False: self.asked.emit())
        self._menu.popup(self._switch.mapToGlobal(self._switch.rect().bottomLeft()))

    def _on_move(self) -> None:
        if self._me.chat.profile is not None:
            self._me.chat.switch_profile(self._me.chat.profile.id)
