"""Knows which context and KV cache suit a model and a machine; not what the machine has.

What a person has fixed stays fixed. What is left open is chosen so:

- The context is 8,192 tokens, on which Hermes 3 was fine-tuned, or what the model was trained for where that
  is less. Longer ones cost memory and are not what the model is best at: who wants one says so.
- The cache is in 16 bits. Where only one in 8 bits (at almost no loss, half the size) lets the whole model
  lie on devices, it is that: a model that lies there whole answers many times as fast. Four bits can be
  heard, and nobody gets them unasked; nor 8 bits who has turned flash attention off, which they need.
- Beyond 90 % of the free main memory a machine begins to swap. There a cache in 8 bits is tried, then half
  the context, and so on, the finer cache first, down to 1,024 tokens: less has no room for a persona and a
  few turns.
- Where nothing stays below, the weights are the burden, and what takes the least is taken. Where not even
  that fits, the usual setting is: it will fail, and the failure is told with all that is missing.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from hermes_desktop.domain.fit import Advice, Fit
from hermes_desktop.domain.model_file import AUTO_LAYERS, KvType, LoadOptions, ModelGeometry
from hermes_desktop.domain.setting import Reason, Setting, Space
from hermes_desktop.fitting import memory, placement

LEAST_CONTEXT = 1024  # tokens

_Laid = tuple[LoadOptions, Fit]


def setting(geometry: ModelGeometry, options: LoadOptions, space: Space) -> Setting:
    """Fill in what options leave open."""
    tried = [(each, fit(geometry, each, space)) for each in _settings(geometry, options)]
    (best, laid), reason = _best(geometry, options, tried)
    smaller = None if laid.advice is Advice.FITS else less(geometry, best, space)
    return Setting(best, reason, laid, space, smaller)


def less(geometry: ModelGeometry, options: LoadOptions, space: Space) -> LoadOptions | None:
    """Give the largest setting that takes less than this one and leaves enough free; None: none does.

    Nothing is taken for fixed here but the layers on devices, as long as there is a way with them.
    """
    options = replace(options, context=_length(geometry, options))
    most = _beside_weights(geometry, options)
    kinds = tuple(dict.fromkeys((options.cache, KvType.Q8_0)))
    for context, kind in product(_contexts(options.context), kinds):
        tried = replace(options, context=context, kv_type=kind, flash_attention=True)
        if _beside_weights(geometry, tried) < most and _is_roomy(geometry, tried, space):
            return tried
    if options.gpu_layers == AUTO_LAYERS or not space.devices:
        return None
    free = replace(options, gpu_layers=AUTO_LAYERS)
    return free if _is_roomy(geometry, free, space) else less(geometry, free, space)


def fit(geometry: ModelGeometry, options: LoadOptions, space: Space) -> Fit:
    """Lay a model into the memory with options that leave nothing open."""
    return memory.fit(
        geometry,
        options.context,
        options.cache,
        ram=space.ram,
        rooms=space.devices,
        layers=placement.asked(geometry, options),
        flash_attention=options.flash_attention,
    )


def _settings(geometry: ModelGeometry, options: LoadOptions) -> Iterator[LoadOptions]:
    """Give all that options leave open, the one that is wanted most first."""
    wanted = _length(geometry, options)
    contexts = (wanted,) if options.context > 0 else tuple(_contexts(wanted))
    open_kinds = (KvType.F16, KvType.Q8_0) if options.flash_attention else (KvType.F16,)
    kinds = open_kinds if options.kv_type is None else (options.kv_type,)
    for context, kind in product(contexts, kinds):
        flash = options.flash_attention or kind is not KvType.F16  # the engine has no other way
        yield replace(options, context=context, kv_type=kind, flash_attention=flash)


def _length(geometry: ModelGeometry, options: LoadOptions) -> int:
    """Give the tokens that are wanted; no context is longer than the model was trained for."""
    wanted = options.context if options.context > 0 else memory.USUAL_CONTEXT
    return min(wanted, geometry.context or wanted)


def _contexts(longest: int) -> Iterator[int]:
    yield longest
    while (longest := longest // 2 // memory.CONTEXT_STEP * memory.CONTEXT_STEP) >= LEAST_CONTEXT:
        yield longest


def _best(geometry: ModelGeometry, options: LoadOptions, tried: list[_Laid]) -> tuple[_Laid, Reason]:
    wanted, *others = tried
    roomy = [each for each in tried if each[1].advice is Advice.FITS]
    fitting = [each for each in tried if each[1].fits]
    if not others:
        return wanted, _why_wanted(geometry, options, wanted)
    if not fitting:
        return wanted, Reason.TOO_MUCH
    if not roomy:
        return min(fitting, key=lambda each: each[1].total_ram), Reason.LEAST
    best = roomy[0]
    whole = next((each for each in roomy if each[0].context == best[0].context and _is_whole(each[1])), best)
    if whole is not best and options.gpu_layers == AUTO_LAYERS:
        return whole, Reason.WHOLE
    if best[0].context < wanted[0].context:
        return best, Reason.SHORTER
    return best, Reason.SMALLER_CACHE if best is not wanted else _why_wanted(geometry, options, best)


def _why_wanted(geometry: ModelGeometry, options: LoadOptions, laid: _Laid) -> Reason:
    if options.context > 0 and options.kv_type is not None:
        return Reason.GIVEN
    if laid[1].advice is not Advice.FITS:
        return Reason.LEAST if laid[1].fits else Reason.TOO_MUCH
    shorter = options.context <= 0 and 0 < geometry.context < memory.USUAL_CONTEXT
    return Reason.TRAINED if shorter else Reason.USUAL


def _is_whole(laid: Fit) -> bool:
    return laid.gpu_layers == laid.layers


def _is_roomy(geometry: ModelGeometry, options: LoadOptions, space: Space) -> bool:
    return fit(geometry, options, space).advice is Advice.FITS


def _beside_weights(geometry: ModelGeometry, options: LoadOptions) -> int:
    need = memory.memory(geometry, options.context, options.cache, flash_attention=options.flash_attention)
    return need.kv + need.compute
