"""The error of a sensor by counts made by hand: reference values, laws, how often the interval holds the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.insight.audit_count import Pair, error_of
from hub.insight.durations import wilson

PAIRS = st.lists(st.builds(Pair, st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=8)


def test_only_missed_is_wilson_of_the_share_below() -> None:
    found = error_of([Pair(100, 90)])
    assert found is not None
    low, high = wilson(0.1, 100)
    # By hand: e = -0.1; extra 0 of 100 has the score interval 0 to z2/100 = 0.038415.
    assert found.error == pytest.approx(-0.1)
    assert found.low == pytest.approx(-high, abs=1e-12)
    assert found.high == pytest.approx(-0.1 + np.hypot(0.0384146, 0.1 - low), abs=1e-6)
    assert (found.verdict, found.factor) == ("under", pytest.approx(100 / 90))


def test_no_error_seen_is_no_proof_of_none() -> None:
    found = error_of([Pair(40, 40)])
    assert found is not None
    assert found.error == 0
    assert found.low == pytest.approx(-3.8415 / 43.8415, abs=1e-4)
    assert found.high == pytest.approx(3.8415 / 40, abs=1e-4)
    assert found.verdict == "none"


def test_nobody_came_and_a_sensor_that_sees_nobody() -> None:
    assert error_of([Pair(0, 0), Pair(0, 3)]) is None
    blind = error_of([Pair(50, 0)])
    assert blind is not None
    assert (blind.error, blind.factor, blind.factor_high) == (-1, None, None)
    assert blind.factor_low is not None
    assert blind.verdict == "under"


def test_few_people_give_no_verdict() -> None:
    found = error_of([Pair(29, 10)])
    assert found is not None
    assert found.verdict == "few"


def test_a_count_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 on"):
        error_of([Pair(3, -1)])


@given(PAIRS)
def test_the_interval_holds_the_error_and_the_factor_mends_it(pairs: list[Pair]) -> None:
    found = error_of(pairs)
    if found is None:
        assert sum(pair.counted for pair in pairs) == 0
        return
    assert -1 <= found.low <= found.error <= found.high
    assert found.error == pytest.approx((found.measured - found.counted) / found.counted)
    if found.factor is not None:
        assert found.factor * found.measured == pytest.approx(found.counted)
        assert found.factor_low is not None
        assert found.factor_low <= found.factor <= (found.factor_high or np.inf)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_more_of_the_same_windows_makes_the_interval_shorter(people: list[int]) -> None:
    pairs = [Pair(n, max(0, n - 1)) for n in people]
    one, four = error_of(pairs), error_of(pairs * 4)
    assert one is not None
    assert four is not None
    assert four.high - four.low < one.high - one.low


@pytest.mark.parametrize(
    ("missed", "extra", "people", "wanted"), [(0.05, 0.0, 60, 0.93), (0.15, 0.0, 100, 0.93), (0.0, 0.08, 60, 0.93)]
)
def test_the_interval_holds_the_truth_where_errors_are_of_one_kind(
    missed: float, extra: float, people: int, wanted: float
) -> None:
    rng, held, draws = np.random.default_rng(11), 0, 2000
    for _ in range(draws):
        counted = rng.poisson(people / 2, 2)
        measured = counted - rng.binomial(counted, missed) + rng.poisson(counted * extra)
        found = error_of([Pair(int(c), int(m)) for c, m in zip(counted, measured, strict=True)])
        held += found is not None and found.low <= extra - missed <= found.high
    assert held / draws >= wanted
