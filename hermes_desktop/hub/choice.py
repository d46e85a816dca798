"""Knows which of the published files suits a machine best; not what else a person may prefer."""

from collections.abc import Sequence

from hermes_desktop.domain.fit import Advice
from hermes_desktop.fitting import memory
from hermes_desktop.hub.catalogue import Offer

USUAL = "Q4_K_M"  # the coarsest mixture that is good
LARGE_SHARE = 0.7  # of the main memory that a model in its usual mixture may take
FINE_SHARE = 0.375  # of it that a finer mixture may take: it is slower, and other programs want to live


def best(offers: Sequence[Offer], *, ram: int, vram: int = 0) -> Offer | None:
    """Choose for a machine with so many bytes of memory; None where nothing fits.

    What fits a GPU as a whole comes first, since it answers many times as fast.
    """
    return _on_gpu(offers, vram) or _in_ram(offers, ram)


def fitting(offers: Sequence[Offer], *, ram: int, rooms: Sequence[int] = ()) -> Offer | None:
    """Choose what fits with ease into so many free bytes, and on devices with these rooms."""
    found = [
        offer
        for offer in offers
        if memory.fit(offer.geometry, memory.USUAL_CONTEXT, ram=ram, rooms=rooms).advice is Advice.FITS
    ]
    return _finest(found, found) if found else None


def _on_gpu(offers: Sequence[Offer], vram: int) -> Offer | None:
    whole = [offer for offer in offers if _layers_left(offer, vram) == 0]
    return _finest(whole, whole)


def _layers_left(offer: Offer, vram: int) -> int:
    fit = memory.fit(offer.geometry, memory.USUAL_CONTEXT, ram=0, rooms=memory.one_gpu(vram))
    return fit.layers - fit.gpu_layers


def _in_ram(offers: Sequence[Offer], ram: int) -> Offer | None:
    possible = [offer for offer in offers if _need(offer) <= LARGE_SHARE * ram]
    return _finest(possible, [offer for offer in possible if _need(offer) <= FINE_SHARE * ram])


def _need(offer: Offer) -> int:
    return memory.fit(offer.geometry, memory.USUAL_CONTEXT, ram=0).total_ram


def _finest(possible: Sequence[Offer], fine: Sequence[Offer]) -> Offer | None:
    """Take the largest family that is possible in the usual mixture, and the finest file of it."""
    usual = [offer for offer in possible if offer.quantisation == USUAL]
    if not usual:
        return max(possible, key=_fineness, default=None)
    family, least = usual[-1].family, usual[-1].geometry.weights
    of_family = [offer for offer in usual if offer.family is family]
    of_family += [offer for offer in fine if offer.family is family and offer.geometry.weights > least]
    return max(of_family, key=_fineness)


def _fineness(offer: Offer) -> tuple[int, int]:
    """Order files by what they keep; of two alike, that of the model's makers has the shorter name."""
    return offer.geometry.weights, -len(offer.id)
