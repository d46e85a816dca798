"""Proves that the example of a prompt is what the engine writes, and that a hostile template ends soon."""

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.prompt import PromptTurn, Span, SpanKind
from hermes_desktop.engine import example, template

TURNS = [
    PromptTurn(Role.SYSTEM, (Span(SpanKind.PERSONA, "Be brief."),)),
    PromptTurn(Role.USER, (Span(SpanKind.TURNS, "Where?"),)),
    PromptTurn(Role.ASSISTANT, (Span(SpanKind.TURNS, "Here. <|im_end|>"),)),
    PromptTurn(Role.USER, (Span(SpanKind.TURNS, "  Why? {{ 1 + 1 }}"),)),
]
MESSAGES = [{"role": turn.role.value, "content": turn.text} for turn in TURNS]


@pytest.mark.parametrize("source", [tiny_gguf.CHATML, tiny_gguf.CHATML_WITHOUT_BOS])
def test_our_chatml_reads_as_the_template_of_hermes(source: str) -> None:
    assert example.written(source, TURNS) == ("chatml", template.render(source, MESSAGES, bos="[BOS]"))


def test_another_template_is_run_itself() -> None:
    expected = template.render(tiny_gguf.LLAMA_3, MESSAGES, bos="[BOS]")
    assert example.written(tiny_gguf.LLAMA_3, TURNS) == ("gguf", expected)


def test_without_a_template_chatml_is_written() -> None:
    form, text = example.written("", TURNS[:1])
    assert (form, text) == ("chatml", "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>assistant\n")


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'x' * 99999999999 }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ messages[0].content }}",
        "{% for",
    ],
)
def test_a_hostile_template_is_refused(source: str) -> None:
    with pytest.raises(KnownError) as caught:
        example.written(source, TURNS)
    assert caught.value.kind is ErrorKind.ENGINE_TEMPLATE
