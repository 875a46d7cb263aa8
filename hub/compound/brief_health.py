"""What the brief looks at in the sensors: counts that one door alone had, and hours that nobody looked at."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hub.compound.anomalies import strange
from hub.compound.hours import Hour, doors
from hub.compound.inquiry import Inquiry
from hub.compound.windows import Figures, Loads, summed
from hub.insight.findings import Candidate
from hub.sites import Site

_LOST, _USUALLY = 0.9, 0.95  # of the opening hours; below and above these
_BEFORE = 28
_LONGEST_H = {"missing": 3, "stuck": 4, "high": 6, "low": 6}
_FAR = {"high": 2.0, "low": 0.5}


class Health(NamedTuple):
    """Seconds of the opening hours that each door and queue was looked at, and that were due, by day."""

    looked: dict[str, Figures]
    due: dict[str, Figures]

    def share(self, days: int) -> float | None:
        """The share looked at of all places in the newest `days`; None where nothing was due."""
        due = sum(float(found[-days:].sum()) for found in self.due.values())
        return min(1.0, sum(float(found[-days:].sum()) for found in self.looked.values()) / due) if due else None


def read(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...], load: Loads) -> Health:
    """Of the doors and queues, by the days of these hours; a queue is due from its first window on."""
    first, many = hours[0].day, (hours[-1].day - hours[0].day).days + 1
    is_open = np.zeros((many, 24), dtype=bool)
    for hour in hours:
        is_open[(hour.day - first).days, hour.hour] |= hour.open
    looked, due = dict[str, Figures](), dict[str, Figures]()
    for (_, place), (_, seen, wanted) in doors(inquiry, site, first, many).items():
        looked[place] = np.where(is_open, np.minimum(seen, wanted), 0.0).sum(axis=1)
        due[place] = np.where(is_open, wanted, 0.0).sum(axis=1)
    day = np.array([(hour.day - first).days if hour.open else -1 for hour in hours])
    length = np.array([hour.end - hour.start if hour.open else 0.0 for hour in hours])
    watched = {row["place"] for row in inquiry.ask("places", site).to_pylist()}
    for place in sorted(set(load.place) & watched):
        mine = load.place == place
        at = np.where(load.hour[mine] >= 0, day[load.hour[mine]], -1)
        begun = np.arange(len(hours)) >= load.hour[mine].min()
        looked[place] = np.nan_to_num(summed(at, many, load.observed_s[mine]))
        due[place] = np.nan_to_num(summed(np.where(begun, day, -1), many, length))
    return Health(looked, due)


def lost(health: Health, days: int) -> Iterator[Candidate]:
    """The places that were looked at for less than 90 % of the newest days, and usually for more than 95 %: facts."""
    for place, due in health.due.items():
        seen, before = health.looked[place], slice(-days - _BEFORE, -days)
        earlier = seen[before][due[before] > 0] / due[before][due[before] > 0]
        wanted = float(due[-days:].sum())
        if len(earlier) < 7 or wanted <= 0:
            continue
        share, usual = float(seen[-days:].sum()) / wanted, float(np.median(earlier))
        if share < _LOST and usual >= _USUALLY:
            yield Candidate(
                code="coverage_lost",
                unit="share",
                evidence="health",
                advice="check_power",
                effect=share - usual,
                size=usual - share,
                chance=None,
                place=place,
                usual=usual,
                coverage=share,
            )


def faults(inquiry: Inquiry, site: Site, start: float, end: float) -> Iterator[Candidate]:
    """Doors that alone were strange for hours in the period: nothing came, the same came, twice or half as much.

    Where there is no other door only what no event can be: nothing or the very same number for hours.
    """
    for one in strange(inquiry, site, start, end):
        kind, ratio, hours = one.episode.kind, one.episode.ratio, (one.end - one.start) / 3600
        counted = kind in ("missing", "stuck")
        if one.shared or hours < _LONGEST_H[kind] or (one.shared is None and not counted):
            continue
        if not counted and not (ratio >= _FAR["high"] or ratio <= _FAR["low"]):
            continue
        far = 1.0 if not np.isfinite(ratio) else min(abs(ratio - 1), 1.0)
        yield Candidate(
            code="sensor_fault",
            unit="ratio",
            evidence="health",
            advice="check_sensor",
            effect=ratio if np.isfinite(ratio) else None,
            size=far,
            chance=None,
            place=one.door[1],
            usual=1.0,
            start=one.start,
            end=one.end,
        )
