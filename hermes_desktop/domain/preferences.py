"""Knows what a person can set for the whole app, with the defaults; not where it is kept."""

from dataclasses import dataclass, field
from enum import StrEnum

from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.remote import RemoteServer
from hermes_desktop.domain.sampling import DEFAULT_PRESET, Preset
from hermes_desktop.domain.transcript import ChoicesPreset

TEXT_SIZES = (11, 24)  # pixels


class Theme(StrEnum):
    """Choose the palette."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Preferences:
    """Every setting of the app. Settings of one conversation are kept with it."""

    theme: Theme = Theme.SYSTEM
    text_size: int = 15  # pixels of body text, within TEXT_SIZES
    show_timestamps: bool = True
    send_with_enter: bool = True  # otherwise Ctrl+Enter sends and Enter makes a new line
    show_sidebar: bool = True
    show_inspector: bool = True
    welcomed: bool = False  # the first start has had its greeting
    offer_hermes: bool = True  # the line over a conversation that the Understudy plays
    preset: str = DEFAULT_PRESET
    presets: tuple[Preset, ...] = ()  # the person's own
    keys: tuple[tuple[str, str], ...] = ()  # action name, key sequence; only what was changed
    load: LoadOptions = field(default_factory=LoadOptions)
    unload_after_minutes: int = 30  # idle time before the model's memory is given back; 0: never
    sum_up: bool = True  # what leaves the context, while nothing else is written
    exact: bool = False  # nothing is moved in the cache, so that every reply can be made again to the token
    save_on_battery: bool = True  # fewer threads and no background work while there is no mains
    last_conversation_id: int = 0
    last_model_id: int = 0
    profile_id: int = 0
    window: str = ""  # base64 of the window's geometry
    models_folder: str = ""  # where models are fetched to; "": below the data
    hub_endpoint: str = ""  # a mirror of the hub; "" asks HF_ENDPOINT, then the hub itself
    proxy: str = ""  # address of a proxy; "": as the environment says
    download_rate: int = 0  # bytes a second; 0: as fast as it comes
    rpc_hosts: tuple[str, ...] = ()  # HOST:PORT of computers that lend devices
    remote: RemoteServer = field(default_factory=RemoteServer)
    remote_on: bool = False  # whether it plays, in the place of a model on this computer
    remote_key_kept: bool = False  # whether the keyring has its key; it is never kept here
    sealed: bool = False  # no connection at all
    token_kept: bool = False  # whether the keyring of the system has an access token; it is never kept here
    accepted_licences: tuple[str, ...] = ()
    transcript_format: str = "html"  # of the last export for reading
    transcript_preset: str = ""
    transcript_presets: tuple[ChoicesPreset, ...] = ()  # the person's own
    system_prompt: str = ""  # "" uses the shipped wording
