"""_Rows of `health_days` and `anomalies` -> whether a door counts both ways alike, and what was strange."""

from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from dashboard.times import MISSING, moment
from dashboard.trust import percent
from dashboard.words import Words

_Rows = list[dict[str, Any]]
_Cell = str | tuple[str, str]
_LIMIT, _IN_A_ROW = 0.05, 3


class Door(NamedTuple):
    """A door over some days. `imbalances` are those of days that are over and were looked at, oldest first."""

    device: str
    place: str
    entries: int | None
    exits: int | None
    imbalances: tuple[float, ...]


def doors(rows: _Rows) -> list[Door]:
    """The doors among the lines, by name; a line that is no door has no imbalance and no counts here."""
    kept: dict[tuple[str, str], _Rows] = defaultdict(list)
    for row in rows:
        if row["entries"] is not None or row["exits"] is not None:
            kept[row["device"], row["place"]].append(row)
    found = []
    for key, mine in sorted(kept.items()):
        days = sorted(mine, key=lambda row: row["day"])
        told = tuple(row["imbalance"] for row in days if row["imbalance"] is not None)
        found.append(Door(*key, _sum(days, "entries"), _sum(days, "exits"), told))
    return found


def _sum(rows: _Rows, name: str) -> int | None:
    told = [row[name] for row in rows if row[name] is not None]
    return sum(told) if told else None


def biased(imbalances: tuple[float, ...]) -> int:
    """1 where the last three days all had over 5 % more in than out, -1 for the other way, else 0."""
    last = imbalances[-_IN_A_ROW:]
    if len(last) < _IN_A_ROW:
        return 0
    return 1 if min(last) > _LIMIT else -1 if max(last) < -_LIMIT else 0


def door_lines(found: list[Door], words: Words) -> list[list[_Cell]]:
    """A line a door: in, out, imbalance of all its days, days over 5 %, and what that means."""
    return [
        [
            door.place,
            MISSING if door.entries is None else str(door.entries),
            MISSING if door.exits is None else str(door.exits),
            MISSING if not door.imbalances else signed(door.imbalances[-1]),
            words("doors.days_over", n=sum(abs(one) > _LIMIT for one in door.imbalances), of=len(door.imbalances)),
            _meaning(door, len(found), words),
        ]
        for door in found
    ]


def _meaning(door: Door, doors_there: int, words: Words) -> _Cell:
    if not door.imbalances:
        return "grey", words("doors.unknown")
    lean = biased(door.imbalances)
    if not lean:
        return "good", words("doors.balanced")
    if doors_there > 1:
        return "grey", words("doors.several")
    return "act", words("doors.more_in" if lean > 0 else "doors.more_out")


def drift_words(rows: _Rows, words: Words) -> str:
    """The drift of the store's days in a sentence: the newest, and its middle size."""
    by_day = {row["day"]: row["drift"] for row in rows if row["drift"] is not None}
    if not by_day:
        return words("doors.no_drift")
    newest = max(by_day)
    sizes = sorted(abs(drift) for drift in by_day.values())
    middle = sizes[len(sizes) // 2]
    return words(
        "doors.drift", day=newest.isoformat(), drift=_people(by_day[newest]), usual=round(middle), n=len(by_day)
    )


def day_lines(rows: _Rows, words: Words) -> list[list[_Cell]]:
    """A line a door and day, newest first."""
    told = [row for row in rows if row["entries"] is not None or row["exits"] is not None]
    return [
        [
            row["day"].isoformat(),
            row["place"],
            *(MISSING if row[name] is None else str(row[name]) for name in ("entries", "exits")),
            MISSING if row["imbalance"] is None else _toned(row["imbalance"]),
            MISSING if row["drift"] is None else _people(row["drift"]),
            MISSING if row["coverage"] is None else percent(row["coverage"]),
        ]
        for row in sorted(told, key=lambda row: (_back(row["day"]), row["place"]))
    ]


def strange_lines(rows: _Rows, zone: str, now: float, words: Words) -> list[list[_Cell]]:
    """A line an episode, newest first: door, from, to, what, how much of the usual, and whose fault it looks like."""
    return [
        [
            row["place"],
            moment(row["start"], zone, now),
            moment(row["end"], zone, now),
            words.named("strange", row["kind"]),
            MISSING if row["ratio"] is None else words("strange.ratio", share=percent(row["ratio"])),
            _whose(row["shared"], words),
        ]
        for row in sorted(rows, key=lambda row: -row["start"])
    ]


def _whose(shared: bool | None, words: Words) -> _Cell:
    tone = {True: "good", False: "act", None: "grey"}[shared]
    return tone, words({True: "strange.event", False: "strange.sensor", None: "strange.alone"}[shared])


def _toned(imbalance: float) -> _Cell:
    return ("act", signed(imbalance)) if abs(imbalance) > _LIMIT else signed(imbalance)


def signed(share: float) -> str:
    """'+6 %', '−12 %', '0 %'."""
    whole = round(100 * share)
    return f"{'+' if whole > 0 else '−' if whole < 0 else ''}{abs(whole)}\u00a0%"


def _people(drift: float) -> str:
    return f"{drift:+.0f}" if round(drift) else "0"


def _back(day: date) -> int:
    return -day.toordinal()
