"""Knows how a transcript becomes plain text: the margin is the writer's, all that was said is moved in."""

from collections.abc import Iterable, Iterator

from hermes_desktop.domain.transcript import Aside, Item, Labels, Opening, Part, PartKind, Told
from hermes_desktop.transcripts.parts import one_line, plain

_IN = "    "


def write(opening: Opening, items: Iterable[Item], labels: Labels) -> Iterator[str]:
    """Write a transcript, piece by piece."""
    title = one_line(opening.title)
    yield f"{title}\n{'=' * min(len(title), 72)}\n"
    if opening.about:
        yield "".join(f"{one_line(line)}\n" for line in opening.about)
    for leaf in opening.leaves:
        yield f"\n{one_line(leaf.title)}\n\n{_moved(leaf.text)}\n"
    for item in items:
        yield f"\n--- {one_line(item.text)} ---\n" if isinstance(item, Aside) else told(item, labels)


def told(item: Told, labels: Labels) -> str:
    """Write one message under its speaker's name."""
    head = " · ".join(one_line(text) for text in (item.speaker.name or "—", item.version, item.time) if text)
    under = [f"{_IN}[{one_line(text)}]" for text in (item.broken, item.note) if text]
    blocks = [f"{head}\n", *(_part(part, labels) for part in item.parts), *under]
    return "\n" + "\n".join(blocks) + "\n"


def _part(part: Part, labels: Labels) -> str:
    if part.kind is PartKind.WORDS:
        return _moved(part.text)
    label = labels.thought if part.kind is PartKind.THOUGHT else labels.tool
    return f"{_IN}[{one_line(label)}]\n{_moved(part.text, _IN + '| ')}"


def _moved(text: str, margin: str = _IN) -> str:
    lines = plain(text).strip("\n").split("\n")
    return "\n".join((margin + line).rstrip() for line in lines)
