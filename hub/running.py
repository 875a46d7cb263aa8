"""The hub as it runs: what is opened, and in which order it ends."""

import argparse
import importlib
import logging
import threading
import time
from contextlib import ExitStack

from edge import daemon
from edge.deliver.mqtt import Connection
from hub.intake.ingest import SESSION_S, SUBSCRIPTIONS, Ingest
from hub.serve.live import Board
from hub.settings import Settings, read
from hub.storage import room
from hub.storage.store import Store

_LOG = logging.getLogger("instore.hub")


def obey(given: argparse.Namespace) -> int:
    """The exit code of the command `run`."""
    settings = read(given.config)
    daemon.harden()
    return run(settings, daemon.stopping())


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
        connection.start()
        open_things.callback(connection.stop)
        ingest.start(stop)
        open_things.callback(ingest.join)
        open_things.callback(stop.set)
        while ingest.alive and ingest.turns < 2 and not stop.wait(0.01):
            pass  # what has waited for this hub comes first: loading the rest would hold it up
        office = importlib.import_module("hub.office")
        office.work(settings, store, board, ingest, stop, failed)
        daemon.notify("STOPPING=1")
    return daemon.FAILED if broken.is_set() else daemon.OK
