"""Rows of the hub -> the tables of the Data health page."""

from typing import Any

from dashboard.times import MISSING, moment
from dashboard.trust import seen_ago, stale_s
from dashboard.words import Words

Rows = list[dict[str, Any]]
Cell = str | tuple[str, str]


def device_lines(devices: Rows, zone: str, at: float, words: Words) -> list[list[Cell]]:
    """A line a device: name, state, last seen, data until, waiting to be sent, given up, clock, version."""
    return [
        [
            row["device"],
            _device_state(row, at, words),
            seen_ago(row, at, words),
            moment(row["last_end"], zone, at),
            _count(row["held"]),
            ("act", str(row["dropped"])) if row["dropped"] else _count(row["dropped"]),
            _clock(row, words),
            row["version"] or MISSING,
        ]
        for row in devices
    ]


def _device_state(row: dict[str, Any], at: float, words: Words) -> Cell:
    if row["state"] != "online":
        return ("act" if row["state"] == "offline" else "grey"), words.named("state", row["state"] or "unknown")
    if row["last_end"] is None or at - row["last_end"] > stale_s([row]):
        return "grey", words("state.behind")
    return "good", words("state.online")


def _count(value: int | None) -> str:
    return MISSING if value is None else str(value)


def _clock(row: dict[str, Any], words: Words) -> Cell:
    if row["clock"] is None:
        return MISSING
    word = words.named("clock", row["clock"])
    if row["skew_s"] is not None and abs(row["skew_s"]) >= 5:
        return "act", word + ", " + words("clock.skew", skew=f"{row['skew_s']:+.0f}")
    return word if row["clock"] == "ntp" else ("act", word)


def sensor_lines(sensors: Rows, devices: Rows, at: float, words: Words) -> list[list[Cell]]:
    """A line a sensor: name, device, kind, state, last looked. A sensor of a device that is off is off with it."""
    online = {row["device"] for row in devices if row["state"] == "online"}
    lines: list[list[Cell]] = []
    for row in sensors:
        state = row["state"] if row["device"] in online else "off"
        tone = {"ok": "good", "starting": "grey"}.get(state, "act")
        seen = seen_ago(row, at, words)
        kind = words.named("kind", row["kind"])
        lines.append([row["sensor"], row["device"], kind, (tone, words.named("state", state)), seen])
    return lines


def gap_lines(gaps: Rows, zone: str, at: float) -> list[list[Cell]]:
    """A line a gap, newest first: device, how many windows are lost, when noticed, why."""
    newest = sorted(gaps, key=lambda row: row["at"] or 0.0, reverse=True)
    return [
        [row["device"], str(row["last"] - row["first"] + 1), moment(row["at"], zone, at), row["reason"] or MISSING]
        for row in newest
    ]


def quarantine_lines(found: Rows, zone: str, at: float) -> list[list[Cell]]:
    """A line a reason, the most frequent first: reason, messages, newest."""
    most = sorted(found, key=lambda row: -row["n"])
    return [[row["reason"], str(row["n"]), moment(row["last"], zone, at)] for row in most]


def privacy_lines(devices: Rows, words: Words) -> list[tuple[str, str]]:
    """(the devices, what their level means) for each level in force."""
    levels: dict[str, list[str]] = {}
    for row in devices:
        if row["level"]:
            levels.setdefault(row["level"], []).append(row["device"])
    return [(", ".join(names) + ":", words.named("level", level)) for level, names in sorted(levels.items())]
