"""Knows which steps a reply's sampling takes, in which order; llama.py knows how llama.cpp takes them."""

from dataclasses import dataclass

from hermes_desktop.domain.sampling import Sampling

DRY_BREAKERS = ("\n", ":", '"', "*")
_MIROSTAT_M = 100  # the value of the paper and of llama.cpp


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain: the name of llama.cpp's sampler and its numbers or text."""

    name: str
    values: tuple[float | int | str | tuple[tuple[int, float], ...], ...] = ()
    last: int = 0  # tokens before the reply that it has to know


def steps(sampling: Sampling, *, seed: int, context: int, vocabulary: int) -> tuple[Step, ...]:
    """List the steps that are not at their neutral value; the last one draws the token."""
    return (
        *_given(sampling, vocabulary),
        *_repetition(sampling, context, vocabulary),
        *_choice(sampling, seed, vocabulary),
    )


def _given(sampling: Sampling, vocabulary: int) -> list[Step]:
    found: list[Step] = []
    biases = tuple((token, bias) for token, bias in sampling.logit_bias if 0 <= token < vocabulary and bias)
    if biases:
        found.append(Step("logit_bias", (vocabulary, biases)))
    if sampling.grammar.strip():
        found.append(Step("grammar", (sampling.grammar,)))
    return found


def _repetition(sampling: Sampling, context: int, vocabulary: int) -> list[Step]:
    found: list[Step] = []
    penalties = (sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty)
    last = _last(sampling.repeat_last_n, context)
    if penalties != (1.0, 0.0, 0.0) and last:
        found.append(Step("penalties", (vocabulary, last, *penalties), last))
    dry_last = _last(sampling.dry_last_n, context)
    if sampling.dry_multiplier > 0 and dry_last:
        base = (sampling.dry_multiplier, sampling.dry_base, sampling.dry_allowed_length)
        found.append(Step("dry", (*base, dry_last), dry_last))
    return found


def _last(tokens: int, context: int) -> int:
    return context if tokens < 0 else min(tokens, context)


def _choice(sampling: Sampling, seed: int, vocabulary: int) -> list[Step]:
    if sampling.temperature <= 0:
        return [Step("greedy")]
    temperature = [Step("temp", (sampling.temperature,))] if sampling.temperature != 1 else []
    tau, eta = sampling.mirostat_tau, sampling.mirostat_eta
    if sampling.mirostat == 1:
        return [*temperature, Step("mirostat", (vocabulary, seed, tau, eta, _MIROSTAT_M))]
    if sampling.mirostat == 2:
        return [*temperature, Step("mirostat_v2", (seed, tau, eta))]
    return [*_cuts(sampling, seed), *temperature, Step("dist", (seed,))]


def _cuts(sampling: Sampling, seed: int) -> list[Step]:
    found: list[Step] = []
    if sampling.top_k > 0:
        found.append(Step("top_k", (sampling.top_k,)))
    if sampling.typical_p < 1:
        found.append(Step("typical", (sampling.typical_p, 1)))
    if sampling.top_p < 1:
        found.append(Step("top_p", (sampling.top_p, 1)))
    if sampling.min_p > 0:
        found.append(Step("min_p", (sampling.min_p, 1)))
    if sampling.xtc_probability > 0 and sampling.xtc_threshold <= 0.5:
        found.append(Step("xtc", (sampling.xtc_probability, sampling.xtc_threshold, 1, seed)))
    return found
