"""Trains the Understudy on its corpus, on a GPU where there is one; what is left off can be gone on with.

Run as `python -m understudy.train --folder build/understudy`. Everything is seeded; figures go to log.jsonl.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from understudy import corpus
from understudy.convert import weights
from understudy.feed import Makers, Part
from understudy.model import Shape, Understudy, code_width, protected
from understudy.muon import Muon
from understudy.plan import Plan
from understudy.tokenizer import MERGES, Tokenizer, learn

ENTRIES, SPACED = 4000, 1100  # tokens of the vocabulary; those of them that are a space with a word
SAMPLE = 12_000  # examples that the vocabulary is learned from
SAVE_SECONDS = 240.0


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
