"""What `instore-dashboard run` serves: the pages, behind a door where people sign in with a password."""

import json
import sys
from pathlib import Path
from typing import Any

import altair  # noqa: F401 - loaded before the first visitor would wait for it
from starlette.middleware import Middleware
from streamlit.web.server.starlette.starlette_app import App

from dashboard.data import settings
from dashboard.gate import Gate
from dashboard.settings import Settings
from dashboard.users import people
from edge.settings import SettingsError, secret


def served(found: Settings) -> App:
    """The application as the settings want it; SettingsError naming the key that cannot be used."""
    door = []
    if found.sign_in.kind == "password" and found.sign_in.users_file:
        people(found.sign_in.users_file)
        door = [Middleware(Gate, users_file=found.sign_in.users_file, language=found.page.language)]
    return App(Path(__file__).with_name("app.py"), middleware=door, secrets=_provider(found))


def _provider(found: Settings) -> dict[str, Any] | None:
    """What the page server needs to send people to the provider."""
    if found.sign_in.kind != "oidc":
        return None
    held = people(found.sign_in.users_file or "")
    auth = {
        "redirect_uri": found.sign_in.redirect_url or "",
        "cookie_secret": held.secret,
        "client_id": found.sign_in.client_id or "",
        "client_secret": secret(found.sign_in.client_secret_file, "sign_in.client_secret_file") or "",
        "server_metadata_url": found.sign_in.metadata_url or "",
    }
    return {"auth": auth}


def main() -> int:
    """Serve until a signal comes; 78 where the settings cannot be used."""
    try:
        found = served(settings())
    except SettingsError as error:
        print(f"instore-dashboard: {error}", file=sys.stderr)
        return 78
    found.run(config=json.loads(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
