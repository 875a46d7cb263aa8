"""Rows of `bad_moments` -> days on which visitors met a wait over the promise, a crowd or no open till."""

from typing import Any, NamedTuple

import altair as alt

from dashboard.axes import styled
from dashboard.looks import SERIES
from dashboard.times import MISSING
from dashboard.trust import percent
from dashboard.upkeep import Cell
from dashboard.words import Words

_Rows = list[dict[str, Any]]
MOMENT_COLUMNS = ("day", "share", "late", "unserved", "crowded", "visitors", "coverage")
_PARTS = ("late", "unserved", "crowded")


class Moment(NamedTuple):
    """A day's share of visitors with a bad moment: at least (all the same people) and at most (all others)."""

    day: str
    least: float
    most: float
    visitors: int


def moments(rows: _Rows) -> tuple[Moment, ...]:
    """The days on which the share is known, the oldest first."""
    return tuple(
        Moment(row["day"].isoformat(), row["least"], row["most"], row["visitors"] or 0)
        for row in sorted(rows, key=lambda row: row["day"])
        if row["least"] is not None and row["most"] is not None
    )


def moment_lines(rows: _Rows, words: Words) -> list[list[Cell]]:
    """A line a day, the newest first; what was not measured that day has a dash and its name."""
    return [
        [
            row["day"].isoformat(),
            _span(row, words),
            *(MISSING if row[part] is None else percent(row[part]) for part in _PARTS),
            MISSING if row["visitors"] is None else str(row["visitors"]),
            MISSING if row["coverage"] is None else percent(row["coverage"]),
        ]
        for row in sorted(rows, key=lambda row: row["day"], reverse=True)
    ]


def _span(row: dict[str, Any], words: Words) -> Cell:
    if row["least"] is None or row["most"] is None:
        return "grey", words("journey.unmeasured")
    return _between(row["least"], row["most"], words)


def _between(least: float, most: float, words: Words) -> str:
    """One share where both ends read alike."""
    low, high = percent(least), percent(most)
    return low if low == high else words("voice.span", low=low, high=high)


def unmeasured(rows: _Rows, words: Words) -> str:
    """What was not measured on any of the days, in words; empty where all was on some day."""
    always = None
    for row in rows:
        names = set(filter(None, (row["unmeasured"] or "").split(",")))
        always = names if always is None else always & names
    return ", ".join(words.named("journey.part", name) for name in sorted(always or ()))


def moment_text(found: tuple[Moment, ...], words: Words) -> str:
    """All days together (a ratio of sums over visitors) and the worst day."""
    people = sum(one.visitors for one in found)
    if not people:
        return words("journey.moments_none")
    least, most = (sum(getattr(one, end) * one.visitors for one in found) / people for end in ("least", "most"))
    worst = max(found, key=lambda one: one.least)
    return words(
        "journey.moments",
        share=_between(least, most, words),
        n=len(found),
        worst=worst.day,
        worst_share=_between(worst.least, worst.most, words),
    )


def moment_chart(found: tuple[Moment, ...], words: Words) -> alt.LayerChart:
    """A bar a day from the least to the most share."""
    rows = [
        {"day": one.day, "least": round(100 * one.least, 1), "most": round(100 * one.most, 1)}
        | {"words": f"{one.day}: {_between(one.least, one.most, words)}"}
        for one in found
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    x = alt.X("day:O", axis=alt.Axis(title=None, labelAngle=-40, labelOverlap="parity", grid=False))
    y = alt.Y(
        "least:Q", axis=alt.Axis(title=words("journey.axis"), tickCount=4, domain=False), scale={"domainMin": 0}
    )
    tip = alt.Tooltip("words:N", title=" ")
    return styled(
        base.mark_bar(color=SERIES[4], cornerRadius=2).encode(x, y, alt.Y2("most:Q"), tooltip=tip),
        base.mark_tick(color=SERIES[0], thickness=2).encode(x, y),
        base.mark_tick(color=SERIES[0], thickness=2).encode(x, alt.Y("most:Q")),
        height=200,
    )
