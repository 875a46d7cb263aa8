"""Quantiles and shares out of bins, against the durations they were made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.values import EDGES_S
from hub.insight.durations import HIGH, LOW, quantiles, shares, wilson


def binned(durations):
    return np.bincount(np.searchsorted(EDGES_S, durations, side="right"), minlength=22)


def quantile(bins, q):
    """Of one row, beside an empty one and another."""
    empty, one, _ = quantiles(np.array([np.zeros(22, int), bins, np.ones(22, int)]), q)
    assert np.isnan(empty)
    return float(one)


def within(bins, limit):
    """The same."""
    empty, one, other = shares(np.array([np.zeros(22, int), bins, bins]), np.array([limit, limit, np.nan]))
    assert np.isnan([empty, other]).all()
    return float(one)


@pytest.mark.parametrize(
    ("durations", "q", "expected"),
    [
        ([100] * 10, 0.5, 105.0),  # in [90, 120): the middle of the bin
        ([1], 0.5, 2.5),
        ([9999] * 3, 0.5, 7200.0),  # the open bin: at least its lower edge
        ([100] * 5 + [9999] * 5, 0.9, 7200.0),
        ([2] * 9 + [6000], 0.9, 5.0),
    ],
)
def test_quantiles_of_known_durations(durations, q, expected):
    assert quantile(binned(durations), q) == pytest.approx(expected)


def test_nothing_measured_has_no_quantile():
    assert np.isnan(quantile(np.zeros(22, int), 0.5))
    assert np.isnan(within(np.zeros(22, int), 60))


@given(st.lists(st.integers(0, 9000), min_size=1, max_size=200), st.floats(0.01, 0.99))
def test_a_quantile_lies_in_the_bin_of_the_true_one(durations, q):
    true = float(np.quantile(durations, q, method="inverted_cdf"))
    i = int(np.searchsorted(EDGES_S, true, side="right"))
    assert LOW[i] - 1e-9 <= quantile(binned(durations), q) <= HIGH[i] + 1e-9


@given(st.lists(st.integers(0, 9000), min_size=1, max_size=200), st.sampled_from(EDGES_S))
def test_a_share_is_exact_at_an_edge(durations, limit):
    true = np.mean([d < limit for d in durations])
    assert within(binned(durations), limit) == pytest.approx(true)


def test_wilson_against_published_values():
    low, high = wilson(0.9, 10)
    assert (round(low, 4), round(high, 4)) == (0.5958, 0.9821)
    assert wilson(0.0, 10)[0] == 0.0
    assert wilson(1.0, 10)[1] == pytest.approx(1.0)
