"""Drawing on this device: lines, zones and queues over the camera's own picture, with live counts for what is drawn.

It is the preview with a pencil: on loopback alone, behind a random token, for 15 minutes, the picture in memory only.
What it writes is one file, a whole plan, and never the one that runs.
"""

import os
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from edge import drawn
from edge.plan import Plan, PlanError, parse
from edge.preview import LIMIT_S, preview
from edge.toml import text


class Pencil:
    """What the drawing page asks and tells; `table` is the plan's file, `out` the file that saving writes."""

    page = "setup.html"

    def __init__(self, table: dict[str, Any], sensor: str, out: Path) -> None:
        self._table, self._sensor, self._out = table, sensor, out
        self._plan = parse(table)
        self._lock = threading.Lock()

    def asked(self, what: str) -> bytes | None:
        """The places as they are drawn now."""
        if what != "places":
            return None
        with self._lock:
            return msgspec.json.encode(drawn.places(self._plan, self._sensor))

    def told(self, what: str, body: bytes) -> tuple[HTTPStatus, bytes, Plan | None]:
        """Take what was drawn, or write it; the fault is told by its key, for the page to show."""
        with self._lock:
            try:
                if what == "places":
                    self._table, self._plan = drawn.redrawn(self._table, self._sensor, drawn.read(body))
                    return HTTPStatus.OK, msgspec.json.encode(drawn.places(self._plan, self._sensor)), self._plan
                if what == "save":
                    self._save()
                    return HTTPStatus.OK, msgspec.json.encode({"file": self._out.name}), None
            except PlanError as error:
                return HTTPStatus.UNPROCESSABLE_ENTITY, msgspec.json.encode({"error": str(error)}), None
            except OSError as error:
                fault = f"the file cannot be written ({error.strerror})"
                return HTTPStatus.INTERNAL_SERVER_ERROR, msgspec.json.encode({"error": fault}), None
        return HTTPStatus.NOT_FOUND, b"{}", None

    def _save(self) -> None:
        self._out.unlink(missing_ok=True)
        opened = os.open(self._out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(text(self._table))


def setup(
    table: dict[str, Any],
    sensor: str,
    out: Path,
    port: int,
    stop: threading.Event,
    say: Callable[[str], object],
    limit_s: float = LIMIT_S,
) -> None:
    """Serve the drawing page until `stop` or for `limit_s` seconds; `out` gets the plan that is saved.

    PlanError where the table is no plan or has no such camera, OSError where the port is taken.
    """
    preview(parse(table), sensor, port, stop, say, limit_s, Pencil(table, sensor, out))
