"""What strangers wrote cannot steer the terminal that it is printed on."""

from hermes_desktop.cli.output import printable


def test_what_would_steer_the_terminal_is_dropped() -> None:
    assert printable("a\x1b[31mb\r\x07\x9bc\ud800\nd\te") == "a[31mbc\nd\te"
    assert printable("Ev\u202eil \u2066x\u2069") == "Evil x"  # it would turn the rest of the line round
    assert printable("\u05d0\u200f\u0644 é 語") == "\u05d0\u200f\u0644 é 語"
