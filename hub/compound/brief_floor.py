"""What the brief looks at on the floor: visitors, waits, who gave up, what the tills took, hours short of tills."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from hub.compound.free_days import free_days
from hub.compound.hours import SURE, Hour, counted, hours_of
from hub.compound.inquiry import Inquiry
from hub.compound.windows import Figures, Labels, Loads, Stays, loads, placed, stays, summed
from hub.insight.day_series import Days, Queue
from hub.insight.durations import shares
from hub.insight.findings import Candidate
from hub.insight.understaffed import Slot, understaffed
from hub.sites import Site, moment

_SLOT_WEEKS = 8
_KINDS = np.array([0, 0, 0, 0, 0, 1, 2])  # kinds of days: Monday to Friday, Saturday, Sunday


class Floor(NamedTuple):
    """The days, and the windows of the queues that they were made from."""

    days: Days
    waits: Stays
    queues: Loads


def read(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...]) -> Floor:
    """What the whole weeks of these hours tell."""
    first, many = hours[0].day, (hours[-1].day - hours[0].day).days + 1
    dates = [first + timedelta(days=n) for n in range(many)]
    off = free_days(site, first, dates[-1])
    working = np.array([day not in off for day in dates])
    waits, load = stays(inquiry, site, hours, "wait"), loads(inquiry, site, hours, "queue")
    converting, of = _sold(inquiry, site, hours, first, many)
    days = Days(
        weekdays=np.array([day.weekday() for day in dates]),
        visitors=np.where(working, _visitors(inquiry, site, hours, first, many), np.nan),
        queues={place: _queue(place, hours, waits, load, first, many) for place in sorted(set(load.place))},
        converting=np.where(working, converting, np.nan),
        of=np.where(working, of, np.nan),
    )
    return Floor(days, waits, load)


def understaffed_hours(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...], floor: Floor) -> Iterator[Candidate]:
    """The hour that is short of tills week after week, of the newest eight weeks; all queues as one."""
    promised = floor.waits.promise_s[np.isfinite(floor.waits.promise_s)]
    service = stays(inquiry, site, hours_of(site, hours[-1].day - timedelta(days=27), 28), "service")
    told = np.isfinite(service.n + service.sum_s)
    if not len(promised) or service.n[told].sum() < 30:
        return
    mean_s = float(service.sum_s[told].sum() / service.n[told].sum()) or None
    found = understaffed(list(_slots(site, hours, floor)), mean_s, float(promised[-1]))
    if found is not None:
        yield found


def _visitors(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...], first: date, many: int) -> Figures:
    """People in the open hours of each day; nan where one of these was not looked at."""
    people, coverage = counted(inquiry, site, first, many)
    is_open = np.zeros((many, 24), dtype=bool)
    for hour in hours:
        is_open[(hour.day - first).days, hour.hour] |= hour.open
    sure = ~is_open | ((coverage >= SURE) & np.isfinite(people))
    total = np.where(is_open, np.nan_to_num(people), 0.0).sum(axis=1)
    return np.where(sure.all(axis=1) & is_open.any(axis=1), np.maximum(total, 0.0), np.nan)


def _queue(place: str, hours: tuple[Hour, ...], waits: Stays, load: Loads, first: date, many: int) -> Queue:
    day = np.array([(hour.day - first).days for hour in hours])
    mine = waits.place == place
    # A window longer than two hours belongs to no hour, but to a day.
    ends = placed(hours, waits.end[mine] - 1.0)
    told = np.where(np.isfinite(waits.n[mine]) & np.isfinite(waits.promise_s[mine]) & (ends >= 0), day[ends], -1)
    kept = waits.n[mine] * shares(waits.bins[mine], waits.promise_s[mine])
    own = load.place == place
    whole = np.isfinite(load.joined[own] + load.abandoned[own]) & (load.hour[own] >= 0)
    at = np.where(whole, day[load.hour[own]], -1)
    return Queue(
        summed(told, many, waits.n[mine]),
        summed(told, many, kept),
        summed(at, many, load.joined[own]),
        summed(at, many, load.abandoned[own]),
    )


def _sold(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...], first: date, many: int) -> tuple[Figures, Figures]:
    span = {"start": moment(hours[0].start), "end": moment(hours[-1].end)}
    bought, of = np.full(many, np.nan), np.full(many, np.nan)
    for row in inquiry.ask("sales", site, **span).to_pylist():
        if row["converting"] is not None and row["converting_visitors"]:
            bought[(row["day"] - first).days] = row["converting"]
            of[(row["day"] - first).days] = row["converting_visitors"]
    return bought, of


def _slots(site: Site, hours: tuple[Hour, ...], floor: Floor) -> Iterator[Slot]:
    """Each open hour of weekdays, Saturdays and Sundays over the newest weeks."""
    first, last = hours[-1].day - timedelta(days=7 * _SLOT_WEEKS - 1), hours[-1].day
    cells: Labels = np.array(
        [
            int(_KINDS[hour.day.weekday()]) * 24 + hour.hour if hour.open and hour.day >= first else -1
            for hour in hours
        ]
    )
    week = np.array([(hour.day - first).days // 7 for hour in hours])
    both = np.where(cells >= 0, cells * _SLOT_WEEKS + week, -1)
    told = np.where((floor.waits.hour >= 0) & np.isfinite(floor.waits.n), both[floor.waits.hour], -1)
    many = 72 * _SLOT_WEEKS
    waits = summed(told, many, floor.waits.n).reshape(72, -1)
    kept = summed(told, many, floor.waits.n * shares(floor.waits.bins, floor.waits.promise_s)).reshape(72, -1)
    load = floor.queues
    at = np.where(load.hour >= 0, cells[load.hour], -1)
    often = np.bincount(cells[cells >= 0], minlength=72)
    joined, tills = summed(at, 72, load.joined), summed(at, 72, load.tills_open * load.observed_s)
    looked = summed(np.where(np.isfinite(load.joined), at, -1), 72, load.observed_s) / max(len(set(load.place)), 1)
    coming = {int(_KINDS[(last + timedelta(days=n)).weekday()]): n for n in range(7, 0, -1)}
    for cell in np.unique(cells[cells >= 0]).tolist():
        hour = next(h for h in hours_of(site, last + timedelta(days=coming[cell // 24]), 1) if h.hour == cell % 24)
        share = looked[cell] / 3600 if often[cell] else np.nan
        yield Slot(waits[cell], kept[cell], joined[cell] / share, tills[cell] / looked[cell], hour.start, hour.end)
