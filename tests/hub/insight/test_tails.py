"""Tail probabilities against scipy, and against each other where scipy has no say."""

import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.insight.tails import chi2_quantile, chi2_tail, f_tail, normal_tails, t_quantile, t_tails

UNHURRIED = settings(deadline=None, max_examples=150)


@UNHURRIED
@given(st.floats(-40, 40), st.one_of(st.integers(1, 5000), st.floats(0.5, 400)))
def test_tails_of_t(t: float, df: float) -> None:
    assert t_tails(t, df) == pytest.approx(2 * scipy.stats.t.sf(abs(t), df), rel=1e-9, abs=1e-290)


@UNHURRIED
@given(st.floats(0.001, 100), st.integers(1, 12), st.integers(1, 3000))
def test_tail_of_f(f: float, above: int, below: int) -> None:
    assert f_tail(f, above, below) == pytest.approx(scipy.stats.f.sf(f, above, below), rel=1e-8, abs=1e-290)


@UNHURRIED
@given(st.floats(0.001, 400), st.integers(1, 300))
def test_tail_of_chi_square(x: float, df: int) -> None:
    # Near 1 the tail is one less something tiny, so the absolute error counts there.
    assert chi2_tail(x, df) == pytest.approx(scipy.stats.chi2.sf(x, df), rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("df", [1, 2, 5, 49, 300])
@pytest.mark.parametrize("p", [0.001, 0.025, 0.5, 0.975, 0.999])
def test_quantiles(df: int, p: float) -> None:
    assert chi2_quantile(p, df) == pytest.approx(scipy.stats.chi2.ppf(p, df), rel=1e-9)
    if p > 0.5:
        assert t_quantile(p, df) == pytest.approx(scipy.stats.t.ppf(p, df), rel=1e-9)
        assert t_tails(t_quantile(p, df), df) == pytest.approx(2 * (1 - p), rel=1e-8)


def test_ends() -> None:
    assert t_tails(0.0, 5) == f_tail(0.0, 2, 9) == chi2_tail(0.0, 3) == normal_tails(0.0) == 1.0
    assert t_tails(float("inf"), 5) == 0.0
    assert normal_tails(1.959963984540054) == pytest.approx(0.05, abs=1e-12)
