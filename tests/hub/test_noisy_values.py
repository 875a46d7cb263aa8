"""Level dp at the hub: hours of counts below zero, days of durations without sums, and no question that stumbles."""

import random

import pytest

from edge.messages import stamp
from edge.values import Count
from hub.serve import questions
from hub.serve.questions import QUESTIONS
from tests.hub.test_questions import ask

NOW = 1781114400.0  # 2026-06-10T18:00:00Z, a Wednesday; 20:00 in Berlin
DAY = 1781056800.0  # 04:00 in Berlin that day
HOUR = 3600


def hour(shop, end, entries, exits=0, length=HOUR, **other):
    said = {"start": stamp(end - length), "observed_s": 0 if entries is None else length} | other
    return shop.window(end, shop.count(end, entries, exits, **said), level="dp")


def day_of_stays(shop, end, bins):
    stat = shop.stat(end, dict(enumerate(bins)), length=86_400, cut=None, sum_s=None)
    return shop.window(end, stat, level="dp")


def filled(hub, shop, entries):
    """Hours from the start of the day on, with these entries and one exit each."""
    hub.take(shop.raw(shop.status(), "status"))
    for i, number in enumerate(entries, start=1):
        hub.take(shop.raw(hour(shop, DAY + i * HOUR, number, None if number is None else 1)))


def test_an_hour_is_four_quarters_that_add_up_also_below_zero(hub, shop):
    filled(hub, shop, [7, -3, 0, None, 2])
    rows = ask(hub, "visitors", start=DAY, end=DAY + 5 * HOUR).to_pylist()
    found = [row["entries"] for row in rows]
    assert [sum(found[i : i + 4]) if None not in found[i : i + 4] else None for i in range(0, 20, 4)] == [
        7,
        -3,
        0,
        None,
        2,
    ]
    assert [row["coverage"] for row in rows] == [1.0] * 12 + [0.0] * 4 + [1.0] * 4
    assert max(found[:4]) - min(found[:4]) == 1


def test_totals_and_coverage_of_a_day_are_those_of_its_hours(hub, shop):
    filled(hub, shop, [7, -3, 0, None, 2])
    (day,) = ask(hub, "days", start=DAY, end=DAY + 1, at=DAY + 5 * HOUR + 60).to_pylist()
    assert (day["entries"], day["exits"], day["coverage"]) == (6, 4, pytest.approx(0.8))
    table = hub.store.ask("in_store", questions.span("s001", DAY, NOW))
    (inside,) = table.to_pylist()
    assert inside["people"] >= 0
    covered = ask(hub, "coverage", start=DAY, end=DAY + 5 * HOUR).to_pylist()
    assert [row["coverage"] for row in covered if row["place"] == "door"] == [1.0, 1.0, 1.0, 0.0, 1.0]


SPREAD = """
SELECT epoch(start_at) AS at, observed_s AS observed, entries, exits FROM count_15 ORDER BY start_at
"""


@pytest.mark.parametrize("seed", range(2))
def test_any_order_of_hours_and_five_minutes_gives_the_same_quarters(hub, shop, seed):
    """A device whose level changes, whose windows come late, are revised, and a hub that starts anew in between."""
    chance, newest = random.Random(seed), dict[tuple[float, int], tuple[int, int, int]]()
    turns = [(DAY + i * HOUR, HOUR) for i in range(1, 9)] + [(DAY + 7 * HOUR + i * 300, 300) for i in range(1, 24)]
    chance.shuffle(turns)
    turns += chance.sample(turns, 6)  # revised
    for end, length in turns:
        entries, revision = chance.randint(-5, 9), newest.get((end, length), (-1, 0, 0))[0] + 1
        newest[end, length] = (revision, entries, length)
        said = {"revision": revision} | ({} if length == HOUR else {"observed_s": 300})
        message = hour(shop, end, entries, 2, length, **said)
        if length == 300:
            plain: Count = message.values[0]
            message = shop.window(end, shop.count(end, abs(plain.entries), 2, revision=revision))
            newest[end, length] = (revision, abs(entries), length)
        hub.take(shop.raw(message))
        if chance.random() < 0.15:
            hub.store.close()
            hub.__init__(hub.path)
    due: dict[float, list[int]] = {}
    for (end, length), (_, entries, _) in newest.items():
        parts = max(1, length // 900)
        for i in range(parts):
            at = (end - length) // 900 * 900 + 900 * i
            sums = due.setdefault(at, [0, 0, 0])
            for k, number in enumerate((length, entries, 2)):
                sums[k] += number * (i + 1) // parts - number * i // parts
    assert [(row["at"], row["observed"], row["entries"], row["exits"]) for row in hub.rows(SPREAD)] == [
        (at, *due[at]) for at in sorted(due)
    ]


def test_durations_without_sum_and_cut_are_unknown_and_not_zero(hub, shop):
    filled(hub, shop, [])
    bins = [-4, 3, -1, 0, 0, 0, 6, 20, 40, 12, -3, 2, 0, -2, 0, 1, 0, 0, -5, 3, 0, 0]
    hub.take(shop.raw(day_of_stays(shop, DAY, bins)))
    for name, end in (("stays", NOW), ("waits", NOW)):
        (row,) = ask(hub, name, start=DAY - 86_400, end=end).to_pylist()
        assert row["n"] == sum(bins)
        assert row["mean_s"] is row["cut"] is None
        assert 45 < row["p50_s"] < 120
        assert 0 <= row["within"] <= 1


def test_durations_that_sink_below_zero_altogether_say_nothing(hub, shop):
    filled(hub, shop, [])
    hub.take(shop.raw(day_of_stays(shop, DAY, [-2] * 22)))
    for name in ("stays", "waits"):
        (row,) = ask(hub, name, start=DAY - 86_400, end=NOW).to_pylist()
        assert row["n"] == -44
        assert row["p50_s"] is row["mean_s"] is row["within"] is None


def test_every_question_answers_over_numbers_below_zero(hub, shop):
    empty = {name: ask(hub, name).schema for name in QUESTIONS}
    filled(hub, shop, [-6, -2, None, -9])
    hub.take(shop.raw(day_of_stays(shop, DAY, [-3, 1] * 11)))
    assert {name: ask(hub, name, start=DAY - 86_400).schema for name in QUESTIONS} == empty


def test_a_finished_day_is_summed_up_from_its_hours(hub, shop):
    filled(hub, shop, [5, -2, 3])
    assert hub.store.finish_days(DAY + 3 * 86_400) > 0
    (day,) = ask(hub, "days", start=DAY, end=DAY + 1, at=DAY + 3 * 86_400).to_pylist()
    assert (day["entries"], day["exits"]) == (6, 3)


def test_five_minutes_that_come_after_an_hour_around_them_double_no_quarter(hub, shop):
    filled(hub, shop, [8])
    hub.take(shop.raw(shop.window(DAY + 2100, shop.count(DAY + 2100, 5))))
    rows = hub.rows(SPREAD)
    assert [(row["at"] - DAY, row["entries"]) for row in rows] == [(0, 2), (900, 2), (1800, 7), (2700, 2)]
