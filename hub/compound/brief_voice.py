"""What the brief looks at in what customers say: the score, what moves it, and themes that rise."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import sqrt
from typing import Any

import msgspec

from hub.compound.inquiry import Inquiry
from hub.insight.changes import two_shares
from hub.insight.findings import Candidate, of_change
from hub.insight.scores import Z95
from hub.insight.tails import normal_tails
from hub.sites import Site, day_span, moment

_BEFORE, _DRIVER_DAYS = 28, 90
_LEAST_NOW, _LEAST_BEFORE = 10, 30
_HIDDEN = 4  # a theme that is not told of had at most so many


def candidates(inquiry: Inquiry, site: Site, day: date) -> Iterator[Candidate]:
    """What could be said of the week that ends with `day`."""
    week, before = _span(site, day, 7), _span(site, day - timedelta(days=7), _BEFORE)
    yield from _score(inquiry, site, week, before)
    yield from _themes(inquiry, site, week, before)
    for row in inquiry.ask("drivers", site, **_span(site, day, _DRIVER_DAYS)).to_pylist():
        if row["chance"] is not None:
            yield _driver(row)


def _span(site: Site, last: date, days: int) -> dict[str, Any]:
    start, end = day_span(site, last - timedelta(days=days - 1))[0], day_span(site, last)[1]
    return {"start": moment(start), "end": moment(end)}


def _score(inquiry: Inquiry, site: Site, week: dict[str, Any], before: dict[str, Any]) -> Iterator[Candidate]:
    """NPS now less NPS before, by their adjusted Wald intervals."""
    now, then = (_nps(inquiry, site, span) for span in (week, before))
    if now is None or then is None or now["n"] < _LEAST_NOW or then["n"] < _LEAST_BEFORE:
        return
    change = now["value"] - then["value"]
    error = sqrt(_variance(now) + _variance(then))
    yield Candidate(
        code="score_up" if change > 0 else "score_down",
        unit="points",
        evidence="voice",
        advice="read_comments",
        effect=change,
        size=min(abs(change) / 100, 1.0),
        chance=normal_tails(change / error),
        worth=abs(change) >= 5,
        low=change - Z95 * error,
        high=change + Z95 * error,
        usual=then["value"],
        n=now["n"],
    )


def _nps(inquiry: Inquiry, site: Site, span: dict[str, Any]) -> dict[str, Any] | None:
    rows = inquiry.ask("scores", site, **span).to_pylist()
    return next((row for row in rows if row["score"] == "nps" and row["value"] is not None), None)


def _variance(score: dict[str, Any]) -> float:
    """Of the adjusted estimate, three answers more, three quarters of one to either side (Rocks 2016)."""
    counts = {part["answer"]: part["n"] for part in score["distribution"]}
    n = score["n"] + 3
    promoters = (sum(count for answer, count in counts.items() if answer >= 9) + 0.75) / n
    detractors = (sum(count for answer, count in counts.items() if answer <= 6) + 0.75) / n
    return float(1e4 * (promoters + detractors - (promoters - detractors) ** 2) / n)


def _themes(inquiry: Inquiry, site: Site, week: dict[str, Any], before: dict[str, Any]) -> Iterator[Candidate]:
    """Themes of the week in more comments than in the four weeks before."""
    now, then = (_told(inquiry, site, span) for span in (week, before))
    of, of_then = (_comments(inquiry, site, span) for span in (week, before))
    for theme, n in now.items():
        found = two_shares(n, of, then.get(theme, min(_HIDDEN, of_then)), of_then)
        if found is not None:
            made = of_change(found, "theme_up", "share", "voice", "read_comments", 0.05)
            yield _at(made, theme)


def _told(inquiry: Inquiry, site: Site, span: dict[str, Any]) -> dict[str, int]:
    return {row["theme"]: row["n"] for row in inquiry.ask("themes", site, **span).to_pylist()}


def _comments(inquiry: Inquiry, site: Site, span: dict[str, Any]) -> int:
    return int(inquiry.rows("comment_count", {"site": site.id} | span)["n"][0].as_py())


def _driver(row: dict[str, Any]) -> Candidate:
    effect = row["effect"]
    return Candidate(
        code="driver",
        unit="points_per_unit",
        evidence="drivers",
        advice="plan_trial",
        effect=effect,
        size=min(abs(effect or 0.0) / 100, 1.0),
        chance=row["chance"],
        worth=row["verdict"] == "driver",
        place=row["condition"],
        low=row["low"],
        high=row["high"],
        n=row["answers"],
    )


def _at(one: Candidate, place: str) -> Candidate:
    return msgspec.structs.replace(one, place=place)
