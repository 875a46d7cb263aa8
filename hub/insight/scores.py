"""NPS, CSAT and CES with their doubt, from counts of answers.

A score below 10 answers is not shown, only the answers are, and below 5 not even these; from 10 to 29 it is shown as
`few`. Answers given on different scales are never pooled.
"""

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, Literal

from hub.insight.tails import t_quantile

_WITHHELD_BELOW, _FEW_BELOW = 10, 30
Z95 = NormalDist().inv_cdf(0.975)
Counts = Mapping[int, int]
State = Literal["ok", "few", "withheld"]


def state(n: int) -> State:
    """Whether a score of n answers may be shown: `withheld` below 10, `few` below 30, else `ok`."""
    return "withheld" if n < _WITHHELD_BELOW else "few" if n < _FEW_BELOW else "ok"


def nps(counts: Counts) -> dict[str, Any]:
    """Net Promoter Score of answers 0..10 (-100 to 100), with its plain and its adjusted Wald interval of 95 %.

    Adjusted: 3 answers are added, 3/4 of one to the promoters and to the detractors (Rocks, The American
    Statistician, 2016), which holds 95 % down to 5 answers; its ends may lie beyond 100. None where n is 0.
    """
    n = sum(counts.values())
    promoters = sum(count for answer, count in counts.items() if answer >= 9)
    detractors = sum(count for answer, count in counts.items() if answer <= 6)
    out: dict[str, Any] = {"n": n, "promoters": promoters, "passives": n - promoters - detractors}
    out["detractors"] = detractors
    if not n:
        return out | dict.fromkeys(("nps", "se", "wald95", "adj_wald_estimate", "adj_wald95"))
    value, se = _trinomial(promoters, detractors, n)
    middle, spread = _trinomial(promoters + 0.75, detractors + 0.75, n + 3)
    return out | {
        "nps": value,
        "se": se,
        "wald95": [value - Z95 * se, value + Z95 * se],
        "adj_wald_estimate": middle,
        "adj_wald95": [middle - Z95 * spread, middle + Z95 * spread],
    }


def _trinomial(promoters: float, detractors: float, n: float) -> tuple[float, float]:
    p, d = promoters / n, detractors / n
    return 100 * (p - d), 100 * math.sqrt(max(p + d - (p - d) ** 2, 0.0) / n)


def share(top: int, n: int) -> dict[str, Any]:
    """The share `top` of n with its Wilson interval of 95 %; none and all touch 0 and 1. None where n is 0."""
    if not n:
        return {"n": 0, "top": 0, "share": None, "wilson95": None}
    p, z2 = top / n, Z95**2
    middle, spread = p + z2 / (2 * n), Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low, high = (middle - spread) / (1 + z2 / n), (middle + spread) / (1 + z2 / n)
    return {"n": n, "top": top, "share": p, "wilson95": [low if top else 0.0, high if top < n else 1.0]}


def mean(counts: Counts) -> dict[str, Any]:
    """The mean of the answers with its t interval of 95 %; the interval needs two answers, the mean one."""
    n = sum(counts.values())
    if not n:
        return {"n": 0, "mean": None, "sd": None, "t95": None}
    middle = sum(answer * count for answer, count in counts.items()) / n
    if n < 2:
        return {"n": n, "mean": middle, "sd": None, "t95": None}
    sd = math.sqrt(sum(count * (answer - middle) ** 2 for answer, count in counts.items()) / (n - 1))
    half = t_quantile(0.975, n - 1) * sd / math.sqrt(n)
    return {"n": n, "mean": middle, "sd": sd, "t95": [middle - half, middle + half]}
