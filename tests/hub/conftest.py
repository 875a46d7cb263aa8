"""A small shop for the hub's tests: sites, messages as a device would send them, and an open store."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.messages import Place, Resume, Sensor, Status, Window, encode, stamp
from edge.topics import topic
from edge.values import Count, Load, Stat
from hub.intake.cursors import Cursor
from hub.intake.sorting import Batch, Raw, Source, sort
from hub.sites import Site
from hub.storage.store import Store

NOW = datetime(2026, 6, 10, 18, 0, tzinfo=UTC).timestamp()


class Shop:
    """Builds what one device of one site says."""

    def __init__(self, site: str = "s001", device: str = "cam-01", epoch: str = "0000000a") -> None:
        self.site, self.device, self.epoch, self.seq = site, device, epoch, 0

    def window(self, end: float, *values: Any, seq: int | None = None, **other: Any) -> Window:
        """A window message; seq counts on by itself."""
        self.seq = self.seq + 1 if seq is None else seq
        said = {"v": 1, "site": self.site, "device": self.device, "epoch": self.epoch, "seq": self.seq}
        said |= {"level": "standard", "plan": "0123456789ab", "end": stamp(end), "clock": "ntp", "values": values}
        return Window(**(said | other))

    def raw(self, message: Window | Resume | Status, leaf: str = "w", retain: bool = False) -> Raw:
        """A message as it comes in."""
        return Raw(topic(self.site, self.device, leaf), encode(message), retain)  # type: ignore[arg-type]

    def count(self, end: float, entries: int | None, exits: int | None = 0, **other: Any) -> Count:
        """The count of the door in the 5 minutes before `end`."""
        said: dict[str, Any] = {"place": "door", "start": stamp(end - 300), "observed_s": 300, "withheld": None}
        said |= {"revision": 0, "entries": entries, "exits": exits, "groups": None, "passers": None}
        return Count(**(said | other))

    def load(self, end: float, **other: Any) -> Load:
        """The load of the till in the 15 minutes before `end`."""
        said: dict[str, Any] = {"place": "till_a", "start": stamp(end - 900), "observed_s": 900, "withheld": None}
        said |= {"revision": 0, "mean": 1.5, "max": 4, "joined": 9, "served": 8, "abandoned": 1, "tills_open": 1.0}
        return Load(**(said | other))

    def stat(self, end: float, bins: dict[int, int] | None, length: int = 900, **other: Any) -> Stat:
        """Waits at the till in the time before `end`: {bin: count}, or None for withheld."""
        full = None if bins is None else tuple(bins.get(i, 0) for i in range(22))
        n = None if full is None else sum(full)
        said: dict[str, Any] = {"place": "till_a", "start": stamp(end - length), "observed_s": length, "revision": 0}
        said |= {"withheld": "n<5" if n is None else None, "of": "wait", "n": n, "cut": None if n is None else 0}
        said |= {"sum_s": None if n is None else n * 60, "bins": full}
        return Stat(**(said | other))

    def status(self, at: float = NOW, state: str = "online", places: tuple[Place, ...] | None = None) -> Status:
        """The status of the device: one camera, a door, a zone and a till."""
        return Status(
            v=1,
            state=state,  # type: ignore[arg-type]
            at=stamp(at),
            epoch=self.epoch,
            version="0.1.0",
            plan="0123456789ab",
            level="standard",
            clock="ntp",
            held=3,
            counters={"dropped": 7},
            sensors=(Sensor(id="ceiling-1", kind="camera", state="ok", seen=stamp(at // 60 * 60)),),
            places=PLACES if places is None else places,
        )


def place(name: str, kind: str, role: str, promise: int | None = None) -> Place:
    """A place as a status tells it."""
    return Place(
        id=name,
        kind=kind,  # type: ignore[arg-type]
        role=role,  # type: ignore[arg-type]
        sensor="ceiling-1",
        promise_s=promise,
        area_m2=None,
        outline_m=((0.0, 0.0), (1.0, 0.5)),
    )


PLACES = (place("door", "line", "door"), place("centre", "zone", "area"), place("till_a", "queue", "queue", 180))
SITES = {
    "s001": Site(id="s001", name="High Street", timezone="Europe/Berlin"),
    "s002": Site(id="s002", name="Kathmandu", timezone="Asia/Kathmandu", day_starts="00:00"),
    "s003": Site(id="s003", name="Kolkata", timezone="Asia/Kolkata"),
}


class Hubbub:
    """A store with what an ingest keeps beside it."""

    def __init__(self, path: Path, sites: Mapping[str, Site] = SITES) -> None:
        self.path, self.sites = path, dict(sites)
        self.store = Store(path, self.sites, NOW)
        self.cursors: dict[Source, Cursor] = self.store.cursors()

    def take(self, *raw: Raw, at: float = NOW) -> Batch:
        """Sort and commit messages as one batch."""
        batch = sort(raw, self.cursors, self.sites, at)
        self.store.commit(batch, self.cursors, at)
        return batch

    def rows(self, text: str) -> list[dict[str, Any]]:
        """The rows of a statement."""
        return self.store.rows(text).to_pylist()  # type: ignore[no-any-return]


@pytest.fixture
def shop() -> Shop:
    """The device cam-01 of site s001."""
    return Shop()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hubbub]:
    """An open, empty database."""
    made = Hubbub(tmp_path / "hub.duckdb")
    yield made
    made.store.close()
