"""Files become personas: what came is kept, nothing twice, nothing hurt by a bad one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hermes_desktop.app import imports, sources
from hermes_desktop.app.imports import ImportReport, Pasted
from hermes_desktop.app.services import Services
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.paths import Folders, data_file
from hermes_desktop.personas import reader
from hermes_desktop.personas.notes import NoteKind
from tests import writing

CARD: dict[str, Any] = {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "data": {
        "name": "Ada",
        "description": "Counts.",
        "first_mes": "Hi.",
        "scenario": "half \ud83d\r\n",
        "extensions": {"regex_scripts": [{"scriptName": "x"}]},
        "odd": {"z": 1, "a": [0, 0.0, None]},
    },
}


@pytest.fixture
def program(qapp: QApplication, tmp_path: Path) -> Iterator[Program]:
    assert qapp is not None
    opened = build(Folders.of(tmp_path / "data"), engine=("--engine", "scripted"))
    yield opened
    opened.close()


@pytest.fixture
def services(program: Program) -> Services:
    return program.services


def picture(side: int, name: str = "PNG") -> bytes:
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, name)  # type: ignore[call-overload]  # the stub wants bytes, the call takes str
    return bytes(buffer.data().data())


def picture_card(document: object = CARD, side: int = 30) -> bytes:
    whole = picture(side)
    end = len(whole) - 12
    return whole[:end] + writing.text("ccv3", writing.encoded(document)) + whole[end:]


def one(services: Services, file: Path | Pasted) -> ImportReport:
    (report,) = services.imports.run([file])
    return report


def test_a_picture_card_comes_in_with_its_picture_and_its_file(services: Services, tmp_path: Path) -> None:
    data = picture_card()
    (tmp_path / "a.jpg").write_bytes(data)  # names say nothing
    report = one(services, tmp_path / "a.jpg")
    assert report.ok and (report.format, report.spec, report.name) == ("png", "v3", "Ada")
    assert report.ignored == ("odd",) and report.kept == ("extensions",)
    assert len(report.notes) == 1 and "regex_scripts" in report.notes[0]
    persona = services.personas.get(report.persona_id)
    assert QImage.fromData(services.personas.picture(persona.avatar)).width() == 30
    assert services.personas.original(persona) == (data, "png")
    assert json.loads(services.personas.card(persona)) == CARD


@pytest.mark.parametrize(
    "data",
    [
        writing.png(writing.text("ccv3", writing.encoded(CARD)), idat=writing.chunk(b"IDAT", b"broken")),
        writing.png(writing.text("ccv3", writing.encoded(CARD)), size=1)[:60]
        + writing.text("ccv3", writing.encoded(CARD)),
        writing.SIGNATURE
        + writing.header(30_000, 30_000)
        + writing.text("ccv3", writing.encoded(CARD))
        + writing.pixels()
        + writing.chunk(b"IEND", b""),
    ],
    ids=["pixels", "cut", "huge"],
)
def test_a_broken_picture_costs_only_the_picture(services: Services, data: bytes) -> None:
    report = one(services, Pasted("a", data))
    assert report.ok and any("picture cannot be used" in note for note in report.notes)
    assert services.personas.get(report.persona_id).avatar == ""


def test_the_same_again_adds_nothing(services: Services) -> None:
    first = one(services, Pasted("a.png", picture_card()))
    number = len(services.personas.all())
    reordered = {"data": dict(reversed(CARD["data"].items())), "spec_version": "3.0", "spec": CARD["spec"]}
    for data in (picture_card(), json.dumps(CARD).encode(), writing.charx(reordered)):
        again = one(services, Pasted("b", data))
        assert again.ok and again.duplicate and again.persona_id == first.persona_id
        assert f"Ada ({first.persona_id})" in again.notes[0]
    assert len(services.personas.all()) == number
    other = CARD | {"data": CARD["data"] | {"scenario": "Sun."}}
    assert not one(services, Pasted("c", json.dumps(other).encode())).duplicate
    services.personas.delete(first.persona_id)
    assert not one(services, Pasted("d", picture_card())).duplicate


def test_a_shipped_persona_is_known_again(services: Services) -> None:
    file = next(iter(sorted(data_file("personas").glob("*.json"))))
    assert one(services, file).duplicate


def test_folders_are_gone_through(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    (folder / "below" / "deeper").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name in ("b.json", "below/a.png", "below/deeper/c.charx", ".d.json", ".hidden/e.json"):
        document = CARD | {"data": CARD["data"] | {"name": name}}
        (folder / name).write_bytes(json.dumps(document).encode())
    (folder / "round").symlink_to(folder)
    reports = services.imports.run([folder])
    assert [report.name for report in reports if report.ok] == [
        "b.json",
        "below/a.png",
        "below/deeper/c.charx",
    ]


def test_folders_that_are_empty_or_full(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    assert "no file" in one(services, tmp_path / "empty").error
    monkeypatch.setattr(sources, "FILES_LIMIT", 2)
    for number in range(3):
        (tmp_path / "empty" / str(number)).touch()
    assert "more than 2" in one(services, tmp_path / "empty").error


def test_files_that_cannot_be_read(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(reader, "FILE_LIMIT", 10)
    (tmp_path / "large").write_bytes(b" " * 11)
    errors = [
        one(services, file).error for file in (tmp_path / "pipe", tmp_path / "large", tmp_path / "gone")
    ]
    assert all(error and len(error.splitlines()) == 1 for error in errors)
    assert "ordinary" in errors[0] and "larger" in errors[1] and "no file" in errors[2]


HOSTILE = [
    *(f"../{'../' * depth}etc/cron.d/x{depth}" for depth in range(50)),
    *(f"/tmp/hostile-{number}" for number in range(50)),
    *(f"C:\\Windows\\x{number}" for number in range(50)),
    *(f"assets/{number}/../../../x" for number in range(50)),
]


def test_hostile_names_write_nothing_anywhere(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "inbox" / "deep"
    folder.mkdir(parents=True)
    before = {path for path in tmp_path.rglob("*") if "data" not in path.parts}
    for name in HOSTILE:
        asset = {"type": "icon", "name": "main", "uri": f"embeded://{name}", "ext": "png"}
        document = CARD | {"data": CARD["data"] | {"assets": [asset], "name": name}}
        assert not one(services, Pasted("x", writing.charx(document, **{name: b"evil"}))).ok
        assert one(services, Pasted(name, writing.charx(document))).ok
    assert {path for path in tmp_path.rglob("*") if "data" not in path.parts} == before
    assert not list(Path("/tmp").glob("hostile-*"))


def test_off_the_event_loop_with_progress(services: Services, qtbot: QtBot, tmp_path: Path) -> None:
    for number in range(8):
        document = CARD | {"data": CARD["data"] | {"name": f"N{number}"}}
        (tmp_path / f"{number}.png").write_bytes(picture_card(document))
    (tmp_path / "bad.png").write_bytes(b"bad")
    steps: list[tuple[int, int]] = []
    services.imports.progressed.connect(lambda done, total: steps.append((done, total)))
    with qtbot.waitSignal(services.personas.changed), qtbot.waitSignal(services.imports.ended) as ended:
        services.imports.start([*sorted(tmp_path.glob("*.png"))])
        services.imports.start([Pasted("later", b"nothing")])
        assert services.imports.busy
    assert sum(report.ok for report in ended.args[0]) == 8
    assert (9, 9) in steps
    qtbot.waitUntil(lambda: not services.imports.busy)


def test_many_at_once_come_in_in_their_order_and_once(services: Services) -> None:
    cards = [CARD | {"data": {**CARD["data"], "name": f"No {number % 7}"}} for number in range(21)]
    files = [Pasted(f"{number}.png", picture_card(card)) for number, card in enumerate(cards)]
    broken = Pasted("broken.json", b"{")
    book = Pasted("sea.json", json.dumps({"name": "Sea", "entries": []}).encode())
    reports = services.imports.run([files[0], files[0], broken, book, *files[1:]])
    assert [report.file for report in reports[:4]] == ["0.png", "0.png", "broken.json", "sea.json"]
    assert [report.file for report in reports[4:]] == [f"{number}.png" for number in range(1, 21)]
    assert [report.duplicate for report in reports if report.persona_id] == [False, True] + [False] * 6 + [
        True
    ] * 14
    assert len({report.persona_id for report in reports if report.persona_id}) == 7
    assert len([each for each in services.personas.all() if each.name.startswith("No ")]) == 7
    assert not reports[2].ok and reports[3].lorebook_id


def test_a_heavy_file_comes_in_between_others(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "_HEAVY", 2000)
    names = ["a.png", "b.json", "c.png"]
    for name, pad in zip(names, ("", "x" * 4000, ""), strict=True):
        card = CARD | {"data": {**CARD["data"], "name": name, "description": pad}}
        data = picture_card(card) if name.endswith("png") else json.dumps(card).encode()
        (tmp_path / name).write_bytes(data)
    reports = services.imports.run([tmp_path / name for name in (*names, "missing.png")])
    assert [report.name for report in reports] == [*names, ""]
    assert [report.ok for report in reports] == [True, True, True, False]


def test_what_has_come_in_stays_after_cancel(services: Services, qtbot: QtBot, tmp_path: Path) -> None:
    for number in range(60):
        document = CARD | {"data": CARD["data"] | {"name": f"N{number}"}}
        (tmp_path / f"{number}.json").write_bytes(json.dumps(document).encode())
    services.imports.progressed.connect(lambda done, _total: done and services.imports.cancel())
    with qtbot.waitSignal(services.imports.ended) as ended:
        services.imports.start([tmp_path / f"{number}.json" for number in range(60)])
    assert 0 < len(ended.args[0]) < 60
    names = {persona.name for persona in services.personas.all()}
    assert {report.name for report in ended.args[0]} <= names


def test_a_folder_that_is_only_read_says_so_for_every_file(services: Services, tmp_path: Path) -> None:
    program = build(Folders.of(tmp_path / "data"), engine=("--engine", "scripted"), may_share=True)
    assert program.read_only and services.folders == program.services.folders
    (tmp_path / "empty").mkdir()
    reports = program.services.imports.run([Pasted("a", b"{}"), tmp_path / "b", tmp_path / "empty"])
    assert [report.file for report in reports] == ["a", str(tmp_path / "b"), str(tmp_path / "empty")]
    assert all(report.error and not report.ok for report in reports)
    program.close()


def test_every_note_has_words() -> None:
    from hermes_desktop.app.card_words import note_words
    from hermes_desktop.personas.notes import Note

    for kind in NoteKind:
        assert note_words(Note(kind, "{value}")).endswith(".")
