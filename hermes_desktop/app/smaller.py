"""Knows how else a model could be loaded where it took too much memory; not whether that is done."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication

from hermes_desktop import machine
from hermes_desktop.app.notices import Notice, NoticeKind
from hermes_desktop.app.sentences import byte_size, sentence
from hermes_desktop.containers import model_header
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.setting import Space
from hermes_desktop.fitting.setting import less
from hermes_desktop.hub import library


def options_for(path: Path, options: LoadOptions, free: int) -> LoadOptions | None:
    """Give the largest setting below the one that failed that fits into so many free bytes; None: none does.

    `free` of 0 stands for what the machine has now. Raises the KnownErrors of reading a header.
    """
    geometry = model_header.read_geometry(library.first_part(path))
    return less(geometry, options, Space(free or machine.free_memory()))


def notice(error: KnownError, found: LoadOptions | None) -> Notice:
    """Word the failure, with what is offered instead; the act is left to whoever shows it."""
    said = sentence(error)
    needed, free = int(error.values["needed"]), int(error.values["free"])
    hint = ""
    if needed and free:
        hint = _tr("It asked for {needed} at once; {free} is free.")
        hint = hint.replace("{needed}", byte_size(needed)).replace("{free}", byte_size(free)) + " "
    if found is None:
        return Notice(NoticeKind.ERROR, said.text, hint + said.hint)
    text = _tr("With a context of {context} tokens, a KV cache in {kv} and flash attention it fits.")
    hint += text.replace("{context}", f"{found.context:,}").replace("{kv}", found.cache.value)
    return Notice(NoticeKind.ERROR, said.text, hint, action=_tr("Load it so"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Smaller", text)
