"""Facts as a model writes them: held to a form, and read whatever comes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.prompting import noting
from hermes_desktop.prompting.noting import FACT_LETTERS, MOST, WHO_LETTERS, Noted, read


def test_a_list_of_facts() -> None:
    answer = '[{"who": "Sam", "fact": "is a baker"}, {"who": "", "fact": " It rains. "}]'
    assert read(answer) == [Noted("Sam", "is a baker"), Noted("", "It rains.")]
    assert read("[]") == read("") == read("There are none.") == []


def test_what_was_cut_off_or_stands_among_words_is_read_as_far_as_it_goes() -> None:
    answer = 'Here they are: ```[{"fact": "one"}, {oops}, {"fact": "two", "who": "Ann"}, {"who": "Bob", "fa'
    assert read(answer) == [Noted("", "one"), Noted("Ann", "two")]


def test_what_is_no_fact_is_left_out_and_each_comes_once() -> None:
    entries = [
        {"fact": 1},
        {"who": 2, "fact": "x"},
        {"who": "A"},
        {"fact": " "},
        {"fact": "y"},
        {"fact": "y"},
    ]
    assert read(json.dumps(entries)) == [Noted("", "y")]
    assert read('{"a": {"fact": "inside"}}') == []


def test_there_is_an_end_to_everything() -> None:
    many = json.dumps([{"who": "w" * 999, "fact": f"{number}" + "f" * 999} for number in range(40)])
    found = read(many)
    assert len(found) == MOST
    assert all(len(each.who) == WHO_LETTERS and len(each.text) == FACT_LETTERS for each in found)
    assert read("{" * 20_000) == [] and read('{"fact":' * 2_000) == []


@given(st.text(alphabet=st.sampled_from('{}[]":,fact who\\"\n'), max_size=80))
def test_nothing_that_is_written_breaks_it(answer: str) -> None:
    assert all(each.text for each in read(answer))


def test_the_grammar_names_both_entries() -> None:
    grammar = noting.grammar()
    assert grammar.startswith("root ::=") and '\\"who\\":' in grammar and '\\"fact\\":' in grammar
    assert "letter ::=" in grammar and "gap ::=" in grammar
