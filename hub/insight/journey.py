"""From the street to the exit: how many get how far, how long it takes, what they say, and where it hurts.

Stages are measured apart from each other; nobody is followed. So what gets lost between two stages is a difference of
counts, with the coverage of both behind it.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from hub.insight.scores import share

# Fewer people than this are not shown as a step of anybody's way.
_FEWEST = 5
# Counts of which one was looked at much longer than the other cannot be divided by each other.
_COVERED, _ALIKE = 0.8, 0.1

Evidence = Literal["trial", "driver", "answers", "none"]
_STRENGTH: tuple[Evidence, ...] = ("trial", "driver", "answers", "none")


class Stage(Struct, frozen=True, kw_only=True):
    """What was measured of one stage in a period; None is not measured, `coverage` the share of its time looked at.

    `seconds` is the median time there; `score` (with its interval) is of the answers about this touchpoint.
    """

    name: str
    people: int | None
    coverage: float
    seconds: float | None = None
    score: float | None = None
    low: float | None = None
    high: float | None = None
    answers: int = 0


class Step(Struct, frozen=True, kw_only=True):
    """A stage beside the one before it: `on` is the share that came on, `lost` how many did not.

    Both None, with a `reason`, where one of the two was not measured, not looked at alike, or has fewer than 5
    people. More people than in the stage before are shown as they are, with no interval and a reason.
    """

    stage: Stage
    on: float | None = None
    low: float | None = None
    high: float | None = None
    lost: int | None = None
    reason: str = ""


class Pain(Struct, frozen=True, kw_only=True):
    """What may hurt at a stage, in its parts; nothing here is an index.

    `exposure` is the share of visitors who met it. `severity` is what it costs one of them in points of the score,
    with its interval: a driver's effect times how far the condition was over its target, or the score of those who
    complain less the score of the others. `points` is their product: points of the whole shop's score. `evidence`
    says where the severity comes from; with "none" there is no product.
    """

    stage: str
    what: str
    exposure: float | None
    severity: float | None
    low: float | None
    high: float | None
    evidence: Evidence

    @property
    def points(self) -> float | None:
        """Points of the shop's score that it may cost; None where a part of it is not known."""
        if self.exposure is None or self.severity is None or self.evidence == "none":
            return None
        return self.exposure * self.severity

    @property
    def certain(self) -> bool:
        """Whether the whole interval of the severity is on the hurting side."""
        return self.evidence != "none" and self.high is not None and self.high < 0


def steps(stages: Sequence[Stage]) -> list[Step]:
    """Each stage beside the one before it, in the order given; the first has none before it.

    The interval of a share is Wilson's, as if everybody decided alone; people who come in twos make it a little wider
    than it says.
    """
    return [_step(None if i == 0 else stages[i - 1], stage) for i, stage in enumerate(stages)]


def _step(before: Stage | None, stage: Stage) -> Step:
    if before is None:
        return Step(stage=stage)
    if before.people is None or stage.people is None:
        return Step(stage=stage, reason="not measured")
    if min(before.coverage, stage.coverage) < _COVERED or abs(before.coverage - stage.coverage) > _ALIKE:
        return Step(stage=stage, reason=f"looked at {before.coverage:.0%} and {stage.coverage:.0%} of the time")
    if min(before.people, stage.people) < _FEWEST:
        return Step(stage=stage, reason=f"n<{_FEWEST}")
    if stage.people > before.people:
        return Step(stage=stage, on=stage.people / before.people, reason="more people than in the stage before")
    low, high = share(stage.people, before.people)["wilson95"]
    on = stage.people / before.people
    return Step(stage=stage, on=on, low=low, high=high, lost=before.people - stage.people)


def pains(found: Sequence[Pain]) -> list[Pain]:
    """What hurts, the most first: what is certain before what is not, then stronger evidence, then points.

    A pain without points (a part of it is not known) comes last, in the order given, never as a zero.
    """
    return sorted(found, key=_hurt)


def _hurt(pain: Pain) -> tuple[bool, bool, int, float]:
    points = pain.points
    return points is None, not pain.certain, _STRENGTH.index(pain.evidence), points or 0.0
