"""My profiles in the window: their page, the form, who one is in a conversation, files."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QPlainTextEdit

from hermes_desktop import paths
from hermes_desktop.domain.persona import Profile, ProfileForm
from hermes_desktop.ui.personas.crop import CropDialog
from hermes_desktop.ui.profiles.cards import Data
from hermes_desktop.ui.profiles.form import ProfileForm as Form
from hermes_desktop.ui.profiles.here import MyCard, MyPill
from hermes_desktop.ui.profiles.page import ProfilesPage
from tests.app.test_imports import picture
from tests.ui.conftest import A_DIALOG, Desk, Open

# Menus and dialogs on the offscreen platform.
pytestmark = pytest.mark.qt_log_ignore("does not support (raise|grabbing)|propagateSizeHints")


@pytest.fixture
def desk(open_desk: Open) -> Desk:
    """Most of this needs no model."""
    return open_desk(model=False)


def _page(desk: Desk) -> ProfilesPage:
    desk.window.keys.action("profiles").trigger()
    assert desk.window._stack.currentWidget() is desk.window.profiles_page
    return desk.window.profiles_page


def _write(form: Form, name: str, text: str = "") -> None:
    next(b for b in form.findChildren(QLineEdit) if b.accessibleName() == "My name").setText(name)
    next(b for b in form.findChildren(QPlainTextEdit) if b.accessibleName() == "About me").setPlainText(text)


def _names(desk: Desk) -> list[str]:
    return [profile.name for profile in desk.services.profiles.all()]


def _choose(menu: QMenu, text: str) -> QAction:
    action = next(action for action in menu.actions() if action.text() == text)
    action.trigger()
    return action


def test_a_profile_is_written_and_used_in_the_next_conversation(desk: Desk) -> None:
    page = _page(desk)
    desk.click("New profile")
    _write(page._form, "Jonas", "Keeps bees.")
    assert "About" in page._form._weight.text()
    desk.click("Save the profile")
    assert page.currentWidget() is page._cards
    desk.meet("Hobbs")
    assert desk.services.chat.profile is not None
    assert (desk.services.chat.profile.name, desk.services.chat.profile.description) == (
        "Jonas",
        "Keeps bees.",
    )
    assert "Jonas" in desk.window.sidebar._links["profiles"].text()


def test_a_profile_goes_with_a_persona_and_becomes_the_usual_one(desk: Desk) -> None:
    profiles = desk.services.profiles
    jonas, ada = profiles.create("Jonas", ""), profiles.create("Ada", "")
    hobbs, mira = (desk.services.personas.find(name).id for name in ("Hobbs", "Mira"))
    profiles.bind(ada.id, (mira,))
    page = _page(desk)
    page._grid.clicked.emit(page._model.index(1))
    form = page._form
    assert form.draft.default and form.draft.name == "Jonas"
    form._personas._search.setText("hob")
    rows = form._personas._list
    assert [rows.item(n).text() for n in range(rows.count()) if not rows.item(n).isHidden()] == ["Hobbs"]
    rows.itemActivated.emit(next(rows.item(n) for n in range(rows.count()) if rows.item(n).text() == "Hobbs"))
    desk.click("Save the profile")
    assert profiles.personas_of(jonas.id) == (hobbs,)
    assert page._model.index(1).data(Data.GOES_WITH) == "Hobbs"
    page.edit(ada.id)
    assert form.draft.personas == {mira} and not form.draft.default
    assert any(rows.item(n).text() == "Hobbs  ·  Jonas" for n in range(rows.count()))
    form._default.setChecked(True)
    desk.click("Save the profile")
    assert profiles.current().id == ada.id
    desk.meet("Hobbs")
    assert desk.services.chat.profile is not None and desk.services.chat.profile.name == "Jonas"


def test_what_is_left_unsaved_is_kept_as_a_draft(desk: Desk) -> None:
    jonas = desk.services.profiles.create("Jonas", "")
    page = _page(desk)
    page.edit(jonas.id)
    _write(page._form, "Jo")
    desk.click("Back to my profiles")
    assert _names(desk) == ["Jonas"]
    desk.click("Go on writing")
    assert page.currentWidget() is page._form and page._form.draft.name == "Jo"
    page.write_new()
    _write(page._form, "Ada")
    page.edit(jonas.id)
    assert page._form.draft.name == "Jo"
    desk.qtbot.keyClick(page._form._name, Qt.Key.Key_Escape)
    assert page.currentWidget() is page._cards
    page.write_new()
    assert page._form.draft.name == "Ada"


def test_deleting_can_be_undone_and_gives_the_same_profile_back(desk: Desk) -> None:
    profiles = desk.services.profiles
    jonas = profiles.create("Jonas", "Keeps bees.", picture(8))
    profiles.bind(jonas.id, (desk.services.personas.find("Hobbs").id,))
    page = _page(desk)
    page.edit(jonas.id)
    desk.click("Delete this profile")
    assert _names(desk) == [] and page._middle.currentIndex() == 1
    desk.click("Undo")
    assert profiles.all() == [jonas] and len(profiles.personas_of(jonas.id)) == 1


def test_a_copy_and_the_menu_of_a_card(desk: Desk) -> None:
    jonas = desk.services.profiles.create("Jonas", "Keeps bees.")
    page = _page(desk)
    page.edit(jonas.id)
    desk.click("Duplicate this profile")
    assert page._form.draft.name == "Jonas (copy)"
    copy = next(profile for profile in desk.services.profiles.all() if profile.id != jonas.id)
    _choose(page.menu_of(copy), "Use in new conversations")
    assert desk.services.profiles.current().id == copy.id
    assert page._model.index(1).data(Data.DEFAULT) and not page._model.index(0).data(Data.DEFAULT)
    assert "new conversations" in str(page._model.index(1).data(Qt.ItemDataRole.AccessibleTextRole))
    _choose(page.menu_of(jonas), "Edit")
    assert page._form.draft.name == "Jonas"
    _choose(page.menu_of(copy), "Delete")
    assert _names(desk) == ["Jonas"]
    page._grid.customContextMenuRequested.emit(QPoint(5000, 5000))  # beside the cards
    page._grid.customContextMenuRequested.emit(page._grid.visualRect(page._model.index(0)).center())
    menus = [menu for menu in page.findChildren(QMenu) if menu.isVisible()]
    assert len(menus) == 1
    menus[0].close()


@A_DIALOG
def test_a_picture_is_chosen_and_taken_away(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(picture(8))
    jonas = desk.services.profiles.create("Jonas", "")
    page = _page(desk)
    page.edit(jonas.id)
    chooser = page._form._picture
    chooser.take(tmp_path / "me.png")
    desk.until(lambda: bool(chooser.findChildren(CropDialog)))
    desk.click("Use this part", chooser.findChildren(CropDialog)[-1])
    desk.click("Save the profile")
    assert desk.services.profiles.get(jonas.id).avatar
    page.edit(jonas.id)
    desk.click("Remove the picture", page)
    desk.click("Save the profile")
    assert desk.services.profiles.get(jonas.id).avatar == ""


def _switch(desk: Desk, profile: Profile) -> None:
    pill = desk.window.chat_page.findChild(MyPill)
    assert isinstance(pill, MyPill)
    _choose(pill.fill_menu(), profile.name)


def test_one_goes_on_as_somebody_else_in_a_conversation(desk: Desk) -> None:
    profiles, chat = desk.services.profiles, desk.services.chat
    jonas, ada = profiles.create("Jonas", "Keeps bees."), profiles.create("Ada & Co", "Counts.", picture(8))
    desk.meet("Hobbs")
    pill = desk.window.chat_page.findChild(MyPill)
    card = desk.window.inspector.findChild(MyCard)
    assert isinstance(pill, MyPill) and isinstance(card, MyCard)
    assert pill.accessibleName() == "You are Jonas here" and card._said.text() == "Keeps bees."
    assert next(a for a in pill.fill_menu().actions() if a.isChecked()).text() == "Jonas"
    _choose(pill.fill_menu(), "Ada && Co")
    assert chat.profile == ada and card._name.text() == "Ada & Co"
    profiles.update(ada.id, "Ada & Co", "Counts twice.")
    assert chat.profile == ada and not card._newer.isHidden()
    _choose(pill.fill_menu(), "Go on with the new version of Ada && Co")
    assert card._said.text() == "Counts twice." and card._newer.isHidden()
    profiles.update(ada.id, "Ada & Co", "x" * 50 + " " + "y" * 100)
    card._on_move()
    assert card._said.text() == "x" * 50 + " …"
    profiles.delete(ada.id)
    _switch(desk, jonas)
    assert chat.profile == jonas
    _choose(pill.fill_menu(), "My profiles…")
    assert desk.window._page == "profiles"


def test_the_pill_has_no_name_where_there_is_no_room(desk: Desk) -> None:
    desk.services.profiles.create("Jonas", "")
    desk.meet("Hobbs")
    pill = desk.window.chat_page.findChild(MyPill)
    assert isinstance(pill, MyPill)
    desk.window.resize(1440, 900)
    desk.until(lambda: "Jonas" in pill.text())
    desk.window.resize(760, 560)
    desk.until(lambda: pill.text() == "")


def test_my_face_stands_beside_what_i_said(open_desk: Open) -> None:
    desk = open_desk()
    ada = desk.services.profiles.create("Ada", "", picture(8))
    jonas = desk.services.profiles.create("Jonas", "")
    desk.services.profiles.choose(ada.id)
    desk.meet("Hobbs")
    desk.say("Hello.")
    desk.services.chat.switch_profile(jonas.id)
    desk.say("It is me now.")
    mine = [message for message in desk.path() if message.role.value == "user"]
    assert [message.name for message in mine] == ["Ada", "Jonas"]
    grounds = desk.window.chat_page.transcript._grounds
    turns = [turn for turn in grounds._turns.all if turn.mine]
    images = [grounds._avatar(turn).toImage() for turn in turns]
    face = grounds._theme.avatar("Ada", desk.services.personas.picture(ada.avatar), 34).toImage()
    assert images[0] == face and images[1] != face


def test_a_profile_is_made_of_a_persona(desk: Desk) -> None:
    desk.window.show_page("personas")
    mira = desk.services.personas.find("Mira")
    desk.window.gallery.show_persona(mira.id)
    menu = desk.window.gallery._detail._be_menu
    desk.click("Make it a profile of mine…")
    menu.actions()[0].trigger()
    menu.actions()[1].trigger()
    made = desk.services.profiles.all()
    assert [profile.name for profile in made] == ["Mira", "Mira"] and made[0].avatar == mira.avatar
    assert desk.window._page == "profiles" and desk.window.profiles_page._form.draft.name == "Mira"
    assert made[1].description.startswith(mira.fields.description.strip()[:20])


def test_a_file_of_profiles_leads_to_them(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "me.yaml").write_text("name: Jonas\nuser_bio: Keeps bees.\n")
    _page(desk).files_chosen.emit([tmp_path / "me.yaml"])
    desk.until(lambda: desk.window._page == "profiles")
    assert desk.window.profiles_page._form.draft.description == "Keeps bees."
    assert any("Jonas has come in" in said for said in desk.notices())
    backup = {"personas": {"a.png": "Ada", "b.png": "Bo"}, "persona_descriptions": {}}
    (tmp_path / "two.json").write_text(json.dumps(backup))
    card = {"name": "Cardy", "description": "A card.", "first_mes": "Hi."}
    (tmp_path / "card.json").write_text(json.dumps(card))
    desk.window.take_files([tmp_path / "two.json", tmp_path / "card.json"])
    desk.until(lambda: not desk.services.imports.busy)
    report = desk.window.gallery._importing.report
    assert report._summary.text() == "New personas: 1, files with profiles of yours: 1."
    desk.click("Show Ada, Bo", report)
    assert desk.window._page == "profiles"
    assert desk.window.profiles_page.currentWidget() is desk.window.profiles_page._cards
    desk.window.gallery.show_cards()
    desk.window.take_files([tmp_path / "me.yaml"])
    desk.until(lambda: not desk.services.imports.busy)
    assert any("Jonas is here already" in said for said in desk.notices())


def test_profiles_go_out_into_a_file(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = _page(desk)
    page._export([], ProfileForm.OWN)
    assert not page.findChildren(QFileDialog)
    jonas = desk.services.profiles.create("Jonas", "Keeps bees.")
    page.edit(jonas.id)
    page._form._on_export(ProfileForm.OOBA)
    (dialog,) = page.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "me.yaml"))
    dialog.reject()
    assert "user_bio: Keeps bees." in (tmp_path / "me.yaml").read_text()
    assert "Written: me.yaml" in desk.notices()

    def refuse(_file: Path, _data: bytes) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(paths, "atomic_write", refuse)
    page._export([jonas], ProfileForm.OWN)
    dialog = page.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(tmp_path / "me.json"))
    dialog.reject()
    assert any("cannot be written" in said for said in desk.notices())


def test_the_settings_lead_to_my_profiles(desk: Desk) -> None:
    desk.window.show_page("settings")
    desk.click("Open my profiles")
    assert desk.window._page == "profiles"
