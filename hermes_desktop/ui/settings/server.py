"""Knows how a server that is to play is set up; what it is asked and told is the services' business."""

from dataclasses import replace

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from hermes_desktop.app.models import ModelsService, ModelState
from hermes_desktop.app.remote import Remote
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.token import TokenPlace
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import LoadedModel
from hermes_desktop.domain.remote import (
    KEY_VARIABLE,
    RemoteForm,
    RemoteModel,
    RemoteServer,
    host_of,
    is_open,
    remote_address,
)
from hermes_desktop.ui.pieces import button, card, column, field, heading, note, number
from hermes_desktop.ui.settings.token import TokenField, TokenWords

_LONGEST = 1_048_576  # tokens
_PATIENCE = (5, 3600)  # seconds
_FORMS = (RemoteForm.AUTO, RemoteForm.CHATML, RemoteForm.CHAT)


class ServerPart(QWidget):
    """Name a server, give its key, choose its model, let it play."""

    def __init__(self, remote: Remote, models: ModelsService, value: RemoteServer) -> None:
        super().__init__()
        self._remote, self._models = remote, models
        self._plays = QCheckBox(self.tr("Let the server play: replies leave this computer"))
        self._address = QLineEdit(value.address)
        self._address.setPlaceholderText("http://192.168.1.20:8080/v1")
        self._open = _warning()
        self._refused = _warning()
        self._model, self._model_name = QComboBox(), QLineEdit()
        self._model.setLineEdit(self._model_name)
        self._model.setAccessibleName(self.tr("Model"))
        self._model.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._model_name.setPlaceholderText(self.tr("the first one that it offers"))
        self._model.setEditText(value.model)
        self._list = button(self.tr("Ask for its models"))
        self._listed = note("")
        self._context = number(0, _LONGEST, self.tr("as the server says"))
        self._context.setSingleStep(1024)
        self._context.setValue(value.context)
        self._form = QComboBox()
        self._form.addItems(
            [self.tr("Automatic"), self.tr("Our ChatML, as text"), self.tr("As messages, by its template")]
        )
        self._form.setCurrentIndex(_FORMS.index(value.form))
        self._patience = number(*_PATIENCE, "")
        self._patience.setValue(value.patience)
        self._state = note("")
        self._build()
        self._wire()
        self._refresh()

    # ---- building ----------------------------------------------------------------------------------

    def _build(self) -> None:
        said = note(
            self.tr(
                "A server with OpenAI’s protocol can play in the place of a model on this computer: vLLM, "
                "llama.cpp’s server, Ollama, LM Studio, or a paid one. It is then sent the persona, your "
                "profile and the conversation. While this is off, nothing is sent."
            )
        )
        address = field(self.tr("Address of the server"), self._address)
        model = QWidget()
        line = QHBoxLayout(model)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._model, 1)
        line.addWidget(self._list)
        model.setFocusProxy(self._model)
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(14)
        context = self.tr("Tokens that it has room for; many servers do not say it.")
        form = self.tr("Automatic is our ChatML where the server takes plain text.")
        patience = self.tr("Without a byte, before it counts as silent; reading a long prompt takes time.")
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(field(self.tr("Context"), self._context, context), 0, 0, top)
        grid.addWidget(field(self.tr("Wait at most (seconds)"), self._patience, patience), 0, 1, top)
        grid.addWidget(field(self.tr("How prompts are sent"), self._form, form), 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        frame = card()
        column(frame, self._plays, self._state, margin=16, spacing=6)
        parts = (heading(self.tr("A server that plays")), said, frame, address, self._refused, self._open)
        key = TokenField(self._remote.keys, self._key_words())
        rest = (key, field(self.tr("Model"), model), self._listed, grid)
        column(self, *parts, *rest, spacing=14).addStretch(1)

    def _key_words(self) -> TokenWords:
        return TokenWords(
            label=self.tr("Key of the server"),
            placeholder="sk-…",
            explanation=self.tr("Shown to this server alone; with another address it is forgotten."),
            keep=self.tr("Keep the key"),
            forget=self.tr("Forget the key"),
            places={
                TokenPlace.NONE: self.tr("There is none; servers of your own often want none."),
                TokenPlace.ENVIRONMENT: self.tr("The one in the variable {name} is used.").replace(
                    "{name}", KEY_VARIABLE
                ),
            },
        )

    def _wire(self) -> None:
        self._plays.toggled.connect(self._on_plays)
        self._address.editingFinished.connect(self._on_address)
        self._list.clicked.connect(self._on_list)
        self._model_name.editingFinished.connect(self._keep)
        self._model.activated.connect(self._keep)
        self._context.editingFinished.connect(self._keep)
        self._patience.editingFinished.connect(self._keep)
        self._form.activated.connect(self._keep)
        self._remote.changed.connect(self._refresh)
        self._remote.models_found.connect(self._on_listed)
        self._remote.models_failed.connect(self._on_not_listed)
        self._models.state_changed.connect(self._refresh)

    # ---- what was changed --------------------------------------------------------------------------

    def _on_plays(self, on: bool) -> None:
        if on and not self._remote.known.address:
            self._plays.setChecked(False)
            self._address.setFocus()
            return
        self._remote.turn(on=on)

    def _on_address(self) -> None:
        text = self._address.text().strip()
        try:
            address = remote_address(text) if text else ""
        except KnownError as error:
            self._say_refused(error)
            return
        self._refused.hide()
        self._address.setText(address)
        if not address:
            self._remote.turn(on=False)
        if address != self._remote.known.address:
            self._model.clear()
            self._listed.clear()
            self._keep()

    def _keep(self, *_anything: object) -> None:
        before = self._remote.known
        try:
            address = remote_address(self._address.text()) if self._address.text().strip() else ""
        except KnownError:
            address = before.address
        self._remote.set_up(
            replace(
                before,
                address=address,
                model=self._model.currentText().strip(),
                context=self._context.value(),
                form=_FORMS[self._form.currentIndex()],
                patience=self._patience.value(),
            )
        )

    def _on_list(self) -> None:
        self._keep()
        if self._remote.known.address:
            self._remote.list_models(self._remote.known)
        else:
            self._address.setFocus()

    def _on_listed(self, found: list[RemoteModel]) -> None:
        chosen = self._model.currentText()
        self._model.clear()
        self._model.addItems([model.id for model in found])
        self._model.setEditText(chosen)
        text = self.tr("It offers {n} models.") if len(found) != 1 else self.tr("It offers one model.")
        self._listed.setText(text.replace("{n}", QLocale().toString(len(found))))

    def _on_not_listed(self, error: KnownError) -> None:
        said = sentence(error)
        self._listed.setText(f"{said.text} {said.hint}")

    def _say_refused(self, error: KnownError) -> None:
        said = sentence(error)
        self._refused.setText(f"{said.text} {said.hint}")
        self._refused.show()

    # ---- showing -----------------------------------------------------------------------------------

    def _refresh(self, *_anything: object) -> None:
        known, plays = self._remote.known, bool(self._remote.host)
        self._plays.blockSignals(True)
        self._plays.setChecked(plays)
        self._plays.blockSignals(False)
        if not self._address.hasFocus():
            self._address.setText(known.address)
        self._list.setEnabled(not self._remote.asking)
        open_ = bool(known.address) and is_open(known.address)
        text = self.tr("What is sent to {host} can be read on its way: use https, or an SSH tunnel.")
        self._open.setText(text.replace("{host}", host_of(known.address)))
        self._open.setVisible(open_)
        self._state.setText(self._state_words())

    def _state_words(self) -> str:
        if not self._remote.host:
            return self.tr("Off: a model on this computer plays.")
        loaded, state = self._models.loaded, self._models.state
        if loaded is not None and loaded.served is not None:
            return self._playing_words(loaded)
        if state is ModelState.LOADING:
            return self.tr("Asking {host} …").replace("{host}", self._remote.host)
        return self._models.engine_words or self.tr("Asked with the next message.")

    def _playing_words(self, loaded: LoadedModel) -> str:
        served = loaded.served
        assert served is not None
        told = (
            self.tr("context of {n} tokens")
            if served.context_told
            else self.tr("context of {n} tokens, assumed")
        )
        counts = (
            self.tr("tokens are counted there")
            if served.exact
            else self.tr("it does not count tokens: they are estimated, and marked “about”")
        )
        parts = [f"{loaded.name} · {served.host}", *([served.kind] if served.kind else [])]
        parts += [told.replace("{n}", QLocale().toString(loaded.context)), counts]
        return " · ".join(parts)


def _warning() -> QLabel:
    shown = note("")
    shown.setProperty("role", "warning")
    shown.hide()
    return shown
