"""Whether the numbers can be trusted right now: how new they are, which sensors work, how much was observed."""

from typing import Any, Literal, NamedTuple

from dashboard.times import ago, clock, clock_zone, is_open, moment, next_mark, span
from dashboard.words import Words

Rows = list[dict[str, Any]]

_STALE_S, _STALE_NOISY_S = 600.0, 4200.0  # two count windows of 5 minutes; at level dp one of an hour, and 10 minutes
FRESH_LIVE_S = 90.0  # what the edge gives a live value to live

_Standing = Literal["live", "stale", "waiting", "empty"]
_Shown = Literal["live", "stale", "waiting", "empty", "away", "blind"]


class Trust(NamedTuple):
    """How a site's data stands. `until`: end of the newest stored window, Unix seconds; None before the first.

    `levels`: the privacy levels in force on its devices.
    """

    standing: _Standing
    until: float | None
    first: float | None
    behind: tuple[tuple[str, float | None], ...]
    working: int
    sensors: int
    broken: tuple[tuple[str, str], ...]
    levels: tuple[str, ...] = ()


def trust(devices: Rows, sensors: Rows, at: float) -> Trust:
    """How the site's data stands at `at`. Stale: the newest window is older than `stale_s`.

    A device that is online but lags two windows behind the newest is `behind`; a sensor counts as working only
    while its device is online. `first` is when the first count window ends, while there is none yet.
    """
    ends = [row["last_end"] for row in devices if row["last_end"] is not None]
    until = max(ends, default=None)
    online = {row["device"] for row in devices if row["state"] == "online"}
    states = [(row["sensor"], row["state"] if row["device"] in online else "off") for row in sensors]
    behind = tuple(
        (row["device"], row["last_end"])
        for row in devices
        if until is not None and (row["last_end"] is None or row["last_end"] < until - stale_s([row]))
    )
    return Trust(
        standing=_standing(devices, until, at),
        until=until,
        first=next_mark(at) if devices and until is None else None,
        behind=behind,
        working=sum(state == "ok" for _, state in states),
        sensors=len(states),
        broken=tuple((name, state) for name, state in states if state not in ("ok", "starting")),
        levels=tuple(sorted({row["level"] for row in devices if row.get("level")})),
    )


def _standing(devices: Rows, until: float | None, at: float) -> _Standing:
    if not devices:
        return "empty"
    if until is None:
        return "waiting"
    return "stale" if at - until > stale_s(devices) else "live"


def shown(known: Trust, site: dict[str, Any], at: float, *, away: bool) -> _Shown:
    """What the trust line begins with: windows that come while no sensor works in opening hours are not live."""
    if away:
        return "away"
    if known.standing == "live" and 0 < known.sensors == len(known.broken) and is_open(at, site):
        return "blind"
    return known.standing


def stale_s(devices: Rows) -> float:
    """How old the newest window of these devices may be; at level dp they speak once an hour."""
    return _STALE_NOISY_S if {row.get("level") for row in devices} == {"dp"} else _STALE_S


def trust_parts(known: Trust, site: dict[str, Any], share: float | None, at: float, words: Words) -> list[str]:
    """The trust line after its first word, in parts: data until, sensors, coverage, what lags, privacy, closed."""
    zone, parts = site["timezone"], []
    if known.until is not None:
        parts.append(words("trust.until", time=_until(known.until, zone, at)))
    if known.standing == "stale":
        parts.append(words("trust.age", age=span(at - (known.until or at))))
    if known.first is not None:
        parts.append(words("trust.first", time=clock_zone(known.first, zone)))
    if known.standing != "empty":
        parts.append(_sensors(known, words))
    if share is not None:
        parts.append(words("trust.coverage", share=percent(share)))
    elif known.standing == "live":
        parts.append(words("trust.no_coverage"))
    parts += [_behind(device, end, zone, at, words) for device, end in known.behind[:2]]
    if known.levels:
        parts.append(words("trust.level", level=", ".join(words.named("privacy", one) for one in known.levels)))
    if not is_open(at, site):
        parts.append(words("trust.closed"))
    return parts


def _until(until: float, zone: str, at: float) -> str:
    same = moment(until, zone, at) == clock(until, zone)
    return clock_zone(until, zone) if same else moment(until, zone, at)


def _sensors(known: Trust, words: Words) -> str:
    if not known.sensors:
        return words("trust.no_sensors")
    return words("trust.sensors", n=known.working, m=known.sensors)


def _behind(device: str, end: float | None, zone: str, at: float, words: Words) -> str:
    if end is None:
        return words("trust.silent", device=device)
    return words("trust.behind", device=device, time=moment(end, zone, at))


def percent(share: float) -> str:
    """'97 %'; only the whole is 100 % and only nothing is 0 %, however close the rest comes."""
    whole = round(share * 100)
    if whole == 100 and share < 1:
        whole = 99
    if whole == 0 and share > 0:
        whole = 1
    return f"{whole}\u00a0%"


def seen_ago(row: dict[str, Any], at: float, words: Words) -> str:
    """When a device or sensor was last heard of, as an age; a dash where never."""
    last = row.get("received_at") or row.get("seen")
    return "–" if last is None else ago(at - last, words)
