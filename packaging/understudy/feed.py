"""Knows how examples of the corpus become the steps of a training, beside it or in between."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

import numpy as np
import torch
from torch import Tensor

from understudy import corpus
from understudy.lesson import Example, encoded
from understudy.plan import Plan
from understudy.tokenizer import Tokenizer

PROMPT_SHARE = 0.1  # of what the model only reads, how much is learned


def batches(plan: Plan, tokenizer: Tokenizer, seed: int, share: float) -> Iterator[list[list[Example]]]:
    """Give one pool of examples as batches, each in parts for the workers that take equally long."""
    short = share < plan.short
    found = corpus.examples(seed, short=short, long=plan.long if share >= plan.long_from else 0.0)
    pool = (encoded(case, tokenizer) for case in islice(found, plan.pool))
    limit = plan.short_limit if short else plan.limit
    ordered = sorted((example for example in pool if len(example.ids) <= limit), key=lambda e: len(e.ids))
    cut: list[list[Example]] = [[]]
    for example in ordered:
        if (len(cut[-1]) + 1) * len(example.ids) > plan.batch // plan.workers and cut[-1]:
            cut.append([])
        cut[-1].append(example)
    steps = [cut[at : at + plan.workers] for at in range(0, len(cut), plan.workers)]
    order = torch.randperm(len(steps), generator=torch.Generator().manual_seed(seed)).tolist()
    return (steps[at] for at in order)


def tensors(batch: list[Example], random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Give ids (rows, length), the flat places whose next token is learned, and the weights of those."""
    length = max(len(example.ids) for example in batch)
    ids = torch.zeros(len(batch), length, dtype=torch.long)
    weights = torch.zeros(len(batch), length)
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        weights[row, : len(example.weights) - 1] = torch.tensor(example.weights[1:])
    weights[:, -1] = 0
    read = (weights > 0) & (weights < 1)
    weights[read & (torch.rand(weights.shape, generator=random) > PROMPT_SHARE)] = 0
    flat = weights.flatten()
    places = flat.nonzero()[:, 0]
    return ids, places, flat[places]


Part = tuple[np.ndarray, np.ndarray, np.ndarray]  # what `tensors` gives, small enough to be sent


def prepared(plan: Plan, tokenizer: Tokenizer, seed: int, share: float) -> list[list[Part]]:
    """Give the steps of one pool as numbers, each in a part a worker."""
    random = torch.Generator().manual_seed(seed)
    steps = batches(plan, tokenizer, seed, share)
    return [[_packed(*tensors(part, random)) for part in parts] for parts in steps]


def _packed(ids: Tensor, places: Tensor, weights: Tensor) -> Part:
    return ids.short().numpy(), places.int().numpy(), weights.numpy()


class Makers:
    """Prepare pools in their order: in processes beside the training, or in between where there are none."""

    def __init__(self, plan: Plan, tokenizer: Tokenizer) -> None:
        self._plan, self._tokenizer = plan, tokenizer
        self._processes = (
            ProcessPoolExecutor(plan.makers, get_context("spawn"), torch.set_num_threads, (1,))
            if plan.makers
            else None
        )
        self._ahead: deque[Future[list[list[Part]]]] = deque()

    def close(self) -> None:
        """End the processes; what they are making is not wanted any more."""
        if self._processes is not None:
            self._processes.shutdown(cancel_futures=True)

    def next(self, number: int, share: float) -> list[list[Part]]:
        """Give the pool of this number; those behind it are begun with the present share of the training."""
        if self._processes is None:
            return prepared(self._plan, self._tokenizer, self._seed(number), share)
        while len(self._ahead) < 3 * self._plan.makers:
            seed = self._seed(number + len(self._ahead))
            self._ahead.append(self._processes.submit(prepared, self._plan, self._tokenizer, seed, share))
        return self._ahead.popleft().result()

    def _seed(self, number: int) -> int:
        return self._plan.seed * 1_000_003 + number
