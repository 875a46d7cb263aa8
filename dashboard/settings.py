"""The settings of the dashboard: where the hub is, where the pages are served, which language they speak."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from dashboard.signing import SignInTable
from edge.settings import SettingsError, convert, table
from hub.client import Hub

PREFIX = "INSTORE_DASHBOARD"
SAMPLE = """\
## Settings of instore-dashboard. Every key may also come from the environment, e.g. INSTORE_DASHBOARD__HUB__URL.

[hub]
## The address of the hub's HTTP side.
# url = "http://127.0.0.1:8750"
## A file whose first line is a reading token of the hub ("instore-hub token create" makes one): its stores are shown.
token_file = "/etc/instore/dashboard.token"
## A file of certificates to trust, for a hub with its own https certificate.
# ca_file = "/etc/instore/ca.pem"
## Seconds to wait for an answer.
# timeout_s = 4.0

[http]
## Where the pages are served. Beyond this machine somebody has to sign in, and the pages have to go through a proxy
## that speaks https.
# host = "127.0.0.1"
# port = 8501

[sign_in]
## "none" (only on this machine), "password" (a file of people) or "oidc" (a provider proves who it is, the file says
## who may look at what).
# kind = "none"
## Made by "instore-dashboard user add"; only its owner may read it.
# users_file = "/etc/instore/people.toml"
## With "oidc": the provider's description, who this dashboard is there, and where it sends people back to.
# metadata_url = "https://login.example.com/.well-known/openid-configuration"
# client_id = "instore"
# client_secret_file = "/etc/instore/oidc.secret"
# redirect_url = "https://dashboard.shop.example/oauth2callback"

[page]
## "auto" follows the browser; "en" and "de" are spoken.
# language = "auto"
"""


class HubTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the hub is and the file with the token to read it, without which nothing can be shown."""

    token_file: str | None = None
    url: Annotated[str, Meta(pattern=r"^https?://")] = "http://127.0.0.1:8750"
    ca_file: str | None = None
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 4.0


class HttpTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the pages are served."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8501


class PageTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the pages speak."""

    language: Literal["auto", "en", "de"] = "auto"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    hub: HubTable = HubTable()
    http: HttpTable = HttpTable()
    sign_in: SignInTable = SignInTable()
    page: PageTable = PageTable()


def from_environment(environ: Mapping[str, str]) -> Settings:
    """The settings that `environment` wrote; SettingsError names a missing or wrong key."""
    return convert(table(None, PREFIX, environ), Settings)


def connected(found: HubTable, token: str) -> Hub:
    """The hub as these settings name it; SettingsError names the key that cannot be used."""
    try:
        return Hub(found.url, token, found.timeout_s, found.ca_file)
    except ValueError as error:
        key, _, fault = str(error).partition(": ")
        raise SettingsError(f"hub.{'token_file' if key == 'token' else key}: {fault}") from None


def environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for the page server that `run` starts."""
    found = {}
    for name in settings.__struct_fields__:
        part = getattr(settings, name)
        for key in part.__struct_fields__:
            value = getattr(part, key)
            if value is not None:
                found[f"{PREFIX}__{name}__{key}".upper()] = str(value)
    return found
