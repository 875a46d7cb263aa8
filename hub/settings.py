"""The hub's settings: TOML, INSTORE_HUB__... of the environment over it, flags over both."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from edge.deliver.mqtt import Broker
from edge.settings import SettingsError, load
from hub.intake.presses import Buttons
from hub.intake.webhooks import Webhook
from hub.serve.alerts import Alerting
from hub.sites import Site

PREFIX = "INSTORE_HUB"
PLACES = (Path("/etc/instore/hub.toml"), Path("hub.toml"))


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings: keys that are not named are errors."""


class Http(Part, frozen=True, kw_only=True):
    """Where readers ask. Beyond this machine only with a certificate or behind a proxy that has one."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8750
    cert_file: str | None = None
    key_file: str | None = None
    behind_proxy: bool = False


class Retention(Part, frozen=True, kw_only=True):
    """How many days things are kept."""

    windows_days: Annotated[int, Meta(ge=60, le=800)] = 395
    daily_days: Annotated[int, Meta(ge=60, le=4000)] = 760
    scores_days: Annotated[int, Meta(ge=30, le=1200)] = 760
    comments_days: Annotated[int, Meta(ge=1, le=400)] = 90
    quarantine_days: Annotated[int, Meta(ge=1, le=90)] = 30
    documents_days: Annotated[int, Meta(ge=30, le=4000)] = 760


class Settings(Part, frozen=True, kw_only=True):
    """Everything the hub needs to know."""

    state_dir: str = "/var/lib/instore-hub"
    client_id: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}$")] = "instore-hub"
    mappings_dir: str | None = None
    lake_dir: str | None = None
    broker: Broker = Broker()
    http: Http = Http()
    retention: Retention = Retention()
    webhooks: Annotated[tuple[Webhook, ...], Meta(max_length=50)] = ()
    alerts: Alerting = Alerting()
    buttons: Annotated[tuple[Buttons, ...], Meta(max_length=50)] = ()
    buttons_broker: Broker | None = None
    sites: Annotated[tuple[Site, ...], Meta(min_length=1, max_length=5000)]

    @property
    def database(self) -> Path:
        """The database file."""
        return Path(self.state_dir) / "hub.duckdb"

    @property
    def lake(self) -> Path:
        """The folder with the nightly copy as Parquet files."""
        return Path(self.lake_dir or Path(self.state_dir) / "lake")

    @property
    def mappings(self) -> Path:
        """The folder with the survey mappings that were saved over HTTP."""
        return Path(self.state_dir) / "mappings"

    @property
    def tokens(self) -> Path:
        """The file with the readers' tokens, hashed."""
        return Path(self.state_dir) / "tokens.json"

    @property
    def authority(self) -> Path:
        """The folder of the authority that lets devices in."""
        return Path(self.state_dir) / "authority"

    @property
    def by_id(self) -> dict[str, Site]:
        """The sites by their id."""
        return {site.id: site for site in self.sites}


def read(
    path: Path | None, environ: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
) -> Settings:
    """The settings in `path`, or in the first of PLACES that exists; SettingsError naming the key that is wrong."""
    path = path or next((place for place in PLACES if place.exists()), None)
    environ = os.environ if environ is None else environ
    return checked(load(Settings, path=path, prefix=PREFIX, environ=environ, flags=flags))


def checked(settings: Settings) -> Settings:
    """The same settings; SettingsError where they contradict themselves or would open the hub to a network bare."""
    seen: set[str] = set()
    for i, site in enumerate(settings.sites):
        if site.id in seen:
            raise SettingsError(f"sites[{i}].id: used twice")
        seen.add(site.id)
        try:
            ZoneInfo(site.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SettingsError(f"sites[{i}].timezone: not a name of the IANA time zone database") from None
    for i, limit in enumerate(settings.alerts.limits):
        if limit.site not in seen:
            raise SettingsError(f"alerts.limits[{i}].site: none of the sites")
    if settings.alerts.webhook_url and not settings.alerts.webhook_secret_file:
        raise SettingsError("alerts.webhook_secret_file: needed, for a call is signed")
    for key, broker in (("broker", settings.broker), ("buttons_broker", settings.buttons_broker)):
        if broker and (wrong := broker.complaint):
            raise SettingsError(f"{key}.{wrong}")
    if settings.buttons and settings.broker.cert_file and not settings.buttons_broker:
        raise SettingsError("buttons_broker: needed, for the certificate of [broker] lets in one connection only")
    http = settings.http
    if (http.cert_file is None) != (http.key_file is None):
        raise SettingsError("http.key_file: give cert_file and key_file together")
    if not (loopback(http.host) or http.cert_file or http.behind_proxy):
        raise SettingsError(
            "http.host: beyond this machine the hub needs http.cert_file and http.key_file, "
            "or http.behind_proxy = true where a proxy adds the encryption"
        )
    return settings


def loopback(host: str) -> bool:
    """Whether only this machine can reach `host`; a name other than localhost counts as reachable from outside."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
