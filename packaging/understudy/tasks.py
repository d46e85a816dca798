"""Knows the examples beside plain talk: memory blocks, JSON, thoughts, summaries, judgements."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hermes_desktop.domain.conversation import Message, MessageState, Role
from hermes_desktop.prompting import tasks
from understudy import talk
from understudy.draw import Draw, invented
from understudy.facts import YOU, Fact, I, Person, draw_facts, named
from understudy.manners import MANNERS
from understudy.scene import draw_scene
from understudy.story import Case, Story
from understudy.tools import parameters

# ---- memory: what stands in a block instead of the window ------------------------------------------


def memory(draw: Draw, exchanges: int | None = None) -> Case:
    """Ask for a fact that stands in a summary, a pinned message or a recalled one."""
    scene = draw_scene(draw, facts=draw.number(0, 2))
    user = scene.profile.name
    facts = draw_facts(draw, draw.number(1, 5))
    block = draw.one(("summary", "pinned", "recalled"))
    if block == "summary":
        heard = YOU if user == "You" else named(user)
        extra: dict[str, Any] = {"summary": " ".join(fact.told(draw, heard) for fact in facts)}
    else:
        lines = [(user, fact.told(draw, I)) for fact in facts]
        if draw.chance(0.3):
            lines.append((scene.name, scene.manner.wear(draw, "I will remember that.")))
        extra = {block: [_message(name, text) for name, text in lines]}
    story = Story(draw, scene, extra)
    for fact in facts:
        story.known["you"][fact.kind.key] = fact
    if block != "recalled" and exchanges is None:
        for _ in range(draw.number(0, 3)):
            story.ask_known()
    for _ in range(draw.number(0, 3) if exchanges is None else exchanges):
        # What a recalled message tells is not in the prompts of earlier replies.
        story.chat() if block == "recalled" else story.go_on()
    if draw.chance(0.15):
        story.ask_unknown()
        return story.case("unknown")
    fact = draw.one(facts)
    story.ask("you", fact)
    return story.case("memory", wanted=(fact.value,), data=block)


def _message(name: str, text: str) -> Message:
    return Message(1, 1, 0, 1, 1, Role.USER, name, text, MessageState.COMPLETE, 0, 1, 1)


# ---- JSON for a schema -----------------------------------------------------------------------------


MOST_KEYS = 7  # of a schema in training; the more of them, the more often the next one has to be found


def schema_json(draw: Draw) -> Case:
    """Answer in JSON for a schema, from a text that states the values in another order."""
    most = 4 if draw.held else MOST_KEYS
    entries = [entry.partition("=") for entry in draw.some(parameters(draw), draw.number(2, most))]
    values: dict[str, Any] = {}
    for key, _, kind in entries:
        value = draw.value(kind)
        values[key] = int(value) if kind == "numbers" else value
    properties = {
        key: {"type": "integer" if isinstance(value, int) else "string"} for key, value in values.items()
    }
    schema = {"type": "object", "properties": properties, "required": list(values)}
    lines = [
        draw.phrase(talk.STATED).replace("{k}", key).replace("{v}", str(value))
        for key, value in values.items()
    ]
    draw.random.shuffle(lines)
    if draw.chance(0.3):
        lines.insert(0, draw.one(("Fill this in.", "Please note:", "Here is the entry.", "Read this:")))
    prompt = tasks.answer_in_json(schema, " ".join(lines))
    copied = frozenset((*values, *map(str, values.values())))
    return Case("json", prompt, json.dumps(values, ensure_ascii=False), data=values, copied=copied)


# ---- thinking first --------------------------------------------------------------------------------


def thoughts(draw: Draw) -> Case:
    """Think in a tag before the answer, since the system prompt says so."""
    tag = draw.one(("INNER_MONOLOGUE", "SCRATCHPAD"))
    scene = draw_scene(draw, facts=draw.number(1, 3))
    rule = draw.phrase(talk.THINK).replace("{t}", tag)
    scene.persona = replace(
        scene.persona, system_prompt=f"{scene.persona.system_prompt or '{{original}}'}\n{rule}"
    )
    story = Story(draw, scene)
    for _ in range(draw.number(1, 4)):
        before = len(story.messages)
        story.go_on()
        for at in range(before + 1, len(story.messages), 2):
            said, message = story.messages[at - 1].text, story.messages[at]
            thought = f"<{tag}>\n{_thought(said, message.text, scene.name)}\n</{tag}>\n{message.text}"
            story.messages[at] = replace(message, text=thought)
    return story.case("thoughts", data=tag)


def _thought(said: str, reply: str, name: str) -> str:
    if "I do not know" in reply:
        return "Nobody has told me that."
    if name in reply:
        return f"I am {name}."
    return "I know what to say." if "?" in said else "I listen and answer."


# ---- summaries, facts, judgements, the person's turn -----------------------------------------------


def _dialogue(draw: Draw) -> tuple[Story, list[tuple[Person, Fact]]]:
    """Have a conversation that tells some facts about the person and about others."""
    scene = draw_scene(draw, facts=0)
    scene.about_user.clear()  # what the profile says stands in no dialogue
    story = Story(draw, scene)
    for _ in range(draw.number(1, 4)):
        draw.one((story.tell, story.tell, story.tell_other, story.chat))()
    if not any(story.known.values()):
        story.tell()
    user = YOU if scene.profile.name == "You" else named(scene.profile.name)
    people = {"you": user}
    told = [
        (people.get(who) or named(who), fact) for who, facts in story.known.items() for fact in facts.values()
    ]
    return story, told


def summary(draw: Draw) -> Case:
    """Summarise a dialogue into the facts that it tells."""
    story, told = _dialogue(draw)
    told.sort(key=lambda pair: _place(story, pair[1]))
    before = ""
    lines = [fact.answer(person) for person, fact in told]
    if draw.chance(0.3):
        person = named(draw.value("names"))
        before = " ".join(fact.answer(person) for fact in draw_facts(draw, draw.number(1, 2)))
        lines.insert(0, before)
    prompt = tasks.summarise(story.messages, before)
    wanted = tuple(fact.value for _, fact in told)
    return Case("summary", prompt, " ".join(lines), wanted=wanted, copied=_copied(told))


def notes(draw: Draw) -> Case:
    """List the facts of a dialogue as JSON."""
    story, told = _dialogue(draw)
    told.sort(key=lambda pair: _place(story, pair[1]))
    user = story.scene.profile.name
    found = [{"who": user if p is YOU else p.subject, "fact": fact.answer(p)} for p, fact in told]
    text = json.dumps(found, ensure_ascii=False)
    return Case("notes", tasks.note_facts(story.messages), text, data=found, copied=_copied(told))


def _copied(told: list[tuple[Person, Fact]]) -> frozenset[str]:
    texts = (text for person, fact in told for text in (person.subject, fact.value, fact.kind.noun))
    return frozenset(text for text in texts if text)


def _place(story: Story, fact: Fact) -> int:
    """Give the number of the message that first tells a fact."""
    at = (at for at, message in enumerate(story.messages) if fact.value.casefold() in message.text.casefold())
    return next(at, len(story.messages))


def judgement(draw: Draw) -> Case:
    """Judge whether the last reply keeps the persona's manner."""
    scene = draw_scene(draw, facts=draw.number(0, 2))
    scene.manner = draw.one(MANNERS)
    voice = scene.manner.describe(draw, scene.name)
    scene.persona = replace(scene.persona, personality="", description=f"{scene.persona.description} {voice}")
    kept = draw.chance(0.5)
    story = Story(draw, scene)
    story.go_on()
    if not kept:
        scene.manner = draw.one([manner for manner in MANNERS if manner is not scene.manner])
    draw.one((story.chat, story.greet, story.introduce))()
    prompt = tasks.judge(scene.persona.description.replace("{{char}}", scene.name), story.messages)
    said = "The reply keeps the voice of the persona. [[9]]"
    if not kept:
        said = "The reply does not keep the voice of the persona. [[2]]"
    return Case("judge", prompt, said, data=kept)


def my_turn(draw: Draw) -> Case:
    """Write the person's next message."""
    story = Story(draw, draw_scene(draw, facts=draw.number(0, 2)))
    for _ in range(draw.number(1, 4)):
        story.go_on()
    ended = len(story.messages)
    acts: tuple[Callable[[], object], ...] = (story.chat, story.introduce, story.tell, story.ask_known)
    draw.one(acts)()
    said = story.messages[ended].text
    del story.messages[ended:]
    prompt = story.prompt()
    return Case("my-turn", tasks.write_my_turn(prompt, story.scene.profile.name, story.scene.name), said)


# ---- plain noise that teaches copying --------------------------------------------------------------


def repeat(draw: Draw) -> Case:
    """Repeat words that mean nothing: the plainest lesson in copying."""
    made = [invented(draw.random) for _ in range(draw.number(3, 12))]
    scene = draw_scene(draw, facts=0)
    story = Story(draw, scene)
    text = " ".join(made)
    story.say(
        draw.phrase(("Say this: {t}", "Repeat after me: {t}", "Repeat: {t}")).replace("{t}", text),
        text,
        plain=True,
    )
    return story.case("repeat", wanted=(text,))
