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
    """Take a file, the tokens of its prompt, options and sampling as JSON; print the seconds a token."""
    path, prompt, options, sampling = arguments
    found = seconds_a_token(
        Path(path),
        int(prompt),
        wire.build(LoadOptions, json.loads(options)),
        wire.build(Sampling, json.loads(sampling)),
    )
    print(json.dumps(found))  # noqa: T201 - it is the answer
    return 0


def seconds_a_token(path: Path, tokens: int, options: LoadOptions, sampling: Sampling) -> float:
    """Draw `max_tokens` tokens one after the other, as llama.cpp's own simple example does."""
    model = llama.Llama(path, options, lambda _: True)
    steps = sampler.steps(sampling, seed=sampling.seed, context=model.context, vocabulary=model.vocabulary)
    prompt = [at % 100 for at in range(tokens)]
    chain = model.sampler(steps, prompt)
    for at in range(0, tokens, model.batch):
        model.evaluate(prompt[at : at + model.batch], at)
    context, drawing, vocabulary = model._context, chain._chain, model._vocabulary
    token = (llama_cpp.llama_token * 1)()
    text = ctypes.create_string_buffer(64)
    began = 0.0
    for number in range(sampling.max_tokens):
        token[0] = llama_cpp.llama_sampler_sample(drawing, context, -1)
        if number == 0:
            began = time.perf_counter()
        llama_cpp.llama_token_to_piece(vocabulary, token[0], text, 64, 0, True)
        if llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(token, 1)):
            raise RuntimeError("llama_decode")
    ended = time.perf_counter()
    chain.close()
    model.close()
    return (ended - began) / sampling.max_tokens


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
