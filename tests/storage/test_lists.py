"""Conversations, personas, models and pictures as lists that are kept."""

from pathlib import Path

import pytest

from hermes_desktop.domain.conversation import PromptOrder, Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelHeader
from hermes_desktop.domain.persona import Persona, PersonaFields
from hermes_desktop.storage import (
    conversations,
    journal,
    models,
    originals,
    persona_list,
    personas,
    pictures,
    profiles,
)
from hermes_desktop.storage.database import Session
from hermes_desktop.storage.journal import Change
from hermes_desktop.storage.tables import PersonaVersion
from tests.storage.conftest import begin, say

HEADER = ModelHeader("llama", "Hermes", "Q4_K_M", 8, 8192, 2, 8, 4, 2, 100, "gpt2", "llama3.1", "", 10)


def _kind(caught: pytest.ExceptionInfo[KnownError]) -> ErrorKind:
    return caught.value.kind


# ---- conversations --------------------------------------------------------------------------------------


def test_the_newest_conversation_stands_first(session: Session) -> None:
    one, two = begin(session, title="One"), begin(session, title="Two", name="Pim")
    assert [s.title for s in conversations.summaries(session)] == ["Two", "One"]
    say(session, one, "again")
    listed = conversations.summaries(session)
    assert [(s.title, s.messages) for s in listed] == [("One", 1), ("Two", 0)]
    assert listed[1].id == two.id and listed[1].persona_name == "Pim"


def test_a_deleted_conversation_is_in_the_bin(session: Session) -> None:
    talk = begin(session, title="One")
    conversations.delete(session, talk.id)
    assert conversations.summaries(session) == []
    assert len(conversations.summaries(session, include_deleted=True)) == 1
    conversations.restore(session, talk.id)
    assert len(conversations.summaries(session)) == 1
    assert journal.undo(session, None) is not None  # the restoring
    assert conversations.get(session, talk.id).deleted


def test_a_deleted_persona_is_found_in_the_bin_and_nowhere_else(session: Session) -> None:
    mira = personas.add(session, PersonaFields("Mira"), spec="own", card="{}")
    with pytest.raises(KnownError) as caught:
        personas.find_deleted(session, "Mira")
    assert _kind(caught) is ErrorKind.PERSONA_NOT_DELETED
    personas.delete(session, mira.id)
    assert (
        personas.find_deleted(session, "mira").id
        == personas.find_deleted(session, str(mira.id)).id
        == mira.id
    )
    with pytest.raises(KnownError) as caught:
        personas.find(session, "Mira")
    assert _kind(caught) is ErrorKind.PERSONA_UNKNOWN


def test_a_conversation_keeps_its_settings(session: Session) -> None:
    talk = begin(session, "Hello.")
    conversations.rename(session, talk.id, "The map")
    conversations.set_favourite(session, talk.id, True)
    conversations.set_draft(session, talk.id, "not yet")
    conversations.set_view(session, talk.id, talk.tip_id, -12)
    conversations.set_memory_line(session, talk.id, talk.tip_id)
    conversations.set_authors_note(session, talk.id, "rain")
    conversations.set_preset(session, talk.id, "Precise")
    assert (talk.prompt_order, talk.note_depth) == (PromptOrder.STABLE, 1)
    conversations.set_prompt_order(session, talk.id, PromptOrder.TAVERN)
    conversations.set_note_depth(session, talk.id, 4)
    kept = conversations.get(session, talk.id)
    assert (kept.title, kept.favourite, kept.draft, kept.authors_note) == ("The map", True, "not yet", "rain")
    assert (kept.view_message_id, kept.view_offset, kept.memory_line_id) == (talk.tip_id, -12, talk.tip_id)
    assert (kept.preset, kept.prompt_order, kept.note_depth) == ("Precise", PromptOrder.TAVERN, 4)


def test_a_conversation_moves_to_other_versions(session: Session) -> None:
    talk = begin(session)
    newer = personas.update(session, talk.persona_id, PersonaFields("Mira", personality="Dry."), card="{}")
    other = profiles.add(session, "Jonas", "")
    conversations.set_persona_version(session, talk.id, newer.version_id)
    conversations.set_profile_version(session, talk.id, other.version_id)
    kept = conversations.get(session, talk.id)
    assert (kept.persona_version_id, kept.profile_version_id) == (newer.version_id, other.version_id)


def test_finding_a_conversation(session: Session) -> None:
    one = begin(session, title="The map")
    begin(session, title="Twice")
    begin(session, title="Twice", name="Pim")
    assert conversations.find(session, str(one.id)).id == one.id
    assert conversations.find(session, "the MAP").id == one.id
    with pytest.raises(KnownError) as caught:
        conversations.find(session, "Twice")
    assert _kind(caught) is ErrorKind.NAME_AMBIGUOUS
    conversations.delete(session, one.id)
    for name in (str(one.id), "nowhere"):
        with pytest.raises(KnownError) as caught:
            conversations.find(session, name)
        assert _kind(caught) is ErrorKind.CONVERSATION_UNKNOWN
    with pytest.raises(KnownError):
        conversations.get(session, 99)
    assert [s.title for s in conversations.by_title(session, "twi")] == ["Twice", "Twice"]
    assert [s.persona_name for s in conversations.by_title(session, "pim")] == ["Pim"]


# ---- card files -----------------------------------------------------------------------------------------


def test_a_card_file_is_kept_once_and_given_back_byte_for_byte(session: Session) -> None:
    key = originals.put(session, b"\x00card", "png")
    assert originals.put(session, b"\x00card", "png") == key
    assert originals.get(session, key) == (b"\x00card", "png")
    assert originals.get(session, "") is None


def test_a_version_knows_the_file_that_it_is(session: Session) -> None:
    key = originals.put(session, b"card", "png")
    made = personas.add(session, PersonaFields("Mira"), spec="v3", card='{"a": 1}', file=key, digest="d")
    assert personas.original(session, made.version_id) == (b"card", "png")
    same = personas.update(session, made.id, PersonaFields("Mira"), card='{"a": 1}')
    assert personas.original(session, same.version_id) == (b"card", "png")
    for changes in ({"card": '{"a": 2}'}, {"card": '{"a": 2}', "avatar": "x"}):
        changed = personas.update(session, made.id, PersonaFields("Mira"), **changes)
        assert personas.original(session, changed.version_id) is None
        assert personas.origin(session, changed.version_id) == (b"card", "png", made.avatar)
    assert personas.original(session, 999) is None
    assert personas.origin(session, 999) is None
    written = personas.add(session, PersonaFields("B"), spec="own", card="{}")
    assert personas.origin(session, written.version_id) is None


def test_the_same_card_is_known_again(session: Session) -> None:
    assert personas.find_same(session, "d") is None
    made = personas.add(session, PersonaFields("Mira"), spec="v3", card="{}", digest="d")
    personas.add(session, PersonaFields("Pim"), spec="v3", card="{}")
    newer = personas.update(session, made.id, PersonaFields("Mira H."), card='{"a": 2}')
    assert personas.find_same(session, "d") == newer
    personas.complete_digests(session, lambda card: f"of {card}")
    assert personas.find_same(session, 'of {"a": 2}') == newer
    pim = personas.find_same(session, "of {}")
    assert pim is not None and pim.name == "Pim"
    personas.delete(session, made.id)
    assert personas.find_same(session, "d") is None


# ---- personas -------------------------------------------------------------------------------------------


def test_a_change_is_a_new_version(session: Session) -> None:
    first = personas.add(
        session, PersonaFields("Mira", tags=("sea",)), spec="v3", card='{"a": 1}', avatar="k", shipped="mira"
    )
    second = personas.update(session, first.id, PersonaFields("Mira Halloran"), card='{"a": 2}')
    assert (second.version, second.avatar, second.spec) == (2, "k", "v3")
    assert personas.update(session, first.id, PersonaFields("M"), card="{}", avatar="z").avatar == "z"
    assert personas.get_version(session, first.version_id).fields.tags == ("sea",)
    assert [p.version for p in personas.versions(session, first.id)] == [1, 2, 3]
    assert personas.card(session, second.version_id) == '{"a": 2}'
    assert [p.name for p in personas.all(session)] == ["M"]


def test_a_deleted_persona_stays_known(session: Session) -> None:
    made = personas.add(session, PersonaFields("Mira"), spec="v3", card="{}", shipped="mira")
    personas.set_favourite(session, made.id, True)
    personas.delete(session, made.id)
    assert personas.all(session) == [] and len(personas.all(session, include_deleted=True)) == 1
    assert personas.shipped_names(session) == {"mira"}
    assert personas.get(session, made.id).deleted
    personas.restore(session, made.id)
    assert personas.all(session)[0].favourite


def test_finding_a_persona(session: Session) -> None:
    mira = personas.add(session, PersonaFields("Mira Halloran", nickname="Mira"), spec="own", card="{}")
    for _ in range(2):
        personas.add(session, PersonaFields("Pim"), spec="own", card="{}")
    assert personas.find(session, str(mira.id)).id == mira.id
    assert personas.find(session, "MIRA").id == mira.id
    for name, kind in (("Pim", ErrorKind.NAME_AMBIGUOUS), ("Ada", ErrorKind.PERSONA_UNKNOWN)):
        with pytest.raises(KnownError) as caught:
            personas.find(session, name)
        assert _kind(caught) is kind
    for act in (personas.get, personas.get_version, personas.card, personas.delete):
        with pytest.raises(KnownError) as caught:
            act(session, 99)
        assert _kind(caught) is ErrorKind.PERSONA_UNKNOWN


# ---- models, pictures ------------------------------------------------------------------------------------


def test_a_model_is_remembered_by_its_path(session: Session) -> None:
    made = models.add(session, "Hermes 3", "/models/h.gguf", 10, 1, HEADER)
    models.set_verified(session, made.id, "ab", 10, 1)
    assert models.add(session, "Hermes 3", "/models/h.gguf", 10, 1, HEADER).sha256 == "ab"
    assert models.add(session, "Hermes 3", "/models/h.gguf", 11, 2, HEADER).sha256 == ""
    assert models.get(session, made.id).header == HEADER and len(models.all(session)) == 1
    for name in ("/models/h.gguf", str(made.id), "hermes 3", "H.GGUF"):
        assert models.find(session, name).id == made.id
    models.add(session, "Hermes 3", "/other/x.gguf", 10, 1, HEADER)
    with pytest.raises(KnownError) as caught:
        models.find(session, "Hermes 3")
    assert _kind(caught) is ErrorKind.NAME_AMBIGUOUS
    models.remove(session, made.id)
    for act in (lambda: models.get(session, made.id), lambda: models.find(session, "nothing")):
        with pytest.raises(KnownError) as caught:
            act()
        assert _kind(caught) is ErrorKind.MODEL_UNKNOWN


def test_a_model_that_moved_is_found_at_its_new_place(session: Session) -> None:
    added = models.add(session, "Hermes", "/old/hermes.gguf", 10, 1, HEADER)
    models.set_path(session, "/old/hermes.gguf", "/new/hermes.gguf")
    models.set_path(session, "/old/licence.txt", "/new/licence.txt")  # nobody added this one
    assert [(model.id, model.path) for model in models.all(session)] == [(added.id, "/new/hermes.gguf")]


def test_a_picture_is_kept_once(session: Session) -> None:
    key = pictures.put(session, b"png", "image/png")
    assert pictures.put(session, b"png", "image/png") == key
    assert pictures.get(session, key) == (b"png", "image/png")
    assert pictures.get(session, "none") is None


def test_the_journal_writes_only_what_it_knows(session: Session) -> None:
    journal.write(session, None, "act", [Change("message", 1, "text", None, 1)])
    with pytest.raises(ValueError, match="not journaled"):
        journal.undo(session, None)


def test_a_new_act_ends_what_could_be_done_again(session: Session) -> None:
    made = personas.add(session, PersonaFields("Mira"), spec="own", card="{}")
    personas.delete(session, made.id)
    journal.undo(session, None)
    personas.delete(session, made.id)
    assert journal.redo(session, None) is None


def test_a_path_of_another_system_is_only_a_name(session: Session) -> None:
    made = models.add(session, "Hermes 3", "C:\\models\\h.gguf", 10, 1, HEADER)
    assert models.find(session, "C:\\models\\h.gguf").id == made.id
    assert Path(made.path).name


def test_the_list_of_personas_shows_the_newest_version_of_each(session: Session) -> None:
    talk = begin(session, "Hello.")
    newest = personas.update(
        session,
        talk.persona_id,
        PersonaFields("Mira", "Mi", tags=("sea",), creator="A", creator_notes="Notes.", description="Text."),
        card="{}",
    )
    other = personas.add(session, PersonaFields("ada", description="Counts *stars*."), spec="own", card="{}")
    gone = personas.add(session, PersonaFields("Gone"), spec="own", card="{}")
    personas.delete(session, gone.id)
    session.flush()
    first, second = persona_list.summaries(session)
    assert (first.id, first.name, first.blurb, first.used_at) == (other.id, "ada", "Counts *stars*.", 0)
    assert (second.version_id, second.nickname, second.tags) == (newest.version_id, "Mi", ("sea",))
    assert (second.creator, second.blurb, second.spoken_name) == ("A", "Notes.", "Mi")
    assert second.used_at > 0 and first.spoken_name == "ada"
    found = persona_list.texts(session, [first.version_id, second.version_id])
    assert "Counts" in found[first.version_id] and all(
        said in found[second.version_id] for said in ("Mira", "Mi", "sea", "A", "Notes.", "Text.")
    )


def test_versions_of_before_the_later_fields_are_read(session: Session) -> None:
    mira = personas.add(session, PersonaFields("Mira", note="x", note_role=Role.USER), spec="own", card="{}")
    assert personas.get(session, mira.id).fields.note_role is Role.USER
    row = session.get(PersonaVersion, mira.version_id)
    assert row is not None
    row.fields = '{"name": "Mira", "tags": ["sea"]}'
    session.add(row)
    session.flush()
    assert personas.get(session, mira.id).fields == PersonaFields("Mira", tags=("sea",))
    assert persona_list.summaries(session)[0].nickname == ""
    assert "sea" in persona_list.texts(session, [mira.version_id])[mira.version_id]


def test_an_earlier_version_comes_back_as_a_new_one(session: Session) -> None:
    one = personas.add(session, PersonaFields("Mira"), spec="v2", card='{"a": 1}', avatar="", digest="d")
    personas.update(session, one.id, PersonaFields("Mirabel"), card='{"a": 2}')
    back = personas.go_back(session, one.id, one.version_id)
    assert (back.version, back.fields, back.spec) == (3, one.fields, "v2")
    assert personas.card(session, back.version_id) == '{"a": 1}'
    assert [version.fields.name for version in personas.versions(session, one.id)] == [
        "Mira",
        "Mirabel",
        "Mira",
    ]
    other = personas.add(session, PersonaFields("Pim"), spec="own", card="{}")
    for wrong in (other.version_id, 999):
        with pytest.raises(KnownError) as caught:
            personas.go_back(session, one.id, wrong)
        assert _kind(caught) is ErrorKind.PERSONA_UNKNOWN


def test_a_face_goes_with_the_name_that_something_was_said_under(session: Session) -> None:
    def added(name: str, face: str, nickname: str = "") -> Persona:
        fields = PersonaFields(name, nickname=nickname)
        return personas.add(
            session, fields, spec="own", card="{}", avatar=pictures.put(session, face.encode(), "image/png")
        )

    zelda, other = added("Zelda", "b", "Zel"), added("Hobbs", "a")
    later = personas.update(session, zelda.id, PersonaFields("Zelda the Bold"), card="{}")
    known = personas.faces(session)
    assert known["Zelda"] == known["Zel"] == zelda.avatar == known["Zelda the Bold"]
    assert known["Hobbs"] == other.avatar and "Nobody" not in known
    assert later.speaks_as("zelda the bold") and later.speaks_as("") and not later.speaks_as("Zelda")
