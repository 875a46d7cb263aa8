"""A small shop at level dp: its plan, its windows, and a purse that pays in memory with chance from a seed."""

import random
from collections.abc import Sequence
from typing import Any

from edge.budget import Account, Charge
from edge.measure.windows import Closed
from edge.messages import stamp
from edge.noise import Below
from edge.plan import Plan, parse
from edge.values import Count, Stat

DAY_S, HOUR_S = 86_400, 3600
T0 = 20_500 * DAY_S  # the shop's day begins at midnight, UTC
BINS = (0,) * 22


def role(line: str) -> str:
    """What a line of this shop is."""
    return "passing" if line == "street" else "door"


def plan(doors: Sequence[str] = ("door",), shelves: Sequence[str] = (), **given: Any) -> Plan:
    """A plan at level dp with one camera; a line named street is a passing line."""
    return parse(
        {
            "site": "s", "device": "d", "timezone": "UTC", "day_starts": "00:00", "level": "dp",
            "sensors": [{"id": "cam", "kind": "camera", "source": "x"}],
            "lines": [{"id": name, "sensor": "cam", "a": [0, 0], "b": [0, 9], "role": role(name)} for name in doors],
            "zones": [{"id": name, "sensor": "cam", "polygon": [[0, 0], [9, 0], [9, 9]]} for name in shelves],
        } | given
    )  # fmt: skip


class Purse:
    """Pays like the ledger, in memory, and gives chance from a seed."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.charges: list[Charge] = []
        self._account, self._random = Account(plan.dp.exact), random.Random(seed).random

    def charge(self, charge: Charge) -> Below | None:
        """As of edge.budget.Purse."""
        if not self._account.allows(charge):
            return None
        self._account.note(charge)
        self.charges.append(charge)
        return lambda n: int(self._random() * n)


def count(end: int, entries: int = 0, exits: int = 0, place: str = "door", observed_s: int = 300) -> Count:
    """Five minutes of a line; of a line named street `entries` are its passers."""
    street, blind = place == "street", not observed_s
    return Count(
        place=place, start=stamp(end - 300), observed_s=observed_s, withheld=None, revision=0, groups=None,
        entries=None if street or blind else entries, exits=None if street or blind else exits,
        passers=entries if street and not blind else None,
    )  # fmt: skip


def stat(end: int, *bins: int, place: str = "shelf", of: Any = "dwell", observed_s: int = 900) -> Stat:
    """A quarter of an hour of durations, so many in the first bins."""
    full = (*bins, *BINS[len(bins) :])
    known: dict[str, Any] = dict.fromkeys(("n", "cut", "sum_s", "bins"))
    if observed_s:
        known = {"n": sum(full), "cut": 0, "sum_s": 0, "bins": full}
    return Stat(
        place=place, of=of, start=stamp(end - 900), observed_s=observed_s, withheld=None, revision=0, **known
    )  # fmt: skip


def closed(end: int, *values: Any) -> Closed:
    """What ends at `end`."""
    return Closed(end, values)
