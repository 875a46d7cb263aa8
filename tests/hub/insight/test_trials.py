"""Trials: calendars by lot, exact p-values against brute force, and what must not get an answer."""

import itertools
from datetime import date, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.insight.lots import arrangements, chance, detectable, outwards
from hub.insight.trials import Staggered, Switchback, smallest_change, staggered, switchback
from hub.insight.verdicts import Action, judged, of_staggered, of_switchback

MONDAY = date(2026, 3, 2)
UNHURRIED = settings(deadline=None, max_examples=60)
Days = dict[date, float | None]


def shop(seed: int, weeks: int, starts: date = MONDAY, level: float = 500.0) -> Days:
    """Visitors a day with weekdays, weeks that go up and down, and a festival now and then."""
    rng = np.random.default_rng(seed)
    weekday = np.array([0.9, 0.9, 0.95, 1.0, 1.2, 1.4, 0.7])
    drift = np.repeat(np.cumsum(rng.normal(0, 0.05, weeks)), 7)
    noise = rng.normal(0, 0.08, 7 * weeks) + np.where(rng.random(7 * weeks) < 0.04, 1.0, 0.0)
    values = level * np.tile(weekday, weeks) * np.exp(drift + noise)
    return {starts + timedelta(days=i): float(v) for i, v in enumerate(values)}


def with_change(days: Days, plan: Switchback, change: float) -> Days:
    on = {plan.starts + timedelta(days=i) for i, on in enumerate(plan.on) if on}
    return {day: v if v is None or day not in on else v * (1 + change) for day, v in days.items()}


@UNHURRIED
@given(st.integers(0, 2**63), st.integers(1, 13), st.integers(1, 7))
def test_every_weekday_is_on_as_often_as_off(seed: int, twos: int, run_days: int) -> None:
    try:
        plan = switchback(MONDAY, 2 * twos, seed, run_days=run_days)
    except ValueError:
        return
    on = np.array(plan.on).reshape(-1, 7)
    assert (on.sum(axis=0) == twos).all()
    assert (on[0::2] != on[1::2]).all()
    for week in on:  # a run is on or off as a whole
        assert all(len(set(week[i : i + run_days])) == 1 for i in range(0, 7, run_days))
    assert switchback(MONDAY, 2 * twos, seed, run_days=run_days) == plan
    assert plan.ends == MONDAY + timedelta(weeks=2 * twos)


def test_another_seed_draws_another_calendar_and_all_of_them_come() -> None:
    drawn = {switchback(MONDAY, 2, seed).on[:7] for seed in range(3000)}
    assert len(drawn) == len(arrangements(7)) == 70
    assert {sum(week) for week in drawn} == {3, 4}


@pytest.mark.parametrize(
    ("weeks", "run_days", "washout_days", "named"),
    [(7, 1, 0, "weeks"), (0, 1, 0, "weeks"), (8, 8, 0, "run_days"), (8, 2, 2, "run_days"), (8, 7, 0, "4 pairs"),
     (6, 4, 0, "8 lots")],
)  # fmt: skip
def test_a_plan_that_could_prove_nothing_is_refused(weeks: int, run_days: int, washout_days: int, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        switchback(MONDAY, weeks, 1, run_days=run_days, washout_days=washout_days)


@UNHURRIED
@given(st.lists(st.floats(-3, 3), min_size=8, max_size=8), st.integers(0, 35))
def test_the_p_value_is_a_count_over_all_arrangements(values: list[float], which: int) -> None:
    """Two blocks of four runs, 36 lots, by brute force; cut at the middle size, in whole twentieths."""
    first, ways = np.array(values).reshape(2, 4), arrangements(4)
    lots = list(itertools.product(ways, repeat=2))
    signs = np.array(lots[which])
    known = np.abs(first[first != 0])
    scores = np.rint(np.clip(first / (np.median(known) if known.size else 1), -1, 1) * 20)
    sums = [abs((scores * np.array(lot)).sum()) for lot in lots]
    expected = np.mean([total >= abs((scores * signs).sum()) for total in sums])
    assert chance(first, signs) == pytest.approx(expected, abs=1e-12)


def test_a_lot_changes_nothing_where_nothing_differs_or_is_known() -> None:
    signs = np.ones((2, 7), np.int64)
    assert chance(np.zeros((2, 7)), signs) == chance(np.full((2, 7), np.nan), signs) == 1.0


def test_the_lot_finds_what_is_not_there_at_most_one_time_in_twenty() -> None:
    """Over the lots of one shop, exactly: the share of lots with p <= 0.05 is at most 0.05 whatever the days were."""
    days = shop(3, 4)
    values = np.log([v or 1 for v in days.values()]).reshape(2, 2, 7)
    first = values[:, 0] - values[:, 1]
    found = [chance(first, np.array(lot)) for lot in itertools.product(arrangements(7)[::3], repeat=2)]
    assert np.mean(np.array(found) <= 0.05) < 0.08  # a ninth of all lots is looked at


def test_a_switchback_finds_what_is_there_and_holds_its_size() -> None:
    found = held = wrong = 0
    for seed in range(30):
        plan = switchback(MONDAY, 8, seed)
        verdict = of_switchback(plan, with_change(shop(seed, 8), plan, 0.10))
        assert verdict.low is not None
        assert verdict.high is not None
        found += verdict.said == "changed"
        held += verdict.low <= 0.10 <= verdict.high
        wrong += of_switchback(plan, shop(seed, 8)).said == "changed"
    assert found >= 27
    assert held >= 25
    assert wrong <= 5


def test_verdict_and_interval_agree() -> None:
    for seed in range(10):
        plan = switchback(MONDAY, 8, seed)
        verdict = of_switchback(plan, with_change(shop(seed, 8), plan, 0.04))
        assert verdict.low is not None
        assert verdict.high is not None
        assert verdict.low <= (verdict.change or 0) <= verdict.high
        assert (verdict.said == "changed") == (not verdict.low <= 0 <= verdict.high)


def test_days_that_nobody_measured_are_left_out_with_their_other_half() -> None:
    plan = switchback(MONDAY, 8, 5)
    days = with_change(shop(5, 8), plan, 0.2)
    for i in (0, 1, 2, 20):
        days[MONDAY + timedelta(days=i)] = None
    del days[MONDAY + timedelta(days=30)]
    days[MONDAY + timedelta(days=40)] = 0.0  # closed: no ratio can be taken
    assert of_switchback(plan, days).basis == 28 - 6
    few = {day: value for day, value in days.items() if day < MONDAY + timedelta(days=9)}
    verdict = of_switchback(plan, few)
    assert verdict.said == "cannot tell"
    assert verdict.reason.startswith("0 of 28 pairs")


def test_a_washout_is_not_counted() -> None:
    plan = switchback(MONDAY, 12, 5, run_days=3, washout_days=1)
    days = with_change(shop(5, 12), plan, 0.2)
    hangover = {day: None if (day - MONDAY).days % 7 in (0, 3, 6) else value for day, value in days.items()}
    assert of_switchback(plan, days) == of_switchback(plan, hangover)
    assert of_switchback(plan, days).basis == 6 * 2


def test_a_score_counts_by_difference() -> None:
    plan = switchback(MONDAY, 8, 9, scale="difference")
    rng = np.random.default_rng(9)
    score: Days = {MONDAY + timedelta(days=i): float(rng.normal(-5, 4)) + 12 * plan.on[i] for i in range(56)}
    verdict = of_switchback(plan, score)
    assert verdict.said == "changed"
    assert verdict.change == pytest.approx(12, abs=4)


def test_the_planner_promises_what_it_keeps() -> None:
    hits = 0
    for seed in range(40):
        plan = switchback(MONDAY + timedelta(weeks=8), 8, seed)
        days = shop(seed, 16)
        size = smallest_change(np.array([v or np.nan for v in days.values()])[:56], plan)
        assert size is not None
        hits += of_switchback(plan, with_change(days, plan, size)).said == "changed"
    assert 24 <= hits <= 39  # 0.8 of 40 is 32
    assert smallest_change(np.ones(27), plan) is None
    assert detectable(np.linspace(-1, 1, 28), 6) is None


def test_a_longer_trial_finds_less() -> None:
    history = np.array([v or np.nan for v in shop(1, 12).values()])
    sizes = [smallest_change(history, switchback(MONDAY, weeks, 1)) or 9 for weeks in (4, 8, 16, 32)]
    assert sizes == sorted(sizes, reverse=True)


STORES = ("s001", "s002", "s003")
POOL = [MONDAY + timedelta(weeks=4 + i) for i in range(8)]


def chain(seed: int, plan: Staggered | None = None, change: float = 0.0) -> dict[str, Days]:
    season = np.random.default_rng([seed, 7]).normal(0, 0.15, 16 * 7)
    values = {}
    for number, store in enumerate((*STORES, "s009")):
        days = shop(seed * 10 + number, 16, level=200.0 * (number + 1))
        begins = plan.begins.get(store, date.max) if plan else date.max
        values[store] = {
            day: (v or 0) * float(np.exp(season[i])) * (1 + change * (day >= begins))
            for i, (day, v) in enumerate(days.items())
        }
    return values


def test_staggered_starts_rank_the_true_days_among_all() -> None:
    found = wrong = held = 0
    for seed in range(30):
        plan = staggered(STORES, POOL, seed, beside=["s009"])
        nothing = of_staggered(plan, chain(seed))
        wrong += nothing.said == "changed"
        assert nothing.basis == 8 * 7 * 6
        verdict = of_staggered(plan, chain(seed, plan, 0.4))
        found += verdict.said == "changed"
        assert verdict.low is not None
        assert verdict.high is not None
        held += verdict.low <= 0.4 <= verdict.high
    assert wrong <= 5
    assert held >= 26
    assert found >= 15


def test_no_two_stores_begin_at_once_and_each_day_has_its_turn() -> None:
    plans = [staggered(STORES, POOL, seed) for seed in range(400)]
    assert all(len(set(plan.begins.values())) == 3 for plan in plans)
    assert {plan.begins["s002"] for plan in plans} == set(POOL)


def test_more_lots_than_can_be_counted_are_drawn() -> None:
    stores = [f"s{i:03}" for i in range(6)]
    plan = staggered(stores, POOL, 3)
    verdict = of_staggered(plan, {store: shop(i, 16) for i, store in enumerate(stores)})
    assert verdict.basis == 10_000
    assert 1e-4 <= (verdict.chance or 0) <= 1


def test_staggered_starts_that_could_prove_nothing() -> None:
    for stores, pool, named in (((), POOL, "stores"), (("a", "a"), POOL, "stores"), (("a",), POOL, "pool")):
        with pytest.raises(ValueError, match=named):
            staggered(stores, pool, 1)
    with pytest.raises(ValueError, match="span_days"):
        staggered(STORES, POOL, 1, span_days=10)
    plan = staggered(STORES, POOL, 1)
    values = chain(1)
    values["s002"] = {day: v for day, v in values["s002"].items() if day.month != 4}
    values["s002"] |= dict.fromkeys((day for day in values["s002"] if day.month == 5), None)
    assert of_staggered(plan, values).said == "cannot tell"
    assert of_staggered(plan, {}).said == "cannot tell"


def test_what_was_not_drawn_or_is_not_over_gets_no_answer() -> None:
    plan = switchback(MONDAY, 8, 4)
    values = {"s001": with_change(shop(4, 8), plan, 0.5)}
    action = Action(id="a1", what="second till at noon", owner="Kim", starts=MONDAY, sites=("s001",))
    verdict = judged(action, values, date(2027, 1, 1)).verdict
    assert verdict is not None
    assert (verdict.said, verdict.change, verdict.chance) == ("cannot tell", None, None)
    assert "by lot" in verdict.reason
    tried = msgspec.structs.replace(action, plan=plan)
    early = judged(tried, values, plan.ends - timedelta(days=1)).verdict
    assert early is not None
    assert (early.said, early.reason) == ("cannot tell", f"runs until {plan.ends}")
    late = judged(tried, values, plan.ends)
    assert late.verdict is not None
    assert late.verdict.said == "changed"
    assert msgspec.json.decode(msgspec.json.encode(late), type=Action) == late


def test_an_interval_without_an_end_is_infinite() -> None:
    assert outwards(lambda _: 1.0, 0.0, 1.0) == (-np.inf, np.inf)
    low, high = outwards(lambda x: 0.01 if abs(x) > 2 else 0.5, 0.0, 1.0)
    assert (low, high) == (pytest.approx(-2, abs=1e-5), pytest.approx(2, abs=1e-5))
