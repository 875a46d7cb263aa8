"""Whether the disk has room. Where it has none the hub waits and confirms nothing: devices keep what they hold."""

import logging
import os
import threading
from pathlib import Path

from edge import daemon

# A commit of the largest batch, the log between two checkpoints, and what the engine writes beside them.
LEAST = 64_000_000
LOOK_S = 1.0

_LOG = logging.getLogger("instore.store")


def enough(folder: Path) -> bool:
    """Whether a commit into this folder will find room."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= LEAST


def wait(folder: Path, stop: threading.Event) -> None:
    """Return when there is room or `stop` is set. The service manager is told that the start takes longer."""
    if not enough(folder):
        _LOG.error("state_dir: the disk is full; the hub waits for room")
        while not enough(folder) and not stop.wait(LOOK_S):
            daemon.notify("EXTEND_TIMEOUT_USEC=10000000")
