"""Knows how matrices are moved along orthogonal directions; not what they are for."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import torch
from torch import Tensor

NEWTON_SCHULZ = 4  # steps; a fifth costs more time than it gains


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
