"""The brief's core: many quiet weeks and how often it speaks, planted events and whether they are found."""

import numpy as np
import pytest

from hub.insight.day_series import WEEKS, Days, Queue, of_the_day, of_the_week
from hub.insight.findings import Candidate, findings
from hub.insight.understaffed import Slot, understaffed

WINDOW = 7 * (WEEKS + 1)
CLOSED = 6


def shop(seed, days):
    """A shop's days: weekdays, a season, weather that lasts for days, two queues that suffer from busy days."""
    rng = np.random.default_rng(seed)
    weekdays, weather = np.arange(days) % 7, np.zeros(days)
    for i in range(1, days):
        weather[i] = 0.4 * weather[i - 1] + rng.normal(0, 0.09)
    level = 600 * np.array([0.9, 0.9, 0.95, 1, 1.15, 1.35, 0])[weekdays] * (1 + 0.1 * np.sin(np.arange(days) / 58))
    visitors = rng.poisson(level * np.exp(weather)).astype(float)
    queues = {name: queue(rng, visitors, weather) for name in ("till_a", "till_b")}
    bought = rng.binomial(visitors.astype(int), share(-0.85 + rng.normal(0, 0.08, days))).astype(float)
    return Days(weekdays, visitors, queues, bought, visitors)


def share(logit):
    return 1 / (1 + np.exp(-logit))


def queue(rng, visitors, weather):
    joined = rng.binomial(visitors.astype(int), 0.3)
    kept = rng.binomial(joined, share(2.5 - 2 * weather + rng.normal(0, 0.25, len(visitors))))
    left = rng.binomial(joined, share(-3.2 + weather + rng.normal(0, 0.25, len(visitors))))
    return Queue(*(part.astype(float) for part in (joined, kept, joined, left)))


def upto(days, end):
    """The 13 weeks that end before the day `end`."""
    cut = slice(end - WINDOW, end)
    queues = {name: Queue(*(part[cut] for part in one)) for name, one in days.queues.items()}
    return Days(days.weekdays[cut], days.visitors[cut], queues, days.converting[cut], days.of[cut])


def said(days):
    """Codes of the day, and of the week."""
    return tuple([one.candidate.code for one in findings(list(made(days)))] for made in (of_the_day, of_the_week))


@pytest.fixture(scope="module")
def quiet():
    """Codes said on each open day of two quiet years of three shops."""
    found = []
    for seed in (1, 2, 3):
        days = shop(seed, WINDOW + 364)
        found += [said(upto(days, end)) for end in range(WINDOW + 1, WINDOW + 364) if (end - 1) % 7 != CLOSED]
    return found


def test_of_quiet_days_at_most_one_in_ten_says_anything(quiet):
    speaks = np.mean([bool(day or week) for day, week in quiet])
    assert len(quiet) > 900
    assert 0.01 < speaks <= 0.10


def test_neither_span_alone_speaks_on_more_than_one_quiet_day_in_fifteen(quiet):
    for span in range(2):
        assert np.mean([bool(one[span]) for one in quiet]) <= 1 / 15


def planted(seed, what):
    """A quiet shop with something that happened on its newest day, and said of it."""
    days = upto(shop(seed, WINDOW + 4), WINDOW + 4)  # ends with a Friday
    for part in (days.visitors, days.of):
        part[-1] *= what.get("visitors", 1)
    days.converting[-1] *= what.get("visitors", 1) * what.get("bought", 1)
    one = days.queues["till_a"]
    one.kept[-1] = np.round(one.kept[-1] * what.get("kept", 1))
    one.abandoned[-1] = np.round(one.joined[-1] * what["left"]) if "left" in what else one.abandoned[-1]
    return said(days)[0]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"visitors": 0.5}, "visitors_low"),
        ({"visitors": 1.8}, "visitors_high"),
        ({"kept": 0.7}, "waits_late"),
        ({"left": 0.2}, "abandoned"),
        ({"bought": 0.6}, "conversion_down"),
        ({"bought": 1.5}, "conversion_up"),
    ],
)
def test_what_happened_is_found(what, code):
    found = [code in planted(seed, what) for seed in range(40)]
    assert np.mean(found) >= 0.9


def test_a_bad_week_is_found_in_the_week():
    found = 0
    for seed in range(40):
        days = shop(seed, WINDOW)
        one = days.queues["till_b"]
        one.kept[-7:] = np.round(one.kept[-7:] * 0.8)
        found += "waits_late" in said(days)[1]
    assert found >= 36


def test_a_day_that_was_not_looked_at_is_not_judged():
    days = shop(4, WINDOW)
    days.visitors[-1] = days.of[-1] = np.nan
    for one in days.queues.values():
        for part in one:
            part[-1] = np.nan
    assert list(of_the_day(days)) == []


def test_the_first_weeks_say_nothing():
    days = shop(4, WINDOW)
    for part in (days.visitors, days.converting, days.of, *(p for q in days.queues.values() for p in q)):
        part[:-14] = np.nan
    assert list(of_the_day(days)) == []
    assert list(of_the_week(days)) == []


def candidate(code, size, chance, **other):
    return Candidate(
        code=code, unit="share", evidence="queue", advice="x", effect=size, size=size, chance=chance, **other
    )


def test_at_most_three_by_size_times_certainty():
    found = findings([candidate(str(size), size / 10, 1e-6) for size in range(1, 6)])
    assert [one.candidate.code for one in found] == ["5", "4", "3"]
    assert found[0].certainty == pytest.approx(1 - 5e-6)


def test_looking_at_many_things_raises_the_bar():
    one = candidate("a", 0.5, 0.02)
    assert [found.candidate.code for found in findings([one])] == ["a"]
    assert findings([one, *(candidate(str(i), 0.1, 0.9) for i in range(3))]) == []


def test_what_is_too_small_to_act_on_is_looked_at_and_not_said():
    small = candidate("small", 0.5, 1e-9, worth=False)
    assert findings([small]) == []
    assert findings([small, candidate("a", 0.1, 0.03), candidate("b", 0.1, 0.04)]) == []


def test_a_fact_needs_no_test():
    assert findings([candidate("lost", 0.4, None), candidate("a", 0.9, 0.5)])[0].certainty == 1


def slot(kept, tills=1.0, weeks=8, waits=60.0, at=0.0):
    return Slot(np.full(weeks, waits), np.asarray(kept) * waits, 90.0, tills, at, at + 3600)


def test_an_hour_short_of_tills_week_after_week():
    """90 people an hour at a minute and a half each need more than two tills."""
    bad = slot([0.6, 0.5, 0.62, 0.55, 0.58, 0.6, 0.52, 0.6], 2.0, at=7200.0)
    found = understaffed([slot(np.full(8, 0.95), 3.0), bad], 90, 180)
    assert (found.code, found.start) == ("understaffed", 7200.0)
    assert found.effect == pytest.approx(0.57125 - 0.9)
    assert found.low < found.effect < found.high < 0
    assert findings([found])


@pytest.mark.parametrize(
    ("hour", "service_s", "promise_s"),
    [
        (slot(np.full(8, 0.5), 4.0), 90, 180),  # enough tills are open
        (slot(np.full(8, 0.5), 2.0), None, 180),
        (slot(np.full(8, 0.5), 2.0), 90, None),
        (slot(np.full(4, 0.5), 2.0, weeks=4), 90, 180),
        (slot(np.full(8, 0.5), 2.0, waits=5.0), 90, 180),
    ],
)
def test_an_hour_that_cannot_be_called_short(hour, service_s, promise_s):
    assert understaffed([hour], service_s, promise_s) is None


def test_an_hour_that_scatters_around_its_promise_is_seldom_called_short():
    rng, called = np.random.default_rng(3), 0
    for _ in range(500):
        slots = [slot(rng.binomial(60, np.clip(rng.normal(0.9, 0.03, 8), 0, 1)) / 60, 2.0) for _ in range(33)]
        found = understaffed(slots, 90, 180)
        called += bool(findings([found] if found else []))
    assert called / 500 <= 0.05
