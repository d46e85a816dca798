"""Files become conversations: what came is kept, nothing twice, people are found or made and that is said."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hermes_desktop.app.chats import Brought, ChatReport, ChatsService
from hermes_desktop.app.notices import Notice
from hermes_desktop.app.services import Services
from hermes_desktop.app.sources import Pasted
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.conversation import PromptOrder, Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.paths import Folders
from hermes_desktop.storage import arrivals, conversations, memories, messages, personas, profiles, variables
from hermes_desktop.storage.database import Session
from tests import writing
from tests.transcripts.test_formats import GPT, byaf
from tests.transcripts.test_sillytavern import HEADERS, LINES, packed


@pytest.fixture
def open_program(qapp: QApplication, tmp_path: Path) -> Iterator[Any]:
    assert qapp is not None
    opened: list[Program] = []

    def make(name: str = "data") -> Services:
        opened.append(build(Folders.of(tmp_path / name), engine=("--engine", "scripted")))
        return opened[-1].services

    yield make
    for program in opened:
        program.close()


@pytest.fixture
def services(open_program: Any) -> Services:
    found: Services = open_program()
    found.personas.delete(found.personas.find("Mira").id)  # one is shipped that has the name of the samples'
    return found


def bring(services: Services, data: bytes, name: str = "Mira - 1.jsonl") -> ChatReport:
    (report,) = services.chats.run([Pasted(name, data)])
    return report


def one(report: ChatReport) -> Brought:
    assert report.ok, report.error
    (brought,) = report.conversations
    return brought


def out(services: Services, number: int, form: str) -> bytes:
    held = io.BytesIO()
    services.conversations.export(number, form, held)
    return held.getvalue()


def dump(services: Services) -> str:
    return services.chats._store.read(arrivals.dump)


def test_a_chat_comes_in_and_goes_out_as_it_came(services: Services) -> None:
    brought = one(bring(services, packed(HEADERS[1], *LINES)))
    path = services.conversations.path(brought.conversation_id)
    assert [message.text for message in path] == [line["mes"] for line in LINES] and brought.messages == 7
    lines = [json.loads(line) for line in out(services, brought.conversation_id, "jsonl").split(b"\n")]
    assert lines == [HEADERS[1], *LINES]
    assert services.conversations.get(brought.conversation_id).authors_note == "Be brief."
    assert any("There was no persona Mira" in words for words in brought.notes)
    persona = services.personas.find("Mira")
    assert persona.fields.greeting == "Hi {{user}}."


def test_the_same_chat_is_not_added_twice(services: Services) -> None:
    first = one(bring(services, packed(HEADERS[0], *LINES)))
    services.chats._store.write(messages.append, first.conversation_id, Role.USER, "Jonas", "more")
    again = bring(services, packed(HEADERS[0], *LINES), "other name.jsonl")
    assert again.duplicate and one(again).conversation_id == first.conversation_id
    assert "is here already" in one(again).notes[0]
    services.conversations.delete(first.conversation_id)
    assert not bring(services, packed(HEADERS[0], *LINES)).duplicate


def test_a_persona_is_found_by_its_name_where_one_alone_has_it(services: Services) -> None:
    mira = services.personas.create(PersonaFields("mira"))
    brought = one(bring(services, packed(HEADERS[0], LINES[0])))
    assert services.conversations.get(brought.conversation_id).persona_id == mira.id
    assert any("joined to the persona mira" in words for words in brought.notes)
    services.personas.create(PersonaFields("Mira"))
    reports = services.chats.run(
        [Pasted("a", packed(HEADERS[0], LINES[1])), Pasted("b", packed(HEADERS[0], LINES[2]))]
    )
    new = {services.conversations.get(one(report).conversation_id).persona_id for report in reports}
    assert len(new) == 1 and mira.id not in new
    assert any("Several personas are called Mira" in words for words in one(reports[0]).notes)
    assert all(one(report).persona_made and one(report).persona_shared for report in reports)


def test_a_persona_is_made_from_what_the_file_says_of_it(services: Services) -> None:
    told = {
        "chat_metadata": {"scenario": "A lighthouse.", "system_prompt": "Be {{char}}.", "mes_example": "x"}
    }
    brought = one(bring(services, packed(HEADERS[1] | told, *LINES)))
    fields = services.personas.find("Mira").fields
    assert (fields.scenario, fields.system_prompt) == ("A lighthouse.", "Be {{char}}.")
    assert fields.greeting == "Hi {{user}}."
    assert any("went into the new one" in words for words in brought.notes)
    assert not any("not used here" in words for words in brought.notes)
    again = one(bring(services, packed(HEADERS[1] | told, *LINES[:2])))
    assert not any("not used here" in words for words in again.notes)  # the persona has just that
    other = {"chat_metadata": told["chat_metadata"] | {"scenario": "A ship."}}
    third = one(bring(services, packed(HEADERS[1] | other, *LINES[:3])))
    assert any("not used here" in words for words in third.notes)
    assert services.personas.find("Mira").fields == fields  # it is here now, and stays as it is


def test_a_persona_that_says_less_than_a_chat_stays_as_it_is(services: Services) -> None:
    services.personas.create(PersonaFields("Mira"))
    told = {"chat_metadata": {"scenario": "A lighthouse."}}
    brought = one(bring(services, packed(HEADERS[1] | told, *LINES)))
    assert any("not used here" in words for words in brought.notes)
    assert services.personas.find("Mira").fields.scenario == ""


def test_numbers_beyond_every_range_are_no_numbers(services: Services) -> None:
    huge = int("9" * 380)
    meta = {"chat_metadata": {"note_prompt": "x", "note_depth": huge}}
    assert one(bring(services, packed(HEADERS[1] | meta, *LINES))).messages == 7
    risu = {"type": "risuChat", "data": {"message": [{"role": "user", "data": "Hi"}], "fmIndex": huge}}
    assert bring(services, json.dumps(risu).encode(), "Mira_chat.json").ok


def test_what_only_a_later_chat_says_goes_into_the_same_new_persona(services: Services) -> None:
    def chat(lines: int, **said: str) -> Pasted:
        return Pasted(str(lines), packed(HEADERS[1] | {"chat_metadata": said}, *LINES[:lines]))

    reports = services.chats.run([chat(1), chat(2, scenario="A ship."), chat(3, scenario="A train.")])
    first, second, third = (one(report) for report in reports)
    assert services.personas.find("Mira").fields.scenario == "A ship."
    versions = [
        services.conversations.get(each.conversation_id).persona_version_id for each in (first, second)
    ]
    assert versions[0] != versions[1]  # the first one goes on without it
    assert any("went into the new one" in words for words in second.notes)
    assert any("not used here" in words for words in third.notes)


def test_a_missing_persona_is_matched_with_another_one_and_back(services: Services) -> None:
    texts = (packed(HEADERS[0], LINES[0]), packed(HEADERS[0], LINES[1]), packed(HEADERS[0], LINES[2]))
    reports = services.chats.run([Pasted(str(number), data) for number, data in enumerate(texts)])
    brought = [one(report) for report in reports]
    assert {(each.persona, each.persona_made, each.persona_shared) for each in brought} == {
        ("Mira", True, False)
    }
    (made,) = {each.persona_id for each in brought}
    ada = services.personas.create(PersonaFields("Ada", greeting="Well met."))
    told, posted = watched(services)
    services.chat.open(brought[0].conversation_id)
    assert services.matching.match([each.conversation_id for each in brought], ada.id, made) == 3
    assert told == [([each.conversation_id for each in brought], ada.id)]
    assert services.chat.persona is not None and services.chat.persona.name == "Ada"
    assert "Mira" not in [persona.name for persona in services.personas.all()]
    assert services.conversations.path(brought[0].conversation_id)[0].name == "Mira"  # as it was said
    assert "3 conversations go on with Ada." in [notice.text for notice in posted]
    back = posted[-1].act
    assert back is not None
    back()
    assert services.chat.persona.name == "Mira" and told[-1][1] == made
    assert "Mira" in [persona.name for persona in services.personas.all()]
    assert services.matching.match([brought[0].conversation_id], made) == 0 and len(posted) == 1
    services.matching.match([brought[0].conversation_id], ada.id, made)
    assert posted[-1].text == "“0” goes on with Ada." and services.personas.find("Mira")
    services.personas.update(made, PersonaFields("Mira"))  # another version is the same persona
    assert services.matching.match([brought[1].conversation_id], made) == 0


def watched(services: Services) -> tuple[list[tuple[list[int], int]], list[Notice]]:
    told: list[tuple[list[int], int]] = []
    posted: list[Notice] = []
    services.matching.matched.connect(lambda numbers, persona: told.append((numbers, persona)))
    services.notices.release()
    services.notices.posted.connect(posted.append)
    return told, posted


def test_it_can_be_said_beforehand_whose_chats_these_are(services: Services) -> None:
    ada = services.personas.create(PersonaFields("Ada", greeting="Well met."))
    alone = {"type": "risuChat", "data": {"message": [{"role": "user", "data": "Hello"}], "fmIndex": -1}}
    sources = [
        Pasted("Mira - 1.jsonl", packed(HEADERS[0], *LINES)),
        Pasted("Mira_chat.json", json.dumps(alone).encode()),
        Pasted("x.byaf", byaf()),  # it brings its own
    ]
    first, second, third = (one(report) for report in services.chats.run_for(sources, ada.id))
    assert first.persona == second.persona == "Ada" != third.persona and not first.persona_made
    assert [m.text for m in services.conversations.path(second.conversation_id)] == ["Well met.", "Hello"]
    again = one(bring(services, packed(HEADERS[0], LINES[1])))
    assert again.persona == "Mira"  # it was said of those alone


def test_who_i_am_is_found_by_the_name_or_is_who_i_am_now(services: Services) -> None:
    me = services.profiles.create("Kim", "")
    jonas = services.profiles.create("Jonas", "")
    services.profiles.choose(me.id)
    first = one(bring(services, packed(HEADERS[0], *LINES)))
    other = one(bring(services, json.dumps([GPT]).encode()))
    assert services.conversations.get(first.conversation_id).profile_version_id == jonas.version_id
    assert services.conversations.get(other.conversation_id).profile_version_id == me.version_id
    path = services.conversations.path(other.conversation_id)
    assert [message.name for message in path] == ["Kim", "ChatGPT"]


def test_a_greeting_that_stands_in_the_card_is_put_back(services: Services) -> None:
    chat = {"message": [{"role": "user", "data": "Hello"}], "fmIndex": 0}
    document = json.dumps({"type": "risuChat", "data": chat}).encode()
    missing = one(bring(services, document, "Nobody_chat.json"))
    assert any("greeting stands in the persona's card" in words for words in missing.notes)
    services.personas.create(PersonaFields("Mira", greeting="Hi.", alternate_greetings=("Yo.",)))
    brought = one(bring(services, document.replace(b"Hello", b"Hello!"), "Mira_chat.json"))
    path = services.conversations.path(brought.conversation_id)
    assert [(m.text, m.versions) for m in path] == [("Yo.", 2), ("Hello!", 1)]


def test_a_bad_file_is_told_and_the_others_come_in(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "chats"
    folder.mkdir()
    (folder / "a.jsonl").write_bytes(packed(HEADERS[0], *LINES))
    (folder / "b.json").write_bytes(b"{}")
    reports = services.chats.run([folder, tmp_path / "gone.json"])
    assert [report.ok for report in reports] == [True, False, False]
    assert "not a conversation" in reports[1].error and "no file" in reports[2].error
    (tmp_path / "none").mkdir()
    assert not services.chats.run([tmp_path / "none"])[0].ok


def test_a_file_with_persona_and_chats_brings_both(services: Services) -> None:
    brought = one(bring(services, byaf(), "Mira.byaf"))
    persona = services.personas.find("Mira")
    assert services.conversations.get(brought.conversation_id).persona_id == persona.id
    assert persona.fields.description == "p"


def folder_of(place: Path, files: dict[str, bytes]) -> Path:
    for name in ("characters", "chats"):
        (place / name).mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return place


def carded(name: str, **extensions: object) -> bytes:
    data = {"name": name, "first_mes": "Hi.", "extensions": extensions}
    card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": data}
    return writing.png(writing.text("chara", writing.encoded(card)))


def talk(meta: dict[str, object], words: str) -> bytes:
    return packed(HEADERS[0] | {"chat_metadata": meta}, {"name": "Mira", "is_user": False, "mes": words})


def test_the_folder_of_a_sillytavern_user(services: Services, tmp_path: Path) -> None:
    files = {
        "characters/Mira2.png": carded("Mira"),
        "characters/broken.png": b"x",
        "chats/Mira2/Mira - 1.jsonl": packed(HEADERS[2], *LINES),
        "chats/Gone/Gone - 1.jsonl": packed({"name": "Gone", "is_user": False, "mes": "x"}),
        "group chats/5.jsonl": packed(HEADERS[2], {"name": "Ada", "is_user": False, "mes": "y"}),
        "worlds/Book.json": b"{}",
        "settings.json": json.dumps({"power_user": {"personas": {"a.png": "Kim"}}}).encode(),
        "chats/.hidden/x.jsonl": b"",
    }
    place = folder_of(tmp_path / "default-user", files)
    reports = {Path(report.file).name: report for report in services.chats.run([place])}
    assert len(reports) == 7 and not reports["broken.png"].ok and not reports["Book.json"].ok
    mira = reports["Mira2.png"].persona_id
    chat = one(reports["Mira - 1.jsonl"])
    assert services.conversations.get(chat.conversation_id).persona_id == mira
    assert one(reports["Gone - 1.jsonl"]).notes and one(reports["5.jsonl"]).title == "5"  # of no group
    (number,) = reports["settings.json"].profile_ids
    assert services.profiles.get(number).name == reports["settings.json"].name == "Kim"
    for useless in (b"{broken", b"{}", b'{"power_user": {"personas": {}}}', b'{"personas": {"a": "b"}}'):
        (place / "settings.json").write_bytes(useless)
        assert len(services.chats.run([place])) == 6


def test_a_group_gives_its_chats_its_name_and_its_members(services: Services, tmp_path: Path) -> None:
    services.personas.create(PersonaFields("Ada"))  # another one who is called like a member
    said = {"name": "Ada", "is_user": False, "mes": "y"}
    files = {
        "characters/Ada2.png": carded("Ada"),
        "chats/Ada2/1.jsonl": packed(said),
        "group chats/5.jsonl": packed(HEADERS[2], said | {"mes": "five"}),
        "group chats/6.jsonl": packed(HEADERS[2], said | {"mes": "six"}),
        "group chats/7.jsonl": packed(HEADERS[2], said | {"mes": "seven"}),
        "groups/1.json": json.dumps(
            {"name": "Crew", "members": ["Ada2.png", 3], "chats": ["5", "6"]}
        ).encode(),
        "groups/2.json": json.dumps({"name": " ", "chat_id": "7"}).encode(),
        "groups/3.json": b"broken",
    }
    reports = {Path(r.file).name: r for r in services.chats.run([folder_of(tmp_path / "user", files)])}
    member = reports["Ada2.png"].persona_id
    five, six, seven = (one(reports[f"{number}.jsonl"]) for number in (5, 6, 7))
    assert (five.title, six.title, seven.title) == ("Crew 5", "Crew 6", "7")
    assert five.persona_id == six.persona_id == member != seven.persona_id
    assert seven.persona_made and seven.persona_shared  # nobody says which of both it is


WORLD = {"entries": {"0": {"key": ["bee"], "content": "Bees."}}}
ME = {
    "personas": {"kim.png": "Kim", "lee.png": "Lee", "../x.png": "Far"},
    "persona_descriptions": {
        "kim.png": {
            "description": "A pilot.",
            "lorebook": "Skies",
            "connections": [{"type": "character", "id": "Mira.png"}, {"type": "group", "id": "5"}, 7],
        },
        "lee.png": {"description": "", "connections": [{"type": "character", "id": "Mira.png"}]},
    },
}


def test_what_belongs_together_in_a_folder_stays_so(services: Services, tmp_path: Path) -> None:
    named = json.dumps(WORLD | {"name": "Called otherwise"}).encode()
    place = folder_of(
        tmp_path / "user",
        {
            "worlds/Sea.json": named,
            "worlds/Skies.json": json.dumps(WORLD | {"odd": 1}).encode(),
            "characters/Mira.png": carded("Mira", world="sea"),
            "characters/Ada.png": carded("Ada", world="Nowhere"),
            "User Avatars/kim.png": writing.png(),
            "User Avatars/lee.png": b"broken",
            "settings.json": json.dumps({"power_user": ME}).encode(),
            "chats/Mira/1.jsonl": talk({"world_info": "Skies", "persona": "lee.png"}, "one"),
            "chats/Mira/2.jsonl": talk({"world_info": "Nowhere", "persona": "gone.png"}, "two"),
            "chats/Mira/3.jsonl": talk({}, "three"),
        },
    )
    services.profiles.create("Jonas", "")  # who speaks in them
    reports = {Path(report.file).name: report for report in services.chats.run([place])}
    assert all(report.ok for report in reports.values()) and len(reports) == 8
    sea, skies = (reports[f"{name}.json"].lorebook_id for name in ("Sea", "Skies"))
    mira, (kim, lee, far) = reports["Mira.png"].persona_id, reports["settings.json"].profile_ids
    numbers = [one(reports[f"{number}.jsonl"]).conversation_id for number in (1, 2, 3)]
    assert services.lorebooks.bindings(sea) == [Binding(sea, Scope.PERSONA, mira)]
    assert services.lorebooks.bindings(skies) == [
        Binding(skies, Scope.PROFILE, kim),
        Binding(skies, Scope.CHAT, numbers[0]),
    ]
    assert any("Nowhere" in words for words in reports["Ada.png"].notes)
    assert "The lorebook Skies speaks in it." in one(reports["1.jsonl"]).notes
    assert any("Nowhere" in words for words in one(reports["2.jsonl"]).notes)
    bound = services.profiles.bound(mira)
    assert bound is not None and bound.id == kim and bound.avatar  # the first that is connected
    assert not services.profiles.get(lee).avatar and not services.profiles.get(far).avatar
    assert any("Lee" in words for words in reports["settings.json"].notes)
    talks = [services.conversations.get(number) for number in numbers]
    jonas = services.profiles.find("Jonas")
    mine = [services.profiles.get(lee).version_id, jonas.version_id, jonas.version_id]
    assert [talk.profile_version_id for talk in talks] == mine
    before = dump(services)
    again = services.chats.run([place])
    assert dump(services) == before and all(report.ok for report in again)


ON = ["Sea", "skies", "Gone", 7, ""]


@pytest.mark.parametrize(
    "settings",
    [
        {"world_info_settings": {"world_info": {"globalSelect": ON}}, "power_user": ME},
        {"world_info": {"globalSelect": ON}, "power_user": ME},
        {"selected_world_info": ON, "power_user": ME},
    ],
)
def test_what_was_on_everywhere_speaks_everywhere(
    services: Services, tmp_path: Path, settings: dict[str, object]
) -> None:
    worlds = {
        f"worlds/{name}.json": json.dumps(WORLD | {"odd": name}).encode() for name in ("Sea", "Skies", "Off")
    }
    place = folder_of(
        tmp_path / "user",
        {**worlds, "characters/Mira.png": carded("Mira", world="Sea"), "chats/Mira/.keep": b""}
        | {"settings.json": json.dumps(settings).encode()},
    )
    reports = {Path(report.file).name: report for report in services.chats.run([place])}
    sea, skies, off = (reports[f"{name}.json"].lorebook_id for name in ("Sea", "Skies", "Off"))
    everywhere = [Binding(book, Scope.GLOBAL) for book in (sea, skies)]
    assert services.lorebooks.bindings(sea)[1:] == everywhere[:1]  # beside the character's
    assert everywhere[1] in services.lorebooks.bindings(skies) and services.lorebooks.bindings(off) == []
    said = " ".join(reports["settings.json"].notes)
    assert "every conversation here: Sea, Skies." in said and "no such lorebook came: Gone." in said
    assert reports["settings.json"].chosen_profile == 0  # none was on
    services.lorebooks.unbind(everywhere[0])
    services.lorebooks.bind(Binding(skies, Scope.GLOBAL, active=False))
    services.lorebooks.bind(Binding(off, Scope.GLOBAL, active=False))
    services.chats.run([place])
    assert everywhere[0] not in services.lorebooks.bindings(sea), "what was arranged here stays so"
    assert everywhere[1] not in services.lorebooks.bindings(skies)


def test_settings_that_only_switch_worlds_on_are_told(services: Services, tmp_path: Path) -> None:
    services.imports.run([Pasted("Sea.json", json.dumps(WORLD).encode())])
    files = {
        "worlds/Sea.json": json.dumps(WORLD).encode(),
        "characters/.keep": b"",
        "chats/.keep": b"",
        "settings.json": b'{"world_info": {"globalSelect": ["Sea"]}, "user_avatar": 5}',
    }
    place = folder_of(tmp_path / "user", files)
    book, settings = services.chats.run([place])
    assert services.lorebooks.bindings(book.lorebook_id) == [Binding(book.lorebook_id, Scope.GLOBAL)]
    assert settings.ok and not settings.profile_ids and "Sea" in settings.notes[0]


def test_variables_that_all_knew_come_along(services: Services, tmp_path: Path) -> None:
    services.chats._store.write(variables.put_everywhere, "coins", "9")
    said = {"extension_settings": {"variables": {"global": {"coins": 3, "mood": "calm", "list": [1]}}}}
    files = {"characters/.keep": b"", "chats/.keep": b"", "settings.json": json.dumps(said).encode()}
    place = folder_of(tmp_path / "user", files)
    (settings,) = services.chats.run([place])
    assert settings.notes == (
        "Variables that every conversation knew there are known here, too: mood, list.",
    )
    known = services.chats._store.read(variables.everywhere)
    assert known == {"coins": "9", "mood": "calm", "list": "[1]"}
    assert services.chats.run([place])[0].notes == ()


@pytest.mark.parametrize("by", [{"default_persona": "lee.png"}, {}])
def test_who_one_was_there_is_who_one_is_where_one_was_nobody(
    services: Services, tmp_path: Path, by: dict[str, str]
) -> None:
    settings = {"power_user": ME | by, "user_avatar": "kim.png"}
    place = folder_of(
        tmp_path / "user",
        {
            "characters/.keep": b"",
            "chats/Mira/1.jsonl": talk({}, "one"),
            "settings.json": json.dumps(settings).encode(),
        },
    )
    services.profiles.current()  # the one that is there without anybody's doing
    (settled, chat) = services.chats.run([place])
    name = "Lee" if by else "Kim"
    mine = services.profiles.current()
    assert mine.name == name and mine.id in settled.profile_ids
    assert f"New conversations begin as {name}, as they did there." in settled.notes
    talks = services.conversations.get(one(chat).conversation_id)
    assert talks.profile_version_id == mine.version_id
    again = services.chats.run([place])[0]
    assert services.profiles.current() == mine and not any(
        "New conversations" in words for words in again.notes
    )


@pytest.mark.parametrize("how", ["chosen", "named", "described"])
def test_who_one_is_here_stays(services: Services, tmp_path: Path, how: str) -> None:
    if how == "chosen":
        services.profiles.choose(services.profiles.current().id)
    elif how == "named":
        services.profiles.create("Jonas", "")
    else:
        services.profiles.update(services.profiles.current().id, "You", "A keeper.")
    before = services.profiles.current()
    settings = {"power_user": ME | {"default_persona": "lee.png"}}
    files = {"characters/.keep": b"", "chats/.keep": b"", "settings.json": json.dumps(settings).encode()}
    (settled,) = services.chats.run([folder_of(tmp_path / "user", files)])
    assert services.profiles.current() == before and settled.chosen_profile == 0
    assert "There you were Lee; here new conversations begin as before." in settled.notes


def test_a_chat_alone_finds_its_lorebook_and_who_i_am(services: Services) -> None:
    services.imports.run(
        [
            Pasted("Sea.json", json.dumps(WORLD).encode()),
            Pasted("settings.json", json.dumps({"power_user": ME}).encode()),
        ]
    )
    (sea,) = services.lorebooks.all()
    for number, called in enumerate(("lee.png", "LEE")):
        brought = one(bring(services, talk({"world_info": "sea", "persona": called}, called)))
        there = services.conversations.get(brought.conversation_id)
        assert there.profile_version_id == services.profiles.find("Lee").version_id
        assert services.lorebooks.bindings(sea.id)[number] == Binding(sea.id, Scope.CHAT, there.id)


def test_it_runs_off_the_event_loop_and_can_be_stopped(services: Services, qtbot: QtBot) -> None:
    done: list[Any] = []
    services.chats.ended.connect(done.append)
    services.chats.start([Pasted("a", packed(HEADERS[0], *LINES)), Pasted("b", b"x")])
    services.chats.start([Pasted("c", packed(*LINES[:2]))])
    assert services.chats.busy
    qtbot.waitUntil(lambda: not services.chats.busy, timeout=20_000)
    assert [[report.ok for report in reports] for reports in done] == [[True, False], [True]]
    services.chats.progressed.connect(lambda *_: services.chats.cancel())
    services.chats.start([Pasted(str(number), packed(*LINES[: number + 1])) for number in range(3)])
    qtbot.waitUntil(lambda: not services.chats.busy, timeout=20_000)
    assert len(done[-1]) < 3


def test_a_conversation_of_ours_comes_back_with_everybody(services: Services, open_program: Any) -> None:
    number = one(bring(services, packed(HEADERS[1], *LINES))).conversation_id
    data = out(services, number, "json")
    other: Services = open_program("other")
    before = {persona.id for persona in other.personas.all()}
    brought = one(bring(other, data, "a.json"))
    assert any("no persona Mira" in words for words in brought.notes)
    assert len(other.personas.all()) == len(before) + 1
    ours = services.chats._store.read(arrivals.dump_one, number)
    assert other.chats._store.read(arrivals.dump_one, brought.conversation_id) == ours
    assert out(other, brought.conversation_id, "json") == data
    assert bring(other, data, "b.json").duplicate
    services.conversations.rename(number, "Another")
    assert bring(services, out(services, number, "json"), "c.json").duplicate
    with pytest.raises(KnownError) as caught:
        out(services, number, "nonsense")
    assert caught.value.kind is ErrorKind.FORMAT_UNKNOWN


def test_somebody_without_a_name_may_be_in_it(services: Services, open_program: Any) -> None:
    number = one(bring(services, packed(HEADERS[1], *LINES))).conversation_id
    document = json.loads(out(services, number, "json"))
    document["profiles"][0]["versions"][0]["name"] = ""
    document["personas"][0]["versions"][0]["fields"]["name"] = ""
    assert one(bring(open_program("other"), json.dumps(document).encode(), "a.json")).messages == 7


def test_what_began_here_is_known_again(services: Services) -> None:
    def begin(session: Session) -> int:
        ada = personas.add(session, PersonaFields("Ada"), spec="own", card="{}")
        return conversations.create(session, ada, profiles.default(session), ["Hi.", "Yo."]).id

    number = services.chats._store.write(begin)
    report = bring(services, out(services, number, "json"), "a.json")
    assert report.duplicate and one(report).conversation_id == number


def test_nothing_comes_into_a_folder_that_cannot_be_written(services: Services) -> None:
    s = services
    reading = Store(s.chats._store._reader, None, Tasks(s.notices))
    chats = ChatsService(
        reading,
        Tasks(s.notices),
        s.preferences,
        s.imports,
        s.personas,
        s.profiles,
        s.conversations,
        s.lorebooks,
    )
    reports = chats.run([Pasted("a", packed(*LINES))])
    assert not reports[0].ok and reports[0].error


# ---- everything -----------------------------------------------------------------------------------


def furnish(services: Services) -> None:
    """Add what can be had beside conversations: lorebooks, profiles from a file, twins, and bindings."""
    mira = services.personas.find("Mira")
    world = {"entries": {"0": {"key": ["bee"], "content": "Bees."}}, "odd": [1, 1.0]}
    persona = {"name": "Kim", "user_bio": "A pilot.", "more": {"a": 1}}
    novel = {"lorebookVersion": 5, "entries": [{"keys": ["x"], "text": "y"}]}
    services.imports.run(
        [
            Pasted("Lore.json", json.dumps(world).encode()),
            Pasted("Novel.json", json.dumps(novel).encode()),
            Pasted("kim.json", json.dumps(persona).encode()),
        ]
    )
    lore, other = sorted(services.lorebooks.all(), key=lambda book: book.name)
    script = services.lorebooks.open(lore.id)
    services.lorebooks.save(replace(script, fields=replace(script.fields, description="new")))
    kim = next(profile for profile in services.profiles.all() if profile.name == "Kim")
    services.profiles.update(kim.id, "Kim", "A retired pilot.")
    services.profiles.bind(kim.id, [mira.id])
    services.profiles.create("Twin", "the same")
    services.profiles.create("Twin", "the same")
    services.personas.create(PersonaFields("Twin", note="a note", note_depth=2, note_role=Role.USER))
    services.personas.create(PersonaFields("Twin", note="a note", note_depth=2, note_role=Role.USER))
    number = services.chats._store.read(conversations.ids)[-1]
    for binding in (
        Binding(other.id, Scope.GLOBAL),
        Binding(lore.id, Scope.CHAT, number, active=False),
        Binding(lore.id, Scope.PERSONA, mira.id),
        Binding(lore.id, Scope.PROFILE, kim.id),
        Binding(lore.id, Scope.GLOBAL),
    ):
        services.lorebooks.bind(binding)
    services.lorebooks.delete(other.id)
    services.chats._store.write(variables.change_everywhere, {"coins": "3", "\ud83d": ""})
    services.chats._store.write(variables.put_here, number, "mood", "calm")
    last = services.chats._store.read(messages.page, number)[-1].id
    services.chats._store.write(memories.pin, last)
    for text in ("They met.", "They met again."):
        made = services.chats._store.write(memories.add, MemoryKind.SUMMARY, last, 1, text)
    services.chats._store.write(memories.remove, [made.id])
    services.chats._store.write(conversations.set_note_depth, number, 6)
    services.chats._store.write(conversations.set_prompt_order, number, PromptOrder.TAVERN)


def test_everything_goes_into_an_archive_and_back(
    services: Services, open_program: Any, tmp_path: Path
) -> None:
    card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Mira", "first_mes": "Hi."}}
    services.imports.run([Pasted("Mira.png", writing.png(writing.text("chara", writing.encoded(card))))])
    number = one(bring(services, packed(HEADERS[1], *LINES))).conversation_id
    bring(services, json.dumps([GPT]).encode())
    services.conversations.delete(number)
    services.personas.update(services.personas.find("Mira").id, PersonaFields("Mira", description="new"))
    shipped = services.personas.all()[0]
    services.personas.delete(shipped.id)
    furnish(services)
    services.preferences.save_preset("Mine", services.preferences.sampling_of(""))
    file = tmp_path / "all.zip"
    told = services.archives.export(file)
    assert (told.conversations, told.presets, told.lorebooks) == (2, 1, 2) and told.personas == len(
        services.personas.all()
    ) + 2
    other: Services = open_program("other")
    came = other.archives.bring(file)
    other.archives.note_import()
    assert (came.conversations, came.known, came.presets, came.failed) == (2, 0, 1, ())
    assert came.lorebooks == 2
    assert dump(other) == dump(services) and "They met again." in dump(other)
    assert other.preferences.sampling_of("Mine") == services.preferences.sampling_of("Mine")
    again = other.archives.bring(file)
    assert (again.conversations, again.known, again.presets) == (0, 2, 0)
    assert (again.personas, again.profiles, again.lorebooks) == (0, 0, 0)
    assert dump(other) == dump(services)
    second = tmp_path / "again.zip"
    other.archives.export(second)
    assert second.stat().st_size == file.stat().st_size
    assert bring(
        other, file.read_bytes(), "all.zip"
    ).duplicate  # its conversations are found among chats, too


def test_twins_in_an_archive_stay_two(services: Services, open_program: Any, tmp_path: Path) -> None:
    first = one(bring(services, packed(*LINES))).conversation_id
    services.conversations.delete(first)
    bring(services, packed(*LINES))
    services.conversations.restore(first)
    services.archives.export(tmp_path / "all.zip")
    other: Services = open_program("other")
    for came in (2, 0):
        assert other.archives.bring(tmp_path / "all.zip").conversations == came
        assert dump(other) == dump(services)


def test_a_broken_archive_is_refused_or_gives_what_is_whole(services: Services, tmp_path: Path) -> None:
    number = one(bring(services, packed(*LINES))).conversation_id
    assert number
    file = tmp_path / "all.zip"
    services.archives.export(file)
    for name, data, kind in (
        ("none.zip", b"", ErrorKind.CHAT_DAMAGED),
        ("other.zip", writing.archive({"a.txt": b"x"}), ErrorKind.ARCHIVE_UNKNOWN),
        ("cut.zip", file.read_bytes()[:200], ErrorKind.CHAT_DAMAGED),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(KnownError) as caught:
            services.archives.bring(tmp_path / name)
        assert caught.value.kind is kind, name
    with pytest.raises(KnownError) as caught:
        services.archives.bring(tmp_path / "missing.zip")
    assert caught.value.kind is ErrorKind.FILE_MISSING
    with pytest.raises(KnownError) as caught:
        services.archives.bring(tmp_path)
    assert caught.value.kind is ErrorKind.FILE_UNREADABLE
    stopped = services.archives.bring(file, lambda _done, _total: False)
    assert stopped.conversations == stopped.known == 0
    with pytest.raises(KnownError) as caught:
        services.archives.export(tmp_path / "no" / "where.zip")
    assert caught.value.kind is ErrorKind.FILE_UNWRITABLE


def test_what_is_damaged_in_an_archive_costs_nothing_else(services: Services, tmp_path: Path) -> None:
    bring(services, packed(*LINES))
    file = tmp_path / "all.zip"
    services.archives.export(file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("conversations/000009.json", b"{broken")
        archive.writestr("conversations/000008.json", b"{}")
        archive.writestr("pictures/" + "a" * 64 + ".png", b"no picture")
    report = services.archives.bring(file)
    assert report.failed == ("conversations/000008.json", "conversations/000009.json") and report.known == 1
    strange = tmp_path / "presets.zip"
    held = {
        "archive.json": b'{"format": "hermes-desktop-archive"}',
        "people.json": b"{}",
        "presets.json": b'[{"name": 5}]',
    }
    strange.write_bytes(writing.archive(held))
    assert services.archives.bring(strange).presets == 0
    ties = [
        *(
            {"lorebook": 1, "speaks_in": where, "number": 9}
            for where in ("conversation", "persona", "nowhere")
        ),
        {"lorebook": 7, "speaks_in": "all"},
    ]
    said = {"lorebooks": [{"versions": [{"number": 1, "document": "[]"}]}], "bindings": ties}
    held |= {
        "people.json": b'{"bindings": [{"persona": 4, "profile": 4}]}',
        "lorebooks.json": json.dumps(said).encode(),
        "conversations/first.json": b"{}",
    }
    strange.write_bytes(writing.archive(held))
    assert services.archives.bring(strange).lorebooks == 1
    (book,) = services.lorebooks.all()
    assert services.lorebooks.document(book) == "[]" and services.lorebooks.bindings(book.id) == []
