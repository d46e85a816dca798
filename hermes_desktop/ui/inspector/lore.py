"""Knows how the lore of a reply is listed: which entries fired, on which word, what was cut; not why."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QWidget

from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.lore import Hit, Lore, Lost, Miss, Why
from hermes_desktop.ui.pieces import caption, column, note

_CONTEXT = "LorePanel"
_LINES_SHOWN = 10  # entries; more are scrolled
_WHY: dict[Why, str] = {
    Why.KEY: QT_TRANSLATE_NOOP("LorePanel", "on “{word}”"),
    Why.RECURSION: QT_TRANSLATE_NOOP("LorePanel", "on “{word}” in {entry}"),
    Why.CONSTANT: QT_TRANSLATE_NOOP("LorePanel", "always there"),
    Why.FORCED: QT_TRANSLATE_NOOP("LorePanel", "always there, as it says itself"),
    Why.STICKY: QT_TRANSLATE_NOOP("LorePanel", "stays from before"),
}


_LOST: dict[Lost, str] = {
    Lost.GROUP: QT_TRANSLATE_NOOP("LorePanel", "another of its group was chosen"),
    Lost.CHANCE: QT_TRANSLATE_NOOP("LorePanel", "a probability of {n} % was against it"),
}


class LorePanel(QWidget):
    """List the entries in the prompt and those for which there was no room."""

    def __init__(self) -> None:
        super().__init__()
        self._title = caption(self.tr("Lore"))
        self._used = note("")
        self._fired = HitList(self.tr("Lore entries in the prompt"))
        self._cut_title = caption(self.tr("Lore without room"))
        self._cut = HitList(self.tr("Lore entries for which there was no room"))
        self._slow = note("")
        parts = (self._title, self._used, self._fired, self._cut_title, self._cut, self._slow)
        layout = column(self, *parts, spacing=8)
        layout.insertSpacing(layout.indexOf(self._cut_title), 6)
        self.show_lore(None)

    def show_lore(self, lore: Lore | None) -> None:
        """List other entries; nothing at all where no book speaks."""
        self.setVisible(lore is not None and bool(lore.budget))
        lore = lore or Lore()
        self._used.setText(self._sum_words(lore))
        self._fired.show_hits(lore.hits)
        self._cut.show_hits(lore.cut)
        self._cut_title.setVisible(bool(lore.cut))
        self._slow.setVisible(bool(lore.slow))
        text = self.tr("Patterns of these took too long and rest until the app is started again: {names}")
        self._slow.setText(text.replace("{names}", ", ".join(lore.slow)))

    def _sum_words(self, lore: Lore) -> str:
        if not lore.hits:
            return self.tr("No entry of the lorebook is in the prompt.")
        locale = QLocale()
        text = self.tr("about {used} of {budget} tokens, {late} for what comes and goes")
        text = text.replace("{used}", locale.toString(lore.tokens))
        text = text.replace("{budget}", locale.toString(lore.budget))
        return text.replace("{late}", locale.toString(lore.late_budget))


class HitList(QListWidget):
    """List entries, as high as they need; the arrow keys walk along them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("role", "hits")
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """List other entries."""
        self.show_words([hit_words(hit) for hit in hits])

    def show_words(self, lines: Sequence[str]) -> None:
        """List other words; what was chosen stays so where it is still there."""
        chosen = self.currentItem().text() if self.currentItem() is not None else ""
        self.clear()
        for words in lines:
            item = QListWidgetItem(words)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words.replace("\n", ", "))
            self.addItem(item)
            if words == chosen:
                self.setCurrentItem(item)
        self.setVisible(bool(lines))
        self.doItemsLayout()  # words that wrap know their height only then
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Grow with lines that wrap."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        rows = min(self.count(), _LINES_SHOWN)
        height = sum(self.sizeHintForRow(row) for row in range(rows)) + 2 * self.frameWidth()
        more = self.count() > rows
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if more else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        if height != self.height():
            self.setFixedHeight(height)


def hit_words(hit: Hit) -> str:
    """Word an entry that fired: its name; why, its tokens, and the book where that has a name."""
    tokens = QCoreApplication.translate(_CONTEXT, "about {n} tokens")
    parts = (_why_words(hit), tokens.replace("{n}", QLocale().toString(hit.tokens)), hit.book.strip())
    return f"{hit.entry.label}\n" + ", ".join(part for part in parts if part)


def miss_words(miss: Miss) -> str:
    """Word an entry whose keys were there, and what kept it away."""
    lost = QCoreApplication.translate(_CONTEXT, _LOST[miss.lost])
    lost = lost.replace("{n}", f"{miss.hit.entry.probability:g}")
    return f"{miss.hit.entry.label}\n{_why_words(miss.hit)}, {lost}"


def _why_words(hit: Hit) -> str:
    through = hit.through or QCoreApplication.translate(_CONTEXT, "another entry")
    why = QCoreApplication.translate(_CONTEXT, _WHY[hit.why])
    return why.replace("{entry}", through).replace("{word}", hit.word)
