"""The journey in its steps and pains, and bad moments between the least and the most they can be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.insight.bad_moments import Quarter, bad_moments
from hub.insight.journey import Pain, Stage, pains, steps
from hub.insight.scores import share


def stage(name: str, people: int | None, coverage: float = 1.0) -> Stage:
    return Stage(name=name, people=people, coverage=coverage)


def test_a_way_through_the_shop() -> None:
    street, door, queue = steps([stage("street", 4000), stage("door", 1000), stage("queue", 600)])
    assert (street.on, street.lost, street.reason) == (None, None, "")
    assert (door.on, door.lost) == (0.25, 3000)
    assert [door.low, door.high] == share(1000, 4000)["wilson95"]
    assert (queue.on, queue.lost) == (0.6, 400)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (stage("a", None), stage("b", 50), "not measured"),
        (stage("a", 100), stage("b", None), "not measured"),
        (stage("a", 100, 1.0), stage("b", 50, 0.85), "looked at 100% and 85% of the time"),
        (stage("a", 100, 0.7), stage("b", 50, 0.7), "looked at 70% and 70% of the time"),
        (stage("a", 100), stage("b", 4), "n<5"),
        (stage("a", 3), stage("b", 0), "n<5"),
    ],
)
def test_what_cannot_be_divided(before: Stage, after: Stage, reason: str) -> None:
    step = steps([before, after])[1]
    assert (step.on, step.low, step.high, step.lost, step.reason) == (None, None, None, None, reason)


def test_more_people_than_before_is_shown_and_said() -> None:
    step = steps([stage("door", 100), stage("queue", 120)])[1]
    assert (step.on, step.lost) == (1.2, None)
    assert "more people" in step.reason


def pain(what: str, exposure: float | None, severity: float | None, high: float | None, evidence: str) -> Pain:
    return Pain(stage="till", what=what, exposure=exposure, severity=severity, low=None, high=high, evidence=evidence)  # type: ignore[arg-type]


def test_pains_are_sorted_by_certainty_then_evidence_then_points() -> None:
    rows = [
        pain("no idea", None, -30, -5, "driver"),
        pain("maybe", 0.9, -40, 4, "driver"),
        pain("small", 0.1, -10, -2, "driver"),
        pain("told", 0.5, -50, -20, "answers"),
        pain("large", 0.4, -20, -8, "driver"),
        pain("guess", 0.5, -50, -20, "none"),
        pain("tried", 0.05, -5, -1, "trial"),
    ]
    found = pains(rows)
    assert [row.what for row in found] == ["tried", "large", "small", "told", "maybe", "no idea", "guess"]
    assert [row.points for row in found] == [-0.25, -8, -1, -25, -36, None, None]
    assert [row.certain for row in found] == [True, True, True, True, False, True, False]


QUARTERS = st.lists(
    st.builds(
        Quarter,
        st.one_of(st.none(), st.integers(0, 60)),
        st.one_of(st.none(), st.integers(0, 80)),
        st.one_of(st.none(), st.integers(0, 80)),
        st.one_of(st.none(), st.floats(0, 2)),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(QUARTERS)
def test_the_share_of_any_lies_between_its_parts_and_their_sum(quarters: list[Quarter]) -> None:
    found = bad_moments(quarters, 0.5)
    assert 0 <= found.coverage <= 1
    if not found.visitors:
        assert found.least is found.most is None
        return
    parts = [part for part in (found.late, found.unserved, found.crowded) if part is not None]
    assert found.least is not None
    assert found.most is not None
    assert max(parts, default=0) - 1e-9 <= found.least <= found.most <= min(1, sum(parts)) + 1e-9


def test_the_truth_lies_between_them() -> None:
    """Visitors who each meet some of the three by chance; only sums are told to the counter."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        met, quarters, visitors = 0, [], 0
        for _ in range(20):
            n, full = int(rng.integers(1, 40)), rng.random() < 0.2
            late, unserved = rng.random(n) < 0.3, rng.random(n) < 0.1
            met += int((late | unserved | full).sum())
            visitors += n
            quarters.append(Quarter(n, int(late.sum()), int(unserved.sum()), 0.9 if full else 0.1))
        found = bad_moments(quarters, 0.5)
        assert found.least is not None
        assert found.most is not None
        assert found.least <= met / visitors <= found.most


def test_missing_is_not_good() -> None:
    dead = Quarter(50, None, 0, 0.1)
    found = bad_moments([Quarter(10, 5, 0, 0.1), dead], 0.5)
    assert (found.visitors, found.late, found.coverage) == (10, 0.5, 0.5)
    blind = bad_moments([Quarter(10, 5, None, None), Quarter(10, 0, None, None)], 0.5)
    assert (blind.unserved, blind.crowded, blind.late) == (None, None, 0.25)
    assert blind.unmeasured == ("unserved", "people_m2")
    nothing = bad_moments([], 0.5)
    assert (nothing.visitors, nothing.least, nothing.coverage) == (0, None, 0.0)
