"""What became of those who queued, and how fast tills served: ratios of sums, with the interval of a share."""

from typing import Any

import pyarrow as pa

from hub.insight.durations import wilson

LEAST, FEW = 10, 30
_ROWS = pa.schema(
    [
        ("place", pa.string()),
        *((name, pa.int64()) for name in ("joined", "served", "abandoned")),
        *((name, pa.float64()) for name in ("left", "left_low", "left_high")),
        ("state", pa.string()),
        *((name, pa.float64()) for name in ("served_h", "tills_open", "served_till_h", "busy_h", "coverage")),
    ]
)


def totals(found: pa.Table) -> pa.Table:
    """The answer to `queue_totals`: a row a queue.

    `left` is the share of those who joined that went unserved, with Wilson's 95 % interval, withheld below 10 and
    `few` below 30; it is null where a queue's service is not watched. `served_h` is people served in an hour in which
    the queue was in use, `tills_open` the mean number of tills in those hours, `served_till_h` people served by one
    open till in an hour.
    """
    return pa.Table.from_pylist([_row(row) for row in found.to_pylist()], schema=_ROWS)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    asked, abandoned = row["asked"], row["abandoned"]
    known = asked is not None and abandoned is not None and 0 <= abandoned <= asked
    state = None if not known else "withheld" if asked < LEAST else "few" if asked < FEW else "ok"
    made = {name: row[name] for name in ("place", "joined", "served", "abandoned", "busy_h", "coverage")}
    made |= {"state": state, "served_h": _ratio(row["served"], row["serving_h"])}
    made |= {"tills_open": _ratio(row["till_h"], row["known_h"])}
    made |= {"served_till_h": _ratio(row["served_there"], row["till_h"])}
    if state in ("few", "ok"):
        share = abandoned / asked
        low, high = wilson(share, asked)
        made |= {"left": share, "left_low": low, "left_high": high}
    return made


def _ratio(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below else None
