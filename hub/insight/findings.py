"""At most three things worth saying of a day or a week, or nothing.

Every candidate that was looked at has a chance of looking like this when nothing changed. Looking often finds
something: so the chances are adjusted for all candidates of the span together (Holm 1979), and only what stays at or
below 5 % is said. With that, of the quiet days at most one in twenty says anything at all. A fact, such as hours
nobody looked at, is no test and needs none.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from hub.insight.changes import Change
from hub.insight.several import holm

MOST, LEVEL = 3, 0.05
Unit = Literal["ratio", "share", "points", "points_per_unit"]


class Candidate(Struct, frozen=True, kw_only=True):
    """Something that was looked at. `size` is its effect as a share (of visitors, of waits, of the score's 100
    points), so that candidates can be put in order; `chance` is None for a fact. `worth` says that the effect is
    large enough to act on. A candidate that is not worth saying counts as looked at.
    """

    code: str
    unit: Unit
    evidence: str
    advice: str
    effect: float | None
    size: float
    chance: float | None
    worth: bool = True
    place: str | None = None
    low: float | None = None
    high: float | None = None
    usual: float | None = None
    n: int | None = None
    coverage: float | None = None
    start: float | None = None
    end: float | None = None


class Finding(NamedTuple):
    """A candidate that is said: `certainty` is 1 less its adjusted chance."""

    candidate: Candidate
    certainty: float


def findings(candidates: Sequence[Candidate]) -> list[Finding]:
    """What is said, by size times certainty, the most first; empty where nothing stands out."""
    tested = [one for one in candidates if one.chance is not None]
    adjusted = holm([one.chance if one.chance is not None else 1.0 for one in tested]).tolist()
    found = [Finding(one, 1.0) for one in candidates if one.chance is None]
    found += [Finding(one, 1 - chance) for one, chance in zip(tested, adjusted, strict=True) if chance <= LEVEL]
    worth = [one for one in found if one.candidate.worth]
    return sorted(worth, key=lambda one: -one.candidate.size * one.certainty)[:MOST]


def of_change(found: Change, code: str, unit: Unit, evidence: str, advice: str, worth: float) -> Candidate:
    """The candidate of a change, worth saying from an effect of `worth` on (of a ratio: its distance from 1)."""
    far = abs(found.effect - 1) if unit == "ratio" else abs(found.effect)
    return Candidate(
        code=code,
        unit=unit,
        evidence=evidence,
        advice=advice,
        effect=found.effect,
        size=min(far, 1.0),
        chance=found.chance,
        worth=far >= worth,
        low=found.low,
        high=found.high,
        usual=found.usual,
        n=found.n,
    )
