"""Knows how one side of the sandbox is shown: what plays, its reply, its figures; not when it is written."""

from collections.abc import Sequence

from PySide6.QtCore import QSizeF, Qt, QUrl, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSizePolicy, QTextBrowser, QWidget

from hermes_desktop.app import markup
from hermes_desktop.app.sandbox import Candidate, Figures, Outcome, Setting
from hermes_desktop.app.sentences import sentence
from hermes_desktop.ui.pieces import button, caption, column, field, note
from hermes_desktop.ui.theme import Theme


class ReplyText(QTextBrowser):
    """Show a reply as the transcript does, as high as it is; it loads nothing and leads nowhere."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._text = ""
        self.setProperty("role", "reply")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        theme.changed.connect(self._show)
        self.hide()

    def show_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setVisible(bool(text))
            self._show()

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Load nothing, whatever a reply names."""
        return None

    def _show(self, *_anything: object) -> None:
        colours = markup.DARK if self._theme.dark else markup.LIGHT
        self.document().setDefaultStyleSheet(markup.style_sheet(colours, self._theme.text_size))
        font = QFont(self._theme.font)
        font.setPixelSize(self._theme.text_size)
        self.document().setDefaultFont(font)
        self.setHtml(markup.to_html(self._text))

    def _fit(self, size: QSizeF) -> None:
        self.setFixedHeight(int(size.height()) + 2)


class SidePanel(QFrame):
    """Choose a version and a preset, and read what they answer."""

    keep_requested = Signal()

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(name)
        self._candidates: list[Candidate] = []
        self._version, self._preset = QComboBox(), QComboBox()
        for box, said in ((self._version, self.tr("Version")), (self._preset, self.tr("Preset"))):
            box.setAccessibleName(f"{name}: {said}")
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
        self.reply = ReplyText(theme)
        self.reply.setAccessibleName(f"{name}: {self.tr('reply')}")
        self._state = note("")
        self._figures = note("")
        self._keep = button("", "plain")
        self._keep.clicked.connect(self.keep_requested)
        self._build(name)
        self.clear("")

    def offer(
        self, candidates: Sequence[Candidate], presets: Sequence[str], chosen: int, preset: str
    ) -> None:
        """Offer these versions and presets."""
        self._candidates = list(candidates)
        self._version.clear()
        newest = max((each.version.version for each in candidates if each.version), default=0)
        for each in candidates:
            self._version.addItem(self._words(each, newest))
        self._version.setCurrentIndex(min(chosen, len(candidates) - 1))
        self._preset.clear()
        self._preset.addItems(list(presets))
        self._preset.setCurrentText(preset)

    @property
    def setting(self) -> Setting:
        """Give what is chosen."""
        return Setting(self._candidates[self._version.currentIndex()], self._preset.currentText())

    def clear(self, state: str) -> None:
        """Show no reply, and what is being waited for."""
        self.reply.show_text("")
        self.say(state)
        self._figures.hide()
        self._keep.hide()

    def say(self, state: str) -> None:
        """Say in a line how far it is; "" says nothing."""
        self._state.setText(state)
        self._state.setVisible(bool(state))

    def show_outcome(self, outcome: Outcome) -> None:
        """Show the whole reply and what it took."""
        self.reply.show_text(outcome.text)
        said = ""
        if outcome.error is not None:
            words = sentence(outcome.error)
            by_itself = outcome.figures is not None  # it ended; the figures say the rest
            said = words.text if by_itself else f"{words.text} {words.hint}"
        elif outcome.stopped or outcome.figures is None:
            said = self.tr("Stopped.")
        self.say(said)
        if outcome.figures is not None:
            self._figures.setText(self._told(outcome.figures))
            self._figures.show()

    def offer_keeping(self, *, draft: bool) -> None:
        """Offer to make a conversation of the reply; a draft is saved for it."""
        text = self.tr("Save the draft and keep this") if draft else self.tr("Keep this as a conversation")
        self._keep.setText(text)
        self._keep.setAccessibleName(f"{self.accessibleName()}: {text}")
        self._keep.show()

    def set_choosing(self, *, free: bool) -> None:
        """Let version and preset be chosen, or hold them while a reply is written."""
        self._version.setEnabled(free)
        self._preset.setEnabled(free)

    # ---- inside ------------------------------------------------------------------------------------

    def _build(self, name: str) -> None:
        choices = QHBoxLayout()
        choices.setSpacing(12)
        choices.addWidget(field(self.tr("Version"), self._version), 1)
        choices.addWidget(field(self.tr("Preset"), self._preset), 1)
        line = QWidget()
        line.setFixedHeight(1)
        line.setProperty("role", "rule")
        line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        whole = column(self, caption(name), choices, line, self.reply, self._state, spacing=12, margin=16)
        whole.addWidget(self._figures)
        whole.addWidget(self._keep, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addStretch(1)

    def _words(self, candidate: Candidate, newest: int) -> str:
        if candidate.draft:
            return self.tr("The draft, not saved")
        assert candidate.version is not None
        number = candidate.version.version
        words = self.tr("Version {n}, the newest") if number == newest > 1 else self.tr("Version {n}")
        return words.replace("{n}", str(number))

    def _told(self, figures: Figures) -> str:
        tokens = self.tr("{n} tokens").replace("{n}", f"{figures.tokens:,}")
        speed = self.tr("{n} a second").replace("{n}", f"{figures.tokens_per_second:,.1f}")
        seconds = self.tr("{n} s").replace("{n}", f"{figures.seconds:,.1f}")
        prompt = self.tr("prompt of {n}").replace("{n}", f"{figures.prompt_tokens:,}")
        return " · ".join((tokens, speed, seconds, prompt))
