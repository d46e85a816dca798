"""The page of one model: opened from its card, with what it takes, how fast it is, how it is spoken to."""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPlainTextEdit, QPushButton, QSlider

from hermes_desktop import machine
from hermes_desktop.app import speeds
from hermes_desktop.app.devices import Survey
from hermes_desktop.app.models import ModelState
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.conversation import GenerationRecord, MessageState, Role, StopReason
from hermes_desktop.domain.device import Device, DeviceKind
from hermes_desktop.domain.model_file import KvType
from hermes_desktop.domain.speed import Rate
from hermes_desktop.storage import messages
from hermes_desktop.storage.database import Session
from hermes_desktop.ui.models.detail import ModelDetail
from hermes_desktop.ui.models.memory_bar import DevicePanel
from tests.ui.conftest import CALIBRATION, Desk, Open


def opened(desk: Desk, name: str = "Tiny Hermes") -> ModelDetail:
    desk.window.show_page("models")
    desk.click(f"Details of {name}")
    detail = desk.window.models_page._detail
    desk.until(lambda: detail.isVisible() and detail._memory.isVisible())
    return detail


def said(detail: ModelDetail) -> list[str]:
    return [label.text() for label in detail.findChildren(QLabel) if label.isVisible()]


def prompt(detail: ModelDetail) -> str:
    return next(box for box in detail.findChildren(QPlainTextEdit)).toPlainText()


def test_it_opens_from_the_card_and_escape_goes_back(desk: Desk) -> None:
    detail = opened(desk)
    assert {"8192 tokens", "F16: full precision", "4, with 2 for keys and values", "mit"} <= set(said(detail))
    desk.qtbot.keyClick(desk.window.focusWidget(), Qt.Key.Key_Escape)
    assert not detail.isVisible()
    focused = desk.window.focusWidget()
    assert isinstance(focused, QPushButton) and focused.accessibleName() == "Details of Tiny Hermes"
    desk.click("Details of Tiny Hermes")
    desk.click("Back to all models")
    assert not detail.isVisible()


def test_the_whole_hash_can_be_copied(desk: Desk) -> None:
    desk.window.show_page("models")
    desk.until(lambda: all(model.sha256 for model in desk.services.models.all()))
    opened(desk)
    desk.click("Copy the SHA-256")
    assert QGuiApplication.clipboard().text() == desk.services.models.find("Tiny Hermes").sha256


def test_the_bar_follows_the_context_and_the_choice_is_used(desk: Desk) -> None:
    detail = opened(desk)
    slider, panel = detail.findChildren(QSlider)[0], detail.findChildren(DevicePanel)[0]
    before = panel._bar._device
    slider.setValue(slider.minimum())
    after = panel._bar._device
    assert before is not None and after is not None and after.kv == before.kv // 8  # 1,024 of 8,192 tokens
    kinds = next(box for box in detail.findChildren(QComboBox) if box.accessibleName() == "KV cache")
    kinds.setCurrentText("q8_0")
    assert not detail._memory._flash.isEnabled()
    desk.click("Use these for loading models")
    desk.until(lambda: desk.services.models.state is ModelState.READY)
    loaded, kept = desk.services.models.loaded, desk.services.preferences.value.load
    assert loaded is not None and loaded.context == 1024
    assert (kept.context, kept.kv_type) == (1024, KvType.Q8_0)
    assert not detail._memory._use.isEnabled()


def test_what_is_automatic_is_shown_with_the_reason_and_gives_way_to_what_is_set_by_hand(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    detail = opened(desk)
    memory, slider = detail._memory, detail.findChildren(QSlider)[0]
    automatic = next(
        box for box in detail.findChildren(QCheckBox) if box.accessibleName().startswith("Choose the context")
    )
    kinds = next(box for box in detail.findChildren(QComboBox) if box.accessibleName() == "KV cache")
    assert automatic.isChecked() and kinds.currentText() == "automatic: f16" and "8192" in said(detail)
    assert "Automatic: 8,192 tokens and a cache in f16. It fits with room to spare." in said(detail)
    need = memory._panels[0]._bar._device
    assert need is not None
    monkeypatch.setattr(machine, "private_memory", lambda _pid: 0)
    monkeypatch.setattr(machine, "main_memory", lambda: (need.needed, 10**9))
    desk.services.devices.changed.emit()
    assert kinds.currentText() == "automatic: q8_0" or int(memory._tokens.text()) < 8192
    assert memory._use.isEnabled() is False and memory._value() == desk.services.preferences.value.load
    slider.setValue(slider.minimum() + 1)
    assert not automatic.isChecked() and memory._value().context == 2048 and memory._use.isEnabled()
    assert any(text.startswith("Automatic: a cache in ") for text in said(detail))
    automatic.setChecked(True)
    kinds.setCurrentText("q4_0")
    assert any(text.startswith("Automatic: ") and "cache" not in text for text in said(detail))
    automatic.setChecked(False)
    assert memory._why.text().startswith("q8_0 halves") and kinds.itemText(0) == "automatic"
    desk.click("Use these for loading models")
    kept = desk.services.preferences.value.load
    assert kept.context > 0 and kept.kv_type is KvType.Q4_0


def test_a_card_is_shown_when_it_is_found_and_less_is_offered_where_it_is_tight(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    detail = opened(desk)
    assert detail._memory._less.isHidden()
    assert [panel._name.text().split(",")[0] for panel in detail.findChildren(DevicePanel)] == ["Main memory"]
    card = Device("CUDA0", "A card", DeviceKind.GPU, "CUDA", 7 * 10**9, 8 * 10**9)
    desk.services.devices.found = Survey("b", (card,))
    desk.services.devices.changed.emit()
    assert detail.findChildren(DevicePanel)[1]._name.text().startswith("CUDA0, A card")
    assert any("layers on CUDA0, A card" in text for text in said(detail))
    layers = detail._memory._layers
    layers.setValue(1)
    assert any("1 of 3 layers on CUDA0" in text for text in said(detail))
    layers.setValue(layers.maximum())
    assert detail._memory._value().gpu_layers == 3
    layers.setValue(layers.minimum())
    detail._memory._auto.setChecked(False)
    desk.services.devices.found = Survey("b", ())
    monkeypatch.setattr(machine, "main_memory", lambda: (175 * 1024**2, 10**9))
    monkeypatch.setattr(machine, "private_memory", lambda _pid: 0)
    desk.services.devices.changed.emit()
    assert detail.findChildren(DevicePanel)[1].isHidden() and not detail._memory._less.isHidden()
    offered = detail._memory._less.text()
    desk.qtbot.mouseClick(detail._memory._less, Qt.MouseButton.LeftButton)
    chosen = detail._memory._value()
    assert f" {chosen.context} " in offered and chosen.context < 8192 and detail._memory._use.isEnabled()


def test_measured_and_expected_speeds_are_told(desk: Desk) -> None:
    detail = opened(desk)
    assert "It has not written a reply here yet." in said(detail)
    assert any(text.startswith("Expected here in main memory: about ") for text in said(detail))
    desk.meet()
    desk.say("One two three four five six seven eight nine ten eleven twelve.")
    desk.window.show_page("models")
    desk.click("Back to all models")
    desk.click("Details of Tiny Hermes")
    assert any(text.startswith("Measured here in one reply: writes ") for text in said(detail))


def test_each_way_that_it_lay_on_devices_has_its_speed(desk: Desk) -> None:
    desk.meet()
    desk.say("One two three four five six seven eight nine ten eleven twelve.")
    message = desk.services.chat.last()
    assert message is not None
    _, record = desk.services.conversations.reply(message.id)
    assert record is not None

    def note(tokens_per_second: float, threads: int, *devices: str) -> None:
        """Keep the record of another reply."""
        shown = replace(
            record,
            devices=devices,
            threads=threads,
            generated_tokens=20,
            tokens_per_second=tokens_per_second,
            evaluated_tokens=64,
            first_token_ms=1000.0,
        )
        desk.program.store.write(_keep, message.conversation_id, shown)

    for speed in (10.0, 30.0, 20.0):
        note(speed, 4, "CPU:1")
    note(7.0, 2, "CPU:1")
    note(50.0, 4, "CPU:13", "CUDA0:20")
    note(80.0, 4, "CUDA0:33")
    texts = said(opened(desk))
    told = texts[texts.index("Measured here (medians), the newest first:") + 1 :][:10]
    read = "reads 64.0 tokens/s of the prompt"
    assert told[:9] == [
        *("CUDA0 33 of 33 layers · 1 reply", f"writes 80.0 tokens/s, {read}"),
        *("CPU 13, CUDA0 20 of 33 layers · 1 reply", f"writes 50.0 tokens/s, {read}"),
        *("CPU, 2 threads · 1 reply", f"writes 7.0 tokens/s, {read}"),
        *("CPU, 4 threads · 3 replies", f"writes 20.0 tokens/s, {read}"),
        "CPU, 1 thread · 1 reply",  # that of the script
    ]
    assert told[9].startswith("writes ")


def _keep(session: Session, conversation_id: int, record: GenerationRecord) -> None:
    row = messages.append(session, conversation_id, Role.ASSISTANT, "Hobbs", "")
    messages.finish(session, row.id, "Yes.", MessageState.COMPLETE, StopReason.END, record)


def test_offers_say_how_fast_they_would_be_and_follow_a_new_measurement(desk: Desk) -> None:
    desk.window.show_page("models")
    row = next(row for row in desk.window.models_page._offers._rows if row.entry.offer.id == "3b-q4_k_m")
    expected = row.entry.tokens_per_second(CALIBRATION)
    before = f"about {expected:.0f} tokens/s" if expected else ""
    assert before in row._figures.text()
    slow = replace(CALIBRATION, rates=(Rate(4.5, 1e8), Rate(8.5, 1e8)))
    desk.services.speeds._command = [sys.executable, "-c", f"print({json.dumps(asdict(slow))!r})"]
    desk.click("Measure again how fast this machine is")
    desk.until(lambda: not desk.services.speeds.measuring)
    assert desk.services.speeds.calibration == slow == speeds.kept(desk.services.folders.config)
    assert "about 0.1 tokens/s" in row._figures.text() or not expected


def test_a_machine_that_is_busy_is_told_when_it_was_asked(desk: Desk) -> None:
    desk.window.show_page("models")
    busy = '{"error": "machine_busy", "values": {}}'
    desk.services.speeds._command = [sys.executable, "-c", f"print({busy!r})"]
    desk.click("Measure again how fast this machine is")
    desk.until(lambda: any("keep this machine busy" in text for text in desk.notices()))
    assert desk.services.speeds.calibration == CALIBRATION


def test_a_known_family_suggests_a_preset_that_can_be_taken(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(model=False)
    path = tiny_gguf.write(
        tmp_path / "four.gguf", name="Hermes 4 14B", context=4096, template=tiny_gguf.LLAMA_3
    )
    desk.services.models.register(path)
    detail = opened(desk, "Hermes 4 14B")
    assert any("Recognised as Hermes 4" in text and "<think>" in text for text in said(detail))
    desk.click("Use the preset “Hermes 4”")
    assert desk.services.preferences.value.preset == "Hermes 4"
    sampling = desk.services.preferences.sampling_of("")
    assert (sampling.temperature, sampling.top_k, sampling.repeat_penalty) == (0.6, 20, 1.0)
    assert all(not each.text().startswith("Use the preset") for each in _buttons(detail))
    presets = next(box for box in detail.findChildren(QComboBox) if "preset" in box.accessibleName())
    presets.activated.emit(presets.findText("Precise"))
    assert desk.services.preferences.value.preset == "Precise"
    assert len(desk.services.preferences.value.presets) == 1


def _buttons(detail: ModelDetail) -> list[QPushButton]:
    return [each for each in detail.findChildren(QPushButton) if each.isVisible()]


def test_the_prompt_is_shown_as_the_engine_writes_it(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk(model=False)
    for name, template in (("Ours", tiny_gguf.CHATML), ("Theirs", tiny_gguf.LLAMA_3), ("Bad", "{% for")):
        path = tiny_gguf.write(tmp_path / f"{name}.gguf", name=name, layers=1, template=template)
        desk.services.models.register(path)
    detail = opened(desk, "Ours")
    desk.until(lambda: "<|im_start|>user\nWhere are we?<|im_end|>" in prompt(detail))
    desk.click("Back to all models")
    opened(desk, "Theirs")
    desk.until(lambda: "<|start_header_id|>user<|end_header_id|>" in prompt(detail))
    desk.click("Back to all models")
    opened(desk, "Bad")
    desk.until(lambda: any("prompt template does not work" in text for text in said(detail)))


def test_a_file_that_has_gone_is_told_on_its_page(desk: Desk, tmp_path: Path) -> None:
    desk.until(lambda: all(model.sha256 for model in desk.services.models.all()))
    (tmp_path / "tiny.gguf").unlink()
    desk.window.show_page("models")
    desk.click("Details of Tiny Hermes")
    detail = desk.window.models_page._detail
    desk.until(lambda: any("tiny.gguf" in text and "no file" in text for text in said(detail)))
    assert not detail._memory.isVisible()


def test_a_model_that_is_removed_takes_its_page_with_it(desk: Desk) -> None:
    detail = opened(desk)
    desk.services.models.remove(desk.services.models.find("Tiny Hermes").id)
    assert not detail.isVisible()
