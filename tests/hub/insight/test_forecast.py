"""The forecast: what is known comes back, what is not stays nan, the band holds what it says."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.insight.forecast import LEAST_DAYS, History, forecast, nowcast

MONDAY = date(2026, 1, 5)
DAY = 20 + 80 * np.exp(-0.5 * ((np.arange(24) - 14) / 4) ** 2)
WEEK = np.array([1.0, 1.0, 1.1, 1.1, 1.4, 1.8, 0.6])


def shop(days: int, seed: int | None = None, level: float = 1.0) -> np.ndarray:
    """People by hour of a shop with a weekday and an hour of its own; exact without a seed, Poisson with one."""
    mean = level * WEEK[np.arange(days) % 7, None] * DAY
    return mean if seed is None else np.random.default_rng(seed).poisson(mean).astype(float)


def test_a_shop_that_never_changes_is_forecast_exactly() -> None:
    said = forecast(History(MONDAY, shop(70)), frozenset())
    assert said is not None
    assert said.first == MONDAY + timedelta(days=70)
    assert said.middle == pytest.approx(shop(77)[70:])
    assert said.error == pytest.approx(0, abs=1e-9)
    assert (said.low <= said.middle + 1e-9).all()
    assert (said.high >= said.middle - 1e-9).all()


def test_a_week_twice_as_busy_counts_half_of_the_way() -> None:
    counts = shop(70)
    counts[63:] *= 2
    said = forecast(History(MONDAY, counts), frozenset())
    assert said is not None
    assert said.middle[0, 14] == pytest.approx(np.sqrt(2) * counts[0, 14])


@pytest.mark.parametrize("level", [0.2, 1.0, 5.0])
def test_four_of_five_hours_lie_in_the_band(level: float) -> None:
    inside = []
    for seed in range(20):
        counts = shop(77, seed, level)
        said = forecast(History(MONDAY, counts[:70]), frozenset())
        assert said is not None
        inside.append(((counts[70:] >= said.low) & (counts[70:] <= said.high)).mean())
    # Counts are whole numbers: a band over few of them holds more than it was asked to.
    assert 0.76 <= float(np.mean(inside)) <= 0.90


def test_a_holiday_goes_by_the_sundays_and_does_not_spoil_its_weekday() -> None:
    counts = shop(70)
    off = {MONDAY + timedelta(days=7 * k) for k in range(10)}
    counts[0::7] = 1.0
    said = forecast(History(MONDAY, counts), off | {MONDAY + timedelta(days=71)})
    assert said is not None
    assert said.middle[1] == pytest.approx(shop(7)[6])
    spared = counts.copy()
    spared[0] = 0.0
    one = forecast(History(MONDAY, spared), {MONDAY})
    other = forecast(History(MONDAY, counts), {MONDAY})
    assert one is not None
    assert other is not None
    assert one.middle == pytest.approx(other.middle)


def test_missing_is_not_zero() -> None:
    counts = shop(70)
    counts[30:40] = np.nan
    counts[:, 3] = np.nan
    said = forecast(History(MONDAY, counts), frozenset())
    assert said is not None
    assert np.isnan(said.middle[:, 3]).all()
    known = np.arange(24) != 3
    assert said.middle[:, known] == pytest.approx(shop(77)[70:][:, known])


def test_a_young_shop_gets_no_forecast_and_then_one_without_a_band() -> None:
    assert forecast(History(MONDAY, shop(LEAST_DAYS - 1)), frozenset()) is None
    said = forecast(History(MONDAY, shop(LEAST_DAYS)), frozenset())
    assert said is not None
    assert np.isnan(said.low).all()
    assert np.isnan(said.error)
    assert np.isfinite(said.middle).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(14, 80), st.floats(0, 1), st.integers(1, 9))
def test_whatever_is_missing_nothing_breaks(seed: int, days: int, holes: float, ahead: int) -> None:
    counts = shop(days, seed)
    counts[np.random.default_rng(seed).random(counts.shape) < holes] = np.nan
    said = forecast(History(MONDAY, counts), frozenset(), ahead)
    assert said is not None
    assert said.middle.shape == said.low.shape == said.high.shape == (ahead, 24)
    banded = np.isfinite(said.low)
    assert (said.low[banded] <= said.middle[banded]).all()
    assert (said.middle[banded] <= said.high[banded]).all()
    assert (said.low[banded] >= 0).all()


def test_the_rest_of_a_day_follows_its_beginning() -> None:
    so_far = np.full(24, np.nan)
    assert nowcast(DAY, so_far) == pytest.approx(DAY)
    so_far[:12] = 2 * DAY[:12]
    rest = nowcast(DAY, so_far)
    assert rest[:12] == pytest.approx(so_far[:12])
    assert (rest[12:] > 1.8 * DAY[12:]).all()
    assert (rest[12:] < 2 * DAY[12:]).all()
    few = nowcast(DAY / 100, so_far / 100)
    assert few[14] < 1.4 * DAY[14] / 100
