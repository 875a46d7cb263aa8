"""The question `anomalies`: strange stretches of each door, and whether the other doors saw them too."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hub.compound.free_days import free_days
from hub.compound.hours import SURE, Hour, doors, hours_of
from hub.compound.inquiry import Inquiry
from hub.insight.anomalies import Episode, episodes, shared
from hub.insight.forecast import History, Hours
from hub.sites import Site, today

LEARN = 84  # days before the period: 8 weeks to compare with, and the spreads of those before
_TIME = pa.timestamp("us", tz="UTC")
ROWS = pa.schema(
    [
        *(("place", pa.string()), ("start", _TIME), ("end", _TIME), ("kind", pa.string())),
        *(("ratio", pa.float64()), ("shared", pa.bool_())),
    ]
)


class Strange(NamedTuple):
    """An episode of a door (device, place) in Unix seconds. `shared`: the others saw it too; None without others."""

    door: tuple[str, str]
    start: float
    end: float
    episode: Episode
    shared: bool | None


def answer(inquiry: Inquiry) -> pa.Table:
    """The episodes of the doors that lie in the period in part. `ratio`: people over the usual ones, null where
    nobody was counted or is usual. The first 20 days are only learned from.
    """
    start, end = (inquiry.values[key].timestamp() for key in ("start", "end"))
    return pa.Table.from_pylist(list(map(_row, strange(inquiry, inquiry.site, start, end))), schema=ROWS)


def strange(inquiry: Inquiry, site: Site, start: float, end: float) -> list[Strange]:
    """The same as values, in the order of time."""
    first = today(site, start)[0] - timedelta(days=LEARN)
    days = (today(site, min(end, inquiry.at) - 1.0)[0] - first).days + 1
    if days <= LEARN:
        return []
    hours = hours_of(site, first, days)
    found = {
        door: _episodes(site, first, *seen, hours, inquiry.at)
        for door, seen in doors(inquiry, site, first, days).items()
    }
    turn = int(site.day_starts[:2])
    said = []
    for door, mine in found.items():
        others = [theirs for other, theirs in found.items() if other != door]
        for one in mine:
            since, upto = _moments(one, hours, first, turn, inquiry.at)
            if since < end and upto > start and upto > since:
                said.append(Strange(door, since, upto, one, shared(one, others) if others else None))
    return sorted(said, key=lambda one: (one.start, one.door))


def _episodes(
    site: Site, first: date, people: Hours, looked: Hours, due: Hours, hours: tuple[Hour, ...], at: float
) -> list[Episode]:
    """A door's episodes, hours counted from the first cutover. What is still to come is taken as usual."""
    began = np.flatnonzero((looked > 0).any(axis=1))
    if not len(began):
        return []
    # Noise at level dp can bring a count below zero.
    counts = np.where((looked >= SURE * due) & (due > 0), np.maximum(people, 0.0), np.nan)
    for hour in hours:
        if hour.end > at - 3600:  # what an hour counted may be on its way for a while
            day = (hour.day - first).days
            counts[day, hour.hour] = np.nanmedian(_same(counts, day, hour.hour))
    skipped = int(began[0])
    rolled = np.roll(counts, -int(site.day_starts[:2]), axis=1)[skipped:]
    history = History(first + timedelta(days=skipped), rolled)
    found = episodes(history, free_days(site, history.first, first + timedelta(days=len(counts))))
    return [one._replace(start=one.start + skipped * 24, end=one.end + skipped * 24) for one in found]


def _same(counts: Hours, day: int, hour: int) -> Hours:
    before = counts[day % 7 : day : 7, hour]
    return before[np.isfinite(before)][-8:] if np.isfinite(before).any() else np.zeros(1)


def _moments(one: Episode, hours: tuple[Hour, ...], first: date, turn: int, at: float) -> tuple[float, float]:
    """[start, end) in Unix seconds of an episode."""

    def place(index: int) -> tuple[date, int]:
        return first + timedelta(days=index // 24), index % 24

    mine = [hour for hour in hours if place(one.start) <= (hour.day, (hour.hour - turn) % 24) <= place(one.end - 1)]
    return (mine[0].start, min(mine[-1].end, at)) if mine else (0.0, 0.0)


def _row(one: Strange) -> dict[str, Any]:
    ratio = one.episode.ratio
    row = {"place": one.door[1], "start": round(one.start * 1e6), "end": round(one.end * 1e6)}
    return row | {"kind": one.episode.kind, "ratio": ratio if np.isfinite(ratio) else None, "shared": one.shared}
