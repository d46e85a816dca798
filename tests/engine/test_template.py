"""Proves that templates are rendered as their authors meant, and that hostile ones achieve nothing."""

import resource
import sys

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.engine import template

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("source", "writes"),
    [(tiny_gguf.CHATML, True), (tiny_gguf.CHATML_WITHOUT_BOS, False), (tiny_gguf.LLAMA_3, True)],
)
def test_bos_is_written_where_the_template_writes_it(source: str, writes: bool) -> None:
    assert template.writes_bos(source) is writes


def test_a_chat_is_rendered_up_to_the_reply() -> None:
    text = template.render(tiny_gguf.CHATML_WITHOUT_BOS, HELLO)
    assert text == "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"


def test_the_skeleton_is_what_stands_between_the_contents() -> None:
    found = template.skeleton(tiny_gguf.LLAMA_3, ["system", "user"], bos="<B>", eos="")
    assert [slot.before for slot in found.slots] == [
        "<B><|start_header_id|>system<|end_header_id|>\n\n",
        "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n",
    ]
    assert [(slot.turn, slot.trims) for slot in found.slots] == [(0, True), (1, True)]
    assert found.end == "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"


def test_a_template_may_show_turns_in_another_order() -> None:
    source = "{% for message in messages|reverse %}[{{ message.content }}]{% endfor %}"
    found = template.skeleton(source, ["user", "assistant"], bos="", eos="")
    assert [(slot.turn, slot.before, slot.trims) for slot in found.slots] == [
        (1, "[", False),
        (0, "][", False),
    ]


def test_what_chat_templates_use_is_there() -> None:
    source = (
        "{% if messages[0]['role'] == 'tool' %}{{ raise_exception('no') }}{% endif %}"
        "{% set ns = namespace(found=false) %}{% for m in messages %}{% set ns.found = true %}"
        "{% if loop.last %}{% break %}{% endif %}{% endfor %}"
        "{{ ns.found }}|{{ messages[0].content.split('l')[0].strip() }}|{{ messages | length }}"
        "|{{ {'a': 'é'} | tojson }}|{{ 'a\nb' | indent(2) }}|{{ strftime_now('%Y') }}|{{ 'x' ~ 1 }}"
        "|{{ ['a', 'b'] | join('-') }}|{{ 'aba'.replace('a', 'c') }}|{{ 'aba' | replace('a', 'd') }}"
        "|{{ messages | map(attribute='role') | list | first }}|{{ 2 * 3 + 1 }}|{{ '=' * 3 }}"
    )
    text = template.render(source, HELLO)
    assert text == 'True|He|1|{"a": "é"}|a\n  b|26 Jul 2024|x1|a-b|cbc|dbd|user|7|==='


@pytest.mark.parametrize("source", ["Hi", "{{ messages[0].content }}{{ messages[0].content }}"])
def test_a_template_that_loses_or_doubles_a_turn_is_refused(source: str) -> None:
    with pytest.raises(KnownError) as caught:
        template.skeleton(source, ["user"], bos="", eos="")
    assert caught.value.kind is ErrorKind.ENGINE_TEMPLATE


HOSTILE = [
    # out of the sandbox
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context.environment }}",
    "{{ range.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__['os'] }}",
    "{{ messages.append(1) }}",
    "{{ messages[0].update(x=1) }}",
    "{{ messages[0].__setitem__('role', 'x') }}",
    "{{ ().__class__.__base__ }}",
    "{{ (''|attr('__class__')) }}",
    "{{ '{0.__class__}'.format('') }}",
    "{{ '%s'.__mod__(1) }}",
    "{{ messages|map('attr', '__class__')|list }}",
    "{{ messages|map(attribute='__class__')|list }}{{ raise_exception() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{{ lipsum.__globals__ }}",
    "{{ joiner() }}",
    "{{ dict(a=1).pop('a') }}",
    # never an end
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
    "{{ range(99999)|map('replace', '9', '99999')|list|length }}",
    "{{ range(10 ** 12)|list }}",
    "{{ range(1000000000000)|list }}",
    # never enough
    "{{ 'x' * 10**9 }}",
    "{{ 'x' * 1000000000 }}",
    "{{ 1000000000 * 'x' }}",
    "{{ [1] * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{% set n = namespace(s='x' * 1000) %}{% for i in range(40) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    "{% set n = namespace(s='x' * 1000) %}{% for i in range(40) %}{% set n.s = n.s + n.s %}{% endfor %}",
    "{% set n = namespace(s='x' * 999) %}{% for i in range(40) %}"
    "{% set n.s %}{{ n.s }}{{ n.s }}{% endset %}{% endfor %}",
    "{% set s = 'x' * 1000 %}{{ s.replace('x', s).replace('x', s) }}",
    "{% set s = 'x' * 1000 %}{{ s|replace('x', s)|replace('x', s) }}",
    "{% set a = ['x' * 100000] * 100000 %}{{ a|join }}",
    "{% set a = 'x' * 1000000 %}{{ [a, a, a, a, a, a] }}",
    "{% set a = 'x' * 1000000 %}{{ [a, a, a, a, a, a]|tojson }}",
    "{% set a = 'x' * 1000000 %}{{ a.join(a) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{{ 'x'.center(1000000000) }}",
    "{{ 'x'|center(1000000000) }}",
    "{{ 'x\ny'|indent(1000000000) }}",
    "{% for i in range(100000) %}{{ 'x' * 100 }}{% endfor %}",
    "{{ (range(99999)|list)|sum(start=[]) }}",
    # no template at all
    "{% for",
    "{{ x.y.z }}",
    "{{ 1 / 0 }}",
    "{{ messages[7].content }}",
    "{{ None + 1 }}",
    "x" * (template.LETTERS + 1),
    "{{ " + "(" * 5000 + ")" * 5000 + " }}",
]


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_templates_are_refused(source: str) -> None:
    with pytest.raises(KnownError) as caught:
        template.render(source, HELLO)
    assert caught.value.kind is ErrorKind.ENGINE_TEMPLATE


@pytest.mark.parametrize(
    "source", ["{{ raise_exception.__globals__ }}", "{{ ''['__class__'] }}", "{{ cycler.__init__ }}"]
)
def test_what_is_out_of_reach_is_nothing(source: str) -> None:
    assert template.render(source, HELLO) == ""


def test_refusing_takes_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for source in HOSTILE:
        with pytest.raises(KnownError):
            template.render(source, HELLO)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # kB
    assert grown < 200_000


def test_the_trace_function_of_others_is_put_back() -> None:
    before = sys.gettrace()
    template.render("x", HELLO)
    assert sys.gettrace() is before
