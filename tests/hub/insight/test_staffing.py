"""Erlang C against published values, its own limits, and a shop that is simulated customer by customer."""

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.insight.staffing import MOST_TILLS, tills_needed, waiting


@pytest.mark.parametrize(
    ("a_minute", "service_min", "tills", "share", "mean_min", "within_3"),
    [
        (1.2, 1.5, 2, 0.8526, 6.395, 0.4285),
        (1.2, 1.5, 3, 0.3547, 0.443, 0.9678),
        (2.0, 2.0, 5, 0.5541, 1.108, 0.8764),
        (0.9, 1.0, 1, 0.9, 9.0, 0.3333),
    ],
)
def test_reference_values(
    a_minute: float, service_min: float, tills: int, share: float, mean_min: float, within_3: float
) -> None:
    found = waiting(a_minute * 60, service_min * 60, tills, 180)
    assert found is not None
    assert found.share == pytest.approx(share, abs=1e-3)
    assert found.mean_s / 60 == pytest.approx(mean_min, abs=1e-3)
    assert found.within == pytest.approx(within_3, abs=1e-3)
    assert found.busy == pytest.approx(a_minute * service_min / tills)


def test_tills_that_cannot_keep_up_have_no_figure() -> None:
    assert waiting(60, 60, 1, 180) is None
    assert waiting(61, 60, 1, 180) is None
    assert waiting(0, 60, 1, 180) == (0, 0, 1, 0)


def test_a_shop_that_no_number_of_tills_can_serve() -> None:
    assert tills_needed(3600 * MOST_TILLS, 60, 180) is None


@pytest.mark.parametrize(
    "wrong", [(-1, 60, 1, 180), (60, 0, 1, 180), (60, 60, 0, 180), (60, 60, 1, -1), (1, 1, 201, 1)]
)
def test_absurd_arguments_are_refused(wrong: tuple[float, float, int, float]) -> None:
    with pytest.raises(ValueError, match="tills"):
        waiting(*wrong)


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        tills_needed(60, 60, 180, level)


@given(st.floats(0, 2000), st.floats(5, 600), st.floats(0, 900), st.floats(0.5, 0.99))
def test_the_number_is_the_smallest_that_keeps_the_promise(
    arrivals_h: float, service_s: float, promise_s: float, level: float
) -> None:
    tills = tills_needed(arrivals_h, service_s, promise_s, level)
    if tills is None:
        return
    kept = waiting(arrivals_h, service_s, tills, promise_s)
    assert kept is not None
    assert kept.within >= level
    if tills > 1:
        fewer = waiting(arrivals_h, service_s, tills - 1, promise_s)
        assert fewer is None or fewer.within < level


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("arrivals_h", "service_s"), [(60, 75), (110, 60), (30, 120)])
def test_a_simulated_shop_with_the_advised_tills_keeps_the_promise(
    arrivals_h: float, service_s: float, seed: int
) -> None:
    tills = tills_needed(arrivals_h, service_s, 180, 0.9)
    assert tills is not None
    expected = waiting(arrivals_h, service_s, tills, 180)
    assert expected is not None
    seen = simulated(arrivals_h, service_s, tills, 180, seed)
    assert seen >= 0.9 - 0.03
    assert seen == pytest.approx(expected.within, abs=0.03)


def simulated(arrivals_h: float, service_s: float, tills: int, promise_s: float, seed: int) -> float:
    """The share of 20,000 customers, one common queue, who wait no longer than promised."""
    random = np.random.default_rng(seed)
    n = 20_000
    comes = np.cumsum(random.exponential(3600 / arrivals_h, n))
    takes = random.exponential(service_s, n)
    free = [0.0] * tills
    kept = 0
    for at, service in zip(comes, takes, strict=True):
        begins = max(at, heapq.heappop(free))
        kept += begins - at <= promise_s
        heapq.heappush(free, begins + service)
    return kept / n
