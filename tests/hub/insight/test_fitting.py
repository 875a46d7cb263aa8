"""Our least squares against statsmodels with every dummy written out, and the multiple tests against its own."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.stats import f
from statsmodels.stats.multitest import multipletests

from hub.insight.fitting import fit, inflation, levels, within
from hub.insight.several import benjamini_hochberg, holm

Labels = NDArray[np.int64]


def data(seed: int, n: int = 400) -> tuple[NDArray[np.float64], NDArray[np.float64], list[Labels], Labels]:
    """Score, columns, factors and clusters in which everything hangs together."""
    rng = np.random.default_rng(seed)
    store, day, hour = rng.integers(0, 4, n), rng.integers(0, 21, n), rng.integers(8, 20, n)
    clusters = store * 100 + day
    columns = rng.normal(size=(n, 3)) + 0.3 * hour[:, None] + rng.normal(size=400)[clusters % 400][:, None]
    score = (
        5.0 - 2.0 * columns[:, 0] + hour + 3.0 * store + rng.normal(0, 4, 400)[clusters % 400] + rng.normal(0, 9, n)
    )
    return score, columns, [hour, day % 7, store], clusters


def dummies(factors: list[Labels]) -> NDArray[np.float64]:
    """A column for each level but the first of each factor."""
    return np.column_stack([factor == level for factor in factors for level in np.unique(factor)[1:]]).astype(float)


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_is_that_of_statsmodels_with_all_the_dummies(seed: int) -> None:
    score, columns, factors, clusters = data(seed)
    left, used = within(np.column_stack([score, columns]), factors)
    mine = fit(left[:, 0], left[:, 1:], clusters, used)
    full = np.column_stack([columns, np.ones(len(score)), dummies(factors)])
    oracle = sm.OLS(score, full).fit(cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True)
    assert used == full.shape[1] - 3
    assert mine.effect == pytest.approx(oracle.params[:3], rel=1e-9)
    assert mine.covariance == pytest.approx(oracle.cov_params()[:3, :3], rel=1e-8)
    for i in range(3):
        assert mine.interval(i) == pytest.approx(oracle.conf_int()[i], rel=1e-8)
        assert mine.chance([i]) == pytest.approx(oracle.pvalues[i], rel=1e-6)


def test_levels_that_whole_clusters_give_up_widen_the_error() -> None:
    score, columns, factors, clusters = data(0)
    left, used = within(np.column_stack([score, columns]), factors)
    plain, honest = (fit(left[:, 0], left[:, 1:], clusters, used, shared) for shared in (1, 10))
    g = len(np.unique(clusters))
    assert honest.error(0) == pytest.approx(plain.error(0) * np.sqrt((g - 1) / (g - 10)))
    assert (plain.df, honest.df) == (g - 1, g - 10)


def test_a_joint_test_finds_one_of_three_and_nothing_in_two_noises() -> None:
    score, columns, factors, clusters = data(3)
    left, used = within(np.column_stack([score, columns]), factors)
    found = fit(left[:, 0], left[:, 1:], clusters, used)
    assert found.chance([0, 1, 2]) < 1e-6  # the first one has an effect
    assert found.chance([1, 2]) > 0.05


def test_the_joint_test_of_many_with_few_clusters_refuses_less_than_the_plain_one() -> None:
    rng = np.random.default_rng(1)
    clusters, mine, plain, sets = np.repeat(np.arange(20), 8), 0, 0, 300
    for _ in range(sets):
        columns = rng.normal(size=(160, 4)) + rng.normal(size=(20, 4))[clusters]
        score = rng.normal(size=160) + rng.normal(size=20)[clusters]
        left, used = within(np.column_stack([score, columns]), [np.zeros(160, np.int64)])
        found = fit(left[:, 0], left[:, 1:], clusters, used)
        mine += found.chance([0, 1, 2, 3]) < 0.05
        wald = float(found.effect @ np.linalg.solve(found.covariance, found.effect))
        plain += float(f.sf(wald / 4, 4, found.df)) < 0.05
    assert mine / sets < 0.16 < plain / sets  # 0.125 and 0.19 of 600 measured: twenty clusters are few


def test_levels_counts_overlaps_once() -> None:
    hour, store = np.array([1, 1, 2, 2]), np.array([5, 5, 6, 6])
    assert levels([hour]) == 2
    assert levels([hour, store]) == 2  # a store that is open at one hour only
    assert levels([hour, np.array([5, 6, 5, 6])]) == 3


def test_inflation_is_that_of_a_regression_on_the_others() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 500))
    columns = np.column_stack([a, b, a + b + 0.5 * rng.normal(size=500)])
    columns -= columns.mean(axis=0)
    for i, value in enumerate(inflation(columns)):
        r2 = sm.OLS(columns[:, i], np.delete(columns, i, axis=1)).fit().rsquared
        assert value == pytest.approx(1 / (1 - r2), rel=1e-9)
    assert np.isinf(inflation(np.column_stack([a, b, a - b]))).all()
    assert inflation(a[:, None]) == pytest.approx([1.0])


@pytest.mark.parametrize("seed", range(20))
def test_several_tests_are_adjusted_as_statsmodels_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chances = rng.random(int(rng.integers(1, 30))) ** 3
    chances[: seed % 4] = chances[-1]  # equals
    assert benjamini_hochberg(chances) == pytest.approx(multipletests(chances, method="fdr_bh")[1], abs=1e-12)
    assert holm(chances) == pytest.approx(multipletests(chances, method="holm")[1], abs=1e-12)


def test_no_test_needs_no_adjustment() -> None:
    assert benjamini_hochberg([]).size == holm([]).size == 0
