"""The hub as it runs: what is opened, in which order it ends, and what is done once a day."""

import logging
import threading
import time
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Any

from edge import daemon
from edge.deliver.mqtt import Connection
from edge.settings import SettingsError
from hub.intake.ingest import SESSION_S, SUBSCRIPTIONS, Ingest
from hub.intake.taking import Taking
from hub.serve.access import Access
from hub.serve.api import Desk, application, serving
from hub.serve.live import Board
from hub.settings import Settings
from hub.storage import answers, daily, lake, retention, room
from hub.storage.store import Store

DAY_S, HOUR_S = 86_400, 3600

_LOG = logging.getLogger("instore.hub")


def run(settings: Settings, stop: threading.Event) -> int:
    """Run the hub until `stop` is set; 1 where it cannot go on, for the service manager to start it anew."""
    broken = threading.Event()

    def failed() -> None:
        broken.set()
        stop.set()

    settings.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    room.wait(settings.database.parent, stop)
    with ExitStack() as open_things:
        store = open_things.enter_context(Store(settings.database, settings.by_id, time.time()))
        connection = Connection(
            settings.broker, settings.client_id, subscriptions=SUBSCRIPTIONS, session_s=SESSION_S, manual_ack=True
        )
        board = Board()
        ingest = Ingest(store, connection, board, failed=failed)
        taking = Taking(mappings(settings))
        desk = Desk(store, Access(settings.tokens), board, ingest, taking, failed=failed)
        port = open_things.enter_context(serving(application(desk), settings.http))
        connection.start()
        open_things.callback(connection.stop)
        ingest.start(stop)
        open_things.callback(ingest.join)
        open_things.callback(stop.set)
        daemon.notify("READY=1")
        _LOG.info("ready: %d sites, http port %d", len(settings.sites), port)
        _keep(settings, store, ingest, stop)
        daemon.notify("STOPPING=1")
    return daemon.FAILED if broken.is_set() else daemon.OK


def _keep(settings: Settings, store: Store, ingest: Ingest, stop: threading.Event) -> None:
    """Sum days up once an hour, forget what is old once a day, and tell the service manager that work goes on."""
    forgotten, summed, turns = 0.0, 0.0, -1
    while not stop.is_set():
        at = time.time()
        if at - summed >= HOUR_S and room.enough(settings.database.parent):
            # Where many are left, such as after an update, the rest follow in the next turns.
            summed = summed if store.finish_days(at) == daily.MOST else at
        if at - forgotten >= DAY_S and room.enough(settings.database.parent):
            gone = forget_old(settings, store, at)
            _LOG.info("forgotten by age: %d rows", sum(gone.values()))
            _copy(settings, store, at)
            forgotten = at
        if ingest.turns != turns:
            turns = ingest.turns
            daemon.notify("WATCHDOG=1")
        stop.wait(5)


def _copy(settings: Settings, store: Store, at: float) -> None:
    try:
        files = lake.export(store, settings.lake, at)
    except OSError as error:
        # The copy is a second line: without it the hub goes on, and says so every day.
        _LOG.error("lake_dir: the nightly copy failed (%s)", error.strerror)
    else:
        _LOG.info("the copy is up to date: %d files written", files)


def forget_old(settings: Settings, store: Store, at: float) -> dict[str, int]:
    """Delete what is older than the settings keep; table -> rows."""
    kept = settings.retention
    with store.write() as connection:
        gone = retention.forget_old(connection, at, kept.windows_days, kept.quarantine_days, kept.daily_days)
        said = answers.forget_old(connection, at, kept.comments_days, kept.scores_days)
    return gone | said


def mappings(settings: Settings) -> dict[str, str]:
    """The texts of the survey mappings by name: those shipped, and over them those in mappings_dir."""
    folders: list[Any] = [resources.files("hub.intake").joinpath("mappings")]
    if settings.mappings_dir:
        folders.append(Path(settings.mappings_dir))
    try:
        files = [entry for folder in folders for entry in folder.iterdir() if entry.name.endswith(".toml")]
        return {entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8") for entry in files}
    except OSError as error:
        raise SettingsError(f"mappings_dir: cannot be read ({type(error).__name__})") from None
