"""Share of visitors with a tag and recall of the cameras: intervals that hold, and figures that are withheld."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from edge.messages import stamp
from edge.values import Quality
from hub.insight.durations import wilson
from hub.insight.tagged import pooled, recalls, shares
from hub.serve import questions
from hub.serve.questions import QUESTIONS

DAY_S = 86_400
START = 1780869600.0  # 2026-06-08T00:00 in Berlin
OPEN_S = 39_600


def table(days, before=0, **more):
    """Totals of one day each as the SQL gives them; (tag_n, camera_n[, matched])."""
    rows = []
    for n, (tags, cameras, *matched) in enumerate(days):
        row = {"device": "d", "sensor": "tags", "start": stamp(START + n * DAY_S), "before": n < before}
        row |= {"end": stamp(START + (n + 1) * DAY_S), "observed_s": DAY_S // 2, "tag_n": tags, "camera_n": cameras}
        rows.append(row | {"matched": matched[0] if matched else None, "open_s": OPEN_S} | more)
    return pa.Table.from_pylist(rows)


def share(days, before=0):
    (row,) = shares(table(days, before)).to_pylist()
    return row


def recall(days):
    (row,) = recalls(table(days)).to_pylist()
    return row


def test_even_days_have_wilson_s_interval_and_a_factor_where_it_is_narrow():
    row = share([(40, 400)] * 14)
    assert (row["tagged"], row["visitors"], row["totals"], row["coverage"]) == (560, 5600, 14, 0.5)
    assert (row["low"], row["high"]) == wilson(0.1, 5600)
    assert row["factor"] == pytest.approx(10)
    assert row["factor_low"] == pytest.approx(1 / row["high"])
    assert row["reason"] is None


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ([(40, 400)], "not enough tags"),
        ([(40, 400)] * 3, None),
        # the same sums, but the days lie far apart
        ([(20, 400), (60, 400), (25, 400), (55, 400)], "not enough tags"),
        ([(50, 40)], "more tags than visitors"),
        ([(0, 400)], "not enough tags"),
    ],
)
def test_figures_are_scaled_only_where_the_interval_is_within_a_fifth(days, reason):
    row = share(days)
    assert row["reason"] == reason
    assert (row["factor"] is None) == (reason is not None)


def test_a_jump_is_told_and_a_wobble_is_not():
    assert share([(40, 400)] * 20 + [(20, 400)] * 7, before=20)["jump"] is True
    assert share([(40, 400), (44, 400)] * 10 + [(43, 400)] * 7, before=20)["jump"] is False
    assert share([(40, 400)] * 7)["jump"] is None
    assert share([(40, 400)] * 20 + [(20, 400)] * 7, before=20)["before"] == pytest.approx(0.1)


def test_jumps_that_are_none_are_rare():
    rng = np.random.default_rng(1)
    told = 0
    for _ in range(400):
        # every day has a share of its own: the spread is beyond chance
        daily = rng.beta(10, 90, 35)
        days = [(int(rng.binomial(400, p)), 400) for p in daily]
        told += bool(share(days, before=28)["jump"])
    assert told <= 0.03 * 400


@pytest.mark.parametrize("wild", [None, 60])
def test_the_interval_of_the_share_holds(wild):
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(400):
        daily = np.full(14, 0.1) if wild is None else rng.beta(0.1 * wild, 0.9 * wild, 14)
        row = share([(int(rng.binomial(400, p)), 400) for p in daily])
        held += row["low"] <= 0.1 <= row["high"]
    assert held / 400 >= 0.92


def test_only_what_came_before_is_no_answer():
    row = share([(40, 400)] * 5, before=5)
    assert (row["share"], row["totals"], row["reason"]) == (None, 0, "not enough tags")


def test_chapman_by_hand():
    row = recall([(100, 400, 95)])
    assert row["people"] == pytest.approx(101 * 401 / 96 - 1)
    assert row["recall"] == pytest.approx(400 / (101 * 401 / 96 - 1))
    assert (row["tagged"], row["counted"], row["matched"], row["assumes"]) == (100, 400, 95, "independent")
    assert row["people_low"] == pytest.approx(400 / row["high"])


def test_recall_holds_the_truth_and_says_n_below_thirty():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        days = []
        for _ in range(7):
            seen = rng.binomial(400, 0.95)
            tags = rng.binomial(400, 0.1)
            days.append((int(tags), int(seen), int(rng.binomial(tags, 0.95))))
        row = recall(days)
        held += row["low"] <= 0.95 <= row["high"]
    assert held / 400 >= 0.92
    assert (recall([(31, 4000, 30)])["reason"], recall([(31, 4000, 30)])["recall"]) == ("n<30", None)


def test_a_busy_door_widens_the_interval():
    calm, busy = recall([(200, 300, 180)]), recall([(200, 1600, 180)])
    assert busy["chance"] > calm["chance"]
    assert busy["high"] - busy["low"] > calm["high"] - calm["low"]


def test_the_spread_is_never_below_chance():
    assert pooled([(10, 100)] * 9).spread == 1.0
    assert pooled([(0, 0)]).of == 0
    assert pooled([(5, 100), (15, 100), (5, 100), (15, 100)], [(2, 100), (18, 100)]).spread > 2


def ask(hub, name, start, end):
    site = hub.store.sites["s001"]
    spoken = {k: datetime.fromtimestamp(t, UTC).isoformat() for k, t in (("start", start), ("end", end))}
    values = questions.parse(name, [("site", "s001"), *spoken.items()])
    found = hub.store.ask(name, questions.bound(values, site, end), questions.calendar(name, site, values))
    return QUESTIONS[name].finish(found).to_pylist()


def quality(start, tags, cameras, matched, place="tags"):
    said = {"tag_n": tags, "camera_n": cameras, "matched": matched, "withheld": None if tags else "n<30"}
    return Quality(place=place, start=stamp(start), observed_s=DAY_S, revision=0, looked=None, model=None, **said)


def test_totals_through_the_database(hub, shop):
    hub.take(shop.raw(shop.status(), "status"))
    for n in range(-10, 4):
        start = START + n * DAY_S
        told = quality(start, 60, 400, 55) if n != 2 else quality(start, None, None, None)
        hub.take(shop.raw(shop.window(start + DAY_S, told)), at=start + DAY_S)
    (row,) = ask(hub, "tag_share", START, START + 4 * DAY_S)
    assert (row["tagged"], row["visitors"], row["totals"], row["jump"]) == (180, 1200, 3, False)
    assert row["before"] == pytest.approx(0.15)
    (row,) = ask(hub, "camera_recall", START, START + 4 * DAY_S)
    assert (row["tagged"], row["counted"], row["matched"], row["totals"]) == (180, 1200, 165, 3)


def test_where_no_camera_of_the_device_sees_a_door_the_site_s_doors_stand_for_it(hub, shop):
    hub.take(shop.raw(shop.status(), "status"))
    for n in range(12):
        end = START + 12 * 3600 + (n + 1) * 300
        hub.take(shop.raw(shop.window(end, shop.count(end, 20))), at=end)
    end = START + 2 * DAY_S
    two_days = quality(START, 60, None, None)
    hub.take(shop.raw(shop.window(end, two_days)), at=end)
    (row,) = ask(hub, "tag_share", START, end)
    assert (row["tagged"], row["visitors"], row["share"]) == (60, 240, 0.25)
    assert ask(hub, "camera_recall", START, end) == []
