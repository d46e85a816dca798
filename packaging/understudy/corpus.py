"""Knows the mixture of the corpus and the cases of the evaluation; the examples themselves are elsewhere."""

from collections.abc import Callable, Iterator

from hermes_desktop.domain.conversation import Role
from understudy import tasks, tools
from understudy.draw import Draw
from understudy.manners import MANNERS
from understudy.scene import draw_scene
from understudy.story import Case, Story

Maker = Callable[[Draw], Case]


def talk(draw: Draw) -> Case:
    """A short conversation with everything in it."""
    story = Story(draw, draw_scene(draw))
    for _ in range(draw.number(1, 7)):
        story.go_on()
    return story.case("talk")


def long_talk(draw: Draw) -> Case:
    """A conversation of 12 to 40 exchanges."""
    story = Story(draw, draw_scene(draw, long=True))
    for _ in range(draw.number(12, 40)):
        story.go_on()
    return story.case("talk")


def recall(draw: Draw) -> Case:
    """Tell facts, let time pass, ask for one of them."""
    return told(draw, draw.number(0, 9))


def told(draw: Draw, distance: int) -> Case:
    """Ask for a fact that the person told so many exchanges earlier."""
    story = Story(draw, draw_scene(draw, facts=draw.number(0, 3)))
    story.pass_time(draw.number(0, 2))
    fact = story.tell()
    story.pass_time(max(distance - 1, 0))
    story.ask("you", fact)
    return story.case("told", wanted=(fact.value,), data=distance)


def quiz(draw: Draw) -> Case:
    """Ask for one fact after the other, so that little of an example is anything but finding them."""
    story = Story(draw, draw_scene(draw, facts=draw.number(1, 6)))
    for _ in range(draw.number(0, 3)):
        draw.one((story.tell, story.tell, story.tell_other))()
    for _ in range(draw.number(4, 9)):
        step = draw.random.choices(
            (story.ask_known, story.ask_unknown, story.introduce, story.chat), (18, 6, 1, 1)
        )
        step[0]()
    return story.case("talk")


def introduction(draw: Draw) -> Case:
    """Ask who the persona is, at once or after a while."""
    story = Story(draw, draw_scene(draw))
    for _ in range(draw.one((0, 0, 0, 1, 2, 4))):
        story.go_on()
    story.introduce()
    return story.case("name", wanted=(story.scene.name,))


def persona_fact(draw: Draw) -> Case:
    """Ask for a fact that the system prompt states."""
    story = Story(draw, draw_scene(draw, facts=draw.number(2, 6)))
    for _ in range(draw.one((0, 0, 1, 2))):
        story.go_on()
    fact = draw.one(story.scene.facts)
    story.ask("me", fact)
    return story.case("persona", wanted=(fact.value,))


def unknown(draw: Draw) -> Case:
    """Ask for what nobody told, beside facts that were told."""
    story = Story(draw, draw_scene(draw, facts=draw.number(0, 4)))
    for _ in range(draw.number(0, 4)):
        draw.one((story.tell, story.tell_other, story.chat, story.ask_known))()
    story.ask_unknown()
    values = {fact.value for facts in story.known.values() for fact in facts.values()}
    return story.case("unknown", others=tuple(values))


def mannered(draw: Draw) -> Case:
    """Talk with a persona that has a manner of its own."""
    scene = draw_scene(draw)
    while scene.manner not in MANNERS:
        scene = draw_scene(draw)
    story = Story(draw, scene)
    if story.messages and draw.chance(0.7):
        story.messages.clear()  # without a greeting that shows the manner
    for _ in range(draw.one((0, 0, 0, 1, 2))):
        story.go_on()
    draw.one((story.chat, story.greet, story.chat, story.introduce, story.ask_unknown))()
    return story.case("manner")


def german(draw: Draw) -> Case:
    """Talk in German."""
    story = Story(draw, draw_scene(draw))
    for _ in range(draw.number(0, 3)):
        story.go_on() if draw.chance(0.4) else story.german()
    story.german_name() if draw.chance(0.2) else story.german()
    return story.case("german")


MIXTURE: tuple[tuple[Maker, float], ...] = (
    (talk, 8),
    (quiz, 14),
    (recall, 9),
    (introduction, 8),
    (persona_fact, 8),
    (unknown, 10),
    (mannered, 9),
    (german, 2),
    (tasks.memory, 14),
    (tools.tools, 20),
    (tasks.schema_json, 24),
    (tasks.thoughts, 4),
    (tasks.summary, 5),
    (tasks.notes, 2),
    (tasks.judgement, 5),
    (tasks.my_turn, 1),
    (tasks.repeat, 2),
)


FIRST: tuple[tuple[Maker, float], ...] = (
    (talk, 8),
    (quiz, 20),
    (recall, 12),
    (introduction, 12),
    (persona_fact, 12),
    (unknown, 5),
    (mannered, 4),
    (tasks.memory, 14),
    (tasks.repeat, 12),
)

SIMPLE = 0.6  # of the phrasings that come first are the plainest


def examples(seed: int, *, short: bool = False, long: float = 0.0) -> Iterator[Case]:
    """Draw examples without end. Equal seeds, equal examples.

    short: only what comes first in training, most of it in the plainest words. long: the share of long
    conversations.
    """
    draw = Draw(seed, simple=SIMPLE if short else 0.0)
    makers, weights = zip(*(FIRST if short else MIXTURE), strict=True)
    while True:
        maker = long_talk if draw.chance(long) else draw.random.choices(makers, weights)[0]
        yield maker(draw)


def turns(case: Case) -> list[tuple[Role, str]]:
    """Give a case as turns, its reply last."""
    return [*((turn.role, turn.text) for turn in case.prompt.turns), (Role.ASSISTANT, case.reply)]
