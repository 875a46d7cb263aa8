"""Rows of `store_days` -> a small picture of visitors by week for each store, all on the same axes."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any, NamedTuple

from dashboard.looks import ORANGE, SERIES, legend
from dashboard.times import MISSING
from dashboard.trust import percent
from dashboard.words import Words

Rows = list[dict[str, Any]]
SURE = 0.9
_WIDE, _HIGH = 240.0, 64.0


class Week(NamedTuple):
    """Visitors of the week that begins on `monday`; None: not observed. `whole`: each day was, and is over."""

    monday: date
    visitors: int | None
    whole: bool


def by_week(days: Rows) -> dict[str, list[Week]]:
    """The weeks of every store, the same for all; a week that the period cuts off at its beginning is left away."""
    if not days:
        return {}
    first, last = min(row["day"] for row in days), max(row["day"] for row in days)
    found: dict[str, dict[date, Rows]] = defaultdict(lambda: defaultdict(list))
    for row in days:
        found[row["site"]][_monday(row["day"])].append(row)
    start = first if first.weekday() == 0 else _monday(first) + timedelta(days=7)
    mondays = [start + timedelta(days=n) for n in range(0, max(0, (last - start).days + 1), 7)]
    return {site: [_week(monday, weeks[monday]) for monday in mondays] for site, weeks in found.items()}


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week(monday: date, days: Rows) -> Week:
    seen = [row["entries"] for row in days if row["entries"] is not None]
    sure = sum(row["entries"] is not None and (row["coverage"] or 0.0) >= SURE for row in days)
    return Week(monday, sum(seen) if seen else None, sure == 7)


def highest(weeks: Iterable[Sequence[Week]]) -> int:
    """The top of the axis that all stores share."""
    return max((week.visitors or 0 for one in weeks for week in one), default=0)


def card(store: dict[str, Any], weeks: Sequence[Week], top: int, words: Words) -> str:
    """A store with its newest whole week, what was observed, and its weeks as bars."""
    whole = [week for week in weeks if week.whole]
    value, unit = MISSING, words("stores.no_week")
    if whole:
        value, unit = f"{whole[-1].visitors}", words("stores.week_of", day=whole[-1].monday.isoformat())
    seen = store["coverage"]
    line = words("stores.not_observed") if seen is None else words("stores.observed", share=percent(seen))
    return (
        f'<section class="in-tile"><h2>{escape(store["name"])}</h2><div class="value">{value}</div>'
        f'<div class="line">{escape(unit)}</div>{_picture(store["name"], weeks, top, words)}'
        f'<div class="line">{escape(line)}</div></section>'
    )


def _picture(name: str, weeks: Sequence[Week], top: int, words: Words) -> str:
    if not weeks or not top:
        return ""
    image = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDE} {_HIGH}' preserveAspectRatio='none'>"
    image += "".join(_bar(week, n, len(weeks), top) for n, week in enumerate(weeks)) + "</svg>"
    address = f"background-image:url('data:image/svg+xml;base64,{b64encode(image.encode()).decode()}')"
    said = escape(weeks_alt(name, weeks, words))
    return f'<div class="in-weeks" role="img" aria-label="{said}" style="{address}"></div>'


def _bar(week: Week, n: int, many: int, top: int) -> str:
    step = _WIDE / many
    left, wide = n * step + step * 0.1, step * 0.8
    if week.visitors is None:
        return (
            f"<rect x='{left:.1f}' y='1' width='{wide:.1f}' height='{_HIGH - 2}' fill='#FBEFE6' stroke='{ORANGE}'/>"
        )
    high = max(1.0, _HIGH * week.visitors / top)
    fill = SERIES[0] if week.whole else "#8CC0E0"
    return f"<rect x='{left:.1f}' y='{_HIGH - high:.1f}' width='{wide:.1f}' height='{high:.1f}' fill='{fill}'/>"


def weeks_alt(name: str, weeks: Sequence[Week], words: Words) -> str:
    """The picture in words."""
    told = []
    for week in weeks:
        said = words("stores.blind") if week.visitors is None else str(week.visitors)
        part = "" if week.whole or week.visitors is None else f" ({words('stores.part')})"
        told.append(f"{week.monday.isoformat()}: {said}{part}")
    return words("stores.weeks_alt", name=name, weeks=", ".join(told))


def key(words: Words) -> str:
    """What the bars of the weeks mean."""
    return legend(
        [
            ("#0072B2", words("stores.whole")),
            ("#8CC0E0", words("stores.part")),
            ("#FBEFE6;box-shadow:inset 0 0 0 1px #A84300", words("stores.blind")),
        ]
    )
