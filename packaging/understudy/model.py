"""Knows the network: a plain Llama, and the start that makes copying possible; not how it is trained.

The start follows the finding that a small transformer does not discover copying in the time that we have,
but keeps and refines it when two layers begin with it. Layer 0 has heads that look one and two tokens back;
layer 1 has heads that look for the place whose two predecessors are the present two tokens, and bring its
token back. All of it is ordinary weights of an ordinary Llama.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

HEAD = 64  # size of a head
TURNING = 12  # pairs of a head that turn with the position; the others carry content at any distance
FASTEST, SLOWEST = 1.0, 0.002  # radians a token
FREE = 1e10  # the frequency factor of the pairs that do not turn
BASE = 10_000.0  # what the factors refer to
EPSILON = 1e-5
SHORT = 360  # tokens up to which a CPU attends without the fused kernel


@dataclass(frozen=True)
class Shape:
    """The sizes of the network."""

    vocabulary: int
    width: int = 256
    layers: int = 5
    heads: int = 4
    feed_forward: int = 512
    context: int = 4096


def frequencies() -> Tensor:
    """Give the radians a token of each pair of a head; zero for those that do not turn."""
    turning = torch.logspace(math.log10(FASTEST), math.log10(SLOWEST), TURNING, dtype=torch.float64)
    return torch.cat([turning, torch.zeros(HEAD // 2 - TURNING, dtype=torch.float64)])


def frequency_factors() -> Tensor:
    """Give what llama.cpp divides its own frequencies by, the tensor `rope_freqs.weight`."""
    own = BASE ** (-torch.arange(HEAD // 2, dtype=torch.float64) / (HEAD // 2))
    wanted = frequencies()
    return torch.where(wanted > 0, own / wanted.clamp(min=1e-30), torch.full_like(own, FREE)).float()


class _Rotate(torch.autograd.Function):
    """Turn the pairs (i, i + 32) of every head by its position; the gradient turns back."""

    @staticmethod
    def forward(context, x, cosine, sine):  # type: ignore[no-untyped-def]
        context.save_for_backward(cosine, sine)
        return _turned(x, cosine, sine)

    @staticmethod
    def backward(context, gradient):  # type: ignore[no-untyped-def]
        cosine, sine = context.saved_tensors
        return _turned(gradient, cosine, -sine), None, None


def _turned(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    result = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    a, b = x.chunk(2, -1)
    left, right = result.chunk(2, -1)
    torch.mul(a, cosine, out=left)
    left.addcmul_(b, sine, value=-1)
    torch.mul(b, cosine, out=right)
    right.addcmul_(a, sine)
    return result


class Layer(nn.Module):
    """Attention and a gated feed-forward network, each after a norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        inner = shape.heads * HEAD

        def matrix(rows: int, columns: int, scale: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(rows, columns) * scale / math.sqrt(columns))

        self.heads = shape.heads
        self.q = matrix(inner, shape.width, 1.0)
        self.k = matrix(inner, shape.width, 1.0)
        self.v = matrix(inner, shape.width, 0.5)
        self.o = matrix(shape.width, inner, 0.1)
        self.gate = matrix(shape.feed_forward, shape.width, 0.7)
        self.up = matrix(shape.feed_forward, shape.width, 0.7)
        self.down = matrix(shape.width, shape.feed_forward, 0.1)
        self.attention_norm = nn.Parameter(torch.ones(shape.width))
        self.feed_norm = nn.Parameter(torch.ones(shape.width))

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        """Take and give (batch, length, width)."""
        batch, length, width = x.shape
        normed = functional.rms_norm(x, (width,), self.attention_norm, EPSILON)
        weights = torch.cat([self.q, self.k, self.v])
        split = functional.linear(normed, weights).view(batch, length, 3 * self.heads, HEAD).transpose(1, 2)
        both, values = split.split([2 * self.heads, self.heads], 1)
        queries, keys = _Rotate.apply(both, cosine, sine).chunk(2, 1)
        seen = _attended(queries, keys, values)
        x = x + functional.linear(seen.transpose(1, 2).reshape(batch, length, -1), self.o)
        normed = functional.rms_norm(x, (width,), self.feed_norm, EPSILON)
        inner = functional.silu(functional.linear(normed, self.gate)) * functional.linear(normed, self.up)
        return x + functional.linear(inner, self.down)


def _attended(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Attend to what came before. On a CPU the plain way is three times as fast for short sequences."""
    length = queries.shape[-2]
    if length > SHORT or queries.is_cuda:
        return functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
    flat = queries.flatten(0, 1)
    later = torch.full((length, length), float("-inf"), dtype=queries.dtype).triu(1)
    scores = torch.baddbmm(
        later.expand(len(flat), length, length), flat, keys.flatten(0, 1).transpose(1, 2), alpha=HEAD**-0.5
    )
    return torch.bmm(scores.softmax(-1), values.flatten(0, 1)).view(values.shape)


class Understudy(nn.Module):
    """The whole network; the embedding is also the output."""

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.shape = shape
        self.embedding = nn.Parameter(torch.zeros(shape.vocabulary, shape.width))
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = nn.Parameter(torch.ones(shape.width))
        angles = torch.arange(shape.context, dtype=torch.float64)[:, None] * frequencies()
        self.register_buffer("cosine", angles.cos().float(), persistent=False)
        self.register_buffer("sine", angles.sin().float(), persistent=False)
        with torch.no_grad():
            _set_up_copying(self)

    def hidden(self, ids: Tensor) -> Tensor:
        """Give the last layer's output, (batch, length, width), for ids (batch, length)."""
        x = functional.embedding(ids, self.embedding)
        length = ids.shape[1]
        cosine, sine = self.cosine[:length].to(x.dtype), self.sine[:length].to(x.dtype)
        for layer in self.layers:
            x = layer(x, cosine, sine)
        return x

    def loss(self, ids: Tensor, places: Tensor, weights: Tensor) -> Tensor:
        """Give the mean loss of the tokens after the given places of the flattened batch."""
        x = self.hidden(ids).flatten(0, 1)[places]
        logits = self.logits(x).float()
        losses = functional.cross_entropy(logits, ids.flatten()[places + 1], reduction="none")
        return (losses * weights).sum() / weights.sum()

    def logits(self, x: Tensor) -> Tensor:
        """Give the logits of hidden states."""
        return functional.linear(
            functional.rms_norm(x, (self.shape.width,), self.norm, EPSILON), self.embedding
        )


@dataclass(frozen=True)
class _Room:
    """Which dimensions hold what: the token itself | a constant | the one before | before that | free."""

    width: int
    identity: int = 119
    slot: int = 40

    @property
    def constant(self) -> int:
        return self.identity

    @property
    def before(self) -> int:
        return self.identity + 1

    @property
    def further(self) -> int:
        return self.before + self.slot

    @property
    def free(self) -> int:
        return self.further + self.slot


def _set_up_copying(model: Understudy) -> None:
    """Write the two-token copy circuit into the first two layers, and copying values into the others."""
    room = _Room(model.shape.width)
    first, second = model.layers[0], model.layers[1]
    model.embedding[:, : room.identity] = torch.randn(model.shape.vocabulary, room.identity) / math.sqrt(
        room.identity
    )
    model.embedding[:, room.constant] = CONSTANT
    model.embedding[:, room.free :] = torch.randn(model.shape.vocabulary, room.width - room.free) * 0.02
    stretch = math.sqrt(room.width) / math.sqrt(1 + CONSTANT**2)  # how far the norm stretches an embedding
    project = _orthogonal(room.slot, room.identity) * math.sqrt(room.identity / room.slot)
    for head, (offset, target) in enumerate(((1, room.before), (2, room.further))):
        _attend_by_place(first, head, room.constant, offset, ((0, 6, 80.0),), CONSTANT * stretch)
        _carry(first, head, project / stretch, target, room)
    size = room.width - room.free
    bag = _orthogonal(size // 2, room.identity) * math.sqrt(2 * room.identity / size)
    for head, (pairs, target) in enumerate(((_NEAR, room.free), (_WIDE, room.free + size // 2)), 2):
        _attend_by_place(first, head, room.constant, 0, pairs, CONSTANT * stretch)
        _carry(first, head, bag / stretch, target, room)
    first.o[: room.free, 2 * HEAD :] = 0
    first.down[: room.free] = 0
    stretch = math.sqrt(room.width) / math.sqrt(5 + CONSTANT**2)
    for head in (0, 1):
        _match_two(second, head, project, room, 11.0 / stretch)
        half = slice(head * 60, min((head + 1) * 60, room.identity))
        only = torch.zeros(half.stop - half.start, room.identity)
        only[:, half] = torch.eye(half.stop - half.start)
        _copy(second, head, only / stretch, 2.5, room)
    for layer in list(model.layers)[1:]:
        for head in (2, 3) if layer is second else (0, 1):
            _copy(layer, head, _orthogonal(HEAD, room.identity) * 1.37 / stretch, 1.0, room)
    _match_bags(second, room, 7.0 / stretch)


CONSTANT = 0.5
# (first pair, last pair, strength) of the turning pairs that make a head look at the last few tokens.
_NEAR = ((2, 3, 2.5), (3, 4, 2.5), (5, 6, 3.0), (7, 8, 2.0), (9, 10, 2.0))
_WIDE = ((3, 4, 1.5), (4, 5, 2.0), (5, 6, 2.0), (7, 8, 3.0), (9, 10, 2.0))


def code_width(width: int) -> int:
    """Give how many dimensions of an embedding say which token it is, for copying."""
    return _Room(width).free


def protected(model: Understudy) -> dict[str, Tensor]:
    """Give masks of the weights that look one and two tokens back, which early training would wash away."""
    masks = {name: torch.zeros_like(p, dtype=torch.bool) for name, p in model.named_parameters()}
    for part in ("q", "k"):
        masks[f"layers.0.{part}"][: 2 * HEAD] = True
    masks["embedding"][:, _Room(model.shape.width).constant] = True
    return {name: mask for name, mask in masks.items() if mask.any()}


def _orthogonal(rows: int, columns: int) -> Tensor:
    return torch.linalg.qr(torch.randn(columns, columns))[0][:rows]


def _rows(head: int) -> slice:
    return slice(head * HEAD, (head + 1) * HEAD)


def _attend_by_place(
    layer: Layer,
    head: int,
    constant: int,
    offset: int,
    pairs: tuple[tuple[int, int, float], ...],
    size: float,
) -> None:
    """Let a head attend to tokens by their distance alone, most to the one `offset` places before."""
    layer.q[_rows(head)] = 0
    layer.k[_rows(head)] = 0
    speeds = frequencies().tolist()
    for start, stop, strength in pairs:
        force = math.sqrt(strength * math.sqrt(HEAD) / (1 if stop - start == 1 else 8)) / size
        for pair in range(start, stop):
            row = head * HEAD + pair
            layer.q[row, constant] = force
            layer.k[row, constant] = force * math.cos(offset * speeds[pair])
            layer.k[row + HEAD // 2, constant] = force * math.sin(offset * speeds[pair])


def _carry(layer: Layer, head: int, project: Tensor, target: int, room: _Room) -> None:
    """Let a head bring what a token is, projected, into other dimensions."""
    size = project.shape[0]
    layer.v[_rows(head)] = 0
    layer.v[head * HEAD : head * HEAD + size, : room.identity] = project
    layer.o[:, _rows(head)] = 0
    layer.o[target : target + size, head * HEAD : head * HEAD + size] = torch.eye(size)


def _copy(layer: Layer, head: int, project: Tensor, strength: float, room: _Room) -> None:
    """Let a head say the token that it attends to."""
    size = project.shape[0]
    layer.v[_rows(head)] = 0
    layer.v[head * HEAD : head * HEAD + size, : room.identity] = project
    layer.o[:, _rows(head)] = 0
    back = project / project.norm(dim=1, keepdim=True) / (1 if size < HEAD else 1.37)
    layer.o[: room.identity, head * HEAD : head * HEAD + size] = back.T * strength


def _free_rows(head: int) -> Tensor:
    free = [*range(TURNING, HEAD // 2), *range(TURNING + HEAD // 2, HEAD)]
    return torch.tensor(free) + head * HEAD


def _match_two(layer: Layer, head: int, project: Tensor, room: _Room, gain: float) -> None:
    """Let a head look for the place whose two predecessors are this token and the one before it."""
    layer.q[_rows(head)] = 0
    layer.k[_rows(head)] = 0
    rows = _free_rows(head)
    near, far = (_orthogonal(len(rows), room.slot) * gain for _ in range(2))
    layer.q[rows, : room.identity] = near @ project
    layer.k[rows, room.before : room.before + room.slot] = near
    layer.q[rows, room.before : room.before + room.slot] = far
    layer.k[rows, room.further : room.further + room.slot] = far


def _match_bags(layer: Layer, room: _Room, gain: float) -> None:
    """Let heads 2 and 3 look for places whose last few tokens are much like the present ones."""
    size = (room.width - room.free) // 2
    for head, start in ((2, room.free), (3, room.free + size)):
        rows = _free_rows(head)
        layer.q[_rows(head)] *= 0.2
        layer.k[_rows(head)] *= 0.2
        turn = _orthogonal(max(len(rows), size), max(len(rows), size))[: len(rows), :size] * gain
        layer.q[rows, start : start + size] += turn
        layer.k[rows, start : start + size] += turn
