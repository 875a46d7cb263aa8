"""The score as it would be if everybody had answered alike: answers weighted to the mix of visitors.

Who answers is not who came: evenings may answer twice as often as mornings. Where visitors were counted, each hour's
(or store's) answers are given its visitors' share. What is different between those who answer and those who do not
within the same hour no weight can mend. The unweighted score stands beside it.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from hub.insight.scores import Z95

# One answer never counts for more than five average ones: beyond that the score is that of a few people.
_HEAVIEST = 5.0


class Cell(NamedTuple):
    """One stratum (an hour of a store, say): its promoters, passives, detractors, and how many visitors it had."""

    promoters: int
    passives: int
    detractors: int
    visitors: float

    @property
    def n(self) -> int:
        """Its answers."""
        return self.promoters + self.passives + self.detractors


class Weighted(Struct, frozen=True, kw_only=True):
    """NPS weighted to the visitors, its interval of 95 %, and what the weighting cost.

    `effective` is the number of equally weighted answers that would be as certain (Kish 1965); `unheard` is the share
    of visitors of whose strata nobody answered, so that they are in no score; `trimmed` counts strata whose weight
    was cut off at five.
    """

    n: int
    value: float
    low: float
    high: float
    plain: float
    effective: float
    design_effect: float
    unheard: float
    trimmed: int


def weighted_nps(cells: Mapping[str, Cell]) -> Weighted | None:
    """The score from strata with their visitors; None without answers, or where no stratum has both.

    Answers of a stratum without counted visitors keep out: nobody knows whom they stand for. The interval is the
    adjusted Wald one with the effective number in place of the number of answers.
    """
    heard = [cell for cell in cells.values() if cell.n and cell.visitors > 0]
    visitors = sum(max(cell.visitors, 0.0) for cell in cells.values())
    if not heard:
        return None
    weights, trimmed = _weights(heard)
    total = sum(w * cell.n for w, cell in zip(weights, heard, strict=True))
    effective = total**2 / sum(w * w * cell.n for w, cell in zip(weights, heard, strict=True))
    p = sum(w * cell.promoters for w, cell in zip(weights, heard, strict=True)) / total
    d = sum(w * cell.detractors for w, cell in zip(weights, heard, strict=True)) / total
    middle, half = _adjusted(p, d, effective)
    n = sum(cell.n for cell in heard)
    return Weighted(
        n=n,
        value=100 * (p - d),
        low=max(middle - half, -100.0),
        high=min(middle + half, 100.0),
        plain=100 * sum(cell.promoters - cell.detractors for cell in heard) / n,
        effective=effective,
        design_effect=n / effective,
        unheard=1 - sum(cell.visitors for cell in heard) / visitors,
        trimmed=trimmed,
    )


def _weights(cells: list[Cell]) -> tuple[list[float], int]:
    """What one answer of each stratum counts for, on average 1 before trimming, and how many were trimmed."""
    people, n = sum(cell.visitors for cell in cells), sum(cell.n for cell in cells)
    raw = [cell.visitors / people * n / cell.n for cell in cells]
    return [min(weight, _HEAVIEST) for weight in raw], sum(weight > _HEAVIEST for weight in raw)


def _adjusted(p: float, d: float, n: float) -> tuple[float, float]:
    """Middle and half width of the adjusted Wald interval of shares p and d of n answers."""
    p, d = (p * n + 0.75) / (n + 3), (d * n + 0.75) / (n + 3)
    return 100 * (p - d), 100 * Z95 * math.sqrt(max(p + d - (p - d) ** 2, 0.0) / (n + 3))
