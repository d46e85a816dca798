"""Exports: what is chosen goes in and nothing else, to a file that is whole or not there."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hermes_desktop.app import pages
from hermes_desktop.app.telling import Wish
from hermes_desktop.app.transcripts import TranscriptsService
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.transcript import (
    CHOSEN_PARTS,
    EVERYTHING,
    SHIPPED_CHOICES,
    TO_SHARE,
    Choices,
    Format,
    Reveal,
    RevealKind,
    Stretch,
)
from hermes_desktop.paths import Folders
from hermes_desktop.storage import conversations, memories, messages

NOTHING = Choices(pictures=False, times=False)
LONG = "She turns the page and reads on for a while. " * 40


@pytest.fixture
def program(qtbot: QtBot, tmp_path: Path) -> Iterator[Program]:
    assert qtbot is not None
    made = build(Folders.of(tmp_path / "data"))
    services = made.services
    services.profiles.update(services.profiles.current().id, "Robert", "I keep bees.")
    ada = services.personas.create(
        PersonaFields(
            "Ada", greeting="Hello, {{user}}.", system_prompt="Be Ada.", post_history_instructions="Stay Ada."
        )
    )
    talk = services.chat.start(ada.id)
    made.store.write(
        messages.extend,
        talk.id,
        [
            (Role.USER, "Robert", "I am Robert, robert@mail.example.\n<tool_call>{}</tool_call>"),
            (
                Role.ASSISTANT,
                "Ada",
                "<think>\nRobert again.\n</think>\nYes, Robert. Look into /home/robert/notes.txt.",
            ),
            (Role.TOOL, "clock", "12:04"),
            (Role.USER, "Robert", "Roberta is not me."),
        ],
    )
    made.store.write(messages.sibling, messages_of(made)[1].id, "An answer beside it.")
    made.store.write(messages.switch, messages_of(made)[1].id, -1)
    made.store.write(conversations.set_authors_note, talk.id, "It rains.")
    yield made
    made.close()


class Quiet:
    """Takes no note of how far it is."""

    def __call__(self, done: int, total: int) -> None:
        assert done <= total


def messages_of(program: Program) -> list:  # type: ignore[type-arg]
    return program.store.read(messages.path, 1)


def export(program: Program, choices: Choices, form: Format = Format.TEXT, *stretches: Stretch) -> str:
    file = program.services.folders.data / f"out.{form}"
    wish = Wish(1, form, choices, stretches)
    program.services.transcripts.write_file(wish, file, Quiet())
    return file.read_text("utf-8")


def test_what_is_not_chosen_stays_out(program: Program) -> None:
    text = export(program, NOTHING)
    for private in ("bees", "Be Ada", "again", "tool_call", "12:04", "beside it", "It rains", "SHA"):
        assert private not in text
    assert "Hello, Robert." in text and "Yes, Robert." in text and "1 message" not in text


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        *(("branches", "An answer beside it."), ("thoughts", "Robert again."), ("tools", "clock")),
        *(("profile", "bees"), ("system", "It rains."), ("times", "20")),
    ],
)
def test_each_part_can_be_put_in(program: Program, part: str, shown: str) -> None:
    assert part in CHOSEN_PARTS
    with_it = Choices(**({"pictures": False, "times": False} | {part: True}))
    assert shown in export(program, with_it) and shown not in export(program, NOTHING)
    if part == "system":
        assert "Be Ada." in export(program, with_it) and "Stay Ada." in export(program, with_it)


def test_other_names_stand_everywhere_and_only_for_whole_words(program: Program) -> None:
    everything = SHIPPED_CHOICES[EVERYTHING]
    hidden = Choices(
        **{part: getattr(everything, part) for part in CHOSEN_PARTS}, my_name="X", persona_name="Y"
    )
    text = export(program, hidden, Format.HTML)
    assert not re.search(r"\bRobert\b|\bAda\b", text) and "Roberta is not me." in text
    assert "Hello, X." in text and "data:image" not in text


def test_chosen_messages_are_those_of_the_path(program: Program) -> None:
    text = export(program, SHIPPED_CHOICES[EVERYTHING], Format.TEXT, Stretch(2, 2), Stretch(5, 900))
    assert (
        "I am Robert" in text and "Roberta" in text and "Yes, Robert" not in text and "beside it" not in text
    )


def test_what_it_reveals_is_said_before(program: Program) -> None:
    def told(choices: Choices) -> dict[RevealKind, Reveal]:
        return {
            each.kind: each for each in program.services.transcripts.reveals(Wish(1, Format.HTML, choices))
        }

    everything = told(SHIPPED_CHOICES[EVERYTHING])
    assert (
        everything[RevealKind.NAME].shown == "Robert"
        and everything[RevealKind.MAIL].shown == "robert@mail.example"
    )
    assert (
        everything[RevealKind.PATHS].shown.startswith("/home/robert")
        and "bees" in everything[RevealKind.PROFILE].shown
    )
    assert {
        RevealKind.SYSTEM,
        RevealKind.THOUGHTS,
        RevealKind.TOOLS,
        RevealKind.BRANCHES,
        RevealKind.TIMES,
    } <= set(everything)
    assert set(told(SHIPPED_CHOICES[TO_SHARE])) == {RevealKind.MAIL, RevealKind.PATHS}


def test_a_whole_conversation_tells_what_goes_along(program: Program, tmp_path: Path) -> None:
    transcripts = program.services.transcripts
    ours, theirs = (transcripts.reveals(Wish(1, form, Choices())) for form in (Format.JSON, Format.JSONL))
    kinds = [reveal.kind for reveal in ours]
    assert kinds == [RevealKind.WHOLE, RevealKind.NAME, RevealKind.PROFILE, RevealKind.MAIL, RevealKind.PATHS]
    assert ours[2].shown == "I keep bees." and ours[3].shown == "robert@mail.example"
    kinds = [reveal.kind for reveal in theirs]
    assert kinds == [RevealKind.VERSIONS, RevealKind.NAME, RevealKind.MAIL, RevealKind.PATHS]
    seen: list[tuple[int, int]] = []
    file = tmp_path / "out.json"
    told = transcripts.write_file(
        Wish(1, Format.JSON, Choices()), file, lambda done, total: seen.append((done, total))
    )
    assert told == ours and seen == [(0, 6)] and file.read_text("utf-8").startswith("{\n")
    assert transcripts.name_of(Wish(1, Format.JSONL, Choices())) == "Ada.jsonl"


def test_what_is_remembered_goes_along_in_our_own_format_and_is_looked_at(program: Program) -> None:
    first = messages_of(program)[0].id
    program.store.write(memories.add, MemoryKind.FACT, first, 1, "writes to a@bees.example", who="Sam")
    ours, theirs = (
        {
            reveal.kind: reveal.shown
            for reveal in program.services.transcripts.reveals(Wish(1, form, Choices()))
        }
        for form in (Format.JSON, Format.JSONL)
    )
    assert "a@bees.example" in ours[RevealKind.MAIL] and "a@bees.example" not in theirs[RevealKind.MAIL]


def test_a_preview_is_the_beginning(program: Program) -> None:
    transcripts = program.services.transcripts
    shown = transcripts.preview(Wish(1, Format.MARKDOWN, NOTHING))
    assert export(program, NOTHING, Format.MARKDOWN) == shown.text and len(shown.items) == 4
    assert transcripts.preview(Wish(1, Format.PDF, NOTHING)).text == ""
    assert transcripts.name_of(Wish(1, Format.PDF, NOTHING)) == "Ada.pdf"


def test_presets_are_kept_and_shipped_ones_stay(program: Program) -> None:
    transcripts = program.services.transcripts
    assert transcripts.save_preset("to read", NOTHING).name == "to read (mine)"
    made = transcripts.save_preset("Blog", NOTHING)
    assert (
        transcripts.preset("blog") == made
        and transcripts.preset("To share").choices == SHIPPED_CHOICES[TO_SHARE]
    )
    transcripts.remember(Format.PDF, "Blog")
    assert transcripts.last() == (Format.PDF, made)
    transcripts.delete_preset("Blog")
    assert transcripts.last()[1].name == "read"
    with pytest.raises(KnownError) as caught:
        transcripts.preset("Blog")
    assert caught.value.kind is ErrorKind.TRANSCRIPT_PRESET


def fill(program: Program, count: int) -> None:
    said = ((Role.ASSISTANT if number % 2 else Role.USER, "Ada", LONG) for number in range(count))
    program.store.write(messages.extend, 1, said)


@pytest.mark.parametrize("form", [Format.PDF, Format.HTML, Format.JSON, Format.JSONL])
def test_a_cancelled_export_leaves_no_file(
    program: Program, qtbot: QtBot, tmp_path: Path, form: Format
) -> None:
    fill(program, 600)
    transcripts = program.services.transcripts
    # Heard in the thread that writes: some formats are done before the event loop would hear it.
    heard = Qt.ConnectionType.DirectConnection
    transcripts._moved.connect(lambda done, _total: transcripts.cancel() if done else None, heard)
    with qtbot.waitSignal(transcripts.ended, timeout=60_000) as ended:
        transcripts.save(Wish(1, form, NOTHING), tmp_path / "out")
        assert transcripts.busy
    assert ended.args == [None, False] and not transcripts.busy
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_a_pdf_has_pages_and_its_words(program: Program, qtbot: QtBot, tmp_path: Path) -> None:
    fill(program, 30)
    transcripts, seen = program.services.transcripts, []
    transcripts.progressed.connect(lambda done, total: seen.append((done, total)))
    with qtbot.waitSignal(transcripts.ended, timeout=60_000) as ended:
        transcripts.save(Wish(1, Format.PDF, SHIPPED_CHOICES[EVERYTHING]), tmp_path / "out.pdf")
    data = (tmp_path / "out.pdf").read_bytes()
    assert ended.args == [tmp_path / "out.pdf", True] and seen[-1][1] >= 35
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", data)) >= 10 and b"/ToUnicode" in data
    assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")


def test_a_pdf_without_times_does_not_say_when_it_was_made(program: Program) -> None:
    file = program.services.folders.data / "out.pdf"
    for choices, dated in ((NOTHING, False), (Choices(), True)):
        program.services.transcripts.write_file(Wish(1, Format.PDF, choices), file, Quiet())
        assert bool(re.search(rb"CreationDate \(D:20|20\d\d-\d\d-\d\dT", file.read_bytes())) is dated
        assert file.read_bytes().rstrip().endswith(b"%%EOF")


def test_a_head_stands_with_what_follows_it(program: Program) -> None:
    """No picture and no name is left alone at the end of a page."""
    fill(program, 24)
    telling = program.services.transcripts.preview(Wish(1, Format.PDF, NOTHING))
    from PySide6.QtCore import QSizeF

    from hermes_desktop.app.sheet import AVATAR, PAPER, PAPER_MINE, Sheet
    from hermes_desktop.domain.transcript import Labels

    for height in range(300, 420, 7):
        sheet = Sheet(PAPER, PAPER_MINE, Labels(), size=13, room=QSizeF(500, height))
        sheet.write(telling.opening, list(telling.items))
        pages._keep_together(sheet, height)
        for turn in sheet.turns:
            top, body = sheet.top_of(turn.head), sheet.top_of(turn.body)
            assert (top + 1) // height == (top + AVATAR - 1) // height == (body + 1) // height


def test_a_folder_that_cannot_be_written_is_a_sentence(
    program: Program, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = os.open

    def refuse(path: str | Path, flags: int, mode: int = 0o777, **more: int) -> int:
        if ".part" in str(path) and flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied", str(path))
        return opening(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", refuse)  # root, as which tests may run, can write anywhere
    transcripts: TranscriptsService = program.services.transcripts
    with qtbot.waitSignal(transcripts.failed, timeout=30_000) as failed:
        transcripts.save(Wish(1, Format.HTML, NOTHING), tmp_path / "out.html")
    assert failed.args[0].kind is ErrorKind.FILE_UNWRITABLE and not transcripts.busy


def test_who_answered_under_another_name_has_a_face_of_their_own(program: Program) -> None:
    mira = program.services.personas.find("Mira")
    said = [(Role.ASSISTANT, name, "It was I.") for name in ("Mira", "Nobody")]
    program.store.write(messages.extend, 1, said)
    page = export(program, Choices(times=False), Format.HTML)
    heads = re.findall(
        r'class="avatar ([ag])\d+" aria-hidden="true">(\w?)</span><h2 dir="auto">(\w+)</h2>', page
    )
    faces = {name: (kind, letter) for kind, letter, name in heads}
    assert faces["Mira"] == ("a", "") and faces["Nobody"] == ("g", "N") and faces["Ada"] == ("g", "A")
    assert page.count("data:image/png;base64,") == 1 and mira.avatar
    named = export(program, Choices(times=False, persona_name="Eve"), Format.HTML)
    assert "data:image/png" not in named  # a face would tell who it was


def test_looking_can_be_stopped(program: Program, qtbot: QtBot) -> None:
    transcripts, found = program.services.transcripts, []
    stop: Callable[[], None] = transcripts.look(
        Wish(1, Format.HTML, NOTHING), lambda _: found.append("first")
    )
    stop()
    transcripts.look(Wish(1, Format.HTML, NOTHING), lambda _: found.append("second"))
    qtbot.waitUntil(lambda: bool(found), timeout=30_000)
    assert found == ["second"]


def test_a_copy_is_markdown_and_rich_text(program: Program) -> None:
    copied = program.services.transcripts.copied(Wish(1, Format.HTML, NOTHING, (Stretch(2, 3),)))
    assert (
        copied.markdown.startswith("### Robert")
        and "<h3>Ada</h3>" in copied.html
        and "Hello" not in copied.markdown
    )
