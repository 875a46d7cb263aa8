"""A count by hand over windows of five minutes: when it begins, what the browser told of it, and what is written."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from dashboard.times import next_mark

WINDOW_S, WINDOWS = 300.0, 2
_LEAD_S, _MOST_TAPS = 20.0, 20_000


class Round(NamedTuple):
    """One person's count at a door from `start` on (Unix seconds), which is a border of the sensor's windows."""

    site: str
    device: str
    place: str
    start: float

    @property
    def id(self) -> str:
        """The name under which the browser keeps it."""
        return f"{self.site}-{self.device}-{self.place}-{self.start:.0f}"

    @property
    def end(self) -> float:
        """When the last window is over."""
        return self.start + WINDOWS * WINDOW_S


class Window(NamedTuple):
    """What a person counted in one whole window."""

    start: float
    entries: int
    exits: int


def begun(site: str, device: str, place: str, now: float) -> Round:
    """A count that begins at the next border of windows that leaves time to get to the door."""
    return Round(site, device, place, next_mark(now + _LEAD_S))


def taps_of(found: Round, told: object) -> list[tuple[int, str]]:
    """The taps in what the browser told, (window, way); what is no tap of this count is left out."""
    if not isinstance(told, Mapping) or told.get("id") != found.id or not isinstance(told.get("taps"), list | tuple):
        return []
    return [(int(tap[0]), str(tap[1])) for tap in told["taps"][:_MOST_TAPS] if _is_tap(tap)]


def _is_tap(tap: object) -> bool:
    if not isinstance(tap, list | tuple) or len(tap) != 2 or tap[1] not in ("in", "out"):
        return False
    return isinstance(tap[0], int | float) and tap[0] in range(WINDOWS)


def windows_of(found: Round, taps: list[tuple[int, str]], now: float) -> list[Window]:
    """The windows that are over by `now`. One that was broken off is none: half of it was not looked at."""
    whole = [i for i in range(WINDOWS) if found.start + (i + 1) * WINDOW_S <= now]
    return [Window(found.start + i * WINDOW_S, taps.count((i, "in")), taps.count((i, "out"))) for i in whole]


def document(found: Round, window: Window, note: str) -> tuple[str, dict[str, Any]]:
    """The id and the body of the document of one window."""
    start, end = (datetime.fromtimestamp(at, UTC) for at in (window.start, window.start + WINDOW_S))
    body: dict[str, Any] = {"place": found.place, "device": found.device, "start": f"{start:%Y-%m-%dT%H:%M:%SZ}"}
    body |= {"end": f"{end:%Y-%m-%dT%H:%M:%SZ}", "entries": window.entries, "exits": window.exits, "note": note[:500]}
    return f"{found.place}-{start:%Y%m%dt%H%M}", body
