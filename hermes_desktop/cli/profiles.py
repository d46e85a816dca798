"""Knows `hermes-desktop profiles`: how profiles are printed; the service does the work."""

import argparse
from typing import Any

from hermes_desktop.app.services import Services
from hermes_desktop.cli.output import Output
from hermes_desktop.cli.personas import bring_in
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import Profile, ProfileForm

WRITING = frozenset({"import", "set", "use", "delete", "restore"})
_PERSONAS = "personas"


def run(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Do one action of `profiles`; give the exit status."""
    if arguments.action == "list":
        return _list(services, output)
    if arguments.action == "show":
        return _show(services, output, services.profiles.find(arguments.name))
    if arguments.action == "import":
        return bring_in(services, output, arguments.files)
    if arguments.action == "export":
        return _export(services, output, arguments)
    return _change(services, output, arguments)


def _list(services: Services, output: Output) -> int:
    listed = services.profiles.all()
    if output.as_json:
        output.document([_listed(services, profile) for profile in listed])
    else:
        usual = _usual(services)
        marks = (("for new conversations" if p.id == usual else "") for p in listed)
        output.table([(str(p.id), p.name, mark) for p, mark in zip(listed, marks, strict=True)])
    return 0


def _listed(services: Services, profile: Profile) -> dict[str, Any]:
    return {
        "profile_id": profile.id,
        "name": profile.name,
        "description": profile.description,
        "version": profile.version,
        "tokens": services.profiles.weight(profile.description),
        "picture": bool(profile.avatar),
        "default": profile.id == _usual(services),
        "personas": list(services.profiles.personas_of(profile.id)),
    }


def _usual(services: Services) -> int:
    """Give the id of the profile for new conversations, 0 where there is none at all."""
    return services.profiles.current().id if services.profiles.all() else 0


def _show(services: Services, output: Output, profile: Profile) -> int:
    if output.as_json:
        output.document(_listed(services, profile))
        return 0
    output.line(f"{profile.name} (profile {profile.id}, version {profile.version})")
    if profile.description.strip():
        output.line("\n  " + profile.description.strip().replace("\n", "\n  "))
    goes_with = services.profiles.personas_of(profile.id)
    if goes_with:
        names = ", ".join(services.personas.get(number).name for number in goes_with)
        output.line(f"\nConversations with these personas begin with it: {names}")
    return 0


def _export(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Write a file, or print what is text; a picture needs a file."""
    form = ProfileForm(arguments.format)
    chosen = [services.profiles.find(name) for name in arguments.names] or services.profiles.all()
    if arguments.output is None and form is not ProfileForm.RISU:
        output.line(services.profiles.written(chosen, form).decode("utf-8").rstrip("\n"))
        return 0
    file = arguments.output or services.profiles.file_name(chosen, form)
    services.profiles.export(chosen, form, file)
    if output.as_json:
        output.document({"file": str(file), "profiles": [profile.id for profile in chosen]})
    else:
        output.words(f"Written: {file}")
    return 0


def _change(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Set something, choose, delete or restore, and say what the profile is now."""
    profiles = services.profiles
    if arguments.action == "restore":
        profile = profiles.find_deleted(arguments.name)
        profiles.restore(profile.id)
        said = f"{profile.name} is back."
    elif arguments.action == "delete":
        profile = profiles.find(arguments.name)
        profiles.delete(profile.id)
        said = f"{profile.name} was deleted; “profiles restore {profile.id}” takes it back."
    elif arguments.action == "use":
        profile = profiles.find(arguments.name)
        profiles.choose(profile.id)
        said = f"New conversations begin as {profile.name}."
    else:
        profile = _set(services, profiles.find(arguments.name), arguments.field, arguments.text)
        said = f"{arguments.field} of {profile.name} was set (version {profile.version})."
    if output.as_json:
        now = profiles.get(profile.id)
        output.document(_listed(services, now) | {"deleted": now.deleted})
    else:
        output.line(said)
    return 0


def _set(services: Services, profile: Profile, field: str, text: str) -> Profile:
    if field == _PERSONAS:
        names = [name.strip() for name in text.split(",") if name.strip()]
        services.profiles.bind(profile.id, [services.personas.find(name).id for name in names])
        return profile
    try:
        return services.profiles.set_field(profile, field, text)
    except KnownError as error:
        if error.kind is ErrorKind.PROFILE_FIELD:
            known = f"{error.values['known']}, {_PERSONAS}"
            raise KnownError(error.kind, field=field, known=known) from error
        raise
