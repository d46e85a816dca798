"""Personas go out and come back: untouched as they came, changed where they were changed, readable by all."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from hermes_desktop.app import making
from hermes_desktop.app.imports import Pasted
from hermes_desktop.app.making import Export, Form, Purpose, Wish
from hermes_desktop.app.services import Services
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import Persona, PersonaFields
from hermes_desktop.paths import Folders
from tests import writing
from tests.app.test_imports import picture, picture_card
from tests.containers.test_png_writer import chunks
from tests.personas.grammar import CARDS, V3_CARDS
from tests.personas.test_forms import V3, same


@pytest.fixture(scope="module")
def program(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    assert qapp is not None
    folders = Folders.of(tmp_path_factory.mktemp("exports"))
    opened = build(folders, engine=("--engine", "scripted"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def services(program: Program) -> Services:
    return program.services


def bring(services: Services, data: bytes) -> Persona:
    """Import a file; the same card may have come before, so that goes first."""
    (report,) = services.imports.run([Pasted("Ada.x", data)])
    assert report.ok, report.error
    return services.personas.get(report.persona_id)


def away(services: Services, persona: Persona) -> None:
    services.personas.delete(persona.id)


def sent(services: Services, persona: Persona, form: Form, spec: str = "", **wishes: Any) -> Export:
    return services.exports.export(persona, Wish(form, spec, **wishes))


def stored(services: Services, persona: Persona) -> Any:
    return json.loads(services.personas.card(persona))


def cards_in(data: bytes) -> list[tuple[str, Any]]:
    """Read the cards of a picture as a stranger would."""
    texts = [body.split(b"\0", 1) for kind, body in chunks(data) if kind == b"tEXt"]
    found = [(word.decode(), value) for word, value in texts if word.lower() in (b"chara", b"ccv3")]
    return [(word, json.loads(base64.b64decode(value, validate=True))) for word, value in found]


def pixels_of(data: bytes) -> list[tuple[bytes, bytes]]:
    return [each for each in chunks(data) if each[0] not in (b"tEXt", b"zTXt", b"iTXt")]


# ---- untouched and changed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "data"),
    [
        (Form.PNG, picture_card(V3)),
        (
            Form.PNG,
            writing.png(writing.packed_text("chara", writing.encoded(V3)), writing.chunk(b"acTL", b"\0" * 8)),
        ),
        (Form.JSON, b'\xef\xbb\xbf{"name": "Ada",\r\n "first_mes": "x", "n": 1e5}'),
        (Form.CHARX, writing.charx(V3, **{"x_meta": b"1"})),
        (Form.YAML, b"name: Ada\ngreeting: Hi\ncontext: |\n  Counts.\n"),
    ],
)
def test_an_untouched_card_goes_out_as_it_came(services: Services, form: Form, data: bytes) -> None:
    persona = bring(services, data)
    made = sent(services, persona, form)
    assert made.data == data and made.untouched and made.spec == persona.spec
    assert made.name == f"Ada.{form.value}"
    services.personas.update(persona.id, persona.fields)  # saved, and nothing was changed
    assert sent(services, services.personas.get(persona.id), form).data == data
    away(services, persona)


def test_a_changed_picture_card_differs_in_its_card_and_nothing_else(services: Services) -> None:
    data = writing.png(
        writing.chunk(b"acTL", b"\0" * 8),
        writing.chunk(b"prVt", b"\1"),
        writing.text("Software", b"x"),
        writing.text("Chara", b"old"),
        writing.packed_text("ccv3", writing.encoded(V3)),
        after=[writing.text("chara", writing.encoded(V3)), writing.chunk(b"fdAT", b"moving")],
    )
    persona = services.personas.set_field(bring(services, data + b"tail"), "description", "Changed.")
    made = sent(services, persona, Form.PNG)
    assert pixels_of(made.data) == pixels_of(data) and made.data.endswith(b"tail") and not made.untouched
    assert [word for word, _ in cards_in(made.data)] == ["chara", "ccv3"]
    changed = json.loads(json.dumps(V3))
    changed["data"]["description"] = "Changed."
    assert same(cards_in(made.data)[1][1], changed)
    assert sum(body.startswith(b"Software") for _, body in chunks(made.data)) == 1
    away(services, persona)


def test_a_changed_json_card_keeps_its_version_and_its_mirror(services: Services) -> None:
    document = {
        "name": "Ada",
        "q": [0, 0.0],
        "first_mes": "x",
        "data": {"name": "Ada", "first_mes": "x", "t": "0.5"},
    }
    document |= {"spec": "chara_card_v2", "spec_version": "2.0"}
    persona = services.personas.set_field(bring(services, json.dumps(document).encode()), "first_mes", "y")
    made = sent(services, persona, Form.JSON)
    document["first_mes"] = document["data"]["first_mes"] = "y"  # type: ignore[index]  # it is a dict
    assert json.dumps(json.loads(made.data)) == json.dumps(document) and made.spec == "v2"
    flat = services.personas.set_field(
        bring(services, b'{"name": "Flat", "first_mes": "x"}'), "first_mes", "y"
    )
    assert json.loads(sent(services, flat, Form.JSON).data) == {"name": "Flat", "first_mes": "y"}
    newer = json.loads(sent(services, flat, Form.JSON, "v3").data)
    assert (
        newer["first_mes"] == "y" and newer["data"]["first_mes"] == "y" and newer["spec"] == "chara_card_v3"
    )
    for each in (persona, flat):
        away(services, each)


def test_a_changed_archive_differs_in_its_card_and_nothing_else(services: Services) -> None:
    files = [
        ("x_meta/a.json", b"{}"),
        ("module.risum", b"\0risu"),
        ("card.json", b""),
        ("assets/i.png", picture(9)),
    ]
    document = json.loads(json.dumps(V3))
    document["data"]["assets"] = [
        {"type": "icon", "uri": "embeded://assets/i.png", "name": "main", "ext": "png"}
    ]
    files[2] = ("card.json", json.dumps(document).encode())
    before = writing.jpeg()
    persona = bring(services, writing.archive(files, before=before))
    persona = services.personas.set_field(persona, "description", "Changed.")
    made = sent(services, persona, Form.CHARX)
    assert made.data.startswith(before) and made.remarks == ()
    with zipfile.ZipFile(io.BytesIO(made.data)) as opened:
        assert opened.namelist() == [name for name, _ in files]
        assert all(each.compress_type == zipfile.ZIP_STORED for each in opened.infolist())
        assert [opened.read(name) for name, _ in files if name != "card.json"] == [
            b"{}",
            b"\0risu",
            picture(9),
        ]
        document["data"]["description"] = "Changed."
        assert same(json.loads(opened.read("card.json")), document)
    bare = sent(services, persona, Form.CHARX, keep_module=False)
    with zipfile.ZipFile(io.BytesIO(bare.data)) as opened:
        assert "module.risum" not in opened.namelist() and len(opened.namelist()) == 3
    assert any("RisuAI" in remark for remark in bare.remarks)
    drawn = services.personas.update(persona.id, persona.fields, picture(33))
    with zipfile.ZipFile(io.BytesIO(sent(services, drawn, Form.CHARX).data)) as opened:
        assert QImage.fromData(opened.read("assets/i.png")).width() == 33
    assert chunks(sent(services, persona, Form.PNG).data)[0] == chunks(picture(9))[0]
    away(services, persona)


# ---- there and back -------------------------------------------------------------------------------


def again(services: Services, made: Export, form: Form, spec: str) -> tuple[Any, Export]:
    """Import what was exported, and export it as if it had been changed and changed back."""
    persona = bring(services, made.data)
    document = stored(services, persona)
    keep = persona.fields.creator_notes
    services.personas.set_field(persona, "creator_notes", keep + "!")
    persona = services.personas.set_field(services.personas.get(persona.id), "creator_notes", keep)
    second = sent(services, persona, form, spec)
    away(services, persona)
    return document, second


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(CARDS)
def test_what_goes_out_comes_back_and_goes_out_the_same(services: Services, document: dict[str, Any]) -> None:
    persona = bring(services, json.dumps(document).encode())
    assert same(stored(services, persona), document)
    wishes = [(Form.PNG, ""), (Form.PNG, "v2"), (Form.JSON, "v2"), (Form.JSON, "v3"), (Form.CHARX, "v3")]
    firsts = [sent(services, persona, *wish) for wish in wishes]
    away(services, persona)
    for wish, first in zip(wishes, firsts, strict=True):
        back = bring(services, first.data)
        assert sent(services, back, wish[0]).data == first.data  # byte for byte, since nobody has changed it
        assert sent(services, back, *wish).data == first.data  # and the same where it is written anew
        away(services, back)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(V3_CARDS)
def test_a_v3_card_survives_v2(services: Services, document: dict[str, Any]) -> None:
    persona = bring(services, json.dumps(document).encode())
    for form in (Form.PNG, Form.JSON):
        made = sent(services, persona, form, "v2")
        away(services, persona)
        back = bring(services, made.data)
        assert same(stored(services, back), document)
        away(services, back)
        services.personas.restore(persona.id)
    away(services, persona)


def test_a_change_that_was_taken_back_leaves_no_trace(services: Services) -> None:
    whole = V3 | {"data": V3["data"] | {"creator_notes": "n"}}
    persona = bring(services, picture_card(whole))
    first = sent(services, persona, Form.PNG, "v3")
    away(services, persona)
    document, second = again(services, first, Form.PNG, "")
    assert same(document, whole) and second.data == first.data


# ---- readable by others ---------------------------------------------------------------------------


@pytest.mark.parametrize("document", [V3, {"name": "Ada", "first_mes": "x", "description": None}])
def test_every_reader_finds_what_it_looks_for(services: Services, document: dict[str, Any]) -> None:
    persona = bring(services, picture_card(document))
    persona = services.personas.set_field(persona, "scenario", "Here.")
    made = sent(services, persona, Form.PNG).data
    assert [word for word, _ in cards_in(made)] == ["chara", "ccv3"]  # ours alone, both as tEXt, each once
    texts = [body for kind, body in chunks(made) if kind in (b"tEXt", b"zTXt", b"iTXt")]
    assert texts[0].startswith(b"chara\0")  # for readers that take the first text there is
    kinds = [kind for kind, _ in chunks(made)]
    assert kinds.index(b"tEXt") < kinds.index(b"IDAT")  # for readers that stop at the pixels
    chara = cards_in(made)[0][1]
    assert chara["spec"] == "chara_card_v2" and chara["spec_version"] == "2.0"
    assert all(
        isinstance(chara["data"][key], str)
        for key in ("name", "description", "first_mes", "mes_example", "scenario")
    )
    assert cards_in(made)[1][1]["spec"] == "chara_card_v3"
    assert not QImage.fromData(made).isNull()
    away(services, persona)


def test_a_very_large_card_says_who_does_not_read_it(services: Services) -> None:
    entries = [{"keys": [f"k{number}"], "content": "word " * 600, "extensions": {}} for number in range(1400)]
    document = json.loads(json.dumps(V3))
    document["data"]["character_book"] = {"entries": entries, "extensions": {}}
    persona = bring(services, json.dumps(document).encode())
    made = sent(services, persona, Form.PNG)
    assert len(made.data) > 2 * 3_000_000 and any("5 MB" in remark for remark in made.remarks)
    away(services, persona)
    back = bring(services, made.data)
    assert same(stored(services, back), document) and back.lore_entries == 1400
    world = json.loads(services.exports.lorebook(back, "st").data)
    assert len(world["entries"]) == 1400
    away(services, back)


def test_yaml_is_readable_and_says_what_it_loses(services: Services) -> None:
    document = {
        "name": "yes",
        "first_mes": "Hi.\r\n\tThere. \n",
        "description": "One\ud83d.",
        "personality": "Kind.",
    }
    document |= {"scenario": "Sea.", "mes_example": "<START>\n{{user}}: a\n<start>\n{{char}}: b"}
    persona = bring(services, json.dumps(document).encode())
    made = sent(services, persona, Form.YAML)
    assert len(made.remarks) == 1 and b"greeting: |" in made.data and b"\\" not in made.data
    read = yaml.safe_load(made.data)
    assert read["name"] == "yes" and read["greeting"] == "Hi.\n    There."
    assert read["context"].startswith("One\ufffd.\n\n") and read["context"].endswith(
        "{{user}}: a\n{{char}}: b"
    )
    assert "Kind." in read["context"] and "Sea." in read["context"]
    away(services, persona)
    back = bring(services, made.data)
    assert back.spec == "ooba" and back.name == "yes"
    away(services, back)


# ---- pictures -------------------------------------------------------------------------------------


def test_a_picture_that_is_no_png_is_turned_into_one(services: Services) -> None:
    photograph = picture(40, "JPEG")
    document = json.loads(json.dumps(V3))
    uri = "data:image/jpeg;base64," + base64.b64encode(photograph).decode()
    document["data"]["assets"] = [{"type": "icon", "uri": uri, "name": "main", "ext": "jpeg"}]
    persona = bring(services, json.dumps(document).encode())
    made = sent(services, persona, Form.PNG)
    assert QImage.fromData(made.data).width() == 40 and any("turned" in remark for remark in made.remarks)
    assert services.personas.original(persona) is not None
    away(services, persona)


def test_a_picture_that_was_chosen_goes_into_an_archive_without_one(services: Services) -> None:
    files = {
        "card.json": json.dumps({"spec": "chara_card_v3", "data": {"name": "Ada", "first_mes": "x"}}).encode()
    }
    damaged = writing.archive(files | {"lost.bin": b"gone " * 99}).replace(b"lost.bin", b"lost.bim", 1)
    persona = bring(services, writing.archive(files))
    persona = services.personas.update(persona.id, persona.fields, picture(33))
    made = sent(services, persona, Form.CHARX)
    with zipfile.ZipFile(io.BytesIO(made.data)) as opened:
        (icon,) = json.loads(opened.read("card.json"))["data"]["assets"]
        assert QImage.fromData(opened.read(icon["uri"].removeprefix("embeded://"))).width() == 33
    away(services, persona)
    at = damaged.index(b"lost.bim") + 12
    hurt = bring(services, damaged[:at] + b"\xff\xff" + damaged[at + 2 :])
    made = sent(services, hurt, Form.CHARX, keep_module=False)
    assert any("left out (1)" in remark for remark in made.remarks)
    assert zipfile.ZipFile(io.BytesIO(made.data)).namelist() == ["card.json"]
    away(services, hurt)


def test_a_picture_of_far_too_many_parts_is_no_end(services: Services) -> None:
    document = json.loads(json.dumps(V3))
    document["data"]["assets"] = [{"type": "icon", "uri": "embeded://i.png", "name": "main", "ext": "png"}]
    many = writing.png(*[writing.chunk(b"prVt", b"")] * 100_001)
    files = {"card.json": json.dumps(document).encode(), "i.png": many}
    persona = bring(services, writing.archive(files, before=writing.png(*[writing.chunk(b"prVt", b"")] * 3)))
    for purpose in Purpose:
        for form in Form:
            assert sent(services, persona, form, purpose=purpose).data
    away(services, persona)


def test_a_card_of_backyard_leaves_its_picture(services: Services) -> None:
    character = {
        "aiName": "Ada",
        "aiPersona": "Counts.",
        "firstMessage": "Hi.",
        "scenario": "",
        "customDialogue": "",
    }
    block = writing.exif(json.dumps({"character": character, "version": 2}).encode())
    persona = bring(services, writing.png(writing.chunk(b"eXIf", block)))
    persona = services.personas.set_field(persona, "first_mes", "Ho.")
    made = sent(services, persona, Form.PNG)
    assert [kind for kind, _ in chunks(made.data)] == [b"IHDR", b"tEXt", b"tEXt", b"IDAT", b"IEND"]
    (report,) = services.imports.run([Pasted("Ada.png", made.data)])
    assert report.duplicate and len(report.notes) == 1  # the same card is back, and no other beside it
    for number in (persona.id, report.persona_id):
        services.personas.delete(number)


def test_a_card_without_a_picture_gets_one_and_damage_is_no_end(services: Services) -> None:
    persona = services.personas.create(PersonaFields("Bo \U0001f98a", greeting="x"))
    made = sent(services, persona, Form.PNG)
    assert QImage.fromData(made.data).width() == 512 and any("drawn" in remark for remark in made.remarks)
    assert "card.json" in zipfile.ZipFile(io.BytesIO(sent(services, persona, Form.CHARX).data)).namelist()
    away(services, persona)
    broken = (
        writing.SIGNATURE + writing.header() + writing.text("ccv3", writing.encoded(V3)) + b"\0\0\0\xffIDA"
    )
    hurt = bring(services, broken)
    assert sent(services, hurt, Form.PNG).data == broken
    made = sent(services, hurt, Form.PNG, "v3")
    assert QImage.fromData(made.data).width() == 512 and any("damaged" in remark for remark in made.remarks)
    shared = sent(services, hurt, Form.CHARX, purpose=Purpose.SHARE)
    assert any("damaged" in remark for remark in shared.remarks)
    away(services, hurt)


def test_files_in_texts_of_a_picture_move_into_an_archive(services: Services) -> None:
    document = json.loads(json.dumps(V3))
    document["data"]["assets"] += [
        {"type": "emotion", "uri": "__asset:1", "name": "happy", "ext": "png"},
        {"type": "emotion", "uri": "__asset:gone", "name": "sad", "ext": "png"},
    ]
    asset = writing.text("chara-ext-asset_:1", base64.b64encode(b"picture"))
    persona = bring(services, writing.png(asset, writing.text("ccv3", writing.encoded(document))))
    made = sent(services, persona, Form.CHARX)
    with zipfile.ZipFile(io.BytesIO(made.data)) as opened:
        icon, happy, sad = json.loads(opened.read("card.json"))["data"]["assets"]
        assert opened.read(happy["uri"].removeprefix("embeded://")) == b"picture"
        assert icon["uri"] == "embeded://assets/icon/images/main.png" and sad["uri"] == "__asset:gone"
    assert any("left out (1)" in remark for remark in made.remarks)
    assert any("CHARX takes them" in remark for remark in sent(services, persona, Form.JSON, "v3").remarks)
    away(services, persona)


# ---- sharing --------------------------------------------------------------------------------------


PRIVATE: dict[str, Any] = {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "fav": True,
    "chat": "Ada - 2024",
    "create_date": "2024-7-12@01h31m37s",
    "avatar": "/home/nils/ada.png",
    "data": {
        "name": "Ada",
        "description": "Knows Katharina. Writes to kat@example.org, see /home/nils/notes.txt or https://example.org/x.",
        "first_mes": "Hi.",
        "creator": "Bo",
        "creator_notes": "three words here",
        "creation_date": 5,
        "source": ["https://example.org"],
        "assets": [{"type": "x", "uri": "file:///home/nils/a.png", "name": "a", "ext": "png"}],
        "character_book": {
            "entries": [{"keys": ["a"], "content": "b", "extensions": {"hermes_desktop": {"q": 1}, "d": 4}}]
        },
        "extensions": {
            "fav": True,
            "talkativeness": "0.5",
            "hermes_desktop": {"format": "x"},
            "tool": {
                "api_key": "sk-1",
                "output": "C:\\Users\\nils\\my out\\out",
                "keep": [1, {"token_budget": 5}],
            },
            "regex_scripts": [{"x": 1}],
        },
    },
}


def test_sharing_leaves_out_what_is_private_and_tells_what_is_not(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.profiles.update(services.profiles.current().id, "Katharina", "")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/nils"))
    paint = (
        writing.text("parameters", b"a prompt"),
        writing.chunk(b"eXIf", writing.exif(b"a camera and a place")),
        writing.text("workflow", b"{}"),
    )
    data = writing.png(
        *paint, writing.text("ccv3", writing.encoded(PRIVATE)), after=[writing.chunk(b"tIME", b"\0" * 7)]
    )
    persona = bring(services, data + b"behind")
    shared = sent(services, persona, Form.PNG, purpose=Purpose.SHARE)
    assert [kind for kind, _ in chunks(shared.data)] == [b"IHDR", b"tEXt", b"tEXt", b"IDAT", b"IEND"]
    assert b"behind" not in shared.data and not shared.untouched
    newest = cards_in(shared.data)[1][1]
    assert set(newest) == {"spec", "spec_version", "data"}
    assert newest["data"]["extensions"] == {
        "talkativeness": "0.5",
        "tool": {"keep": [1, {"token_budget": 5}]},
        "regex_scripts": [{"x": 1}],
    }
    assert newest["data"]["assets"] == [] and newest["data"]["description"] == PRIVATE["data"]["description"]
    assert newest["data"]["character_book"]["entries"][0]["extensions"] == {"d": 4}
    told = "\n".join(shared.reveals)
    for word in (
        "Bo",
        "3 words",
        "Katharina",
        "nils",
        "kat@example.org",
        "/home/nils/notes.txt",
        "https://example.org/x",
    ):
        assert word in told
    assert (
        "lorebook: 1" in told
        and "regex_scripts" in told
        and "favourites" not in told
        and "parameters" not in told
    )
    kept = sent(services, persona, Form.PNG)
    assert kept.data == data + b"behind"
    whole = "\n".join(kept.reveals)
    assert "favourites" in whole and "parameters, EXIF, workflow, tIME" in whole
    assert stored(services, persona) == PRIVATE
    away(services, persona)


def test_what_holds_nothing_private_is_shared_as_it_came(services: Services) -> None:
    data = writing.png(writing.text("ccv3", writing.encoded(V3)))
    persona = bring(services, data)
    assert sent(services, persona, Form.PNG, purpose=Purpose.SHARE).data == data
    assert services.exports.lorebook(persona, "v3", Purpose.SHARE).name == "Ada lorebook.json"
    away(services, persona)
    archive = writing.archive(
        {"card.json": json.dumps(V3).encode(), "assets/a.png": data, "app.json": b"{}"},
        before=picture(9, "JPEG"),
    )
    persona = bring(services, archive)
    with zipfile.ZipFile(
        io.BytesIO(sent(services, persona, Form.CHARX, purpose=Purpose.SHARE).data)
    ) as opened:
        assert not cards_in(opened.read("assets/a.png"))
        assert opened.namelist() == ["card.json", "assets/a.png", "app.json"]
    assert any("app.json" in told for told in sent(services, persona, Form.CHARX).reveals)
    away(services, persona)
    mine = bring(services, b"name: Ada\nyour_name: Kat\ncontext: Counts.\n")
    assert b"Kat" not in sent(services, mine, Form.YAML, purpose=Purpose.SHARE).data
    away(services, mine)


# ---- refusals and many ----------------------------------------------------------------------------


def test_what_makes_no_sense_is_refused(services: Services) -> None:
    mira = services.personas.find("Mira")
    for form, spec in ((Form.CHARX, "v2"), (Form.YAML, "v3")):
        with pytest.raises(KnownError) as raised:
            sent(services, mira, form, spec)
        assert raised.value.kind is ErrorKind.EXPORT_SPEC
    with pytest.raises(KnownError) as raised:
        services.exports.lorebook(mira, "st")
    assert raised.value.kind is ErrorKind.LOREBOOK_NONE
    assert set(making.SPECS) == set(Form)


def test_a_card_is_text_for_the_clipboard(services: Services) -> None:
    text = services.exports.card_text(services.personas.find("Mira"), Purpose.SHARE)
    assert json.loads(text)["data"]["name"] == "Mira"
