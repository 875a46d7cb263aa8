"""The coverage calendar: what each sensor observed, hour by hour. Missing is hatched and named, never 0."""

from collections import defaultdict
from datetime import date
from html import escape
from typing import Any, NamedTuple

from dashboard.times import in_day, local, wall_minutes, week
from dashboard.today import within_hours
from dashboard.words import Words

Rows = list[dict[str, Any]]
LEVELS = ("full", "most", "little", "missing", "closed")


class Calendar(NamedTuple):
    """One sensor's days, newest first; each day 24 levels from 00:00 on of LEVELS."""

    sensor: str
    days: tuple[tuple[date, tuple[str, ...]], ...]

    def hours(self, *levels: str) -> int:
        """How many hours of the calendar have one of these levels."""
        return sum(level in levels for _, row in self.days for level in row)


def calendars(coverage: Rows, sensors: Rows, site: dict[str, Any], at: float) -> list[Calendar]:
    """A calendar of 7 calendar days for every sensor that is known or has ever observed something.

    An hour is the mean over the sensor's places. From the sensor's first row on, an hour with nothing observed is
    missing if the store was open and the hour is over; before, the sensor was not set up. The repeated hour of the
    25-hour day is the mean of both.
    """
    zone = site["timezone"]
    found: dict[str, dict[tuple[date, int], list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in sensors:
        found[row["sensor"]]  # a sensor without a single row has a calendar too, an empty one
    for row in coverage:
        wall = local(row["start"], zone)
        hours = found[row["sensor"]][wall.date(), wall.hour]
        if row["coverage"] is not None:
            hours.append(row["coverage"])
    return [
        Calendar(
            sensor,
            tuple((day, tuple(_level(seen, day, hour, site, at) for hour in range(24))) for day in _days(site, at)),
        )
        for sensor, seen in sorted(found.items())
    ]


def _days(site: dict[str, Any], at: float) -> list[date]:
    return week(local(at, site["timezone"]).date())


def _level(seen: dict[tuple[date, int], list[float]], day: date, hour: int, site: dict[str, Any], at: float) -> str:
    now = local(at, site["timezone"])
    shares = seen.get((day, hour))
    begun = seen and (day, hour) >= min(seen)
    if not begun or not within_hours(hour * 60, site) or (day, hour) >= (now.date(), now.hour):
        return "closed"
    if not shares or sum(shares) == 0:
        return "missing"
    share = sum(shares) / len(shares)
    return "full" if share >= 0.9 else "most" if share >= 0.5 else "little"


def shown_hours(site: dict[str, Any]) -> range:
    """The hours worth a column: the opening hours where they lie within one calendar day, else all 24."""
    starts = wall_minutes(site["day_starts"]) or 0
    inside = [hour for hour in range(24) if within_hours(hour * 60, site)]
    whole = [in_day(hour * 60, starts) for hour in inside]
    return range(inside[0], inside[-1] + 1) if inside and max(whole) < 1440 else range(24)


def calendar_html(found: Calendar, site: dict[str, Any], words: Words) -> str:
    """The calendar as a grid that needs no script; each cell says its hour and word, the whole has its alt text."""
    full, part, missing = found.hours("full"), found.hours("most", "little"), found.hours("missing")
    lost = [words(f"heat.hours_{name}", n=n) for name, n in (("missing", missing), ("part", part)) if n]
    summary = ", ".join(lost) or words("heat.whole" if full else "heat.nothing")
    hours = shown_hours(site)
    label = words("heat.alt", sensor=found.sensor, full=full, part=part, missing=missing)
    cells = [f"<h3>{escape(found.sensor)} <span>{escape(summary)}</span></h3>", "<b></b>"]
    cells += [f"<b>{hour:02d}</b>" if hour % 2 == hours[0] % 2 else "<b></b>" for hour in hours]
    for day, levels in found.days:
        name = f"{words(f'weekday.{day.weekday()}')[:2]} {day.day:02d}"
        cells.append(f"<b>{escape(name)}</b>")
        for hour in hours:
            title = words("heat.cell", day=name, hour=f"{hour:02d}:00", word=words(f"heat.{levels[hour]}"))
            cells.append(f'<i class="in-{levels[hour]}" title="{escape(title)}"></i>')
    columns = f"grid-template-columns: 3.1rem repeat({len(hours)}, minmax(0, 1fr))"
    return f'<div class="in-heat" role="img" aria-label="{escape(label)}" style="{columns}">{"".join(cells)}</div>'


def heat_legend(found: list[Calendar], words: Words) -> list[tuple[str, str]]:
    """(CSS class, word) of the levels that occur."""
    there = {level for calendar in found for _, row in calendar.days for level in row}
    return [(f"in-{level}", words(f"heat.{level}")) for level in LEVELS if level in there]
