"""Windows as Arrow tables, one for each kind of value, with the columns of storage/schema.sql."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

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
_OWN: dict[type, tuple[str, list[tuple[str, pa.DataType]], Callable[[Any], tuple[Any, ...]]]] = {
    Count: (
        "value_count",
        [("entries", INT), ("exits", INT), ("groups", INT), ("passers", INT)],
        lambda v: (v.entries, v.exits, v.groups, v.passers),
    ),
    Load: (
        "value_load",
        [("mean", REAL), ("max", INT), ("joined", INT), ("served", INT), ("abandoned", INT), ("tills_open", REAL)],
        lambda v: (v.mean, v.max, v.joined, v.served, v.abandoned, v.tills_open),
    ),
    Stat: (
        "value_stat",
        [("of", WORD), ("n", INT), ("cut", INT), ("sum_s", LONG), ("bins", pa.list_(INT))],
        lambda v: (v.of, v.n, v.cut, v.sum_s, v.bins),
    ),
    Flow: ("value_flow", [("to", WORD), ("n", INT)], lambda v: (v.to, v.n)),
    Heat: (
        "value_heat",
        [("cells", pa.list_(LONG)), ("cell_m", REAL)],
        lambda v: (None if v.cells is None else [n for cell in v.cells for n in cell], v.cell_m),
    ),
    Quality: (
        "value_quality",
        [("looked", REAL), ("model", WORD), ("tag_n", INT), ("camera_n", INT), ("matched", INT)],
        lambda v: (v.looked, v.model, v.tag_n, v.camera_n, v.matched),
    ),
}
TABLES = [name for name, _, _ in _OWN.values()]


def tables(windows: Iterable[Window], sites: Mapping[str, Site], at: float) -> dict[str, pa.Table]:
    """Table name -> rows of all values in the windows, received `at`; a table without rows is left out."""
    rows: dict[type, list[tuple[Any, ...]]] = {}
    received = round(at * 1e6)
    for window in windows:
        site, end = sites[window.site], int(window.end.timestamp())
        for value in window.values:
            start = int(value.start.timestamp())
            row = (
                window.site,
                window.device,
                value.place,
                start * 1_000_000,
                end * 1_000_000,
                value.observed_s,
                value.withheld,
                value.revision,
                window.level,
                *_local(value, start, end, site),
                window.epoch,
                window.seq,
                received,
                *_OWN[type(value)][2](value),
            )
            rows.setdefault(type(value), []).append(row)
    return {_OWN[kind][0]: table(_COMMON + _OWN[kind][1], found) for kind, found in rows.items()}


def touched(counts: pa.Table, sites: Mapping[str, Site]) -> pa.Table:
    """The quarter hours of the lines that these count rows fall in, each once, with their local day and minute."""
    keys = {
        (site, device, place, start // (BUCKET_S * 1_000_000) * BUCKET_S)
        for site, device, place, start in zip(
            *(counts.column(name).to_pylist() for name in ("site", "device", "place")),
            counts.column("start_at").cast(LONG).to_pylist(),
            strict=True,
        )
    }
    rows = [
        (*key[:3], key[3] * 1_000_000, *local(key[3], sites[key[0]].timezone, sites[key[0]].day_starts))
        for key in sorted(keys)
    ]
    kinds = [("site", WORD), ("device", WORD), ("place", WORD), ("start_at", TIME)]
    return table([*kinds, ("day", pa.date32()), ("minute", pa.int16())], rows)


def table(columns: list[tuple[str, pa.DataType]], rows: list[tuple[Any, ...]]) -> pa.Table:
    """Rows as an Arrow table of the named and typed columns; times are microseconds or datetimes."""
    found = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pa.table({name: pa.array(data, kind) for (name, kind), data in zip(columns, found, strict=True)})


def _local(value: AnyValue, start: int, end: int, site: Site) -> tuple[Any, int]:
    # A stay belongs to the window in which it ends, so its day is that of the window's last second.
    at = end - BUCKET_S if isinstance(value, Stat) else start
    return local(at, site.timezone, site.day_starts)
