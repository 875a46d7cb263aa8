"""Which quarter hours new counts begin, which they add to, and which must be summed up anew.

Counts come in the order of time nearly always. Then the quarter hour of a new window needs no look at the windows
stored before: it begins or it grows by what came. Only a window that is not newer than everything stored of its
line, or that revises one, makes its quarter hour be summed up again.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pyarrow as pa
from msgspec.structs import replace

from edge.values import COUNT_S, Count
from hub.sites import BUCKET_S, Site, local
from hub.storage.rows import LONG, TIME, WORD, Row, table

Line = tuple[str, str, str]  # site, device, place
Quarter = tuple[Line, int]  # and the start in Unix seconds
Sums = tuple[int, int | None, int | None, int | None, int | None]  # observed_s, entries, exits, groups, passers

_KEY = [("site", WORD), ("device", WORD), ("place", WORD), ("start_at", TIME), ("day", pa.date32())]
_COLUMNS = [*_KEY, ("minute", pa.int16()), *((name, LONG) for name in ("observed_s", "entries", "exits", "groups"))]
_COLUMNS = [*_COLUMNS, ("passers", LONG)]


class Division(NamedTuple):
    """Quarter hours: `begun` and `grown` with the sums of what came, `again` to be summed up from what is stored."""

    begun: dict[Quarter, Sums]
    grown: dict[Quarter, Sums]
    again: set[Quarter]


class Front:
    """How far the stored counts of each line have come; it must know of every count that is stored."""

    def __init__(self, last: Mapping[Line, int]) -> None:
        """`last` is the start of each line's newest stored quarter hour in Unix seconds."""
        # Which windows of that quarter hour are there is not known: up to its end nothing counts as new.
        self._newest = {line: start + BUCKET_S - COUNT_S for line, start in last.items()}

    def divide(self, rows: Iterable[Row]) -> Division:
        """Where these counts go; from now on they count as stored."""
        begun: dict[Quarter, Sums] = {}
        grown: dict[Quarter, Sums] = {}
        again: set[Quarter] = set()
        for window, value, start, end, _ in rows:
            assert isinstance(value, Count)
            line = (window.site, window.device, value.place)
            newest = self._newest.get(line, -BUCKET_S)
            buckets = range(start // BUCKET_S * BUCKET_S, end, BUCKET_S)
            self._newest[line] = max(newest, start, buckets[-1])
            if value.revision or start <= newest:
                again.update((line, bucket) for bucket in buckets)
                continue
            for i, bucket in enumerate(buckets):
                quarter = (line, bucket)
                sums = begun if quarter in begun or bucket > newest else grown
                part = value if len(buckets) == 1 else _part(value, i, len(buckets))
                sums[quarter] = _added(sums.get(quarter, _NOTHING), part)
        for quarter in again:
            begun.pop(quarter, None)
            grown.pop(quarter, None)
        return Division(begun, grown, again)


_NOTHING: Sums = (0, None, None, None, None)


def _part(count: Count, i: int, n: int) -> Count:
    """The share of the i-th of n quarter hours in a longer count, as level dp has them: as even as whole numbers are,
    and together the whole, also below zero.
    """
    numbers = {name: getattr(count, name) for name in ("observed_s", "entries", "exits", "groups", "passers")}
    shares = {name: None if k is None else k * (i + 1) // n - k * i // n for name, k in numbers.items()}
    return replace(count, **shares)


def _added(sums: Sums, count: Count) -> Sums:
    observed, entries, exits, groups, passers = sums
    return (
        observed + count.observed_s,
        _plus(entries, count.entries),
        _plus(exits, count.exits),
        _plus(groups, count.groups),
        _plus(passers, count.passers),
    )


def _plus(known: int | None, came: int | None) -> int | None:
    """What was not measured adds nothing, and nothing measured at all stays None."""
    return known if came is None else came + (known or 0)


def sums_table(quarters: Mapping[Quarter, Sums], sites: Mapping[str, Site]) -> pa.Table:
    """Rows of count_15, columns in the schema's order."""
    return table(_COLUMNS, [(*_key(quarter, sites), *sums) for quarter, sums in quarters.items()])


def keys_table(quarters: Iterable[Quarter], sites: Mapping[str, Site]) -> pa.Table:
    """Quarter hours with their local day and minute."""
    return table(_COLUMNS[:6], [_key(quarter, sites) for quarter in sorted(quarters)])


def _key(quarter: Quarter, sites: Mapping[str, Site]) -> tuple[object, ...]:
    line, start = quarter
    site = sites[line[0]]
    return (*line, start * 1_000_000, *local(start, site.timezone, site.day_starts))
