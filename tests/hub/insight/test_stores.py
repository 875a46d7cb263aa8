"""Stores beside each other: the spread against its own simulation, drawing in, and no rank without reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import chi2

from hub.insight.stores import Measured, differences, of_nps, spread, standings

GROUPS = st.lists(st.tuples(st.floats(-80, 80), st.floats(1, 30)), min_size=3, max_size=12)


def groups(values: list[tuple[float, float]]) -> list[Measured]:
    return [Measured(f"s{i:02}", 50, value, se) for i, (value, se) in enumerate(values)]


def drawn(rng: np.random.Generator, k: int, sd: float) -> list[Measured]:
    se = rng.uniform(3, 12, k)
    return groups(list(zip(20 + rng.normal(0, sd, k) + rng.normal(0, se), se, strict=True)))


@settings(deadline=None, max_examples=30)
@given(GROUPS)
def test_the_spread_solves_its_equations(values: list[tuple[float, float]]) -> None:
    """DerSimonian and Laird by the textbook, the ends of the interval by another root finder."""
    y, w = np.array([v for v, _ in values]), np.array([1 / s**2 for _, s in values])
    found = spread(groups(values))
    assert found is not None
    df, middle = len(y) - 1, (w * y).sum() / w.sum()
    q = (w * (y - middle) ** 2).sum()
    assert found.sd**2 == pytest.approx(max(0.0, (q - df) / (w.sum() - (w**2).sum() / w.sum())), abs=1e-9)

    def squares(variance: float) -> float:
        own = 1 / (1 / w + variance)
        return float((own * (y - (own * y).sum() / own.sum()) ** 2).sum())

    for end, p in ((found.low, 0.975), (found.high or 0.0, 0.025)):
        aim = chi2.ppf(p, df)
        expected = brentq(lambda v, aim=aim: squares(v) - aim, 0, 1e7) if squares(0) > aim else 0.0
        assert end**2 == pytest.approx(expected, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("sd", [0.0, 8.0, 20.0])
def test_the_interval_of_the_spread_holds_what_it_promises(sd: float) -> None:
    rng, held, sets = np.random.default_rng(int(sd)), 0, 100
    for _ in range(sets):
        found = spread(drawn(rng, 12, sd))
        assert found is not None
        held += found.low <= sd <= (found.high or np.inf)
    assert held / sets >= 0.9


def test_two_groups_have_no_spread() -> None:
    assert spread(groups([(0, 5), (90, 5)])) is None
    assert spread([]) is None
    assert standings([]) == []
    assert [row.drawn for row in standings(groups([(0, 5), (90, 5)]))] == [0, 90]


def test_drawn_in_scores_are_nearer_to_the_truth_and_their_intervals_hold_it() -> None:
    rng, plain, drawn_in, held, n = np.random.default_rng(4), 0.0, 0.0, 0, 0
    for _ in range(60):
        truth, se = 20 + rng.normal(0, 8, 15), rng.uniform(4, 20, 15)
        rows = standings(groups(list(zip(truth + rng.normal(0, se), se, strict=True))))
        for row, true in zip(rows, truth, strict=True):
            plain += (row.value - true) ** 2
            drawn_in += (row.drawn - true) ** 2
            held += row.low <= true <= row.high
            n += 1
    assert drawn_in < 0.6 * plain
    assert held / n > 0.93


def test_equal_stores_are_not_ranked() -> None:
    rng, ranked, beyond = np.random.default_rng(5), 0, 0
    for _ in range(40):
        rows = standings(drawn(rng, 20, 0.0))
        ranked += any((row.first, row.last) != (1, 20) for row in rows)
        beyond += sum(row.beyond is not None for row in rows)
    assert ranked <= 2
    assert beyond / 800 < 0.012


@settings(deadline=None, max_examples=30)
@given(GROUPS)
def test_no_place_inside_overlapping_intervals(values: list[tuple[float, float]]) -> None:
    rows = standings(groups(values))
    assert [row.name for row in rows] == sorted(row.name for row in rows)
    for a in rows:
        assert a.low <= a.drawn <= a.high
        assert 1 <= a.first <= a.last <= len(rows)
        for b in rows:
            if a.low <= b.high and b.low <= a.high:
                assert a.first <= b.last
                assert b.first <= a.last
            elif a.low > b.high:
                assert a.last <= b.last
                assert a.first <= b.first


def test_one_store_far_off_is_beyond_the_limits_and_has_its_place() -> None:
    rows = standings(groups([(30, 4), (28, 4), (33, 4), (31, 4), (29, 4), (-40, 4)]))
    assert [row.beyond for row in rows][-1] == "below"
    assert (rows[-1].first, rows[-1].last) == (6, 6)
    assert all((row.first, row.last) == (1, 5) for row in rows[:-1])


def test_ten_equal_answers_are_not_certain() -> None:
    one = of_nps("s001", 10, 0, 10)
    assert one.value == 100
    assert one.se > 5


def test_differences_are_told_after_all_pairs_were_looked_at() -> None:
    found = {(d.a, d.b): d for d in differences(groups([(0, 5), (10, 5), (50, 5)]))}
    assert set(found) == {("s00", "s01"), ("s00", "s02"), ("s01", "s02")}
    near, far = found["s00", "s01"], found["s00", "s02"]
    assert (near.points, near.apart, far.apart) == (10, False, True)
    assert near.low < 0 < near.high
    assert near.chance == pytest.approx(0.157299, abs=1e-6)  # z = 1.414, the least of three: Holm leaves it
    rng = np.random.default_rng(6)
    wrong = sum(any(d.apart for d in differences(drawn(rng, 6, 0.0))) for _ in range(200))
    assert wrong / 200 < 0.08
