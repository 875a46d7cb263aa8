"""What the running hub does beside taking messages: it answers readers, and looks after what is stored."""

import gc
import logging
import threading
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from edge import daemon
from edge.settings import SettingsError
from hub import errands
from hub.compound import free_days
from hub.intake.buttons import pressing
from hub.intake.ingest import Ingest
from hub.intake.taking import Taking
from hub.serve.access import Access
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.files import Files
from hub.serve.live import Board
from hub.serve.mappings import Mappings, saved
from hub.serve.ringing import ringing
from hub.serve.webhooks import Hooks, add_webhooks
from hub.settings import Settings
from hub.storage import daily, lake, room
from hub.storage.store import Store

DAY_S, HOUR_S = 86_400, 3600

_LOG = logging.getLogger("instore.hub")


def work(
    settings: Settings,
    store: Store,
    board: Board,
    ingest: Ingest,
    stop: threading.Event,
    failed: Callable[[], None],
) -> None:
    """Serve readers and look after the store until `stop` is set. SettingsError or OSError where the settings of the
    HTTP side cannot be used.
    """
    if wrong := free_days.complaint(settings.sites):
        raise SettingsError(wrong)
    named = {hook.mapping for hook in settings.webhooks} | {buttons.mapping for buttons in settings.buttons}
    known = Mappings(_fixed_mappings(settings), settings.mappings, frozenset(named))
    taking = Taking(known)
    files = Files(store, taking, known)
    access, days = Access(settings.tokens), settings.retention
    desk = Desk(store, access, board, ingest, files=files, retention=days, failed=failed)
    app = application(desk)
    add_webhooks(app, Hooks(settings.webhooks, taking, store))
    broker, name = settings.buttons_broker or settings.broker, f"{settings.client_id}-buttons"
    hearing = pressing(broker, name, settings.buttons, taking, store, stop, failed)
    bells = ringing(settings.alerts, store, board, ingest, stop)
    with serving(app, settings.http) as port, hearing, bells:
        # What is loaded by now stays: looking through it for garbage again and again cost a tenth of the ingest.
        gc.freeze()
        daemon.notify("READY=1")
        _LOG.info("ready: %d sites, http port %d", len(settings.sites), port)
        _keep(settings, store, ingest, stop)
        gc.unfreeze()  # at its end the program lets go of everything, and the engine complains of what is left


def _keep(settings: Settings, store: Store, ingest: Ingest, stop: threading.Event) -> None:
    """Sum days up once an hour, forget what is old once a day, do what the owner asks for, and tell the service
    manager that work goes on.
    """
    forgotten, summed, turns = 0.0, 0.0, -1
    while not stop.is_set():
        at = time.time()
        if at - summed >= HOUR_S and room.enough(settings.database.parent):
            # Where many are left, such as after an update, the rest follow in the next turns.
            summed = summed if store.finish_days(at) == daily.MOST else at
        if at - forgotten >= DAY_S and room.enough(settings.database.parent):
            gone = errands.forget_old(settings, store, at)
            _LOG.info("forgotten by age: %d rows", sum(gone.values()))
            _copy(settings, store, at)
            forgotten = at
        if ingest.turns != turns:
            turns = ingest.turns
            daemon.notify("WATCHDOG=1")
        errands.serve(settings, store)
        stop.wait(1)


def _copy(settings: Settings, store: Store, at: float) -> None:
    try:
        files = lake.export(store, settings.lake, at)
    except OSError as error:
        # The copy is a second line: without it the hub goes on, and says so every day.
        _LOG.error("lake_dir: the nightly copy failed (%s)", error.strerror)
    else:
        _LOG.info("the copy is up to date: %d files written", files)


def mappings(settings: Settings) -> dict[str, str]:
    """The texts of all mappings by name: those saved over HTTP, those shipped, over them those in mappings_dir."""
    try:
        return saved(settings.mappings) | _fixed_mappings(settings)
    except OSError as error:
        raise SettingsError(f"state_dir: its mappings cannot be read ({type(error).__name__})") from None


def _fixed_mappings(settings: Settings) -> dict[str, str]:
    folders: list[Any] = [resources.files("hub.intake").joinpath("mappings")]
    if settings.mappings_dir:
        folders.append(Path(settings.mappings_dir))
    try:
        files = [entry for folder in folders for entry in folder.iterdir() if entry.name.endswith(".toml")]
        return {entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8") for entry in files}
    except OSError as error:
        raise SettingsError(f"mappings_dir: cannot be read ({type(error).__name__})") from None
