"""Rows of `journey` -> the stages from the street to the exit, as bars and as a table."""

from typing import Any

import altair as alt

from dashboard.axes import styled
from dashboard.looks import SERIES
from dashboard.tiles import number
from dashboard.times import MISSING, span
from dashboard.trust import percent
from dashboard.upkeep import Cell
from dashboard.words import Words

_Rows = list[dict[str, Any]]
STAGE_COLUMNS = ("stage", "people", "on", "time", "score", "coverage")
_MOST = 40


def key_of(row: dict[str, Any]) -> str:
    """What a stage is called in the page's address: its kind, with its place where it has one."""
    return f"{row['stage']}/{row['place']}" if row["place"] else str(row["stage"])


def name_of(row: dict[str, Any], words: Words) -> str:
    """What a stage is called on the page."""
    stage = words.named("journey.stage", row["stage"])
    return f"{stage}: {row['place']}" if row["place"] else stage


def stage_lines(rows: _Rows, words: Words) -> list[list[Cell]]:
    """A line a stage: people, the share that came on with its interval, time, score, how much was looked at."""
    return [
        [
            name_of(row, words),
            MISSING if row["people"] is None else str(row["people"]),
            _on(row, words),
            _time(row, words),
            _score(row, words),
            MISSING if row["coverage"] is None else percent(row["coverage"]),
        ]
        for row in rows[:_MOST]
    ]


def _on(row: dict[str, Any], words: Words) -> Cell:
    if row["on"] is None:
        return ("grey", words.named("journey.reason", row["reason"])) if row["reason"] else MISSING
    said = percent(row["on"])
    if row["on_low"] is not None:
        said += f" ({words('voice.span', low=percent(row['on_low']), high=percent(row['on_high']))})"
    lost = "" if row["lost"] is None else words("journey.lost", n=row["lost"])
    return f"{said} {lost or words.named('journey.reason', row['reason'] or '')}".strip()


def _time(row: dict[str, Any], words: Words) -> str:
    if row["p50_s"] is None:
        return MISSING
    return words("journey.time", p50=span(row["p50_s"]), p90=MISSING if row["p90_s"] is None else span(row["p90_s"]))


def _score(row: dict[str, Any], words: Words) -> str:
    if row["score"] is None:
        return MISSING
    ends = (MISSING if row[name] is None else number("nps", row[name]) for name in ("score_low", "score_high"))
    low, high = ends
    return words("journey.score", value=number("nps", row["score"]), low=low, high=high, n=row["answers"])


def stage_bars(rows: _Rows, words: Words) -> tuple[tuple[str, int], ...]:
    """Name and people of the stages of which people are known, in order."""
    return tuple((name_of(row, words), row["people"]) for row in rows[:_MOST] if row["people"] is not None)


def stage_chart(bars: tuple[tuple[str, int], ...], words: Words) -> alt.LayerChart:
    """A bar a stage, with its people."""
    rows = [{"stage": name, "people": people, "words": f"{name}: {people}"} for name, people in bars]
    base = alt.Chart(alt.InlineData(values=rows))
    y = alt.Y("stage:N", sort=None, axis=alt.Axis(title=None, ticks=False, domain=False))
    x = alt.X("people:Q", axis=alt.Axis(title=words("journey.people"), tickCount=4))
    return styled(
        base.mark_bar(color=SERIES[0], height={"band": 0.62}).encode(x, y, tooltip=alt.Tooltip("words:N", title=" ")),
        base.mark_text(align="left", dx=4, color="#17212B").encode(x, y, text="people:Q"),
        height=36 * len(bars) + 40,
    )
