"""Knows how the header of a model file is told to a person, line by line; it reads no file."""

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout

from hermes_desktop.app.model_page import quality_of
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.domain.model_file import ModelFile, ModelHeader
from hermes_desktop.ui.models.card import built_with_llama, parameters_words
from hermes_desktop.ui.pieces import button, emptied, soft, words

_TOP = Qt.AlignmentFlag.AlignTop
_BREAK = "\u200b"  # where a long path may go on in the next line


class Facts(QFrame):
    """Show names on the left, what the file says on the right; what one may need elsewhere can be copied."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 14, 16, 14)
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)

    def show_model(self, model: ModelFile) -> None:
        """Show another model."""
        emptied(self._grid)
        rows = [row for row in (*about(model.header), *of_file(model)) if row[1]]
        for line, (name, text) in enumerate(rows):
            self._grid.addWidget(soft(name), line, 0, _TOP)
            self._grid.addWidget(words(text), line, 1)
        path = model.path.replace("/", f"/{_BREAK}").replace("\\", f"\\{_BREAK}")
        self._add_copied(self.tr("File"), path, model.path, self.tr("Copy the path"))
        if model.sha256:
            parts = [model.sha256[at : at + 8] for at in range(0, len(model.sha256), 8)]
            self._add_copied(self.tr("SHA-256"), " ".join(parts), model.sha256, self.tr("Copy the SHA-256"))

    def _add_copied(self, name: str, shown: str, copied: str, said: str) -> None:
        line = self._grid.rowCount()
        copy = button(self.tr("Copy"), "small", said)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(copied))
        self._grid.addWidget(soft(name), line, 0, _TOP)
        self._grid.addWidget(words(shown), line, 1)
        self._grid.addWidget(copy, line, 2, _TOP)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Facts", text)


def about(header: ModelHeader) -> list[tuple[str, str]]:
    """Say what the header says of the model; what it does not say is ""."""
    number = QLocale().toString
    quality = quality_of(header)
    tokens, heads = _tr("{n} tokens"), _tr("{n}, with {m} for keys and values")
    vocabulary = _tr("{name}, {n} tokens").replace("{name}", header.tokenizer)
    return [
        (_tr("Weights"), parameters_words(header.parameters)),
        (_tr("Quantisation"), ": ".join(part for part in (header.quantisation, quality) if part)),
        (_tr("Trained context"), tokens.replace("{n}", number(header.context)) if header.context else ""),
        (_tr("Architecture"), header.architecture),
        (_tr("Layers"), number(header.layers)),
        (_tr("Heads"), heads.replace("{n}", number(header.heads)).replace("{m}", number(header.kv_heads))),
        (_tr("Tokenizer"), vocabulary.replace("{n}", number(header.vocabulary))),
        (_tr("Prompt template"), _tr("in the file") if header.template.strip() else _tr("none in the file")),
    ]


def of_file(model: ModelFile) -> list[tuple[str, str]]:
    """Say what is known of the file itself."""
    verified = QDateTime.fromMSecsSinceEpoch(model.verified_at)
    day = QLocale().toString(verified, QLocale.FormatType.ShortFormat) if model.verified_at else ""
    return [
        (_tr("Built with"), _tr("Llama") if built_with_llama(model.header, model.name) else ""),
        (_tr("Licence"), model.header.licence or _tr("not named in the file")),
        (_tr("Size"), byte_size(model.size)),
        (_tr("Verified"), day or _tr("not yet")),
    ]
