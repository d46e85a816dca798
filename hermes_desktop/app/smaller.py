"""Knows how else a model could be loaded where it took too much memory; not whether that is done."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from hermes_desktop import machine
from hermes_desktop.app.notices import Notice, NoticeKind
from hermes_desktop.app.sentences import byte_size, sentence
from hermes_desktop.containers import model_header
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import KvType, LoadOptions, ModelGeometry
from hermes_desktop.fitting import memory
from hermes_desktop.hub import library

_LEAST = 1024  # tokens; below, a persona and a few turns have no room


def options_for(path: Path, options: LoadOptions, free: int) -> LoadOptions | None:
    """Give the largest setting below the one that failed that fits into so many free bytes; None: none does.

    `free` of 0 stands for what the machine has now. Raises the KnownErrors of reading a header.
    """
    geometry = model_header.read_geometry(library.first_part(path))
    return smaller(geometry, options, free or machine.free_memory())


def smaller(geometry: ModelGeometry, options: LoadOptions, free: int) -> LoadOptions | None:
    """Halve the context; at each length try flash attention and a cache in 8 bits, which cost little."""
    context = min(options.context, geometry.context or options.context)
    first = _needed(geometry, replace(options, context=context))
    while context >= _LEAST:
        for kind in dict.fromkeys((options.kv_type, KvType.Q8_0)):
            tried = replace(options, context=context, kv_type=kind, flash_attention=True)
            if _needed(geometry, tried) < min(first, memory.TIGHT * free):
                return tried
        context = context // 2 // memory.CONTEXT_STEP * memory.CONTEXT_STEP
    return None


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
    hint += text.replace("{context}", f"{found.context:,}").replace("{kv}", found.kv_type.value)
    return Notice(NoticeKind.ERROR, said.text, hint, action=_tr("Load it so"))


def _needed(geometry: ModelGeometry, options: LoadOptions) -> int:
    flash = options.flash_attention or options.kv_type is not KvType.F16
    return memory.fit(geometry, options.context, options.kv_type, ram=0, flash_attention=flash).total_ram


def _tr(text: str) -> str:
    return QCoreApplication.translate("Smaller", text)
