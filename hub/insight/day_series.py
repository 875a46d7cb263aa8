"""What a shop's days looked like, one after the other, and what of it is unlike the days or weeks before."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from hub.insight.changes import Change, Figures, Labels, Side, change
from hub.insight.findings import Candidate, of_change

DAYS = 56  # before the newest day, in eights of each weekday
WEEKS = 12  # before the newest week
LEAST_PEOPLE = 30  # behind a share of a day
_DAYS_LEAST, _WEEKS_LEAST = (21, 3), (6, 6)
_WORTH = {"visitors": 0.1, "waits_late": 0.03, "abandoned": 0.02, "conversion": 0.01}


class Queue(NamedTuple):
    """A queue by day: waits, those of them within the promise, people who joined and who gave up; nan unknown."""

    waits: Figures
    kept: Figures
    joined: Figures
    abandoned: Figures


class Days(NamedTuple):
    """WEEKS + 1 weeks of days, the newest last; nan where a day was not wholly looked at, or was a public holiday.

    `converting` are transactions of hours whose visitors are known, `of` those visitors.
    """

    weekdays: Labels
    visitors: Figures
    queues: Mapping[str, Queue]
    converting: Figures
    of: Figures


def of_the_day(days: Days) -> Iterator[Candidate]:
    """What could be said of the newest day."""
    newest = slice(-DAYS - 1, None)
    groups = days.weekdays[newest]
    yield from _visitors(days.visitors[newest], groups, _DAYS_LEAST)
    for name, queue in sorted(days.queues.items()):
        parts = Queue(*(part[newest] for part in queue))
        yield from _queue(name, parts, groups, _DAYS_LEAST)
    yield from _conversion(days.converting[newest], days.of[newest], groups, _DAYS_LEAST)


def of_the_week(days: Days) -> Iterator[Candidate]:
    """What could be said of the newest seven days beside the weeks before them."""
    weeks = np.zeros(len(days.weekdays) // 7, dtype=np.int64)
    yield from _visitors(_weekly(days.visitors, 7), weeks, _WEEKS_LEAST)
    for name, queue in sorted(days.queues.items()):
        both = [np.isfinite(queue.waits + queue.kept), np.isfinite(queue.joined + queue.abandoned)]
        parts = (_weekly(np.where(both[i // 2], part, np.nan), 5) for i, part in enumerate(queue))
        yield from _queue(name, Queue(*parts), weeks, _WEEKS_LEAST)
    known = np.isfinite(days.converting + days.of)
    bought, of = (_weekly(np.where(known, part, np.nan), 5) for part in (days.converting, days.of))
    yield from _conversion(bought, of, weeks, _WEEKS_LEAST)


def _weekly(values: Figures, least: int) -> Figures:
    """Sums of seven days each, nan where fewer than `least` of them are known."""
    weeks = values[len(values) % 7 :].reshape(-1, 7)
    return np.where(np.isfinite(weeks).sum(axis=1) >= least, np.nansum(weeks, axis=1), np.nan)


def _visitors(people: Figures, groups: Labels, least: tuple[int, int]) -> Iterator[Candidate]:
    found = change(people, people, groups, "ratio", 0, least)
    if found is not None:
        code, advice = ("visitors_high", "check_calendar") if found.effect > 1 else ("visitors_low", "look_at_door")
        yield of_change(found, code, "ratio", "now", advice, _WORTH["visitors"])


def _queue(name: str, queue: Queue, groups: Labels, least: tuple[int, int]) -> Iterator[Candidate]:
    late = _share(queue.kept, queue.waits, groups, -1, least)
    if late is not None:
        made = of_change(late, "waits_late", "share", "queue", "open_till_sooner", _WORTH["waits_late"])
        yield msgspec.structs.replace(made, place=name)
    gave_up = _share(queue.abandoned, queue.joined, groups, 1, least)
    if gave_up is not None:
        made = of_change(gave_up, "abandoned", "share", "queue", "open_till_sooner", _WORTH["abandoned"])
        yield msgspec.structs.replace(made, place=name)


def _conversion(bought: Figures, of: Figures, groups: Labels, least: tuple[int, int]) -> Iterator[Candidate]:
    found = _share(bought, of, groups, 0, least)
    if found is not None and found.usual > 0:
        up = found.effect > 0
        code, advice = ("conversion_up", "check_calendar") if up else ("conversion_down", "check_tills")
        made = of_change(found, code, "share", "now", advice, _WORTH["conversion"])
        yield msgspec.structs.replace(made, size=min(abs(found.effect) / found.usual, 1.0))


def _share(part: Figures, of: Figures, groups: Labels, side: Side, least: tuple[int, int]) -> Change | None:
    enough = of >= LEAST_PEOPLE
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(enough, part / of, np.nan)
    return change(shares, np.where(enough, of, np.nan), groups, "share", side, least)
