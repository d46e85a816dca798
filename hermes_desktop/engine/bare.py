"""Knows llama.cpp's own loop with nothing around it: the measure for what our path adds to a token."""

import ctypes
import json
import sys
import time
from pathlib import Path

import llama_cpp

from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import llama, sampler, wire


def main(arguments: list[str]) -> int:
    """Take a file, tokens of its prompt and of a part, options and sampling as JSON; print the seconds."""
    path, prompt, part, options, sampling = arguments
    found = seconds_a_token(
        Path(path),
        int(prompt),
        int(part),
        wire.build(LoadOptions, json.loads(options)),
        wire.build(Sampling, json.loads(sampling)),
    )
    print(json.dumps(found))  # noqa: T201 - it is the answer
    return 0


def seconds_a_token(path: Path, tokens: int, part: int, options: LoadOptions, sampling: Sampling) -> float:
    """Draw `max_tokens` as llama.cpp's own simple example does; give the fastest part's seconds a token."""
    model = llama.Llama(path, options, lambda _: True)
    steps = sampler.steps(sampling, seed=sampling.seed, context=model.context, vocabulary=model.vocabulary)
    prompt = [at % 100 for at in range(tokens)]
    chain = model.sampler(steps, prompt)
    for at in range(0, tokens, model.batch):
        model.evaluate(prompt[at : at + model.batch], at)
    context, drawing, vocabulary = model._context, chain._chain, model._vocabulary
    token = (llama_cpp.llama_token * 1)()
    text = ctypes.create_string_buffer(64)
    drawn: list[float] = []
    for _ in range(sampling.max_tokens):
        token[0] = llama_cpp.llama_sampler_sample(drawing, context, -1)
        drawn.append(time.perf_counter())
        llama_cpp.llama_token_to_piece(vocabulary, token[0], text, 64, 0, True)
        if llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(token, 1)):
            raise RuntimeError("llama_decode")
    chain.close()
    model.close()
    return min(drawn[at + part] - drawn[at] for at in range(0, len(drawn) - part, part)) / part


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
