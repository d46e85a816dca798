"""Knows how profiles come in from a file's bytes and go out into one; not the forms, and not who asks."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from hermes_desktop import paths
from hermes_desktop.app.paper import avatar_png, is_plain, plain_png
from hermes_desktop.app.store import Store
from hermes_desktop.app.tavern_folder import Neighbours
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding
from hermes_desktop.domain.persona import Profile, ProfileForm
from hermes_desktop.personas import profile_file, profile_writer
from hermes_desktop.personas.profile_file import ProfileDocument
from hermes_desktop.storage import lorebooks, personas, pictures, profiles
from hermes_desktop.storage.database import Session

_NAME_LIMIT = 80  # letters of a file's name
_SPARE = frozenset(" -_'")


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file of profiles."""

    added: tuple[Profile, ...]
    known: tuple[Profile, ...]  # those that were here already
    format: str
    blind: tuple[str, ...]  # names of those whose picture cannot be used
    bound: bool = False  # a lorebook speaks for one of them now


def bring_in(store: Store, data: bytes, source: str, beside: Neighbours) -> Brought:
    """Add the profiles of a file that are not here yet; raises what a reader of profiles raises.

    Pictures, lorebooks and characters that lie beside it are joined to those that it adds.
    It may run in any thread. Nothing that is here is changed, and the profile for new conversations stays.
    """
    reading = profile_file.read(data, source)
    blind: list[str] = []
    pictured = (replace(each, picture=each.picture or beside.picture(each.key)) for each in reading.profiles)
    ready = [(document, _avatar(document, reading.format, blind)) for document in pictured]
    added, known, bound = store.write(_add, ready, beside)
    return Brought(added, known, reading.format, tuple(blind), bound)


def _avatar(document: ProfileDocument, form: str, blind: list[str]) -> bytes:
    if not document.picture:
        return b""
    try:
        made = avatar_png(document.picture, document.name)
    except KnownError:
        blind.append(document.name)
        return b""
    # Its files are pictures, also where there is none: of one colour then.
    return b"" if form == "risu" and is_plain(made) else made


def _add(
    session: Session, ready: Sequence[tuple[ProfileDocument, bytes]], beside: Neighbours
) -> tuple[tuple[Profile, ...], tuple[Profile, ...], bool]:
    added: list[Profile] = []
    known: list[Profile] = []
    bound = False
    for document, avatar in ready:
        key = pictures.key(avatar) if avatar else ""
        same = profiles.find_same(session, document.name, document.description, key)
        if same is not None:
            known.append(same)
            beside.profiles[document.key] = same.id
            continue
        if avatar:
            pictures.put(session, avatar, "image/png")
        made = profiles.add(session, document.name, document.description, key, document.original)
        _bind(session, made, document.personas)
        bound |= _join(session, made, document, beside)
        beside.profiles[document.key] = made.id
        added.append(made)
    return tuple(added), tuple(known), bound


def _join(session: Session, profile: Profile, document: ProfileDocument, beside: Neighbours) -> bool:
    """Bind it to characters beside it that have no other profile; say whether a lorebook was bound to it."""
    found = (beside.personas.get(PurePath(name).stem, 0) for name in document.characters)
    free = [number for number in found if number and profiles.bound(session, number) is None]
    if free:
        profiles.bind(session, profile.id, {*profiles.personas_of(session, profile.id), *free})
    book = beside.book(document.book)
    if book:
        lorebooks.bind(session, Binding(book, Scope.PROFILE, profile.id))
    return bool(book)


def _bind(session: Session, profile: Profile, names: Sequence[str]) -> None:
    """Bind a profile to the personas that it names, as far as each is one, and has no other profile."""
    if not names:
        return
    wanted = {name.casefold() for name in names}
    found = [persona for persona in personas.all(session) if persona.name.casefold() in wanted]
    once = [p for p in found if sum(p.name.casefold() == other.name.casefold() for other in found) == 1]
    profiles.bind(session, profile.id, [p.id for p in once if profiles.bound(session, p.id) is None])


# ---- going out ------------------------------------------------------------------------------------


def written(store: Store, chosen: Sequence[Profile], form: ProfileForm, default: int) -> bytes:
    """Write profiles, the one with id `default` as that for new conversations; raises PROFILE_ONE."""
    if len(chosen) != 1 and not form.holds_several:
        raise KnownError(ErrorKind.PROFILE_ONE, format=form.value)
    documents = [store.read(_document, profile, default) for profile in chosen]
    if form is ProfileForm.RISU and not documents[0].picture:
        documents = [_with_picture(documents[0])]
    return profile_writer.write(documents, form)


def _document(session: Session, profile: Profile, default: int) -> ProfileDocument:
    found = pictures.get(session, profile.avatar)
    goes_with = profiles.personas_of(session, profile.id)
    return ProfileDocument(
        profile.name,
        profile.description,
        profiles.original(session, profile.version_id),
        found[0] if found else b"",
        tuple(personas.get(session, number).name for number in goes_with),
        profile.id == default,
    )


def _with_picture(document: ProfileDocument) -> ProfileDocument:
    return ProfileDocument(document.name, document.description, document.original, plain_png())


def file_name(chosen: Sequence[Profile], form: ProfileForm) -> str:
    """Suggest a name for the file of some profiles."""
    name = chosen[0].name if len(chosen) == 1 else ""
    letters = "".join(sign if sign.isalnum() or sign in _SPARE else " " for sign in name)
    stem = " ".join(letters.split())[:_NAME_LIMIT] or "profiles"
    if form is ProfileForm.SILLYTAVERN:
        stem = f"personas_{stem}"
    return f"{stem}.{form.suffix}"


def save(file: Path, data: bytes) -> None:
    """Write a file whole or not at all; raises FOLDER_READ_ONLY or DISK_FULL."""
    try:
        paths.atomic_write(file, data)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise KnownError(ErrorKind.DISK_FULL, path=str(file), needed=len(data)) from error
        raise KnownError(ErrorKind.FOLDER_READ_ONLY, path=str(file.parent)) from error
