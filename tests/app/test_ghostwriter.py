"""Having the model write a persona or a part of one: held to a form, read as it comes, salvaged when cut."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.ghostwriter import WHOLE, Draft, Proposal
from hermes_desktop.app.models import ModelState
from hermes_desktop.app.sandbox import NO_GREETING, Candidate, Setting, Trial
from hermes_desktop.domain.errors import ErrorKind
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.remote import KEY_VARIABLE, RemoteServer
from hermes_desktop.prompting.ghostwriting import SLOTS
from tests.app.beside import Bench, Replies
from tests.serving import KEY, fake_server, real_server, says

ANSWER = {
    "name": "Ida",
    "description": "Keeps the light; lies about the sea.",
    "personality": "Dry",
    "scenario": "A storm.",
    "first_mes": "“Mind the step.”\n*She does not look up.*",
    "mes_example": "<START>\n{{user}}: Well?\n{{char}}: Well.",
    "tags": ["sea", "lies"],
}
IDEA = "A lighthouse keeper who lies about the sea"
Make = Callable[..., "Desk"]


class Desk(Bench):
    """Somebody who has personas written."""

    def __init__(
        self, folder: Path, qtbot: QtBot, replies: Replies | None = None, load: object = None
    ) -> None:
        super().__init__(folder, qtbot, replies, load)
        self.writer = self.services.ghostwriter
        self.drafts: list[Draft] = []
        self.grown: list[Proposal] = []
        self.loads = 0
        self.writer.ended.connect(self.drafts.append)
        self.writer.grew.connect(self.grown.append)
        self.writer.loading.connect(self.note_load)

    def note_load(self) -> None:
        self.loads += 1

    def end(self) -> Draft:
        self.until(lambda: not self.writer.running)
        return self.drafts[-1]

    def persona(self, seed: int = -1) -> Draft:
        self.writer.write_persona(IDEA, PersonaFields(""), seed)
        return self.end()


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    made: list[Desk] = []

    def build(replies: Replies | None = None, load: object = None) -> Desk:
        made.append(Desk(tmp_path, qtbot, replies, load))
        return made[-1]

    yield build
    for each in made:
        each.program.close()


def pieces(text: str, size: int = 7) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


# ---- real llama.cpp ----------------------------------------------------------------------------------


def test_a_real_model_is_held_to_the_form(make: Make) -> None:
    desk = make()
    model = desk.services.models.understudy()
    assert model is not None
    desk.load_id(model.id)
    assert desk.writer.is_weak
    for seed in range(5):
        draft = desk.persona(seed)
        assert (
            draft.error is None and draft.whole and [part for part, _ in draft.proposal.values] == list(WHOLE)
        )
        assert desk.asked[-1].sampling.seed == seed
    texts = {draft.proposal.values for draft in desk.drafts}
    assert len(texts) > 1  # another seed, another persona


@pytest.mark.parametrize("part", ["name", "tags", "greeting"])
def test_noise_becomes_a_part(make: Make, part: str) -> None:
    """Nothing but the grammar makes this model write JSON; where it rambles, its text is bounded or cut."""
    desk = make()
    desk.load()
    desk.writer.write_part(part, PersonaFields("Ida"), seed=3)
    draft = desk.end()
    assert draft.error is None and [name for name, _ in draft.proposal.values] == [part]
    assert draft.whole != draft.full and draft.proposal.text(part)
    limit = SLOTS[part].letters * max(1, SLOTS[part].items * 2)
    assert len(draft.proposal.text(part)) <= limit * 2  # an escape counts once, and is two letters at most


# ---- as it comes -------------------------------------------------------------------------------------


def test_a_persona_comes_part_by_part(make: Make) -> None:
    desk = make([{"pieces": pieces(json.dumps(ANSWER)), "delay": 0.01}])
    desk.load()
    draft = desk.persona()
    assert draft == Draft(draft.proposal, whole=True)
    assert {SLOTS[part].name: draft.proposal.text(part) for part in WHOLE} == ANSWER | {"tags": "sea, lies"}
    assert draft.proposal.cut == () and desk.grown[-1] == draft.proposal
    assert len(desk.grown) > 3 and desk.grown[1].text("tags") == ""
    for proposal in desk.grown:
        assert all(ANSWER[SLOTS[part].name].startswith(proposal.text(part)) for part in WHOLE[:-1])  # type: ignore[attr-defined]  # texts all


def test_what_is_asked_of_the_engine(make: Make) -> None:
    desk = make([{"pieces": ['{"personality": "Bold."}']}])
    desk.load()
    ida = PersonaFields("Ida", description="Lies.", personality="Shy.")
    desk.writer.write_part("personality", ida, present="Shy.", wish="bolder", seed=4)
    assert desk.end().proposal.text("personality") == "Bold."
    sent = desk.asked[-1]
    assert sent.sampling.grammar.startswith("root ::=") and sent.sampling.seed == 4
    assert sent.sampling.repeat_penalty == 1.0
    assert "description: Lies." in sent.prompt.turns[1].text and "bolder" in sent.prompt.turns[1].text
    assert desk.loads == 0


def far(desk: Desk, address: str) -> None:
    """Let a server play."""
    remote = desk.services.remote
    remote.set_up(RemoteServer(address, patience=20))
    remote.keys.keep(KEY)
    remote.turn(on=True)
    desk.until(lambda: desk.services.models.state is ModelState.READY)


def test_a_server_that_takes_a_grammar_is_held_to_the_form(make: Make) -> None:
    desk = make()
    with real_server() as address:
        far(desk, address)
        draft = desk.persona(2)
        assert draft.error is None and draft.whole
        assert desk.asked[-1].sampling.grammar


def test_a_server_without_grammars_is_asked_in_words(make: Make) -> None:
    desk = make()
    said = "Sure! Here it is:\n```json\n" + json.dumps(ANSWER, indent=2) + "\n```"
    with fake_server(owner="library", acts=[says(*pieces(said)), says("I would rather not.")]) as fake:
        far(desk, fake.address)
        draft = desk.persona()
        assert draft.whole and draft.proposal.text("name") == "Ida"
        body = fake.asked[-1][1]
        assert "grammar" not in body and "<schema>" in json.dumps(body)
        refused = desk.persona()
        assert refused.error is not None and refused.error.kind is ErrorKind.NOT_JSON
        assert refused.error.values == {"name": "hermes"}


# ---- what goes wrong ---------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["I would rather not.", '{"no": 1}', "[1, 2]", "{ name: Ida }"])
def test_an_answer_that_is_no_json_is_said_to_be_none(make: Make, words: str) -> None:
    desk = make([{"pieces": [words]}])
    desk.load()
    draft = desk.persona()
    assert draft.error is not None and draft.error.kind is ErrorKind.NOT_JSON
    assert draft.error.values == {"name": "tiny"} and draft.proposal == Proposal()


@pytest.mark.parametrize("reason", ["length", "loop"])
def test_a_cut_answer_is_salvaged(make: Make, reason: str) -> None:
    text = json.dumps(ANSWER)
    cut = text[: text.index("storm") + 3]
    desk = make([{"pieces": pieces(cut), "stop_reason": reason}])
    desk.load()
    draft = desk.persona()
    assert draft.error is None and draft.full and not draft.whole
    assert [part for part, _ in draft.proposal.values] == ["name", "description", "personality", "scenario"]
    assert draft.proposal.text("scenario") == "A sto" and draft.proposal.cut == ("scenario",)


def test_a_text_that_is_as_long_as_it_may_be_was_cut(make: Make) -> None:
    desk = make([{"pieces": [json.dumps({"personality": "x" * SLOTS["personality"].letters})]}])
    desk.load()
    desk.writer.write_part("personality", PersonaFields("Ida"))
    draft = desk.end()
    assert draft.whole and draft.proposal.cut == ("personality",)


def test_stop_keeps_what_has_come(make: Make) -> None:
    desk = make([{"pieces": pieces(json.dumps(ANSWER)), "delay": 0.05}])
    desk.load()
    desk.writer.write_persona(IDEA, PersonaFields(""))
    desk.writer.write_persona("Another", PersonaFields(""))  # one at a time
    desk.until(lambda: bool(desk.grown and desk.grown[-1].text("description")))
    desk.writer.stop()
    draft = desk.end()
    assert draft.stopped and draft.error is None and draft.proposal.text("name") == "Ida"
    assert draft.proposal.cut == ("description",) and len(desk.drafts) == len(desk.asked) == 1
    desk.writer.stop()  # nothing runs


def test_a_crash_keeps_what_has_come(make: Make) -> None:
    start = pieces(json.dumps(ANSWER))[:6]
    desk = make([{"pieces": start, "acts": {str(len(start)): "crash:SIGKILL"}}])
    desk.load()
    draft = desk.persona()
    assert draft.error is not None and draft.error.kind is ErrorKind.ENGINE_CRASHED
    assert draft.proposal.text("name") == "Ida" and not draft.whole
    assert desk.persona().error is not None and desk.loads == 1  # it is loaded again, and crashes again


def test_it_waits_for_what_is_being_tried(make: Make) -> None:
    desk = make([{"pieces": ["one ", "two "], "delay": 0.05}])
    desk.load()
    candidate = Candidate(PersonaFields("Ida"), draft=True)
    setting = Setting(candidate, "Chat")
    sandbox = desk.services.sandbox
    sandbox.run([setting, setting], Trial("Well?", NO_GREETING, 1))
    draft = desk.persona()
    assert draft.error is not None and draft.error.kind is ErrorKind.BUSY
    desk.until(lambda: not sandbox.running)
    assert sandbox.can_keep(0) and sandbox.can_keep(1)
