"""Knows how a persona is sent out: for whom, as what, what that tells; not how a card is written."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from hermes_desktop.app.exports import ExportsService
from hermes_desktop.app.making import Export, Form, Purpose, Wish
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.sentences import byte_size, sentence
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.persona import Persona
from hermes_desktop.ui.pieces import (
    PAGE_WIDTH,
    LeaveByEscape,
    Scroll,
    button,
    caption,
    card,
    column,
    emptied,
    field,
    note,
    title,
    words,
)

_INDENT = 24  # pixels: where the words of a choice begin


class SharePage(Scroll):
    """Let a persona be saved for others or as a backup, and say before what that means."""

    left = Signal()

    def __init__(self, exports: ExportsService, notices: NoticesService) -> None:
        inside = QWidget()
        super().__init__(inside, width=PAGE_WIDTH)
        self._exports, self._notices = exports, notices
        self._persona: Persona | None = None
        self._export: Export | None = None
        self._asked = 0  # how often; an answer to an earlier question is not shown
        self._title = title("")
        self._back = button("‹", "link", self.tr("Back"))
        self._purposes, self._forms = Choices(), Choices()
        self._version = QComboBox()
        self._version_field = field(self.tr("Version of the card"), self._version)
        self._module = QCheckBox(self.tr("Leave out the module of RisuAI, with its lorebook and scripts"))
        self._reveals, self._remarks = _Lines(self.tr("What this reveals")), _Lines(self.tr("Worth knowing"))
        self._file = words("")
        self._about_file = note("")
        self._save = button(self.tr("Save…"), "primary", self.tr("Save to a file"))
        self._copy = button(self.tr("Copy card as JSON"))
        self._build(inside)
        LeaveByEscape(self).asked.connect(self.left)

    @property
    def persona(self) -> Persona | None:
        """Give the persona that is shown."""
        return self._persona

    def show_persona(self, persona: Persona) -> None:
        """Ask about another persona; what was chosen before for it stays."""
        if self._persona is None or self._persona.id != persona.id:
            self._purposes.choose(Purpose.SHARE)
            self._forms.choose(Form.PNG)
            self._module.setChecked(False)
            self.verticalScrollBar().setValue(0)
        self._persona = persona
        self._title.setText(self.tr("Share {name}").replace("{name}", persona.name))
        self._back.setText("‹ " + persona.name)
        self._back.setAccessibleName(self.tr("Back to {name}").replace("{name}", persona.name))
        self._show_versions()
        self._forms.focus()

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        self._add_choices()
        self._version.setMaximumWidth(280)
        self._back.clicked.connect(self.left)
        self._purposes.chosen.connect(self._ask)
        self._forms.chosen.connect(self._show_versions)
        self._version.activated.connect(self._ask)
        self._module.toggled.connect(self._ask)
        self._save.clicked.connect(self._on_save)
        self._copy.clicked.connect(self._on_copy)
        file = card()
        column(file, self._file, self._about_file, spacing=4, margin=16)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (self._save, self._copy):
            acts.addWidget(made)
        acts.addStretch(1)
        whole = column(inside, spacing=20)
        whole.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._title)
        whole.addWidget(_group(self.tr("For whom"), self._purposes))
        whole.addWidget(_group(self.tr("As what"), self._forms))
        whole.addWidget(self._version_field)
        whole.addWidget(self._module)
        for part in (self._reveals, self._remarks, file):
            whole.addWidget(part)
        whole.addLayout(acts)
        whole.addStretch(1)

    def _add_choices(self) -> None:
        for purpose, text, explanation in (
            (
                Purpose.SHARE,
                self.tr("For others"),
                self.tr("Without favourite marks, names of conversations, places on this computer."),
            ),
            (Purpose.BACKUP, self.tr("A backup"), self.tr("Everything, as it is.")),
        ):
            self._purposes.add(purpose, text, explanation)
        for form, text, explanation in (
            (
                Form.PNG,
                self.tr("Picture (PNG)"),
                self.tr("The picture with the card in it. Nearly every program takes it."),
            ),
            (Form.JSON, self.tr("Text (JSON)"), self.tr("The card alone, to be read or edited elsewhere.")),
            (
                Form.CHARX,
                self.tr("Archive (CHARX)"),
                self.tr("Card, picture and all further files. For RisuAI and newer programs."),
            ),
            (Form.YAML, self.tr("Oobabooga (YAML)"), self.tr("Name, greeting and one text of the rest.")),
        ):
            self._forms.add(form, text, explanation)

    # ---- asking ------------------------------------------------------------------------------------

    def _show_versions(self) -> None:
        """Offer the versions that the form knows, where there is a choice."""
        assert self._persona is not None
        form = Form(self._forms.value)
        offered = {
            Form.PNG: ((self.tr("V3 and V2 together"), ""), (self.tr("V2 alone"), "v2")),
            Form.JSON: ((self.tr("As it is"), ""), (self.tr("V3"), "v3"), (self.tr("V2"), "v2")),
        }.get(form, ())
        self._version.clear()
        for text, spec in offered:
            self._version.addItem(text, spec)
        self._version_field.setVisible(bool(offered))
        self._module.setVisible(form is Form.CHARX and self._exports.has_module(self._persona))
        self._ask()

    def _wish(self) -> Wish:
        return Wish(
            Form(self._forms.value),
            self._version.currentData() or "",
            Purpose(self._purposes.value),
            keep_module=not (self._module.isChecked() and self._module.isVisibleTo(self)),
        )

    def _ask(self, *_anything: object) -> None:
        if self._persona is None:
            return
        self._asked += 1
        number = self._asked
        self._save.setEnabled(False)
        self._export = None
        self._exports.start(
            self._persona,
            self._wish(),
            lambda export: self._on_written(number, export),
            lambda error: self._on_failed(number, error),
        )

    def _on_written(self, number: int, export: Export) -> None:
        if number != self._asked:
            return
        self._export = export
        nothing = self.tr("Nothing beside the persona itself.")
        self._reveals.show_lines(export.reveals or (nothing,))
        self._remarks.show_lines(export.remarks)
        self._file.setText(export.name)
        size = byte_size(len(export.data))
        as_it_came = self.tr("{size}, byte for byte as it came")
        self._about_file.setText((as_it_came if export.untouched else "{size}").replace("{size}", size))
        self._save.setEnabled(True)

    def _on_failed(self, number: int, error: KnownError) -> None:
        if number == self._asked:
            said = sentence(error)
            self._remarks.show_lines((said.text, said.hint))

    # ---- saving ------------------------------------------------------------------------------------

    def _on_save(self) -> None:
        export = self._export
        if export is None:
            return
        dialog = QFileDialog(self, self.tr("Save persona"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(export.name).suffix.removeprefix("."))
        dialog.selectFile(export.name)
        dialog.fileSelected.connect(lambda file: self.save(Path(file), export))
        dialog.open()

    def save(self, file: Path, export: Export) -> None:
        """Write the file off the event loop, and say so."""
        self._exports.save(file, export, self._on_saved, self._notices.post_error)

    def _on_saved(self, file: Path) -> None:
        said = self.tr("{file} was saved.").replace("{file}", file.name)
        self._notices.post(folder_notice(said, self.tr("Show folder"), file.parent))

    def _on_copy(self) -> None:
        assert self._persona is not None
        text = self._exports.card_text(self._persona, Purpose(self._purposes.value))
        QGuiApplication.clipboard().setText(text)
        self._notices.post(Notice(NoticeKind.INFO, self.tr("The card is on the clipboard.")))


def folder_notice(text: str, action: str, folder: Path) -> Notice:
    """Tell that something was saved, and offer to look where it lies."""

    def show() -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    return Notice(NoticeKind.INFO, text, hint=str(folder), action=action, act=show)


def _group(text: str, choices: QWidget) -> QWidget:
    whole = QWidget()
    column(whole, caption(text), choices, spacing=8)
    choices.setAccessibleName(text)
    return whole


class Choices(QWidget):
    """Offer one of several, each with a line about it."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._buttons = QButtonGroup(self)
        self._values: list[str] = []
        self._column = column(self, spacing=12)
        self._buttons.idClicked.connect(lambda _number: self.chosen.emit())

    def add(self, value: str, text: str, explanation: str) -> None:
        """Add a choice at the end."""
        made = QRadioButton(text)
        made.setAccessibleName(text)
        made.setAccessibleDescription(explanation)
        self._buttons.addButton(made, len(self._values))
        self._values.append(value)
        said = note(explanation)
        said.setContentsMargins(_INDENT, 0, 0, 0)
        whole = QVBoxLayout()
        whole.setSpacing(2)
        whole.addWidget(made)
        whole.addWidget(said)
        self._column.addLayout(whole)

    def choose(self, value: str) -> None:
        """Choose without telling."""
        self._buttons.button(self._values.index(value)).setChecked(True)

    def focus(self) -> None:
        """Give the chosen one the keyboard."""
        self._buttons.button(max(self._buttons.checkedId(), 0)).setFocus()

    @property
    def value(self) -> str:
        """Give what is chosen."""
        return self._values[max(self._buttons.checkedId(), 0)]


class _Lines(QWidget):
    """List sentences under a heading; nothing is shown where there are none."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        column(self, caption(text), self._list, spacing=8)
        self.hide()

    def show_lines(self, lines: Sequence[str]) -> None:
        """Show these."""
        emptied(self._list)
        for line in lines:
            made: QLabel = words(line)
            self._list.addWidget(made)
        self.setVisible(bool(lines))
