"""Answers weighted to the visitors: against the sum by hand, against a biased world, and what it must admit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.insight.scores import nps
from hub.insight.weighting import Cell, weighted_nps

CELLS = st.dictionaries(
    st.text(min_size=1, max_size=3),
    st.builds(Cell, st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.floats(0, 5000)),
    max_size=12,
)


@settings(deadline=None)
@given(CELLS)
def test_a_score_lies_in_its_range_and_costs_answers(cells: dict[str, Cell]) -> None:
    found = weighted_nps(cells)
    if found is None:
        assert not any(cell.n and cell.visitors > 0 for cell in cells.values())
        return
    assert -100 <= found.low <= found.high <= 100
    assert -100.000001 <= found.value <= 100.000001
    assert found.effective <= found.n * (1 + 1e-9)
    assert found.design_effect >= 1 - 1e-9
    assert -1e-9 <= found.unheard <= 1


def test_answers_in_the_visitors_mix_are_as_they_were() -> None:
    cells = {"noon": Cell(20, 10, 10, 400), "evening": Cell(5, 5, 10, 200)}
    found = weighted_nps(cells)
    plain = nps({10: 25, 8: 15, 0: 20})
    assert found is not None
    assert (found.value, found.plain) == pytest.approx((plain["nps"], plain["nps"]))
    assert (found.low, found.high) == pytest.approx(plain["adj_wald95"])
    assert (found.effective, found.design_effect) == pytest.approx((60, 1))
    assert (found.unheard, found.trimmed) == (0, 0)


def test_weights_by_hand() -> None:
    # Evening has three quarters of the visitors and half of the answers: 1.5 a piece, noon 0.5.
    found = weighted_nps({"noon": Cell(10, 0, 0, 100), "evening": Cell(0, 0, 10, 300)})
    assert found is not None
    assert (found.plain, found.value) == (0, pytest.approx(-50))
    assert found.effective == pytest.approx(20**2 / (10 * 0.25 + 10 * 2.25))


def test_who_hardly_answered_does_not_decide_and_who_did_not_is_named() -> None:
    cells = {"noon": Cell(60, 20, 19, 100), "night": Cell(0, 0, 1, 900), "morning": Cell(0, 0, 0, 250)}
    found = weighted_nps(cells)
    assert found is not None
    assert found.trimmed == 1
    assert found.unheard == pytest.approx(250 / 1250)
    assert found.value == pytest.approx(100 * (41 * 10 / 99 - 5) / 15)  # untrimmed -86
    assert weighted_nps({"noon": Cell(60, 20, 19, 0)}) is weighted_nps({}) is None


def test_it_mends_a_mix_that_answers_unevenly() -> None:
    rng, plain, weighted, held = np.random.default_rng(8), 0.0, 0.0, 0
    for _ in range(200):
        visitors, rate = np.array([300, 500, 200]), np.array([0.3, 0.05, 0.15])
        p, d = np.array([0.6, 0.3, 0.5]), np.array([0.1, 0.4, 0.2])
        truth = 100 * float(visitors @ (p - d)) / 1000
        drawn = [
            rng.multinomial(rng.binomial(v, r), [a, 1 - a - b, b])
            for v, r, a, b in zip(visitors, rate, p, d, strict=True)
        ]
        cells = {str(i): Cell(*map(int, counts), float(visitors[i])) for i, counts in enumerate(drawn)}
        found = weighted_nps(cells)
        assert found is not None
        plain += abs(found.plain - truth)
        weighted += abs(found.value - truth)
        held += found.low <= truth <= found.high
    assert weighted < 0.6 * plain
    assert held / 200 > 0.9
