"""Rows of imagined stores beside each other: one stands out, one has few answers, one none."""

from datetime import date, timedelta
from typing import Any

from tests.dashboard.hub_rows import Shop

Rows = list[dict[str, Any]]
NAMES = ("Harbour Street", "Hill Road", "Old Market", "Station Hall", "Riverside")


def with_stores(made: Shop, names: tuple[str, ...] = NAMES) -> Shop:
    """The shop among others, with two months behind them."""
    first = made.rows["sites"][0]
    ids = [f"s{n + 1:03}" for n in range(len(names))]
    made.rows["sites"] = [first | {"site": one, "name": name} for one, name in zip(ids, names, strict=True)]
    made.rows["stores"] = [store(one, name, n) for n, (one, name) in enumerate(zip(ids, names, strict=True))]
    made.rows["store_days"] = [row for one in ids for row in days(one, first["day"])]
    made.rows["consistency"] = [
        alike("stores", sd=9.2, low=4.1, high=21.0, share=0.8),
        alike("dayparts", sd=2.0, low=0.0, high=9.0, share=0.2),
        alike("touchpoints", sd=None, low=None, high=None, share=None, middle=None)
        | {"state": "withheld", "reason": "fewer than 3 with 10 answers each"},
    ]
    return made


def store(site: str, name: str, n: int, **other: Any) -> dict[str, Any]:
    """A store's row of `stores`; the second lies below, the fourth has few answers, the fifth too few."""
    value = 41.0 - 22 * (n == 1)
    row = {
        "site": site,
        "name": name,
        "visitors": 21_000 - 900 * n,
        "coverage": 0.97,
        "score": "nps",
        "n": 180 - 20 * n,
    }
    row |= {"value": value, "se": 6.0, "drawn": value - 2, "low": value - 12, "high": value + 9, "limit_low": 20.0}
    row |= {
        "limit_high": 55.0,
        "beyond": "below" if n == 1 else None,
        "first": 4 if n == 1 else 1,
        "last": 4 - (n != 1),
    }
    row |= {"state": "ok"}
    if n == 3:
        row |= {"n": 17, "state": "few", "limit_low": -20.0, "limit_high": 80.0}
    if n == 4:
        row |= dict.fromkeys(
            ("value", "se", "drawn", "low", "high", "limit_low", "limit_high", "first", "last"), None
        )
        row |= {"n": 6, "state": "withheld"}
    return row | other


def days(site: str, until: date, many: int = 57) -> Rows:
    """Days up to and with `until`; in the second week a day was not looked at, and today is not over."""
    rows = []
    for n in range(many):
        day = until - timedelta(days=many - 1 - n)
        row: dict[str, Any] = {"site": site, "day": day, "entries": 300 + n, "coverage": 0.99, "wait_p90_s": 120.0}
        row |= {"within": 0.95}
        if n == 16:
            row |= {"entries": None, "coverage": None, "wait_p90_s": None, "within": None}
        if n == many - 1:
            row |= {"coverage": 0.4}
        rows.append(row)
    return rows


def alike(of: str, **other: Any) -> dict[str, Any]:
    """A row of `consistency`."""
    row = {"of": of, "score": "nps", "groups": 4, "n": 460, "middle": 37.4, "state": "ok", "reason": None}
    return row | other
