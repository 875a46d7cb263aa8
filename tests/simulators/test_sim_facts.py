"""Facts, answers, advertisements and the comparison with the truth."""

import csv
import io
import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact, Seen, from_line, to_line
from edge.measure.footfall import Crossing
from edge.measure.queues import Done, Joined, Left, Served
from edge.messages import Window
from edge.radio.adverts import sighting
from edge.radio.tags import allow
from edge.values import Count, Stat
from simulators.adverts import SCANNERS, adverts, gateway_message, radio_table, scanner_lines, tag_lines
from simulators.answers import COLUMNS, answers, minutes_waited, rows
from simulators.facts import Outage, days, facts
from simulators.shop import Shop, plan_table
from simulators.shoppers import Day, simulate
from simulators.truth import compare, report

FRIDAY = date(2026, 11, 20)
SHOP = Shop()


@pytest.fixture(scope="module")
def friday() -> Day:
    return simulate(SHOP, FRIDAY)


@pytest.fixture(scope="module")
def stated(friday: Day) -> list[Fact]:
    return facts(SHOP, friday)


def of(kind: type, found: list[Fact]) -> list[Any]:
    return [fact for fact in found if isinstance(fact, kind)]


def test_facts_are_sorted_complete_and_survive_a_file(friday: Day, stated: list[Fact]) -> None:
    at = [fact.at for fact in stated]
    assert at == sorted(at)
    assert [from_line(to_line(fact)) for fact in stated[:3000]] == stated[:3000]
    door = [c for c in of(Crossing, stated) if c.line == "door"]
    entry = next(line["entry"] for line in plan_table(SHOP)["lines"] if line["id"] == "door")
    assert sum(c.direction == entry for c in door) == len(friday.shoppers) == len(door) / 2
    assert len(of(Crossing, stated)) - len(door) == len(friday.passers)
    assert len(of(Visit, stated)) == sum(len(s.stays) for s in friday.shoppers)
    waits = [s.wait for s in friday.shoppers if s.wait]
    assert len(of(Joined, stated)) == len(waits) == len(of(Served, stated)) + len(of(Left, stated))
    assert len(of(Served, stated)) == len(of(Done, stated))
    assert not any(fact.cut for fact in stated if isinstance(fact, Visit | Served | Done | Left))


def test_seen_covers_the_whole_day_once(friday: Day, stated: list[Fact]) -> None:
    for sensor in ("camera-1", "camera-2"):
        seen = [s for s in of(Seen, stated) if s.source == sensor]
        assert seen[0].since == friday.start
        assert seen[-1].at == friday.end
        assert all(a.at == b.since for a, b in itertools.pairwise(seen))


def test_present_agrees_with_joined_and_done(stated: list[Fact]) -> None:
    starts = sorted(j.at for j in of(Joined, stated))
    ends = sorted(f.at for f in stated if isinstance(f, Done | Left))
    for present in of(Present, stated):
        assert present.people >= present.serving >= 0
        if present.place == "tills":
            expected = np.searchsorted(starts, present.at, "right") - np.searchsorted(ends, present.at, "right")
            assert present.people == expected
            assert present.serving <= 2


def test_until_cuts_at_a_moment(friday: Day, stated: list[Fact]) -> None:
    until = friday.opens + 4.5 * 3600 + 17.0
    known = facts(SHOP, friday, until)
    events = [f for f in stated if not isinstance(f, Seen)]
    assert [f for f in known if not isinstance(f, Seen)] == [f for f in events if f.at <= until]
    assert max(s.at for s in of(Seen, known)) == until
    assert facts(SHOP, friday, friday.start) == [f for f in stated if f.at <= friday.start]


def test_an_outage_hides_and_cuts(friday: Day, stated: list[Fact]) -> None:
    gap = Outage("camera-2", friday.opens + 4.5 * 3600, friday.opens + 5.2 * 3600)
    known = facts(SHOP, friday, outages=[gap])
    own = ("tills", "shelves")
    inside = [
        f
        for f in known
        if gap.start < f.at < gap.end and (getattr(f, "queue", None) or getattr(f, "zone", None)) in own
    ]
    assert inside == []
    assert not [p for p in of(Present, known) if p.place in own and gap.start <= p.at < gap.end]
    looked = sum(s.at - s.since for s in of(Seen, known) if s.source == "camera-2")
    assert looked == pytest.approx(friday.end - friday.start - (gap.end - gap.start))
    assert sum(f.cut for f in known if isinstance(f, Visit | Served | Done | Left)) > 0
    assert of(Crossing, known) == of(Crossing, stated)


def test_eight_weeks_stay_below_the_promised_size() -> None:
    week = sum(len(facts(SHOP, day)) for day in days(SHOP, FRIDAY, 7))
    assert week * 8 < 700_000


def test_the_planted_effect_can_be_found_again() -> None:
    found = [a for day in days(Shop(answering=1.0), FRIDAY, 21) for a in answers(Shop(answering=1.0), day)]
    score = np.array([100.0 * (a.recommend >= 9) - 100.0 * (a.recommend <= 6) for a in found])
    waited = np.array([a.waited for a in found]) / 60.0
    slope = np.polyfit(waited, score, 1)[0]
    error = score.std() / (waited.std() * np.sqrt(len(found)))
    assert abs(slope + 4.5) < 3 * error
    assert error < 1.0
    nothing = Shop(answering=1.0, points_a_minute=0.0)
    flat = [a for day in days(nothing, FRIDAY, 21) for a in answers(nothing, day)]
    flat_score = np.array([100.0 * (a.recommend >= 9) - 100.0 * (a.recommend <= 6) for a in flat])
    assert abs(np.polyfit([a.waited / 60.0 for a in flat], flat_score, 1)[0]) < 3 * error


def test_answers_as_a_file(friday: Day) -> None:
    found = answers(SHOP, friday)
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows(SHOP, found)])
    back = list(csv.DictReader(io.StringIO(text.getvalue())))
    assert 20 < len(back) < 160
    assert len({row["id"] for row in back}) == len(back)
    left = {s.id: s.left for s in friday.shoppers}
    for row in back:
        at = datetime.fromisoformat(row["submitted_at"])
        assert at.utcoffset() == timedelta(hours=1)
        assert 0 < at.timestamp() - left[int(row["id"][-4:])] < 900
        assert 0 <= int(row["recommend"]) <= 10
        assert 1 <= int(row["satisfaction"]) <= 5
        assert 1 <= int(row["ease"]) <= 7


def test_some_comments_hold_a_contact_that_must_be_masked() -> None:
    comments = [a.comment for day in days(SHOP, FRIDAY, 60) for a in answers(SHOP, day)]
    assert any("@example." in c for c in comments)
    assert 0.2 < sum(bool(c) for c in comments) / len(comments) < 0.5


def test_minutes_waited_is_nothing_without_a_queue(friday: Day) -> None:
    assert all(minutes_waited(s) == 0.0 for s in friday.shoppers if s.wait is None)


def test_advertisements_are_those_of_the_listed_tags(friday: Day) -> None:
    heard = adverts(SHOP, friday)
    assert heard == adverts(SHOP, friday)
    assert [a.at for a in heard] == sorted(a.at for a in heard)
    tags = allow({}, tag_lines())
    for advert in heard[:2000]:
        found = sighting(advert.at, advert.scanner, advert.data, advert.rssi, tags)
        assert found is not None
        assert found.tag == advert.tag - 1
    names = {scanner[0] for scanner in SCANNERS}
    assert {a.scanner for a in heard} == names
    assert len(list(scanner_lines())) == len(names) + 1
    assert gateway_message(heard[0])[0].split("/")[1] == heard[0].scanner
    assert radio_table(SHOP)["site"] == SHOP.site


def test_the_nearest_scanner_is_mostly_the_strongest(friday: Day) -> None:
    tagged = {s.tag: s for s in friday.shoppers if s.tag}
    heard = adverts(SHOP, friday)
    at_till = [
        a for a in heard if (w := tagged[a.tag].wait) and w.served and w.done and w.served + 5 < a.at < w.done - 5
    ]
    level = {s[0]: np.mean([a.rssi for a in at_till if a.scanner == s[0]]) for s in SCANNERS}
    assert max(level, key=lambda name: level[name]) == "scan-tills"


def window(end: float, *values: Count | Stat) -> Window:
    return Window(
        v=1,
        site="s001",
        device="cam-01",
        epoch="0a0b0c0d",
        seq=1,
        level="standard",
        plan="0" * 12,
        end=datetime.fromtimestamp(end, UTC),
        clock="ntp",
        values=values,
    )


def count(start: float, entries: int | None, exits: int | None) -> Count:
    return Count(
        place="door",
        start=datetime.fromtimestamp(start, UTC),
        observed_s=300,
        withheld=None,
        revision=0,
        entries=entries,
        exits=exits,
        groups=None,
        passers=None,
    )


def test_compare_perfect_wrong_withheld_and_empty(friday: Day, stated: list[Fact]) -> None:
    start = friday.opens + 4 * 3600
    entry = next(line["entry"] for line in plan_table(SHOP)["lines"] if line["id"] == "door")
    door = [c for c in of(Crossing, stated) if c.line == "door" and start <= c.at < start + 300]
    entries = sum(c.direction == entry for c in door)
    exits = len(door) - entries
    assert entries
    perfect = compare(SHOP, stated, [window(start + 300, count(start, entries, exits))])
    assert perfect["counts"]["door.entries"] == {"measured": entries, "true": entries, "gross": 0.0}
    wrong = compare(SHOP, stated, [window(start + 300, count(start, 0, exits))])
    assert wrong["counts"]["door.entries"]["gross"] == 1.0
    withheld = compare(SHOP, stated, [window(start + 300, count(start, None, None))])
    assert withheld["counts"] == {}
    assert compare(SHOP, stated, []) == {"windows": 0, "counts": {}, "durations": {}}
    assert "door.entries" in report(perfect)
