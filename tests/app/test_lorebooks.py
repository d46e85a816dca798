"""Lorebooks stand by themselves: they come in, are written in, and speak where they are bound."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.imports import ImportReport, Pasted
from hermes_desktop.app.lore_trial import LoreTrial, Stage, messages_of, text_of
from hermes_desktop.app.services import Services
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import build
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.lore import Entry, Lost, Scope, Why
from hermes_desktop.domain.lorebook import Binding, BookFields, LorebookForm, Manuscript, Written
from hermes_desktop.paths import Folders
from tests import writing
from tests.app.test_chat import Room

WORLD: dict[str, Any] = {"entries": {"0": {"uid": 0, "key": ["cat"], "content": "A cat.", "odd": 1}}}
FORMS: dict[str, tuple[Any, str, int]] = {
    "world info": (WORLD | {"name": "Sea", "description": "Salt."}, "world_info", 1),
    "lorebook_v3": (
        {"spec": "lorebook_v3", "data": {"name": "Sea", "entries": [{"keys": ["cat"], "content": "A cat."}]}},
        "lorebook_v3",
        1,
    ),
    "bare book": ({"name": "Sea", "entries": [{"keys": ["cat"], "content": "x"}]}, "character_book", 1),
    "bare list": (
        [{"keys": ["cat"], "content": "x"}, {"keys": ["dog"], "content": "y"}],
        "character_book",
        2,
    ),
    "NovelAI": ({"lorebookVersion": 5, "entries": [{"text": "x", "keys": ["cat"]}]}, "novelai", 1),
    "Agnai": (
        {"kind": "memory", "name": "Sea", "entries": [{"keywords": ["cat"], "entry": "x"}]},
        "agnai",
        1,
    ),
    "Risu": ({"type": "risu", "ver": 1, "data": [{"key": "cat, dog", "content": "x"}]}, "risu", 1),
    "empty": ({"entries": {}}, "world_info", 0),
}


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Room]:
    program = build(Folders.of(tmp_path / "data"))
    yield Room(program, qtbot)
    program.close()


def one(services: Services, document: Any, name: str = "sea.json") -> ImportReport:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    (report,) = services.imports.run([Pasted(name, data)])
    return report


# ---- coming in ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_every_form_comes_in_once(room: Room, form: str) -> None:
    document, spec, entries = FORMS[form]
    services = room.services
    report = one(services, document, "Sea.json")
    assert report.ok and report.persona_id == 0 and report.lorebook_id
    assert (report.name, report.spec, report.lore_entries, report.format) == ("Sea", spec, entries, "json")
    book = services.lorebooks.get(report.lorebook_id)
    assert (book.name, book.spec, book.entries) == ("Sea", spec, entries)
    assert services.lorebooks.original(book) == (json.dumps(document).encode(), "json")
    assert len(services.lorebooks.open(book.id).entries) == entries
    again = one(services, document)
    assert again.duplicate and again.lorebook_id == book.id and again.notes
    assert len(services.lorebooks.all()) == 1
    assert not [persona for persona in services.personas.all() if persona.name == "Sea"]


def test_a_book_of_novelai_in_a_picture(room: Room) -> None:
    data = writing.png(writing.text("naidata", writing.encoded(FORMS["NovelAI"][0])))
    report = one(room.services, data, "harbour.png")
    assert report.ok and (report.name, report.spec, report.format) == ("harbour", "novelai", "png")
    assert "NovelAI" in report.notes[0]


def test_a_book_in_yaml(room: Room) -> None:
    report = one(room.services, b"name: Sea\nentries:\n  - keys: [cat]\n    content: A cat.\n", "sea.yaml")
    assert report.ok and report.lorebook_id and report.format == "yaml"


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_a_book_in_the_comment_of_a_picture(room: Room, form: str) -> None:
    comment = writing.exif(json.dumps(FORMS["lorebook_v3"][0]).encode())
    data = writing.jpeg(comment) if form == "jpeg" else writing.webp(comment)
    report = one(room.services, data, "sea.png")
    assert report.ok and report.lorebook_id and report.format == form


def test_a_card_with_entries_of_its_own_stays_a_card(room: Room) -> None:
    card = {"name": "Ada", "description": "Counts.", "first_mes": "Hi.", "entries": []}
    assert one(room.services, card).persona_id


def test_what_only_looks_like_a_book_is_refused(room: Room) -> None:
    assert not one(room.services, writing.png(writing.text("naidata", b"{}"))).ok
    assert not one(room.services, {"lorebookVersion": 5}).ok


def test_a_card_that_names_a_book_gets_it(room: Room) -> None:
    services = room.services
    card = {
        "spec": "chara_card_v2",
        "data": {"name": "Ada", "first_mes": "Hi.", "extensions": {"world": "sea"}},
    }
    missing = one(services, card)
    assert "sea" in missing.notes[0] and not missing.bound
    book = one(services, FORMS["world info"][0])
    card["data"]["name"] = "Bo"  # type: ignore[index]
    bound = one(services, card)
    assert bound.bound and "Sea" in bound.notes[0]
    assert services.lorebooks.bindings(book.lorebook_id) == [
        Binding(book.lorebook_id, Scope.PERSONA, bound.persona_id)
    ]
    card["data"] |= {"name": "Cy", "character_book": {"entries": [{"keys": ["a"], "content": "b"}]}}  # type: ignore[operator]
    own = one(services, card)
    assert not own.bound and "character_book" in own.used


# ---- writing --------------------------------------------------------------------------------------


def test_what_is_written_becomes_a_version_and_keeps_the_rest(room: Room) -> None:
    books = room.services.lorebooks
    report = one(room.services, WORLD, "tide.json")
    script = books.open(report.lorebook_id)
    assert script.fields.name == "tide"
    (only,) = script.entries
    edited = replace(script, entries=(replace(only, entry=replace(only.entry, content="Two cats.")),))
    saved = books.save(edited)
    assert saved.entries[0].entry.content == "Two cats." and saved.version_id != script.version_id
    stored = json.loads(books.document(books.get(report.lorebook_id)))
    assert stored == {"entries": {"0": {"uid": 0, "key": ["cat"], "content": "Two cats.", "odd": 1}}}
    assert books.original(books.get(report.lorebook_id)) is None
    named = books.save(replace(saved, fields=replace(saved.fields, name="Flood")))
    assert named.fields.name == "Flood" and books.get(report.lorebook_id).name == "Flood"
    assert [version.version for version in books.versions(report.lorebook_id)] == [1, 2, 3]
    assert json.loads(books.document(books.versions(report.lorebook_id)[0])) == WORLD


def test_a_new_book_deleted_and_restored(room: Room) -> None:
    books = room.services.lorebooks
    book = books.create("Mine")
    script = books.open(book.id)
    books.save(replace(script, entries=(Written(Entry("Fog.", ("cat",))),)))
    books.delete(book.id)
    assert books.all() == []
    books.restore(book.id)
    assert [(each.name, each.entries) for each in books.all()] == [("Mine", 1)]
    with pytest.raises(KnownError) as caught:
        books.open(99)
    assert caught.value.kind is ErrorKind.LOREBOOK_UNKNOWN


def test_a_persona_without_a_book_begins_one(room: Room) -> None:
    services = room.services
    mira = services.personas.find("Mira")
    script = services.lorebooks.open_of(mira.id)
    assert script.entries == () and script.persona_id == mira.id
    card = json.loads(services.personas.card(mira))
    saved = services.lorebooks.save(replace(script, entries=(Written(Entry("Fog.", ("cat",))),)))
    now = services.personas.get(mira.id)
    assert now.lore_entries == 1 and now.version == mira.version + 1 and now.fields == mira.fields
    after = json.loads(services.personas.card(now))
    assert after["data"].pop("character_book")["entries"][0]["keys"] == ["cat"]
    assert after == card
    assert saved.version_id == now.version_id
    services.personas.set_field(now, "description", "Other.")
    assert services.personas.get(mira.id).lore_entries == 1


# ---- speaking -------------------------------------------------------------------------------------


def _book(services: Services, name: str, *scopes: tuple[Scope, int], content: str = "") -> int:
    document = {"name": name, "entries": [{"keys": ["cat"], "content": content or f"{name} says."}]}
    book_id = one(services, document).lorebook_id
    for scope, holder in scopes:
        services.lorebooks.bind(Binding(book_id, scope, holder))
    return book_id


def _spoken(room: Room) -> list[tuple[str, Scope]]:
    chat = room.services.chat
    room.qtbot.waitUntil(lambda: chat.lore is not None and not chat._measuring)
    assert chat.lore is not None
    return [(hit.book, hit.scope) for hit in chat.lore.hits]


def test_books_speak_in_the_order_of_their_scopes(room: Room, tmp_path: Path) -> None:
    room.load(tiny_gguf.write(tmp_path / "noise.gguf", context=8192, says=["Aye."]))
    services = room.services
    own = {"name": "Own", "entries": [{"keys": ["cat"], "content": "Own says."}]}
    card = {"spec": "chara_card_v2", "data": {"name": "Ada", "first_mes": "Hi.", "character_book": own}}
    ada = one(services, card).persona_id
    services.chat.start(ada)
    conversation, profile = services.chat.conversation, services.chat.profile
    assert conversation is not None and profile is not None
    _book(services, "Everywhere", (Scope.GLOBAL, 0))
    _book(services, "Bound", (Scope.PERSONA, ada))
    _book(services, "Profile", (Scope.PROFILE, profile.id))
    here = _book(services, "Here", (Scope.CHAT, conversation.id))
    _book(services, "Nowhere")
    room.say("A cat.")
    assert _spoken(room) == [
        ("Here", Scope.CHAT),
        ("Profile", Scope.PROFILE),
        ("Own", Scope.PERSONA),
        ("Bound", Scope.PERSONA),
        ("Everywhere", Scope.GLOBAL),
    ]
    services.chat.start(ada)
    room.say("A cat.")
    assert [name for name, _ in _spoken(room)] == ["Profile", "Own", "Bound", "Everywhere"]
    services.chat.start(one(services, {"name": "Bo", "description": "Sails.", "first_mes": "Hi."}).persona_id)
    room.say("A cat.")
    assert [name for name, _ in _spoken(room)] == ["Profile", "Everywhere"]
    services.lorebooks.delete(here)
    services.chat.open(conversation.id)
    assert "Here" not in [name for name, _ in _spoken(room)]


def test_an_entry_for_one_of_my_pictures_speaks_where_i_am_that(room: Room, tmp_path: Path) -> None:
    room.load(tiny_gguf.write(tmp_path / "noise.gguf", context=8192, says=["Aye."]))
    services = room.services
    me = services.profiles.current()
    for number, name in enumerate((me.name.upper(), "Somebody else")):
        _book(services, f"Book {number}", (Scope.GLOBAL, 0), content=f"@@is_user_icon {name}\nHello.")
    services.chat.start(one(services, {"name": "Bo", "description": "Sails.", "first_mes": "Hi."}).persona_id)
    room.say("A cat.")
    assert _spoken(room) == [("Book 0", Scope.GLOBAL)]
    script = services.lorebooks.open(services.lorebooks.all()[0].id)
    assert LoreTrial(script, Stage(profile=me)).on("A cat.").hits
    assert not LoreTrial(script, Stage()).on("A cat.").hits


def test_a_conversation_silences_a_book_and_lets_it_speak_again(room: Room) -> None:
    services = room.services
    room.meet()
    conversation = services.chat.conversation
    assert conversation is not None
    everywhere, nowhere = _book(services, "Everywhere", (Scope.GLOBAL, 0)), _book(services, "Nowhere")

    def speaking() -> set[str]:
        return {one.book.name for one in services.lorebooks.within_reach(conversation) if one.active}

    assert speaking() == {"Everywhere"}
    services.lorebooks.let_speak(conversation, everywhere, False)
    services.lorebooks.let_speak(conversation, nowhere, True)
    assert speaking() == {"Nowhere"}
    services.lorebooks.let_speak(conversation, everywhere, True)
    services.lorebooks.let_speak(conversation, nowhere, False)
    assert speaking() == {"Everywhere"}
    # What would be so anyway is not written down.
    assert services.lorebooks.bindings(everywhere) == [Binding(everywhere, Scope.GLOBAL)]
    assert services.lorebooks.bindings(nowhere) == []


def test_bindings_survive_a_restart(room: Room, tmp_path: Path) -> None:
    bound = Binding(_book(room.services, "Sea"), Scope.PERSONA, 1)
    room.services.lorebooks.bind(bound)
    room.program.close()
    again = build(Folders.of(tmp_path / "data"))
    assert again.services.lorebooks.bindings(bound.book_id) == [bound]
    again.services.lorebooks.unbind(bound)
    assert again.services.lorebooks.bindings(bound.book_id) == []
    again.close()
    room.program = build(Folders.of(tmp_path / "data"))


def test_keys_are_looked_for_in_the_note_of_a_card(room: Room, tmp_path: Path) -> None:
    room.load(tiny_gguf.write(tmp_path / "noise.gguf", context=8192, says=["Aye."]))
    asks = {"keys": ["cat"], "content": "x", "extensions": {"match_character_depth_prompt": True}}
    data = {"name": "Ada", "first_mes": "Hi.", "character_book": {"name": "Own", "entries": [asks]}}
    note = {"extensions": {"depth_prompt": {"prompt": "Mind the cat.", "depth": 4}}}
    for extra, heard in (({}, []), (note, [("Own", Scope.PERSONA)])):
        card = {"spec": "chara_card_v2", "data": data | extra}
        room.services.chat.start(one(room.services, card).persona_id)
        assert _spoken(room) == heard


def test_a_change_is_heard_at_once(room: Room, tmp_path: Path) -> None:
    room.load(tiny_gguf.write(tmp_path / "noise.gguf", context=8192, says=["Aye."]))
    services = room.services
    book = _book(services, "Sea", (Scope.GLOBAL, 0))
    services.chat.start(one(services, {"name": "Bo", "description": "Sails.", "first_mes": "Hi."}).persona_id)
    room.say("A cat.")
    assert _spoken(room) == [("Sea", Scope.GLOBAL)]
    script = services.lorebooks.open(book)
    services.lorebooks.save(replace(script, entries=()))
    assert _spoken(room) == []


# ---- trying ---------------------------------------------------------------------------------------


def _tried(*entries: Entry, fields: BookFields | None = None) -> LoreTrial:
    written = tuple(Written(entry) for entry in entries)
    return LoreTrial(Manuscript(fields or BookFields("Sea"), written), Stage())


def test_a_trial_says_what_fires_on_which_word_and_through_what() -> None:
    cat = Entry("It hunts a mouse.", ("cat",), comment="Cat")
    mouse = Entry("It squeaks.", ("mouse",), comment="Mouse")
    lore = _tried(cat, mouse).on("The cat.")
    found = {hit.entry.label: (hit.why, hit.word, hit.through) for hit in lore.hits}
    assert found == {"Cat": (Why.KEY, "cat", ""), "Mouse": (Why.RECURSION, "mouse", "Cat")}
    assert not _tried(cat, mouse, fields=BookFields(recursive=False)).on("The cat.").hits[1:]


def test_a_trial_says_what_was_lost() -> None:
    lucky = Entry("a", ("cat",), comment="Unlucky", probability=0)
    first = Entry("b", ("cat",), comment="First", groups=("g",), group_override=True, order=200)
    second = Entry("c", ("cat",), comment="Second", groups=("g",))
    large = Entry("very long " * 900, ("cat",), comment="Large")
    lore = _tried(lucky, first, second, large).on("The cat.")
    assert [hit.entry.label for hit in lore.hits] == ["First"]
    assert [(miss.hit.entry.label, miss.lost) for miss in lore.missed] == [
        ("Unlucky", Lost.CHANCE),
        ("Second", Lost.GROUP),
    ]
    assert [hit.entry.label for hit in lore.cut] == ["Large"]


def test_dice_fall_anew_with_every_throw() -> None:
    trial = _tried(Entry("a", ("cat",), probability=50))
    fallen = [bool(trial.on("cat", throw).hits) for throw in range(40)]
    assert 8 < sum(fallen) < 32 and fallen == [bool(trial.on("cat", throw).hits) for throw in range(40)]


def test_blank_lines_divide_messages(room: Room) -> None:
    near = Entry("a", ("cat",), scan_depth=1)
    assert _tried(near).on("The cat.\n\nNothing.").hits == ()
    assert _tried(near).on("Nothing.\n \nThe cat.").hits
    room.meet()
    said = room.services.chat.page()
    assert [message.text for message in messages_of(text_of(said))] == [
        f"{said[0].name}: {said[0].text}".replace("\n\n", "\n")
    ]


def test_a_trial_knows_who_is_there(room: Room) -> None:
    mira = room.services.personas.find("Mira")
    profile = room.services.profiles.current()
    script = Manuscript(BookFields(), (Written(Entry("{{char}} hears.", ("{{char}}",))),))
    (hit,) = LoreTrial(script, Stage(mira, profile)).on(mira.fields.spoken_name).hits
    assert hit.word == mira.fields.spoken_name


def test_a_book_goes_out_as_it_came_or_in_the_other_form(room: Room, tmp_path: Path) -> None:
    entry = {
        "uid": 0,
        "key": ["cat"],
        "keysecondary": [],
        "content": "Fog.",
        "position": 4,
        "depth": 2,
        "x": 0.0,
    }
    world = json.dumps({"entries": {"0": entry}, "name": "Sea", "odd": None}).encode()
    report = one(room.services, world)
    books = room.services.lorebooks
    book = books.get(report.lorebook_id)
    file = tmp_path / "out.json"
    books.save_file(book, LorebookForm.WORLD_INFO, file)
    assert file.read_bytes() == world
    other = json.loads(books.written(book, LorebookForm.V3))
    assert other["spec"] == "lorebook_v3" and other["data"]["entries"][0]["keys"] == ["cat"]
    script = books.open(book.id)
    (only,) = script.entries
    books.save(replace(script, entries=(replace(only, entry=replace(only.entry, content="Mist.")),)))
    again = json.loads(books.written(books.get(book.id), LorebookForm.WORLD_INFO))
    assert again == json.loads(world) | {"entries": {"0": entry | {"content": "Mist."}}}
