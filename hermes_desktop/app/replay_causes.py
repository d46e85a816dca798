"""Knows with what a model has to be loaded so that a reply comes out the same, and what prevents that."""

import contextlib

from hermes_desktop.domain.conversation import GenerationRecord
from hermes_desktop.domain.device import RPC_DEVICE
from hermes_desktop.domain.model_file import ALL_LAYERS, KvType, LoadedModel, LoadOptions
from hermes_desktop.domain.replay import Cause, Reason, Recipe

MOST_THREADS = 256  # nobody has more; a record may come from a stranger
_MOST_BATCH = 8192
_PROCESSOR = "CPU"


def options_of(record: GenerationRecord, recipe: Recipe) -> LoadOptions:
    """Give what a model is to be loaded with to be as it was."""
    kind: KvType | None = None
    with contextlib.suppress(ValueError):
        kind = KvType(record.kv_type)
    threads = max(record.threads, *(batch.threads for batch in recipe.batches), 0)
    return LoadOptions(
        context=max(record.context, 1),
        kv_type=kind,
        gpu_layers=_layers(record),
        flash_attention=recipe.flash_attention,
        threads=min(threads, MOST_THREADS),
        batch=min(max(recipe.batch, 1), _MOST_BATCH),
    )


def borrowed(record: GenerationRecord) -> bool:
    """Say whether a part of the model lay on other computers."""
    return any(device.startswith(RPC_DEVICE) for device in record.devices)


def reasons(
    record: GenerationRecord, recipe: Recipe, model: LoadedModel, *, hashed: bool
) -> tuple[Reason, ...]:
    """Say why a reply that was made again may be another one, the likeliest first."""
    devices = tuple(f"{device.name}:{device.layers}" for device in model.devices)
    attention = (str(recipe.flash_attention), str(model.flash_attention))
    pairs = [
        (Cause.BUILD, record.build, model.build),
        (Cause.DEVICES, ", ".join(record.devices), ", ".join(devices)),
        (Cause.KV_TYPE, record.kv_type, model.kv_type.value),
        (Cause.ATTENTION, *attention),
        (Cause.CONTEXT, f"{record.context:,}", f"{model.context:,}"),
        (Cause.THREADS, *_threads(record, recipe, model)),
    ]
    found = [Reason(cause, then, now) for cause, then, now in pairs if then != now]
    if any(batch.size < 1 for batch in recipe.batches):
        found.append(Reason(Cause.MOVED))
    if not hashed:
        found.append(Reason(Cause.FILE))
    return tuple(found) or (Reason(Cause.NONE),)


def _threads(record: GenerationRecord, recipe: Recipe, model: LoadedModel) -> tuple[str, str]:
    wanted = options_of(record, recipe).threads
    return f"{wanted:,}", f"{model.threads:,}"


def _layers(record: GenerationRecord) -> int:
    shares = [device.rpartition(":") for device in record.devices]
    placed = [int(layers) for name, _, layers in shares if name != _PROCESSOR and layers.isdecimal()]
    all_of_them = placed and not any(name == _PROCESSOR for name, _, _ in shares)
    return ALL_LAYERS if all_of_them else sum(placed)
