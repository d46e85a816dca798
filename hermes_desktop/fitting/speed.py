"""Knows how fast a model would write on a machine that was measured; not how it is measured.

To write a token is to read every weight once. Where the memory is the brake, the time goes with the bytes;
where the processor is, with the number of weights. Two measured formats say how much of both it is here.
"""

from hermes_desktop.domain.model_file import ModelGeometry
from hermes_desktop.domain.speed import Calibration

_BITS = (1.0, 17.0)  # of a weight; beyond, the tensors are not those of a model that reads all of them


def tokens_per_second(geometry: ModelGeometry, calibration: Calibration) -> float:
    """Estimate the speed of writing with a short context in main memory; 0 where it cannot be said.

    A mixture of experts has far more bytes than a token reads: nothing is said of one.
    """
    weights = _weights(geometry)
    if not weights or not calibration.rates:
        return 0.0
    bits = 8 * (sum(geometry.block_bytes) + geometry.output_bytes) / weights
    low, high = _BITS
    if not low <= bits <= high:
        return 0.0
    return 1 / (weights * _seconds_a_weight(bits, calibration))


def _weights(geometry: ModelGeometry) -> int:
    """Count the weights that a token reads: all but the embedding, of which it takes one row."""
    width = geometry.embedding
    attention = 2 * width * width + width * geometry.kv_row // max(geometry.layers, 1)
    block = attention + 3 * width * geometry.feed_forward
    return geometry.layers * block + geometry.vocabulary * width


def _seconds_a_weight(bits: float, calibration: Calibration) -> float:
    """Draw a line through what was measured; below it, no format is slower than its bytes are more."""
    first, *others = sorted(calibration.rates, key=lambda rate: rate.bits)
    least = 1 / first.weights_per_second
    if not others:
        return least * bits / first.bits
    last = others[-1]
    slope = max(0.0, (1 / last.weights_per_second - least) / (last.bits - first.bits))
    return max(least + slope * (bits - first.bits), least * min(bits, first.bits) / first.bits)
