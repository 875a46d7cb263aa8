"""The formulas against other ways to the same number, and what they promise about themselves."""

import math
import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.insight.scores import Z95, mean, nps, share, state
from hub.insight.tails import t_quantile
from hub.insight.tallies import finish

# Other work on the same machine must not fail a test.
UNHURRIED = settings(deadline=None)
ANSWERS = st.dictionaries(st.integers(0, 10), st.integers(1, 500), min_size=1)


def test_nps_interval_on_a_thousand_random_tables() -> None:
    rng = random.Random(7)
    for _ in range(1000):
        counts = {answer: rng.randrange(0, 40) for answer in range(11)}
        n = sum(counts.values())
        if not n:
            continue
        # By the other road: every answer as -1, 0 or 1, with the half answers added one by one.
        marks = [1.0] * sum(counts[a] for a in (9, 10)) + [-1.0] * sum(counts[a] for a in range(7))
        weights = [*((mark, 1.0) for mark in marks), *[(0.0, 1.0)] * (n - len(marks))]
        weights += [(1.0, 0.75), (-1.0, 0.75), (0.0, 1.5)]
        total = sum(weight for _, weight in weights)
        middle = sum(mark * weight for mark, weight in weights) / total
        spread = sum(weight * (mark - middle) ** 2 for mark, weight in weights) / total
        half = 1.959963984540054 * math.sqrt(spread / total)
        found = nps(counts)
        assert found["adj_wald95"] == pytest.approx([100 * (middle - half), 100 * (middle + half)], abs=1e-9)
        assert found["nps"] == pytest.approx(100 * sum(marks) / n, abs=1e-9)


@pytest.mark.parametrize("mix", [(0.5, 0.3, 0.2), (0.8, 0.15, 0.05), (0.3, 0.4, 0.3)])
@pytest.mark.parametrize("n", [5, 10, 20, 50, 150])
def test_nps_interval_holds_what_it_promises(n: int, mix: tuple[float, float, float]) -> None:
    rng = random.Random(n)
    p, _, d = mix
    inside = 0
    for _ in range(2000):
        drawn = rng.choices((10, 8, 0), weights=mix, k=n)
        low, high = nps({answer: drawn.count(answer) for answer in (0, 8, 10)})["adj_wald95"]
        inside += low <= 100 * (p - d) <= high
    assert inside / 2000 >= 0.915  # 0.93 less what 2,000 draws leave to chance


# Two-sided 95 % points by a 50-digit inversion of the incomplete beta function.
T975 = {
    1: 12.706204736174707,
    2: 4.302652729749464,
    3: 3.182446305283710,
    4: 2.776445105197799,
    5: 2.570581835636316,
    9: 2.262157162798205,
    10: 2.228138851986274,
    30: 2.042272456301237,
    100: 1.983971518523552,
    120: 1.979930405082432,
}


@pytest.mark.parametrize("df", T975)
def test_t_quantile_against_the_tables(df: int) -> None:
    assert t_quantile(0.975, df) == pytest.approx(T975[df], abs=1e-9)


@pytest.mark.parametrize("df", [2, 3, 7, 8, 61, 254, 999, 1000, 1001, 5000])
@pytest.mark.parametrize("p", [0.6, 0.9, 0.975, 0.995])
def test_t_quantile_undoes_the_distribution(df: int, p: float) -> None:
    """Simpson's rule over the density up to the quantile gives p back."""
    t = t_quantile(p, df)
    log_c = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    steps = 4000
    xs = [t * i / steps for i in range(steps + 1)]
    ys = [math.exp(log_c - (df + 1) / 2 * math.log1p(x * x / df)) for x in xs]
    area = t / steps / 3 * (ys[0] + ys[-1] + 4 * sum(ys[1:-1:2]) + 2 * sum(ys[2:-1:2]))
    assert area + 0.5 == pytest.approx(p, abs=1e-9)


def test_t_quantile_has_no_step_where_the_method_changes() -> None:
    below, at, above = (t_quantile(0.975, df) for df in (999, 1000, 1001))
    assert below - at == pytest.approx(at - above, rel=0.01)


@UNHURRIED
@given(ANSWERS)
def test_scores_lie_within_their_range_and_interval(counts: dict[int, int]) -> None:
    found = nps(counts)
    assert -100 <= found["nps"] <= 100
    assert found["promoters"] + found["passives"] + found["detractors"] == found["n"] == sum(counts.values())
    low, high = found["adj_wald95"]
    assert low <= found["adj_wald_estimate"] <= high
    middle = mean(counts)
    assert min(counts) - 1e-9 <= middle["mean"] <= max(counts) + 1e-9


@UNHURRIED
@given(st.integers(1, 5000), st.floats(0, 1))
def test_wilson_ends_solve_its_equation(n: int, part: float) -> None:
    top = round(n * part)
    found = share(top, n)
    for end in found["wilson95"]:
        if 0 < end < 1:
            assert abs(found["share"] - end) == pytest.approx(Z95 * math.sqrt(end * (1 - end) / n), abs=1e-9)


def test_nothing_asked_is_nothing_known() -> None:
    assert nps({})["nps"] is None
    assert share(0, 0)["share"] is None
    assert mean({})["mean"] is None
    assert mean({4: 1}) == {"n": 1, "mean": 4.0, "sd": None, "t95": None}


@pytest.mark.parametrize(("n", "shown"), [(0, "withheld"), (9, "withheld"), (10, "few"), (29, "few"), (30, "ok")])
def test_states(n: int, shown: str) -> None:
    assert state(n) == shown


@UNHURRIED
@given(ANSWERS)
def test_no_value_below_ten_answers_and_no_end_beyond_the_scale(counts: dict[int, int]) -> None:
    rows = [{"score": "nps", "scale": "0-10", "answer": a, "top": a > 8, "n": n} for a, n in counts.items()]
    (row,) = finish(pa.Table.from_pylist(rows)).to_pylist()
    if row["n"] < 10:
        assert (row["value"], row["low"], row["high"], row["state"]) == (None, None, None, "withheld")
    else:
        assert -100 <= row["low"] <= row["high"] <= 100
    assert {part["answer"]: part["n"] for part in row["distribution"]} == (counts if row["n"] >= 5 else {})


@UNHURRIED
@given(ANSWERS, st.integers(0, 9))
def test_a_band_needs_answers_and_waits(counts: dict[int, int], waits: int) -> None:
    rows = [{"band_from_s": 0, "band_to_s": 60, "answer": a, "n": n, "waits": waits} for a, n in counts.items()]
    (row,) = finish(pa.Table.from_pylist(rows)).to_pylist()
    right = sum(counts.values()) >= 10 and waits >= 5
    assert (row["value"] is not None) == right == (row["withheld"] is None)
