"""Who has to say who they are before the pages, and when nobody needs to."""

from ipaddress import ip_address
from typing import Annotated, Literal

from msgspec import Meta, Struct

from edge.settings import SettingsError


class SignInTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who has to say who they are. `users_file` names people, their stores and rights, and their passwords."""

    kind: Literal["none", "password", "oidc"] = "none"
    users_file: str | None = None
    metadata_url: Annotated[str, Meta(pattern=r"^https?://")] | None = None
    client_id: str | None = None
    client_secret_file: str | None = None
    redirect_url: Annotated[str, Meta(pattern=r"^https?://.+/oauth2callback$")] | None = None


_NEEDED = {
    "none": (),
    "password": ("users_file",),
    "oidc": ("users_file", "metadata_url", "client_id", "client_secret_file", "redirect_url"),
}


def guarded(found: SignInTable, host: str) -> None:
    """SettingsError naming the key where strangers could look in, or where signing in lacks something."""
    if found.kind == "none" and not _loopback(host):
        raise SettingsError("sign_in.kind: none is for this machine alone, and http.host reaches further")
    for key in _NEEDED[found.kind]:
        if getattr(found, key) is None:
            raise SettingsError(f"sign_in.{key}: missing")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
