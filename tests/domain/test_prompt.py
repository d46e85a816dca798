"""What a prompt does with a last turn that is to be continued."""

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.prompt import Prompt, PromptTurn, Span, SpanKind

ASKED = PromptTurn(Role.USER, (Span(SpanKind.TURNS, "Well?"),))


def _reply(kind: SpanKind, text: str = "Once", tokens: tuple[int, ...] = ()) -> PromptTurn:
    return PromptTurn(Role.ASSISTANT, (Span(kind, text),), tokens=tokens)


def test_a_reply_that_goes_on_becomes_the_prefill_with_its_tokens() -> None:
    begun = _reply(SpanKind.PREFILL, tokens=(1, 2))
    opened, tokens = Prompt((ASKED, begun), prefill=" upon").opened()
    assert opened.turns == (ASKED,) and opened.prefill == "Once upon" and tokens == (1, 2)


def test_every_other_last_turn_stays() -> None:
    for turns in ((), (ASKED,), (ASKED, _reply(SpanKind.TURNS)), (ASKED, PromptTurn(Role.ASSISTANT, ()))):
        prompt = Prompt(turns, prefill="x")
        assert prompt.opened() == (prompt, ())
