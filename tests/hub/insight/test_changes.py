"""Whether the newest value is unlike those before: against formulas by hand and against chance itself."""

from math import comb, exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.insight.changes import change, fisher_more, two_shares


def test_a_ratio_by_hand():
    """Seven days of log 100 +- 0.1 and one of 150: a t of one new value with six degrees of freedom."""
    before = [100 * exp(0.1 * sign) for sign in (1, -1, 1, -1, 1, -1, 0)]
    values = np.array([*before, 150.0])
    people = np.full(8, 1e9)
    found = change(values, people, np.zeros(8, dtype=np.int64), "ratio")
    spread = (0.1**2 * 6 / 6 * (1 + 1 / 7)) ** 0.5
    assert found.effect == pytest.approx(1.5)
    assert found.usual == pytest.approx(100)
    assert log(found.high / found.effect) == pytest.approx(2.4469118 * spread, rel=1e-6)
    assert found.chance == pytest.approx(2 * 0.0044, abs=2e-3)


def test_a_share_is_told_as_a_difference():
    values = np.array([0.9, 0.92, 0.88, 0.91, 0.9, 0.89, 0.6])
    found = change(values, np.full(7, 400.0), np.zeros(7, dtype=np.int64), "share", -1)
    assert found.effect == pytest.approx(-0.3, abs=0.002)
    assert found.low < found.effect < found.high < 0
    assert found.chance < 1e-4
    other = change(values, np.full(7, 400.0), np.zeros(7, dtype=np.int64), "share", 1)
    assert other.chance > 0.999


def test_only_the_days_own_weekday_is_its_usual():
    groups = np.array([0, 1] * 10 + [1])
    values = np.array([100.0, 200.0] * 10 + [200.0])
    found = change(values, values, groups, "ratio", 0, (6, 3))
    assert found.effect == pytest.approx(1)
    assert found.chance == pytest.approx(1)


@pytest.mark.parametrize("newest", [np.nan, 0.0])
def test_what_is_not_known_is_not_judged(newest):
    values = np.array([100.0] * 9 + [newest])
    assert change(values, values, np.zeros(10, dtype=np.int64), "ratio") is None


def test_too_few_days_say_nothing():
    values = np.array([100.0] * 5 + [np.nan] * 9 + [300.0])
    assert change(values, values, np.zeros(15, dtype=np.int64), "ratio") is None


def test_a_small_day_may_scatter_more():
    """The same 70 % of 400 and of 30 people: the smaller one is less certain."""
    before, groups = [0.9, 0.92, 0.88, 0.91, 0.9, 0.89], np.zeros(7, dtype=np.int64)
    large, small = (
        change(np.array([*before, 0.7]), np.array([400.0] * 6 + [n]), groups, "share", -1) for n in (400.0, 30.0)
    )
    assert large.chance < 0.01 < small.chance


@pytest.mark.parametrize("scale", ["ratio", "share"])
def test_of_days_that_are_alike_one_in_twenty_is_far(scale):
    rng, far = np.random.default_rng(5), 0
    groups = np.arange(57) % 7
    for _ in range(2000):
        if scale == "ratio":
            values = rng.poisson(500 * np.exp(rng.normal(0, 0.1, 57))).astype(float)
            people = values
        else:
            people = np.full(57, 200.0)
            values = rng.binomial(200, np.clip(rng.normal(0.85, 0.03, 57), 0, 1)) / 200
        far += change(values, people, groups, scale, 0, (21, 3)).chance <= 0.05
    assert 0.03 <= far / 2000 <= 0.07


@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 40), st.integers(1, 40))
def test_fisher_is_the_sum_of_the_hypergeometric(k, n, k0, n0):
    k, k0 = min(k, n), min(k0, n0)
    together = k + k0
    ways = sum(comb(n, i) * comb(n0, together - i) for i in range(k, min(n, together) + 1) if together - i <= n0)
    assert fisher_more(k, n, k0, n0) == pytest.approx(ways / comb(n + n0, together), rel=1e-9)


def test_the_difference_of_shares_is_newcombes():
    """Newcombe 1998, table II, method 10: 56/70 less 48/80."""
    found = two_shares(56, 70, 48, 80)
    assert (found.effect, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert two_shares(0, 0, 3, 4) is None
