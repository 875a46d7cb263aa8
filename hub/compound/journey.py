"""The question `journey`: from the street to the exit, how many come how far, in what time, and what they say."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from hub.compound.hours import Hour, days_table, hours_over
from hub.compound.inquiry import Inquiry
from hub.compound.windows import Loads, Stays, loads, stays
from hub.insight.durations import quantiles
from hub.insight.journey import Stage, Step, steps

ROWS = pa.schema(
    [
        *(("rank", pa.int64()), ("stage", pa.string()), ("place", pa.string()), ("people", pa.int64())),
        *((name, pa.float64()) for name in ("on", "on_low", "on_high")),
        ("lost", pa.int64()),
        *((name, pa.float64()) for name in ("p50_s", "p90_s", "score", "score_low", "score_high")),
        *(("answers", pa.int64()), ("coverage", pa.float64()), ("reason", pa.string())),
    ]
)
# What survey tools call the touchpoint of a stage; the place's own id comes before these.
TOUCHPOINTS = {
    "passing": ("passing", "street", "window"),
    "entrance": ("entrance", "door"),
    "zone": ("browse",),
    "fitting": ("fitting",),
    "queue": ("queue",),
    "till": ("till", "checkout"),
    "exit": ("exit",),
}
_K = 5
# A stage is compared with the one that people come from: nobody has to walk through one zone to the next.
_AFTER = {"entrance": "passing", "till": "queue"}


class Found(NamedTuple):
    """A stage of a place: who was there, how long, and the share of its time looked at."""

    stage: str
    place: str
    people: int | None
    coverage: float | None
    p50_s: float | None = None
    p90_s: float | None = None


def answer(inquiry: Inquiry) -> pa.Table:
    """The stages that are measured, in order: passing, entrance, zone, fitting, queue, till, exit; places of a stage
    by name, all doors as one entrance and one exit.

    `on` is the share of the stage before: of passers-by for the entrance, of the queue for its till, of the entrance
    for all others; null with a `reason` where one of the two was not measured alike. Zones count stays, not persons;
    one whose id begins with "fitting" is a fitting room. Only business days that begin in the period and are over.
    """
    hours = hours_over(inquiry)
    if not hours:
        return ROWS.empty_table()
    found = stages(inquiry, hours)
    scores = _scores(inquiry)
    rows = [_row(rank, one, found, scores) for rank, one in enumerate(found, start=1)]
    return pa.Table.from_pylist(rows, schema=ROWS)


def stages(inquiry: Inquiry, hours: tuple[Hour, ...]) -> list[Found]:
    """The stages of the business days of these hours, in order."""
    lines = list(_lines(inquiry, hours))
    kinds = {row["place"]: row["kind"] for row in inquiry.ask("places", inquiry.site).to_pylist()}
    zones = list(_zones(inquiry, hours, [place for place, kind in kinds.items() if kind == "zone"]))
    queues = list(_queues(inquiry, hours, [place for place, kind in kinds.items() if kind == "queue"]))
    found = [*lines, *zones, *queues]
    order = list(TOUCHPOINTS)
    return sorted(found, key=lambda one: (order.index(one.stage), one.place))


def _lines(inquiry: Inquiry, hours: tuple[Hour, ...]) -> Iterator[Found]:
    span = {"site": inquiry.site.id}
    calendar = days_table(inquiry.site, hours[0].start, hours[-1].end)
    rows = inquiry.rows("line_days", span, calendar).to_pylist()
    for stage, role, column in (
        ("passing", "passing", "passers"),
        ("entrance", "door", "entries"),
        ("exit", "door", "exits"),
    ):
        mine = [row for row in rows if row["role"] == role]
        if mine:
            known = [row[column] for row in mine if row[column] is not None]
            due = sum(row["due_s"] for row in mine)
            looked = min(1.0, sum(row["observed_s"] for row in mine) / due) if due else None
            places = sorted({row["place"] for row in mine})
            yield Found(stage, places[0] if len(places) == 1 else "", sum(known) if known else None, looked)


def _zones(inquiry: Inquiry, hours: tuple[Hour, ...], places: list[str]) -> Iterator[Found]:
    dwell, load = stays(inquiry, inquiry.site, hours, "dwell"), loads(inquiry, inquiry.site, hours, "zone")
    for place in places:
        if (load.place == place).any() or (dwell.place == place).any():
            stage = "fitting" if place.startswith("fitting") else "zone"
            yield _stayed(stage, place, dwell, _coverage(load, place, hours))


def _queues(inquiry: Inquiry, hours: tuple[Hour, ...], places: list[str]) -> Iterator[Found]:
    load = loads(inquiry, inquiry.site, hours, "queue")
    timed = {of: stays(inquiry, inquiry.site, hours, of) for of in ("wait", "service")}
    for place in places:
        if (mine := load.place == place).any():
            looked = _coverage(load, place, hours)
            for stage, column, of in (("queue", load.joined, "wait"), ("till", load.served, "service")):
                known = column[mine][np.isfinite(column[mine])]
                people = round(float(known.sum())) if len(known) else None
                yield _stayed(stage, place, timed[of], looked)._replace(people=people)


def _stayed(stage: str, place: str, found: Stays, looked: float | None) -> Found:
    mine = (found.place == place) & np.isfinite(found.n)
    if not mine.any():
        return Found(stage, place, None, looked)
    bins = found.bins[mine].sum(axis=0)[None]
    p50_s, p90_s = (float(quantiles(bins, q)[0]) for q in (0.5, 0.9))
    return Found(stage, place, round(float(found.n[mine].sum())), looked, p50_s, p90_s)


def _coverage(load: Loads, place: str, hours: tuple[Hour, ...]) -> float | None:
    """The share of the time from the place's first window on."""
    mine = load.place == place
    if not mine.any():
        return None
    due = hours[-1].end - max(hours[0].start, float(load.start[mine].min()))
    return min(1.0, float(np.nansum(load.observed_s[mine])) / due)


def _scores(inquiry: Inquiry) -> dict[str, dict[str, Any]]:
    """NPS by touchpoint, where it may be shown."""
    span = {key: inquiry.values[key] for key in ("start", "end")}
    rows = inquiry.ask("scores_by", inquiry.site, **span).to_pylist()
    return {row["group"]: row for row in rows if row["by"] == "touchpoint" and row["score"] == "nps"}


def _row(rank: int, one: Found, found: list[Found], scores: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    step = _step(one, _before(one, found))
    few = one.people is not None and one.people < _K
    names = (one.place, *TOUCHPOINTS[one.stage])
    said = next((scores[name] for name in names if name in scores), None)
    row = {"rank": rank, "stage": one.stage, "place": one.place or None, "people": None if few else one.people}
    row |= {"on": step.on, "on_low": step.low, "on_high": step.high, "lost": step.lost, "coverage": one.coverage}
    row |= {"p50_s": one.p50_s, "p90_s": one.p90_s, "reason": "n<5" if few else step.reason or None}
    if said is not None:
        row |= {"score": said["value"], "score_low": said["low"], "score_high": said["high"], "answers": said["n"]}
    return row


def _before(one: Found, found: list[Found]) -> Found | None:
    """The stage that people come from."""
    if one.stage == "passing":
        return None
    wanted = _AFTER.get(one.stage, "entrance")
    for other in found:
        if other.stage == wanted and (wanted != "queue" or other.place == one.place):
            return other
    return None


def _step(one: Found, before: Found | None) -> Step:
    here = Stage(name=one.stage, people=one.people, coverage=one.coverage or 0.0)
    if before is None:
        step = Step(stage=here)
        return step if one.people is not None else msgspec.structs.replace(step, reason="not measured")
    return steps([Stage(name=before.stage, people=before.people, coverage=before.coverage or 0.0), here])[1]
