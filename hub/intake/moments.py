"""Times as survey tools write them, to UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from hub.intake.columns import When

EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial date has no zone of its own
EARLIEST, LATEST = 1990, 2100


@dataclass(frozen=True)
class Moment:
    """When an answer was given: `at` in UTC, or None where only the local day can be trusted."""

    at: datetime | None
    day: date | None
    doubt: Literal["ambiguous", "gap"] | None = None


NEVER = Moment(None, None)
# The halves of a day as some languages write them; strptime knows am and pm only.
_HALVES = re.compile(r"(?<![^\W\d_])([ap])\.?\s?m\b\.?|午前|午後|上午|下午|오전|오후", re.IGNORECASE)
_HALF = {"午前": "am", "上午": "am", "오전": "am", "午後": "pm", "下午": "pm", "오후": "pm"}
_OFFSET = re.compile(r"(?:GMT|UTC)?(?:([+-−])(\d{1,2}):?(\d\d)?)?|Z")


def moment(text: str, when: When, zone: ZoneInfo | None) -> Moment | None:
    """The moment a text names; NEVER for an empty or unknown one, None where it is no time in the mapping's format.

    A date alone is a day without `at`. `zone` is for times without an offset. A wall time that the clocks skipped is
    in doubt as `gap`, one that they showed twice as `ambiguous`; both have a day and no `at`. ValueError where a zone
    is needed and there is none.
    """
    if not text or text in when.unknown:
        return NEVER
    text = _HALVES.sub(lambda half: _HALF.get(half[0], f"{half[1]}m"), text)
    word, _, last = text.rpartition(" ")
    offset = when.abbreviations.get(last) or _offset(last)
    found = (_parsed(f"{word} {offset}", when, " %z") if offset and word else None) or _parsed(text, when, "")
    if found is None or not EARLIEST <= found[0].year < LATEST:
        return None
    wall, timed = found
    if not timed:
        return Moment(None, wall.date())
    if wall.tzinfo is not None:
        return Moment(wall.astimezone(UTC), wall.date())
    if zone is None:
        raise ValueError("a time without offset needs a zone")
    return _local(wall, zone)


def _local(wall: datetime, zone: ZoneInfo) -> Moment:
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return Moment(first, wall.date())
    back = first.astimezone(zone).replace(tzinfo=None)
    return Moment(None, wall.date(), "ambiguous" if back == wall else "gap")


def _offset(word: str) -> str | None:
    """The offset that a last word such as GMT+1, UTC or +05:30 states; None where it is no such word."""
    found = _OFFSET.fullmatch(word)
    if not word or found is None:
        return None
    sign, hours, minutes = found.groups()
    return f"{'+' if sign in (None, '+') else '-'}{int(hours or 0):02d}:{minutes or '00'}"


def _parsed(text: str, when: When, suffix: str) -> tuple[datetime, bool] | None:
    """The wall time by the first format that fits, and whether it has a time of day at all."""
    for pattern in when.formats:
        try:
            if pattern == "iso":
                return datetime.fromisoformat(_iso(text)), len(text) > len("2026-03-02")
            if pattern == "excel":
                days = float(text.replace(",", "."))
                return _serial(days), not days.is_integer()
            if pattern == "unix":
                return _since_1970(float(text)), True
            found = datetime.strptime(text, pattern + suffix)  # noqa: DTZ007 - the zone is applied by the caller
            return found, bool(re.search("%[HIcXTRs]", pattern))
        except (ValueError, OverflowError):
            continue
    return None


def _iso(text: str) -> str:
    """Texts with an offset glued on by a space or without its colon are common and mean the same."""
    return re.sub(r"\s+(?=(?:[+-]\d\d:?\d\d|Z)$)", "", text)


def _since_1970(seconds: float) -> datetime:
    """Seconds since 1970 in UTC; a number that large can only be milliseconds."""
    return datetime.fromtimestamp(seconds / 1000 if abs(seconds) > 1e11 else seconds, UTC)


def _serial(days: float) -> datetime:
    """Days since 1899-12-30, to the millisecond: the fraction of a day cannot hold more and must not hold less."""
    if not 0 < days < 80_000:
        raise ValueError("not a serial date")
    return EXCEL_EPOCH + timedelta(milliseconds=round(days * 86_400_000))
