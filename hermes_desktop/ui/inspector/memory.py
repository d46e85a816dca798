"""Knows how the open conversation's context is shown: the bar, what leaves next, lore, the last figures."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.reply import ReplyStatistics
from hermes_desktop.domain.conversation import Message
from hermes_desktop.domain.prompt import Budget, SpanKind
from hermes_desktop.ui.inspector.bar import BudgetBar, Figures, share_colour
from hermes_desktop.ui.inspector.lore import LorePanel
from hermes_desktop.ui.inspector.shares import shares_of
from hermes_desktop.ui.inspector.story import turns_words
from hermes_desktop.ui.inspector.variables import VariablesHere
from hermes_desktop.ui.pieces import Scroll, caption, column, note, soft, words
from hermes_desktop.ui.theme import Theme

_SPARE_MESSAGES = 8  # read beyond the window of turns: the newest ones are not counted as turns


class MemoryTab(Scroll):
    """Show how the context is filled and where the memory line stands."""

    def __init__(self, chat: ChatService, theme: Theme, remembered: QWidget, books: QWidget) -> None:
        """Take beside the services what is remembered, and what stands under the lore: which books speak."""
        self._chat = chat
        self._remembered, self._books = remembered, books
        self._variables = VariablesHere(chat)
        self._theme = theme
        self._used = QLabel()
        self._bar = BudgetBar(theme)
        self._legend = Figures()
        self._budget = QWidget()
        self._missing = note("")
        self._line_title = caption("")
        self._line = words("")
        self._leaves = Figures()
        self._leaves_title = caption("")
        self._lore = LorePanel()
        self._last = Figures()
        self._last_title = caption("")
        inside = QWidget()
        super().__init__(inside, margin=18)
        self._build(inside)
        chat.opened.connect(self._refresh)
        chat.closed.connect(self._refresh)
        chat.budget_changed.connect(self._refresh)
        chat.statistics_changed.connect(self._refresh)
        theme.changed.connect(self._refresh)
        self._refresh()

    def _build(self, inside: QWidget) -> None:
        self._line_title.setText(self.tr("Memory line").upper())
        self._leaves_title.setText(self.tr("Leaves next").upper())
        self._last_title.setText(self.tr("Last reply").upper())
        head = QHBoxLayout()
        head.addWidget(soft(self.tr("Context")), 1)
        head.addWidget(self._used)
        column(self._budget, head, self._bar, self._legend, spacing=12)
        parts = (self._missing, self._budget, self._line_title, self._line)
        rest = (self._leaves_title, self._leaves, self._remembered, self._lore, self._books, self._variables)
        layout = column(inside, *parts, *rest, self._last_title, self._last, spacing=10)
        titles = (
            self._line_title,
            self._leaves_title,
            self._remembered,
            self._lore,
            self._books,
            self._variables,
            self._last_title,
        )
        for title in titles:
            layout.insertSpacing(layout.indexOf(title), 14)
        layout.addStretch(1)

    def _refresh(self, *_anything: object) -> None:
        budget = self._chat.budget
        self._budget.setVisible(budget is not None)
        self._missing.setVisible(budget is None)
        self._missing.setText(self._why_nothing())
        if budget is not None:
            self._show_budget(budget)
        self._show_line(budget)
        self._lore.show_lore(self._chat.lore if budget is not None else None)
        self._show_last(self._chat.statistics if self._chat.conversation else None)

    def _why_nothing(self) -> str:
        if self._chat.conversation is None:
            return self.tr("Open a conversation to see how it fills the model’s context.")
        return self.tr("Tokens are counted by the model: load one to see how the context is filled.")

    def _show_budget(self, budget: Budget) -> None:
        locale = QLocale()
        shares = shares_of(budget)
        text = self.tr("about {used} of {context}") if budget.about else self.tr("{used} of {context}")
        text = text.replace("{used}", locale.toString(budget.prompt_tokens))
        self._used.setText(text.replace("{context}", locale.toString(budget.context)))
        self._bar.show_shares(shares, budget.context)
        rows: list[tuple[QColor | None, str, str]] = [
            (share_colour(self._theme, s.name if s.filled else ""), s.label, locale.toString(s.tokens))
            for s in shares
        ]
        self._legend.show_rows(rows)

    def _show_line(self, budget: Budget | None) -> None:
        self._line.setText(self._line_words(budget))
        self._line_title.setVisible(bool(self._line.text()))
        leaving = budget is not None and bool(budget.leaves_next)
        self._leaves_title.setVisible(leaving)
        self._leaves.setVisible(leaving)
        if budget is not None and leaving:
            tokens = QLocale().toString(budget.leaves_next_tokens)
            name = _leaving_words(self._positions(budget, budget.leaves_next))
            text = self.tr("about {n} tokens") if budget.about else self.tr("{n} tokens")
            self._leaves.show_rows([(None, name, text.replace("{n}", tokens))])

    def _line_words(self, budget: Budget | None) -> str:
        persona = self._chat.persona
        if persona is None or self._chat.conversation is None:
            return ""
        name = persona.fields.spoken_name
        dropped = budget.dropped_messages if budget else 0
        line = self._chat.conversation.memory_line_id
        if not dropped and not line:
            return self.tr("{name} remembers everything said here.").replace("{name}", name)
        if not dropped:
            return self.tr("{name} remembers from the line in the transcript on.").replace("{name}", name)
        return (
            self.tr("{name} remembers from turn {turn} on; {count} earlier turns lie behind the line.")
            .replace("{name}", name)
            .replace("{turn}", QLocale().toString(dropped + 1))
            .replace("{count}", QLocale().toString(dropped))
        )

    def _positions(self, budget: Budget, ids: tuple[int, ...]) -> list[int]:
        in_window = sum(s.messages for s in budget.segments if s.kind is SpanKind.TURNS)
        page: list[Message] = self._chat.page(limit=in_window + _SPARE_MESSAGES)
        return [message.position for message in page if message.id in set(ids)]

    def _show_last(self, last: ReplyStatistics | None) -> None:
        self._last_title.setVisible(last is not None)
        self._last.setVisible(last is not None)
        if last is None:
            return
        locale = QLocale()
        read = self.tr("{n} of {m} tokens").replace("{n}", locale.toString(last.evaluated))
        self._last.show_rows(
            [
                (
                    None,
                    self.tr("Speed"),
                    self.tr("{n} tokens/s").replace("{n}", f"{last.tokens_per_second:.1f}"),
                ),
                (None, self.tr("Read anew"), read.replace("{m}", locale.toString(last.prompt_tokens))),
                (
                    None,
                    self.tr("Kept, moved"),
                    f"{locale.toString(last.kept)}, {locale.toString(last.shifted)}",
                ),
                (None, self.tr("First token"), seconds_words(last.first_token_ms)),
                (
                    None,
                    self.tr("Written"),
                    self.tr("{n} tokens").replace("{n}", locale.toString(last.generated)),
                ),
            ]
        )


def _leaving_words(positions: Sequence[int]) -> str:
    """Name turns by their numbers, from the first to the last."""
    if not positions:
        return QCoreApplication.translate("MemoryTab", "The oldest turns")
    return turns_words(positions[0], positions[-1])


def seconds_words(milliseconds: float) -> str:
    """Word a short time, in milliseconds below one second."""
    if milliseconds < 1000:
        return QCoreApplication.translate("MemoryTab", "{n} ms").replace("{n}", f"{milliseconds:.0f}")
    return QCoreApplication.translate("MemoryTab", "{n} s").replace("{n}", f"{milliseconds / 1000:.1f}")
