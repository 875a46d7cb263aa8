"""Rows of an imagined shop's survey answers: three scores, groups of them, weeks of which one is withheld."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from tests.dashboard.hub_rows import COLUMNS, F, N, S, Shop

_SCORE = {"score": S, "n": N, "value": F, "low": F, "high": F, "state": S}
_SPREAD = {"distribution": pa.list_(pa.struct({"answer": N, "n": N}))}
COLUMNS.update(
    {
        "scores": _SCORE | _SPREAD,
        "scores_by": {"by": S, "group": S, **_SCORE, **_SPREAD, "differs": S},
        "weighted": {"score": S, "n": N, "value": F, "low": F, "high": F, "weighted": F, "weighted_low": F}
        | {"weighted_high": F, "effective_n": F, "design_effect": F, "trimmed": N, "unheard": F, "state": S},
        "response": {"hour": N, "answers": N, "visitors": N, "rate": F, "low": F, "high": F, "coverage": F},
        "kiosk": {"hour": N, "touchpoint": S, "score": S, "answer": N, "n": N},
        "themes": {"theme": S, "n": N, "rated": N, "promoters": N, "detractors": N},
        "words": {"word": S, "n": N, "rated": N, "promoters": N, "detractors": N},
        "comments": {
            "day": pa.date32(),
            "touchpoint": S,
            "nps": N,
            "csat": N,
            "csat_scale": S,
            "ces": N,
            "comment": S,
        },
    }
)
NASTY = "<script>alert(1)</script> sehr lange gewartet, 待ち時間"


def with_voice(made: Shop) -> Shop:
    """The shop with what is asked about its answers."""
    made.rows["scores"] = [
        score("nps", 212, 38.2, 28.6, 47.1, counts={0: 20, 7: 60, 8: 30, 9: 50, 10: 52}),
        score("csat", 64, 0.84, 0.74, 0.91, counts={1: 4, 3: 6, 4: 24, 5: 30}),
        score("ces", 14, 5.2, 4.4, 6.0, "few", counts={2: 2, 5: 6, 7: 6}),
    ]
    made.rows["scores_by"] = [
        group("daypart", "evening", 60, 12.0, "below"),
        group("daypart", "morning", 80, 45.0, "no difference seen"),
        group("daypart", "midday", 7, None, None),
        group("touchpoint", NASTY, 40, 30.0, "no difference seen"),
        *(group("week", week.isoformat(), *told) for week, told in zip(_mondays(), _WEEKS, strict=True)),
    ]
    row: dict[str, Any] = {"score": "nps", "n": 180, "value": 38.0, "low": 28.0, "high": 47.0, "weighted": 31.0}
    row |= {"weighted_low": 19.0, "weighted_high": 43.0, "effective_n": 120.4, "design_effect": 1.5, "trimmed": 2}
    made.rows["weighted"] = [row | {"unheard": 0.1, "state": "ok"}]
    made.rows["response"] = [answered(None, 212, 4000), answered(12, 40, 600), answered(13, None, 500)]
    made.rows["themes"] = [{"theme": "waiting", "n": 31, "rated": 30, "promoters": 3, "detractors": 20}]
    made.rows["words"] = [{"word": "kasse", "n": 12, "rated": 12, "promoters": None, "detractors": None}]
    made.rows["comments"] = [comment(NASTY), *(comment(f"number {i}") for i in range(60))]
    made.rows["kiosk"] = [
        {"hour": 10, "touchpoint": "exit", "score": "csat", "answer": answer, "n": n}
        for answer, n in ((1, 3), (4, 9))
    ] + [{"hour": 9, "touchpoint": None, "score": "csat", "answer": None, "n": None}]
    made.mappings = [
        {"name": "till-survey", "kind": "survey", "source": "till", "own": True, "last_at": "2026-11-01T10:00:00Z"}
        | {"last_day": "2026-11-01", "rows": 120},
        {"name": "odd", "kind": None, "source": None, "own": True, "last_at": None, "last_day": None, "rows": None},
    ]
    return made


_WEEKS = ((50, 20.0, None), (6, None, None), (61, 41.0, None))


def _mondays() -> list[date]:
    return [date(2026, 11, 2) + timedelta(weeks=i) for i in range(3)]


def score(
    name: str,
    n: int | None,
    value: float | None,
    low: float | None,
    high: float | None,
    state: str = "ok",
    counts: dict[int, int] | None = None,
) -> dict[str, Any]:
    """A row of `scores`."""
    spread = [{"answer": answer, "n": many} for answer, many in (counts or {}).items()]
    row = {"score": name, "n": n, "value": value, "low": low, "high": high, "state": state}
    return row | {"distribution": spread}


def group(by: str, name: str, n: int, value: float | None, differs: str | None) -> dict[str, Any]:
    """A row of `scores_by` of NPS, 12 points to both sides."""
    ends = (None, None) if value is None else (value - 12, value + 12)
    state = "withheld" if value is None else "ok"
    return {"by": by, "group": name, **score("nps", n, value, *ends, state), "differs": differs}


def answered(hour: int | None, answers: int | None, visitors: int) -> dict[str, Any]:
    """A row of `response`."""
    rate = None if answers is None else answers / visitors
    ends = {"low": None, "high": None} if rate is None else {"low": rate * 0.8, "high": rate * 1.2}
    return {"hour": hour, "answers": answers, "visitors": visitors, "rate": rate, **ends, "coverage": 0.97}


def comment(text: str) -> dict[str, Any]:
    """A row of `comments`."""
    row: dict[str, Any] = {"day": date(2026, 11, 20), "touchpoint": "till", "nps": 3, "csat": None}
    return row | {"csat_scale": None, "ces": None, "comment": text}
