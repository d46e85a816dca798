"""Every macro is explained, and macros in a text are found where they stand."""

from hermes_desktop.app.macros import TEXT_LIMIT, Mark, MarkKind, macros, marks
from hermes_desktop.prompting import table
from hermes_desktop.prompting.macros import Names, expand


def test_every_macro_that_is_known_is_explained_and_nothing_else() -> None:
    listed = macros()
    alone = {one.name.lower() for one in listed if not one.arguments} - {"// "}
    given = {one.name.lower() for one in listed if one.arguments} - {"comment", "hidden_key"}
    assert alone == {*table.ALONE, "trim", "original"}
    assert given == set(table.WITH_ARGUMENTS)
    assert all(one.explanation for one in listed)


def test_what_is_offered_means_something() -> None:
    for one in macros():
        (mark,) = marks(f"{{{{{one.name}{one.arguments}}}}}")
        assert mark.kind in (MarkKind.KNOWN, MarkKind.REMARK)
    assert expand("{{pick::one::two}}", Names("Mira", "Sam")) in ("one", "two")


def test_where_they_stand() -> None:
    text = r"\{\{ {{char}} <user> {{sky}} {{random::{{user}}::{{sea}}}} {{// no}} }}"

    def at(kind: MarkKind, said: str) -> Mark:
        return Mark(kind, text.index(said), text.index(said) + len(said))

    assert marks(text) == [
        at(MarkKind.KNOWN, "{{char}}"),
        at(MarkKind.KNOWN, "<user>"),
        at(MarkKind.UNKNOWN, "{{sky}}"),
        at(MarkKind.KNOWN, "{{random::{{user}}::{{sea}}}}"),
        at(MarkKind.KNOWN, "{{user}}"),
        at(MarkKind.UNKNOWN, "{{sea}}"),
        at(MarkKind.REMARK, "{{// no}}"),
        Mark(MarkKind.LOOSE, len(text) - 2, len(text)),
    ]
    assert marks("plain") == marks("{{x}}" * TEXT_LIMIT) == []
