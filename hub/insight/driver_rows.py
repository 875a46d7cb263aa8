"""The answer to the question `drivers`: effects only. The answers beside their conditions go no further than here."""

import numpy as np
import pyarrow as pa

from hub.insight.drivers import LEAST, Answers, Condition, Drivers, drivers
from hub.insight.fitting import Floats

_UNITS = {
    "wait": "minute",
    "queue": "person in the queue",
    "tills": "till open",
    "crowd": "person on 10 m2",
    "dwell": "minute",
    "staff": "visitor for an hour of labour",
}
_TEXTS = ("condition", "unit", "verdict", "reason")
_NUMBERS = ("effect", "low", "high", "chance", "inflation")
_NO_ANSWERS = pa.table({name: pa.array([], pa.float64()) for name in ("nps", "day", "hour", *_UNITS)})
EFFECTS = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        *((name, pa.float64()) for name in _NUMBERS),
        ("with_others", pa.list_(pa.string())),
        ("together", pa.bool_()),
        ("answers", pa.int64()),
        ("days", pa.int64()),
        ("needed", pa.list_(pa.struct([("what", pa.string()), ("n", pa.int64()), ("least", pa.int64())]))),
    ]
)


def effects(*tables: pa.Table) -> pa.Table:
    """One row a condition with its effect on NPS, in points for one unit more, from a table a store with a row an
    answer each. A store is compared with itself only.

    `together` says of conditions that move together that at least one of them goes with the score; it is null where
    the condition stands alone or nothing was fitted. `answers` and `days` are what the fit rests on; `needed` says
    of what a fit needs how much there is (n) and how much it takes (least).
    """
    store = np.repeat(np.arange(len(tables)), [table.num_rows for table in tables])
    table = pa.concat_tables(tables) if tables else _NO_ANSWERS
    told = _column(table, "nps")
    score = np.where(told >= 9, 100.0, np.where(told <= 6, -100.0, 0.0))
    day, hour = (_column(table, name).astype(np.int64) for name in ("day", "hour"))
    conditions = [Condition(name, unit, _column(table, name)) for name, unit in _UNITS.items()]
    found = drivers(Answers(score, store, day, hour), conditions)
    return pa.Table.from_pylist([_row(found, i) for i in range(len(conditions))], schema=EFFECTS)


def _row(found: Drivers, i: int) -> dict[str, object]:
    one = found.effects[i]
    together = [group.found for group in found.groups if one.name in group.names and len(group.names) > 1]
    return {
        "condition": one.name,
        "unit": one.unit,
        "verdict": one.verdict,
        "reason": one.reason,
        "effect": one.effect,
        "low": one.low,
        "high": one.high,
        "chance": one.chance,
        "inflation": one.inflation,
        "with_others": list(one.with_others),
        "together": together[0] if together else None,
        "answers": found.answers,
        "days": found.days,
        "needed": [{"what": what, "n": n, "least": LEAST[what]} for what, n in found.counts.items()],
    }


def _column(table: pa.Table, name: str) -> Floats:
    """A column as numbers, NaN where it is null."""
    return np.asarray(table[name].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
