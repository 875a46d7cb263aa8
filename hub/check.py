"""Tries everything the hub needs once, and says what is wrong."""

import os
import queue
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from edge.deliver.mqtt import Connection, Down, Refused, Up
from edge.settings import SettingsError, secret
from hub.client import Hub, HubAway, Unanswered
from hub.compound import free_days
from hub.intake.ingest import SUBSCRIPTIONS
from hub.serve.access import TokenError, listed
from hub.settings import Settings
from hub.storage.store import Store, StoreBusy, StoreError

WAIT_S = 5.0


class Finding(NamedTuple):
    """One thing that was tried."""

    what: str
    well: bool
    said: str


def check(settings: Settings) -> list[Finding]:
    """What was found of broker, database, HTTP, tokens and the countries of the sites."""
    return [_broker(settings), _database(settings), _tokens(settings), _sites(settings)]


def reached(settings: Settings, token: str, timeout: float = WAIT_S) -> Hub:
    """The running hub of these settings, on this machine; SettingsError where certificate or token cannot be used."""
    try:
        return Hub(_url(settings), token, timeout=timeout, ca_file=settings.http.cert_file)
    except ValueError as error:
        key, _, fault = str(error).partition(": ")
        known = {"ca_file": "http.cert_file", "token": "--token-file", "url": "http.host"}
        raise SettingsError(f"{known[key]}: {fault}") from None


def running(settings: Settings, token_file: str | None) -> Hub:
    """The running hub, with time to work on what it is given; SettingsError where there is no token for it."""
    token = secret(token_file, "--token-file")
    if token is None:
        raise SettingsError("--token-file: the hub is running; give the file with a token for it")
    return reached(settings, token, timeout=120)


def _url(settings: Settings) -> str:
    host = "127.0.0.1" if settings.http.host in ("0.0.0.0", "::") else settings.http.host
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.http.cert_file else 'http'}://{host}:{settings.http.port}"


def _broker(settings: Settings) -> Finding:
    # A name of its own: with the hub's own it would throw a running hub out.
    connection = Connection(settings.broker, f"{settings.client_id}-check", subscriptions=SUBSCRIPTIONS)
    connection.start()
    limit, said = time.monotonic() + WAIT_S, "no answer"
    try:
        while (left := limit - time.monotonic()) > 0:
            with suppress(queue.Empty):
                event = connection.events.get(timeout=left)
                if isinstance(event, Up):
                    limit = min(limit, time.monotonic() + 0.5)
                    said = "connected and subscribed"
                elif isinstance(event, Refused | Down):
                    return Finding("broker", False, event.reason)
    finally:
        connection.stop()
    return Finding("broker", said != "no answer", said)


def _database(settings: Settings) -> Finding:
    if not settings.database.exists():
        # Not made here: whoever checks may be another user than the one the hub runs as.
        folder = Path(settings.state_dir)
        well = os.access(next(place for place in (folder, *folder.absolute().parents) if place.exists()), os.W_OK)
        return Finding("database", well, "none yet" if well else "none yet, and its folder cannot be written")
    try:
        with closing(Store(settings.database, settings.by_id, time.time())) as store:
            return Finding("database", True, f"can be opened, data version {store.version}")
    except StoreBusy:
        return _running(settings)
    except StoreError as error:
        return Finding("database", False, str(error))


def _running(settings: Settings) -> Finding:
    try:
        with reached(settings, "") as hub:
            well = bool(hub.health()["ok"])
    except SettingsError as error:
        return Finding("database", False, f"held by another process; {error}")
    except (HubAway, Unanswered, KeyError) as error:
        return Finding("database", False, f"held by another process, and no hub answers ({type(error).__name__})")
    return Finding("database", well, "the hub is running" + ("" if well else " and not well: see its /health"))


def _sites(settings: Settings) -> Finding:
    wrong = free_days.complaint(settings.sites)
    return Finding("sites", wrong is None, wrong or f"{len(settings.sites)} sites")


def _tokens(settings: Settings) -> Finding:
    try:
        names = listed(settings.tokens)
    except TokenError as error:
        return Finding("tokens", False, str(error))
    known = {site.id for site in settings.sites} | {"*"}
    strange = [row["name"] for row in names if not set(row["sites"]) <= known]
    if strange:
        return Finding("tokens", False, f"{len(strange)} name sites that the settings do not")
    return Finding("tokens", True, f"{len(names)} tokens" if names else "none yet: instore-hub token create NAME")
