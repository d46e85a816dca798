"""Knows what is kept with a reply so that it can be made again, and how small; it makes nothing again.

Messages stay what they are (an edit makes another version), so the recipe only names them by their depth.
All else that stood in the prompt is kept as it was: persona, lore, notes, whatever dice and clocks said.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from hermes_desktop.containers.inflate import DamagedError, TooMuchError, inflate
from hermes_desktop.domain.conversation import Message
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.prompt import PromptTurn, Span, SpanKind
from hermes_desktop.domain.replay import Batch, ReadMessages, ReadText, Recipe
from hermes_desktop.engine import wire
from hermes_desktop.prompting.system import cleaned

_LIMIT = 32 * 1024 * 1024  # bytes, unpacked


def of(
    turns: Sequence[PromptTurn],
    history: Sequence[Message],
    *,
    prompt_sha256: str,
    batches: tuple[Batch, ...],
    batch: int,
    flash_attention: bool,
) -> Recipe:
    """Note how a prompt was made of the messages before the reply and of other texts."""
    wanted = {turn.message_id for turn in turns}
    known = {message.id: message for message in history if message.id in wanted}
    found: list[ReadText | ReadMessages] = []
    for turn in turns:
        message = known.get(turn.message_id)
        if message is None or (message.role, cleaned(message.text)) != (turn.role, turn.text):
            found.append(ReadText(turn.role, turn.text))
            continue
        last = found[-1] if found else None
        if isinstance(last, ReadMessages) and last.last == message.depth - 1:
            found[-1] = ReadMessages(last.first, message.depth)
        else:
            found.append(ReadMessages(message.depth, message.depth))
    return Recipe(tuple(found), prompt_sha256, batches, batch, flash_attention)


def packed(recipe: Recipe) -> str:
    """Write a recipe as zlib-compressed JSON in base64: it is mostly the persona, with every reply anew."""
    text = json.dumps(asdict(recipe), separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")


def unpacked(text: str) -> Recipe:
    """Read a recipe, which may have come from a stranger; raises KnownError REPLAY_OLD for what is none."""
    try:
        fields = json.loads(inflate(base64.b64decode(text, validate=True), _LIMIT))
        recipe: Recipe = wire.build(Recipe, fields)
    except (
        binascii.Error,
        DamagedError,
        TooMuchError,
        ValueError,
        RecursionError,
        wire.BadFrameError,
    ) as error:
        raise KnownError(ErrorKind.REPLAY_OLD) from error
    return recipe


def first_of(recipe: Recipe) -> int:
    """Give the depth of the first message that a recipe names; 1 where it names none."""
    return min((part.first for part in recipe.turns if isinstance(part, ReadMessages)), default=1)


def turns_of(
    recipe: Recipe, path: Sequence[Message], tokens: Mapping[int, tuple[int, ...]]
) -> tuple[PromptTurn, ...]:
    """Put the turns together again; raises REPLAY_PROMPT.

    `path` holds the messages on the way to the reply, without a gap from the first that is named on.
    """
    known = {message.depth: message for message in path}
    turns: list[PromptTurn] = []
    shown = 0  # messages come in their order, each once, whoever wrote the recipe
    last = max(known, default=0)
    for part in recipe.turns:
        if isinstance(part, ReadText):
            turns.append(PromptTurn(part.role, (Span(SpanKind.PERSONA, part.text),)))
        elif not shown < part.first <= part.last <= last or part.first not in known:
            raise KnownError(ErrorKind.REPLAY_PROMPT)
        else:
            turns += [_shown(known[depth], tokens) for depth in range(part.first, part.last + 1)]
            shown = part.last
    return tuple(turns)


def _shown(message: Message, tokens: Mapping[int, tuple[int, ...]]) -> PromptTurn:
    return PromptTurn(
        message.role,
        (Span(SpanKind.TURNS, cleaned(message.text)),),
        message_id=message.id,
        tokens=tokens.get(message.id, ()),
    )
