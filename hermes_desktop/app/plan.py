"""Knows what a reply is to be, and the record of how it came to be; not how it is written."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass

from hermes_desktop.app import recipe
from hermes_desktop.domain.conversation import (
    FiredLore,
    GenerationRecord,
    Message,
)
from hermes_desktop.domain.lore import Hit
from hermes_desktop.domain.model_file import LoadedModel
from hermes_desktop.domain.prompt import Prompt
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.domain.variables import NOTHING_NOTED, Noted
from hermes_desktop.engine import protocol


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """What is to be written, and where in the tree it goes. At most one of the two places is set."""

    conversation_id: int
    name: str
    prompt: Prompt
    sampling: Sampling
    model: LoadedModel
    model_sha256: str
    persona_version_id: int
    profile_version_id: int
    exact: bool = False
    threads: int = 0  # as in protocol.Generate
    noted: Noted = NOTHING_NOTED  # by the macros of the prompt
    history: Sequence[Message] = ()  # the messages that the prompt was made of
    lore: Sequence[Hit] = ()  # what stands in it
    recalled: Sequence[Message] = ()  # so do these, from behind the memory line
    beside: Message | None = None  # becomes a new version of this message
    continuing: Message | None = None  # this message grows


def record_of(plan: ReplyPlan, done: protocol.Done, started: protocol.Started | None) -> GenerationRecord:
    """Note how a reply came to be."""
    model = plan.model
    late = "\n".join(turn.text for turn in plan.prompt.turns if turn.late)
    return GenerationRecord(
        model_sha256=plan.model_sha256,
        model_name=model.name,
        quantisation=model.quantisation,
        template_hash=model.template_hash,
        build=model.build,
        devices=tuple(f"{device.name}:{device.layers}" for device in model.devices),
        threads=done.threads or model.threads,
        context=model.context,
        kv_type=model.kv_type.value,
        sampling=json.dumps(dataclasses.asdict(plan.sampling)),
        seed=done.seed,
        persona_version_id=plan.persona_version_id,
        profile_version_id=plan.profile_version_id,
        memory_line_id=started.budget.memory_line_id if started else None,
        late_block=late,
        schedule=done.schedule,
        exact=plan.exact,
        prompt_tokens=done.prompt_tokens,
        kept_tokens=done.kept_tokens,
        shifted_tokens=done.shifted_tokens,
        evaluated_tokens=done.evaluated_tokens,
        generated_tokens=done.generated_tokens,
        first_token_ms=done.first_token_ms,
        tokens_per_second=done.tokens_per_second,
        stop_reason=done.stop_reason,
        # A continued reply holds text that was not sampled in this run: tokenise it as text.
        tokens=() if plan.continuing else done.tokens,
        tokenizer_hash=model.tokenizer_hash,
        lore=tuple(map(_fired, plan.lore)),
        recipe=_recipe(plan, started),
        recalled=tuple(message.depth for message in plan.recalled),
    )


def _fired(hit: Hit) -> FiredLore:
    return FiredLore(hit.book, hit.entry.label, hit.scope.value, hit.why.value, hit.word)


def _recipe(plan: ReplyPlan, started: protocol.Started | None) -> str:
    # What a continued reply began with was not drawn in this run.
    if started is None or not started.prompt_sha256 or plan.continuing is not None:
        return ""
    turns = [plan.prompt.turns[place] for place in started.turns]
    made = recipe.of(
        turns,
        plan.history,
        prompt_sha256=started.prompt_sha256,
        batches=started.batches,
        batch=plan.model.batch,
        flash_attention=plan.model.flash_attention,
    )
    return recipe.packed(made)
