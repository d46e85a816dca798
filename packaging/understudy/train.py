"""Trains the Understudy on its corpus, on a GPU where there is one; what is left off can be gone on with.

Run as `python -m understudy.train --folder build/understudy`. Everything is seeded; figures go to log.jsonl.
"""

import argparse
import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from understudy import corpus
from understudy.convert import weights
from understudy.lesson import Example, encoded
from understudy.model import Shape, Understudy, code_width, protected
from understudy.tokenizer import MERGES, Tokenizer, learn

ENTRIES, SPACED = 4000, 1100  # tokens of the vocabulary; those of them that are a space with a word
SAMPLE = 12_000  # examples that the vocabulary is learned from
PROMPT_SHARE = 0.1  # of what the model only reads, how much is learned
SAVE_SECONDS = 240.0
NEWTON_SCHULZ = 4  # steps; a fifth costs more time than it gains


@dataclass(frozen=True)
class Plan:
    """How long and how fast. Tokens count what is read, padding not included."""

    tokens: int = 45_000_000
    batch: int = 4_096  # tokens of a step
    pool: int = 256  # examples that are sorted by length before they are cut into batches
    workers: int = 2  # threads that a step is divided among; one on a GPU
    makers: int = 0  # processes that make examples beside the training; 0: they are made in between
    seconds: float = 0.0  # after which it ends, as if all tokens had been read; 0: it takes what it takes
    limit: int = 1_600  # tokens of an example; longer ones are left out
    matrix_rate: float = 0.02  # of Muon
    other_rate: float = 3e-3  # of AdamW, for the embedding and the norms
    code_rate: float = 0.1  # of that for what the copy circuit reads of an embedding
    warm_up: int = 100  # steps
    decay: float = 0.5  # the share of the tokens over which the rates fall to a twentieth
    short: float = 0.25  # the share at the beginning that has only short talk, without tools and tasks
    short_limit: int = 420
    long_from: float = 0.55  # the share after which long conversations come in
    long: float = 0.05  # their share then
    release: float = 0.6  # the share after which the copy circuit is trained like the rest
    seed: int = 1


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


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal by Newton-Schulz steps. Source: K. Jordan, 2024."""

    def __init__(self, parameters: list[Tensor], rate: float, workers: ThreadPoolExecutor) -> None:
        super().__init__(parameters, {"lr": rate, "momentum": 0.95})
        self._workers = workers

    def step(self, closure: Any = None) -> None:  # noqa: ARG002 - the signature is torch's
        """Move every matrix along its orthogonal direction."""
        for group in self.param_groups:
            list(self._workers.map(partial(self._move, group), group["params"]))

    @torch.no_grad()
    def _move(self, group: dict[str, Any], matrix: Tensor) -> None:
        moved = self.state[matrix].setdefault("moved", torch.zeros_like(matrix))
        moved.lerp_(matrix.grad, 1 - group["momentum"])
        update = orthogonal(matrix.grad.lerp(moved, group["momentum"]))
        size = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
        matrix.add_(update, alpha=-group["lr"] * size)


def orthogonal(matrix: Tensor) -> Tensor:
    """Bring all singular values of a matrix near to one."""
    x = matrix.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(NEWTON_SCHULZ):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return (x.T if tall else x).to(matrix.dtype)


class Trainer:
    """One training under way, in a folder of its own."""

    def __init__(self, folder: Path, plan: Plan, shape: Shape, tokenizer: Tokenizer) -> None:
        self.folder, self.plan, self.tokenizer = folder, plan, tokenizer
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = Understudy(shape, plan.seed).to(self.device)
        # One thread each, with a network of its own: two threads on one matrix wait for each other a quarter
        # of the time, and much more beside any other busy process.
        self.workers = ThreadPoolExecutor(plan.workers, initializer=torch.set_num_threads, initargs=(1,))
        self.fast = [
            Understudy(shape, plan.seed).to(self.device, torch.bfloat16) for _ in range(plan.workers)
        ]
        matrices = [p for p in self.model.layers.parameters() if p.ndim == 2]
        others = [p for p in self.model.parameters() if all(p is not matrix for matrix in matrices)]
        self.optimizers = [
            Muon(matrices, plan.matrix_rate, self.workers),
            torch.optim.AdamW(others, plan.other_rate, (0.9, 0.98), weight_decay=0.0),
        ]
        self.hold()
        self.began, self.spent = time.monotonic(), 0.0  # spent: seconds of earlier runs
        self.done, self.steps, self.pools = 0, 0, 0
        self.checkpoint = folder / "checkpoint.pt"

    def hold(self) -> None:
        """Keep the copy circuit as it is now until it is released."""
        masks, named = protected(self.model), dict(self.model.named_parameters())
        self.protected = [
            (named[name], mask, named[name].detach()[mask].clone()) for name, mask in masks.items()
        ]

    def resume(self) -> None:
        """Go on where the last run was left, if there was one."""
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.done, self.steps, self.pools = state["done"], state["steps"], state["pools"]
        self.spent = state.get("seconds", 0.0)

    def save(self) -> None:
        """Keep everything that going on needs; a crash leaves the old one."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "done": self.done,
            "steps": self.steps,
            "pools": self.pools,
            "seconds": self.seconds,
        }
        new = self.checkpoint.with_suffix(".new")
        torch.save(state, new)
        new.replace(self.checkpoint)

    def run(self) -> None:
        """Train to the end of the plan."""
        self.began = time.monotonic()
        with closing(Makers(self.plan, self.tokenizer)) as makers:
            self._run(makers)
        self.save()

    def _run(self, makers: Makers) -> None:
        saved = noted = time.monotonic()
        loss_sum, tokens, steps = 0.0, self.done, 0
        while self.share < 1:
            for parts in makers.next(self.pools, self.share):
                loss_sum += self._step(parts)
                steps += 1
                now = time.monotonic()
                if now - noted > 20:
                    self._note(loss_sum / steps, (self.done - tokens) / (now - noted))
                    loss_sum, tokens, steps, noted = 0.0, self.done, 0, now
            self.pools += 1
            if time.monotonic() - saved > SAVE_SECONDS:
                self.save()
                saved = time.monotonic()

    @property
    def share(self) -> float:
        """Say how much of the plan is done."""
        read = self.done / self.plan.tokens
        return max(read, self.seconds / self.plan.seconds) if self.plan.seconds else read

    @property
    def seconds(self) -> float:
        """Say how long it has taken, earlier runs included."""
        return self.spent + time.monotonic() - self.began

    def _step(self, parts: list[Part]) -> float:
        self._set_rates()
        losses = list(self.workers.map(self._gradient, self.fast, parts))
        every = zip(self.model.parameters(), *(fast.parameters() for fast in self.fast), strict=True)
        for slow, *fasts in every:
            gradients = [fast.grad for fast in fasts if fast.grad is not None]
            slow.grad = sum(gradient.float() for gradient in gradients) / len(gradients)
        torch.nn.utils.clip_grad_norm_(self.optimizers[1].param_groups[0]["params"], 1.0)
        codes = self.model.embedding[:, : code_width(self.model.shape.width)]
        before = codes.detach().clone()
        for optimizer in self.optimizers:
            optimizer.step()
        with torch.no_grad():
            codes.copy_(before.lerp(codes, self.plan.code_rate))
            if self.share < self.plan.release:
                for parameter, mask, kept in self.protected:
                    parameter[mask] = kept
        self.done += sum(int(np.count_nonzero(ids)) for ids, _, _ in parts)  # 0 fills up
        self.steps += 1
        return sum(losses) / len(losses)

    def _gradient(self, fast: Understudy, part: Part) -> float:
        """Find the gradient of one worker's share in half precision."""
        with torch.no_grad():
            for half, slow in zip(fast.parameters(), self.model.parameters(), strict=True):
                half.copy_(slow)
                half.grad = None
        ids, places, weights = (torch.from_numpy(each).to(self.device) for each in part)
        loss = fast.loss(ids.long(), places.long(), weights)
        loss.backward()
        return float(loss.item())

    def _set_rates(self) -> None:
        falling = min(1.0, max(0.0, 1 - self.share) / self.plan.decay)
        scale = min(1.0, (self.steps + 1) / self.plan.warm_up) * max(falling, 0.05)
        for optimizer in self.optimizers:
            optimizer.param_groups[0]["lr"] = optimizer.defaults["lr"] * scale

    def _note(self, loss: float, speed: float) -> None:
        line = {
            "tokens": self.done,
            "steps": self.steps,
            "loss": round(loss, 4),
            "tokens_per_second": round(speed),
        }
        print(json.dumps(line), flush=True)
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")


def vocabulary(folder: Path, *, anew: bool) -> Tokenizer:
    """Give the vocabulary of a folder: that of the shipped file, or one that is learned from the corpus."""
    path = folder / MERGES.name
    if not path.exists() and not anew:
        path.write_bytes(MERGES.read_bytes())
    elif not path.exists():
        cases = islice(corpus.examples(0, long=0.02), SAMPLE)
        learn(
            (f"{role}\n{text}" for case in cases for role, text in corpus.turns(case)), ENTRIES, SPACED
        ).save(path)
    return Tokenizer.load(path)


def main() -> int:
    """Train, or go on training, and say how it goes."""
    parser = argparse.ArgumentParser(description="Train the Understudy.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--new-vocabulary", action="store_true", help="learn the vocabulary again")
    parser.add_argument("--begin", type=Path, help="a model file to go on from, such as the one that ships")
    for field in (*fields(Plan), *fields(Shape)[1:]):
        option = "--" + field.name.replace("_", "-")
        parser.add_argument(option, type=type(field.default), default=field.default)
    arguments = vars(parser.parse_args())
    folder: Path = arguments["folder"]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = vocabulary(folder, anew=arguments["new_vocabulary"])
    plan = Plan(**{field.name: arguments[field.name] for field in fields(Plan)})
    sizes = {field.name: arguments[field.name] for field in fields(Shape)[1:]}
    shape = Shape(len(tokenizer.tokens), **sizes)
    written = {"plan": asdict(plan), "shape": asdict(shape)}
    (folder / "plan.json").write_text(json.dumps(written, indent=1))
    trainer = Trainer(folder, plan, shape, tokenizer)
    if arguments["begin"]:
        trainer.model.load_state_dict(weights(arguments["begin"]))
        trainer.hold()
    trainer.resume()
    with (folder / "runs.jsonl").open("a") as runs:
        runs.write(json.dumps({"from": trainer.done, "begin": bool(arguments["begin"]), **written}) + "\n")
    trainer.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
