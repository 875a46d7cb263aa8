"""Windows as Arrow tables, one for each kind of value, with the columns of storage/schema.sql."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

import pyarrow as pa

from edge.messages import Window
from edge.values import AnyValue, Count, Flow, Heat, Load, Quality, Stat
from hub.sites import BUCKET_S, Site, local

TIME = pa.timestamp("us", tz="UTC")
INT, LONG, REAL, WORD = pa.int32(), pa.int64(), pa.float64(), pa.string()

_COMMON = [
    ("site", WORD),
    ("device", WORD),
    ("place", WORD),
    ("start_at", TIME),
    ("end_at", TIME),
    ("observed_s", LONG),
    ("withheld", WORD),
    ("revision", pa.uint8()),
    ("level", WORD),
    ("day", pa.date32()),
    ("minute", pa.int16()),
    ("epoch", WORD),
    ("seq", LONG),
    ("received_at", TIME),
]
_Field = tuple[str, pa.DataType, Callable[[Any], Any]]


def _same(name: str, kind: pa.DataType) -> _Field:
    return name, kind, attrgetter(name)


_OWN: dict[type, tuple[str, list[_Field]]] = {
    Count: ("value_count", [_same(name, INT) for name in ("entries", "exits", "groups", "passers")]),
    Load: (
        "value_load",
        [
            _same("mean", REAL),
            *(_same(name, INT) for name in ("max", "joined", "served", "abandoned")),
            _same("tills_open", REAL),
        ],
    ),
    Stat: (
        "value_stat",
        [
            *(_same("of", WORD), _same("n", INT), _same("cut", INT), _same("sum_s", LONG)),
            _same("bins", pa.list_(INT)),
        ],
    ),
    Flow: ("value_flow", [_same("to", WORD), _same("n", INT)]),
    Heat: (
        "value_heat",
        [
            ("cells", pa.list_(LONG), lambda v: None if v.cells is None else [n for cell in v.cells for n in cell]),
            _same("cell_m", REAL),
        ],
    ),
    Quality: (
        "value_quality",
        [
            *(_same("looked", REAL), _same("model", WORD)),
            *(_same(name, INT) for name in ("tag_n", "camera_n", "matched")),
        ],
    ),
}


class Row(NamedTuple):
    """One value with the window it came in; start and end in Unix seconds."""

    window: Window
    value: AnyValue
    start: int
    end: int
    site: Site


def spread(windows: Iterable[Window], sites: Mapping[str, Site]) -> dict[type, list[Row]]:
    """The values of the windows by their kind, in order of arrival."""
    rows: dict[type, list[Row]] = {}
    for window in windows:
        site, end = sites[window.site], int(window.end.timestamp())
        for value in window.values:
            row = Row(window, value, int(value.start.timestamp()), end, site)
            rows.setdefault(type(value), []).append(row)
    return rows


def values_table(kind: type, rows: list[Row], at: float) -> tuple[str, pa.Table]:
    """(name of the table, its new rows) for values of one kind, received `at`; columns in the schema's order."""
    windows, values, starts, ends, sites = zip(*rows, strict=True)
    days, minutes = zip(*map(_local, values, starts, ends, sites), strict=True)
    common = (
        [w.site for w in windows],
        [w.device for w in windows],
        [v.place for v in values],
        [start * 1_000_000 for start in starts],
        [end * 1_000_000 for end in ends],
        [v.observed_s for v in values],
        [v.withheld for v in values],
        [v.revision for v in values],
        [w.level for w in windows],
        days,
        minutes,
        [w.epoch for w in windows],
        [w.seq for w in windows],
        [round(at * 1e6)] * len(rows),
    )
    name, own = _OWN[kind]
    columns = {name: pa.array(data, type_) for (name, type_), data in zip(_COMMON, common, strict=True)}
    columns |= {name: pa.array([get(v) for v in values], type_) for name, type_, get in own}
    return name, pa.table(columns)


def table(columns: list[tuple[str, pa.DataType]], rows: list[tuple[Any, ...]]) -> pa.Table:
    """Rows as an Arrow table of the named and typed columns; times are microseconds or datetimes."""
    found = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pa.table({name: pa.array(data, kind) for (name, kind), data in zip(columns, found, strict=True)})


def _local(value: AnyValue, start: int, end: int, site: Site) -> tuple[date, int]:
    # A stay belongs to the window in which it ends, so its day is that of the window's last second.
    at = end - BUCKET_S if isinstance(value, Stat) else start
    return local(at, site.timezone, site.day_starts)
