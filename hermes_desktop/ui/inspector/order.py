"""Knows how a person says where note and lore of a conversation stand; not how a prompt is ordered."""

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.domain.conversation import PromptOrder
from hermes_desktop.ui.pieces import column, field, number

_DEEPEST = 100  # messages


class PromptOrderChoice(QWidget):
    """Choose how many messages follow the author's note, and where lore that fires stands."""

    def __init__(self, chat: ChatService) -> None:
        super().__init__()
        self._chat = chat
        self._depth = number(0, _DEEPEST, self.tr("0, behind the newest message"))
        self._depth.setKeyboardTracking(False)
        self._depth.valueChanged.connect(chat.set_note_depth)
        self._order = QComboBox()
        self._order.addItem(self.tr("What changes stands last"), PromptOrder.STABLE)
        self._order.addItem(self.tr("As SillyTavern has it"), PromptOrder.TAVERN)
        self._order.activated.connect(self._on_order)
        deep = self.tr("So many messages follow the note.")
        fast = self.tr("Lore that fires stands near the end, so that little is read anew for a reply.")
        column(
            self,
            field(self.tr("Depth of the note"), self._depth, deep),
            field(self.tr("Order of the prompt"), self._order, fast),
            spacing=12,
        )
        chat.opened.connect(self._refresh)
        chat.conversation_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self, *_anything: object) -> None:
        now = self._chat.conversation
        if now is None:
            return
        with QSignalBlocker(self._depth):
            self._depth.setValue(now.note_depth)
        self._order.setCurrentIndex(self._order.findData(now.prompt_order))

    def _on_order(self, index: int) -> None:
        self._chat.set_prompt_order(PromptOrder(self._order.itemData(index)))
