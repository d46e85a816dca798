"""Knows how long the Understudy is trained and how fast; not how."""

from dataclasses import dataclass


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
