"""Times as a store manager reads them: the store's clock with its zone's abbreviation, spans and ages."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.words import Words

MISSING, NBSP = "–", "\u00a0"


def local(at: float, zone: str) -> datetime:
    """The store's wall clock at `at` (Unix seconds)."""
    return datetime.fromtimestamp(at, ZoneInfo(zone))


def clock(at: float | None, zone: str) -> str:
    """'15:00' on the store's clock; a dash where there is no time."""
    return MISSING if at is None else f"{local(at, zone):%H:%M}"


def clock_zone(at: float, zone: str) -> str:
    """'15:00 CET'; zones without letters are written as 'UTC+12'."""
    name = local(at, zone).tzname() or ""
    return f"{clock(at, zone)} {name if name.isalpha() else 'UTC' + name}"


def moment(at: float | None, zone: str, now: float) -> str:
    """'15:00' today, '21 Nov 15:00' on another day, written so that no language is needed: '2026-11-21 15:00'."""
    if at is None:
        return MISSING
    same = local(at, zone).date() == local(now, zone).date()
    return clock(at, zone) if same else f"{local(at, zone):%Y-%m-%d %H:%M}"


def span(seconds: float) -> str:
    """'45 s', '4 min 10 s', '12 min', '1 h 5 min'; from ten minutes on the seconds are left away."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}{NBSP}s"
    if whole < 600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes}{NBSP}min {rest}{NBSP}s" if rest else f"{minutes}{NBSP}min"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    hours, rest = divmod(minutes, 60)
    return f"{hours}{NBSP}h {rest}{NBSP}min" if rest else f"{hours}{NBSP}h"


def about(seconds: float) -> str:
    """A forecast in whole minutes, 'under 1 min' being '< 1 min': seconds would promise too much."""
    return f"<{NBSP}1{NBSP}min" if seconds < 45 else f"{max(1, round(seconds / 60))}{NBSP}min"


def ago(seconds: float, words: Words) -> str:
    """'just now', '4 min ago', '3 days ago'. A clock a little ahead of ours counts as now."""
    if seconds < 10:
        return words("now")
    if seconds < 172_800:
        return words("ago", span=span(seconds if seconds < 60 else 60 * (seconds // 60)))
    return words("days_ago", n=int(seconds // 86_400))


def next_mark(at: float, step: float = 300.0) -> float:
    """The end of the 5-minute window that `at` lies in."""
    return (at // step + 1) * step


def wall_minutes(text: object) -> int | None:
    """Minutes since 00:00 of 'HH:MM' or 'HH:MM:SS'; None where the site does not say."""
    parts = str(text or "").split(":")
    if len(parts) < 2 or not all(part.isdigit() for part in parts[:2]):
        return None
    return int(parts[0]) * 60 + int(parts[1])


def in_day(minute: float, day_starts: float) -> float:
    """Minutes since the midnight before the business day: after-midnight minutes of it lie beyond 1440."""
    return day_starts + (minute - day_starts) % 1440


def day_minute(at: float, site: dict[str, Any]) -> float:
    """`at` on the axis of `in_day` for this site."""
    wall = local(at, site["timezone"])
    return in_day(wall.hour * 60 + wall.minute + wall.second / 60, wall_minutes(site["day_starts"]) or 0)


def opening(site: dict[str, Any]) -> tuple[float, float] | None:
    """Opening hours on the axis of `in_day`; None where the site does not state them."""
    opens, closes = wall_minutes(site.get("opens")), wall_minutes(site.get("closes"))
    if opens is None or closes is None:
        return None
    first = in_day(opens, wall_minutes(site["day_starts"]) or 0)
    return first, first + ((closes - opens) % 1440 or 1440)


def is_open(at: float, site: dict[str, Any]) -> bool:
    """Whether the shop is open at `at`; a shop that does not say counts as open."""
    hours = opening(site)
    return hours is None or hours[0] <= day_minute(at, site) < hours[1]


def week(day: date, days: int = 7) -> list[date]:
    """The last `days` days up to and with `day`, newest first."""
    return [day - timedelta(days=back) for back in range(days)]
