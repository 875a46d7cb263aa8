"""Rows of an imagined shop's stages, pains, bad moments, drivers, actions and trials."""

import json
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from tests.dashboard.hub_rows import COLUMNS, TIME, F, N, S, Shop, utc

_D, _B = pa.date32(), pa.bool_()
COLUMNS.update(
    {
        "journey": {"rank": N, "stage": S, "place": S, "people": N, "on": F, "on_low": F, "on_high": F, "lost": N}
        | {"p50_s": F, "p90_s": F, "score": F, "score_low": F, "score_high": F, "answers": N, "coverage": F}
        | {"reason": S},
        "pains": {"stage": S, "what": S, "exposure": F, "severity": F, "low": F, "high": F, "evidence": S},
        "bad_moments": {"day": _D, "visitors": N, "late": F, "unserved": F, "crowded": F, "least": F, "most": F}
        | {"coverage": F, "unmeasured": S},
        "drivers": {"condition": S, "unit": S, "verdict": S, "reason": S, "effect": F, "low": F, "high": F}
        | {"chance": F, "inflation": F, "with_others": pa.list_(S), "together": _B, "answers": N, "days": N}
        | {"needed": pa.list_(pa.struct({"what": S, "n": N, "least": N}))},
        "trials": {"id": S, "name": S, "metric": S, "first": _D, "last": _D, "state": S, "verdict": S}
        | {"effect": F, "low": F, "high": F, "unit": S, "chance": F, "days_on": N, "days_off": N, "days_missing": N}
        | {"detectable": F, "reason": S},
        "trial_plan": {"day": _D, "on": _B, "detectable": F, "usual": F, "seed": N, "reason": S},
        "documents": {"kind": S, "id": S, "version": N, "at": TIME, "by": S, "body": S},
    }
)
NASTY = "<img src=x onerror=alert(1)> レジ"


def with_journey(made: Shop) -> Shop:
    """The shop with its stages and ways."""
    made.rows["journey"] = [
        stage(1, "passing", None, 4000),
        stage(2, "entrance", "door", 1000, on=0.25, on_low=0.237, on_high=0.264, lost=3000),
        stage(3, "zone", NASTY, None, reason="not measured"),
        stage(
            4, "queue", "till_a", 600, p50_s=80.0, p90_s=290.0, score=20.0, score_low=8.0, score_high=32.0, answers=60
        ),
        stage(5, "till", "till_a", 612, on=1.02, reason="more people than in the stage before"),
        stage(6, "exit", None, None, reason="n<5"),
    ]
    made.rows["pains"] = [
        pain("queue", "wait", 0.12, -9.0, -14.0, -4.0, "driver"),
        pain("zone", "crowded", 0.03, None, None, None, "none"),
    ]
    made.rows["bad_moments"] = [
        moment(1, 100, 0.05, 0.08),
        moment(2, 300, 0.10, 0.10),
        moment(3, None, None, None) | {"late": None, "unserved": None},
    ]
    made.rows["flows"] = [
        {"place": a, "to": b, "day": date(2026, 11, 20), "n": n, "withheld": None if n else "n<5", "coverage": 1.0}
        for a, b, n in (
            ("door", "centre", 80),
            ("centre", "till_a", 50),
            ("door", "centre", None),
            ("till_a", "door", 9),
        )
    ]
    return made


def stage(rank: int, name: str, place: str | None, people: int | None, **other: Any) -> dict[str, Any]:
    """A row of `journey`."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS["journey"])
    return row | {"rank": rank, "stage": name, "place": place, "people": people, "coverage": 0.97} | other


def pain(
    place: str, what: str, met: float, costs: float | None, low: float | None, high: float | None, known: str
) -> dict[str, Any]:
    """A row of `pains`."""
    row: dict[str, Any] = {"stage": place, "what": what, "exposure": met, "severity": costs, "low": low, "high": high}
    return row | {"evidence": known}


def moment(day: int, visitors: int | None, least: float | None, most: float | None) -> dict[str, Any]:
    """A row of `bad_moments`; crowds are never measured."""
    row: dict[str, Any] = {"day": date(2026, 11, day), "visitors": visitors, "late": least, "unserved": 0.0}
    return row | {"crowded": None, "least": least, "most": most, "coverage": 0.9, "unmeasured": "crowded"}


def with_drivers(made: Shop) -> Shop:
    """The shop with effects, actions, trials and a plan drawn by lot."""
    needed = [{"what": "answers", "n": 626, "least": 200}, {"what": "days", "n": 9, "least": 14}]
    made.rows["drivers"] = [
        effect("wait", "minute", "driver", -4.5, needed, with_others=["queue"], together=True),
        effect("queue", "person in the queue", "nothing seen", 0.3, needed, with_others=["wait"], together=True),
        effect("tills", "till open", "not enough data", None, needed)
        | {"reason": "does not vary within hour, weekday and store"},
    ]
    today = made.rows["sites"][0]["day"]
    made.rows["documents"] = [
        action("a1", 3, what=NASTY, why="waits_late", owner="Ann", due=(today - timedelta(days=3)).isoformat()),
        action("a2", 1, what="Done thing", state="done", verdict="helped"),
        {"kind": "action", "id": "odd", "version": 1, "at": utc(1.8e9), "by": None, "body": "[not json"},
    ]
    made.rows["trials"] = [
        trial("changed", -0.12, "relative", "over"),
        trial("no change found", 1.4, "points", "over"),
        trial("cannot tell", None, "share", "running") | {"reason": "no verdict before its end on 2026-12-20"},
    ]
    made.rows["trial_plan"] = [
        {"day": today + timedelta(days=1 + i), "on": i % 2 == 0, "detectable": 0.08, "usual": 900.0, "seed": 77}
        | {"reason": None}
        for i in range(56)
    ]
    return made


def effect(
    name: str, unit: str, verdict: str, value: float | None, needed: list[dict[str, Any]], **other: Any
) -> dict[str, Any]:
    """A row of `drivers`."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS["drivers"])
    row |= {"condition": name, "unit": unit, "verdict": verdict, "effect": value, "needed": needed}
    ends = {} if value is None else {"low": value - 1.6, "high": value + 1.6}
    return row | ends | {"with_others": [], "answers": 626, "days": 9} | other


def action(name: str, version: int, **body: Any) -> dict[str, Any]:
    """A document of kind action."""
    row = {"kind": "action", "id": name, "version": version, "at": utc(1.8e9), "by": "ann"}
    return row | {"body": json.dumps({"state": "open", **body})}


def trial(verdict: str, value: float | None, unit: str, state: str) -> dict[str, Any]:
    """A row of `trials`."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS["trials"])
    row |= {"id": verdict, "name": f"Trial {verdict}", "metric": "within", "first": date(2026, 10, 1)}
    ends = {} if value is None else {"low": value - 0.06, "high": value + 0.06}
    return (
        row
        | ends
        | {"last": date(2026, 11, 1), "state": state, "verdict": verdict, "effect": value}
        | {
            "unit": unit,
            "days_on": 28,
            "days_off": 27,
            "days_missing": 1,
        }
    )
