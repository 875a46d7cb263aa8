"""Questions about answers by kind and beside visitors: scores_by, weighted, response, kiosk, drivers_all."""

from datetime import timedelta
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from hub.compound.hours import SURE, counted
from hub.compound.inquiry import Inquiry
from hub.insight import driver_rows
from hub.insight.scores import share, state
from hub.insight.several import holm
from hub.insight.stores import Measured
from hub.insight.tails import normal_tails
from hub.insight.tallies import SCORES, Tally, gathered
from hub.insight.weighting import Cell, weighted_nps
from hub.sites import local, moment, today

_F, _I, _S = pa.float64(), pa.int64(), pa.string()
_SCORES_BY = pa.schema([("by", _S), ("group", _S), *SCORES, ("differs", _S)])
_WEIGHTED = pa.schema(
    [
        *(("score", _S), ("n", _I)),
        *((name, _F) for name in ("value", "low", "high", "weighted", "weighted_low", "weighted_high")),
        *(("effective_n", _F), ("design_effect", _F), ("trimmed", _I), ("unheard", _F), ("state", _S)),
    ]
)
_RESPONSE = pa.schema(
    [("hour", _I), ("answers", _I), ("visitors", _I), *((name, _F) for name in ("rate", "low", "high", "coverage"))]
)
_KIOSK = pa.schema([("hour", _I), ("touchpoint", _S), ("score", _S), ("answer", _I), ("n", _I)])
_LEVEL, _TOGETHER = 0.05, 5
_Figures = Any


def scores_by(inquiry: Inquiry) -> pa.Table:
    """Each score by channel, touchpoint, daypart, weekday and week.

    `differs` says whether a group lies apart from all the others together (above, below, no difference seen; None:
    too few), after all groups were looked at (Holm).
    """
    found = gathered(inquiry.rows("answer_groups", inquiry.values).to_pylist(), "by", "group")
    rows = [{"by": by, "group": group, "tally": tally} for (by, group), tallies in found.items() for tally in tallies]
    told: list[dict[str, Any]] = []
    rows.sort(key=lambda row: (row["by"], row["tally"].score, row["group"]))
    for _, alike in groupby(rows, key=lambda row: (row["by"], row["tally"].score)):
        groups = list(alike)
        verdicts = _apart([row["tally"] for row in groups])
        told += [
            {"by": row["by"], "group": row["group"], **row["tally"].shown(), "differs": verdict}
            for row, verdict in zip(groups, verdicts, strict=True)
        ]
    return pa.Table.from_pylist(told, schema=_SCORES_BY)


def weighted(inquiry: Inquiry) -> pa.Table:
    """NPS as it would be if every hour's visitors had answered alike, beside the score as it is.

    Both from the answers with a known hour in which visitors were counted. `unheard` is the share of visitors of
    hours without answers.
    """
    hours = {row["hour"]: row for row in inquiry.rows("answer_hours", inquiry.values).to_pylist()}
    people, looked = _people(inquiry, "unit")
    cells = {
        str(hour): _cell(hours.get(hour, _NOBODY), float(seen))
        for hour, seen in enumerate(people / np.where(looked > 0, looked, np.nan))
        if np.isfinite(seen)
    }
    found = weighted_nps(cells)
    n = found.n if found else 0
    row: dict[str, Any] = {"score": "nps", "n": n, "state": state(n)}
    if found and row["state"] != "withheld":
        heard = [cell for cell in cells.values() if cell.n and cell.visitors > 0]
        counts = {
            10: sum(cell.promoters for cell in heard),
            7: sum(cell.passives for cell in heard),
            0: sum(cell.detractors for cell in heard),
        }
        value, low, high = Tally("nps", "0-10", counts, 0).claim()
        row |= {"value": value, "low": low, "high": high, "weighted": found.value, "weighted_low": found.low}
        row |= {"weighted_high": found.high, "effective_n": found.effective, "design_effect": found.design_effect}
        row |= {"trimmed": found.trimmed, "unheard": found.unheard}
    return pa.Table.from_pylist([row], schema=_WEIGHTED)


def response(inquiry: Inquiry) -> pa.Table:
    """Which share of the visitors answered, by local hour of the visit; first all hours together (hour is None).

    The rate is None where the doors were looked at for less than 90 % of the time, and with the answers where too few
    of an hour stand together. Days of which only a part of the answers may be told count in neither.
    """
    hours = inquiry.rows("answer_hours", inquiry.values).to_pylist()
    people, looked = _people(inquiry, "unit")
    whole = sum(row["whole"] for row in hours)
    seen = float(np.nansum(people)) if np.isfinite(people).any() else None
    covered = float(np.nanmean(looked)) if np.isfinite(looked).any() else None
    rows = [_rate(None, whole if whole >= _TOGETHER else None, seen, covered)]
    people, looked = _people(inquiry, "block")
    known = {row["hour"]: row for row in hours if row["hour"] is not None}
    for hour in range(24):
        if np.isfinite(looked[hour]) or hour in known:
            row = known.get(hour, _NOBODY)
            answers = None if row["hidden"] else row["n"]
            visitors, coverage = (float(a[hour]) if np.isfinite(a[hour]) else None for a in (people, looked))
            rows.append(_rate(hour, answers, visitors, coverage))
    return pa.Table.from_pylist(rows, schema=_RESPONSE)


def kiosk(inquiry: Inquiry) -> pa.Table:
    """Today's presses of buttons by local hour and answer; of hours that are over, where 5 stand together."""
    site, at = inquiry.site, int(inquiry.at)
    _, start, _ = today(site, at)
    _, minute = local(at, site.timezone, site.day_starts)
    over = at - at % 60 - minute % 60 * 60  # when the hour on the wall began
    given = {"site": site.id, "start": moment(start), "end": moment(inquiry.at), "over": moment(over)}
    return inquiry.rows("kiosk_presses", given).cast(_KIOSK)


def drivers_all(inquiry: Inquiry) -> pa.Table:
    """What one unit more of a condition goes with in NPS over all sites, each compared with itself."""
    span = {key: inquiry.values[key] for key in ("start", "end")}
    found = [inquiry.rows("drivers", {**span, "site": site.id}) for site in inquiry.sites]
    return driver_rows.effects(*found)


_NOBODY = {"n": 0, "hidden": 0, "whole": 0, "promoters": 0, "passives": 0, "detractors": 0}


def _cell(row: dict[str, Any], visitors: float) -> Cell:
    return Cell(row["promoters"], row["passives"], row["detractors"], visitors)


def _apart(tallies: list[Tally]) -> list[str | None]:
    """Of each group of a score, whether it lies apart from all others together; None where either is too few."""
    pairs = [(tally.measured("own"), _rest(tallies[:i] + tallies[i + 1 :])) for i, tally in enumerate(tallies)]
    chances = iter(holm([_chance(own, rest) for own, rest in pairs if own and rest]).tolist())
    said: list[str | None] = []
    for own, rest in pairs:
        if own is None or rest is None:
            said.append(None)
        elif next(chances) > _LEVEL:
            said.append("no difference seen")
        else:
            said.append("above" if own.value > rest.value else "below")
    return said


def _rest(tallies: list[Tally]) -> Measured | None:
    counts: dict[int, int] = {}
    for tally in tallies:
        for answer, n in tally.counts.items():
            counts[answer] = counts.get(answer, 0) + n
    if not tallies:
        return None
    return tallies[0]._replace(counts=counts, tops=sum(tally.tops for tally in tallies)).measured("rest")


def _chance(own: Measured, rest: Measured) -> float:
    return normal_tails((own.value - rest.value) / float(np.hypot(own.se, rest.se)))


def _people(inquiry: Inquiry, what: str) -> tuple[_Figures, _Figures]:
    """Visitors by local hour over the whole days of the period, and the share of that time looked at; NaN where no
    door was expected. Without the days of which the answers may not be told in this period.
    """
    site, start, end = inquiry.site, inquiry.values["start"].timestamp(), inquiry.values["end"].timestamp()
    first, begins, _ = today(site, start)
    first += timedelta(days=begins < start)
    days = max((today(site, end - 1.0)[0] - first).days + 1, 0)
    out = {row["day"] for row in inquiry.rows("answer_days_out", inquiry.values).to_pylist() if row["what"] == what}
    kept = [i for i in range(days) if first + timedelta(days=i) not in out]
    if not kept:
        return np.full(24, np.nan), np.full(24, np.nan)
    people, coverage = (found[kept] for found in counted(inquiry, site, first, days))
    expected = np.isfinite(coverage).sum(axis=0)
    looked = np.where(expected > 0, np.nansum(coverage, axis=0) / np.maximum(expected, 1), np.nan)
    return np.where(expected > 0, np.nansum(people, axis=0), np.nan), looked


def _rate(hour: int | None, answers: int | None, visitors: float | None, coverage: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"hour": hour, "answers": answers, "coverage": coverage}
    row["visitors"] = None if visitors is None else round(visitors)
    if answers is not None and visitors and coverage is not None and coverage >= SURE and answers <= visitors:
        found = share(answers, round(visitors))
        row |= {"rate": found["share"], "low": found["wilson95"][0], "high": found["wilson95"][1]}
    return row
