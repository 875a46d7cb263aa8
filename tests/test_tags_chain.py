"""A simulated shop with tagged trolleys and a badge: advertisements and cameras' facts through the device, its outbox
and the hub to the answers of questions, held against the truth.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from edge.agent import backfill
from edge.deliver.outbox import Outbox
from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact, Seen, to_line
from edge.measure.footfall import Crossing
from edge.messages import Sensor
from edge.plan import Plan, parse
from edge.radio.adverts import Heard, Quiet
from edge.radio.source import Turn
from edge.radio.tags import allow
from edge.topics import topic
from hub.intake.sorting import Raw
from hub.serve import questions
from hub.serve.questions import QUESTIONS
from hub.sites import Site
from simulators.adverts import Advert, adverts, fused_table, scanner_lines, tag_lines
from simulators.clerk import clerk, seen_too
from simulators.facts import facts
from simulators.hearing import Hearing, passed_on
from simulators.shop import Shop
from simulators.shoppers import Day, simulate
from tests.hub.conftest import Hubbub, place
from tests.hub.conftest import Shop as Device

SHOP = Shop(opens="09:00", closes="12:00", visits=180.0, tagged=0.25, clerk=True, timezone="UTC")
SITE = Site(id=SHOP.site, name="Test", timezone="UTC", opens="09:00", closes="12:00")
DAYS = (date(2026, 6, 8), date(2026, 6, 9))
SENSORS = (
    Sensor(id="camera-1", kind="camera", state="ok", seen=None),
    Sensor(id="radio-1", kind="scanner", state="ok", seen=None),
)
RECALL = 0.9  # what the camera at the door sees of those who come in


def radio(plan: Plan, heard: list[Advert], day: Day) -> Iterator[tuple[float, Fact]]:
    """(when it became certain, fact) of the radio sensor; a stranger's device is heard once in 20 s all day."""
    sensor = next(one for one in plan.sensors if one.kind != "camera")
    turn = Turn(plan, sensor, allow({}, list(tag_lines())), list(scanner_lines()))
    items: list[Heard | Quiet] = [Heard(a.at, a.scanner, a.data, a.rssi) for a in heard]
    items += [Heard(t, "scan-door", b"", -70.0) for t in np.arange(day.opens - 600, day.closes + 1200, 20.0).tolist()]
    now = 0.0
    for item in sorted(items, key=lambda item: item.at):
        now = item.at
        yield from ((now, fact) for fact in turn.take(item))
    yield from ((now, fact) for fact in turn.close())


def camera(day: Day, rng: np.random.Generator) -> Iterator[tuple[float, Fact]]:
    """The cameras' facts: they see the clerk too, and miss one in ten who come in."""
    for fact in seen_too(facts(SHOP, day), clerk(SHOP, day)):
        missed = isinstance(fact, Crossing) and fact.line == "door" and rng.random() > RECALL
        if not missed:
            yield fact.at, fact


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The answers of the hub, and the truth, of two days."""
    folder: Path = tmp_path_factory.mktemp("chain")
    plan = parse(fused_table(SHOP) | {"outbox": {"dir": str(folder / "edge"), "max_age_h": 720.0}})
    rng, lines, true = np.random.default_rng(4), list[bytes](), list[Day]()
    for day in (simulate(SHOP, one) for one in DAYS):
        heard = list(passed_on(adverts(SHOP, day), Hearing(missed=0.1), SHOP.seed))
        everything = [*radio(plan, heard, day), *camera(day, rng)]
        lines += [to_line(fact) for _, fact in sorted(everything, key=itemgetter(0))]
        true.append(day)
    end = true[-1].end
    lines += [to_line(Seen(end + 60.0, one.id, end)) for one in plan.sensors]
    counted = backfill(plan, lines)
    assert (counted["late"], counted["unknown"], counted["refused"]) == (0, 0, 0)
    return asked(folder, plan, true)


def asked(folder: Path, plan: Plan, true: list[Day]) -> dict[str, Any]:
    end = true[-1].end
    hub, device = Hubbub(folder / "hub.duckdb", {SITE.id: SITE}), Device(SHOP.site, SHOP.device)
    outbox = Outbox(plan.outbox)
    rows = outbox.batch(None, 100_000)
    outbox.close()
    whole = replace(place("radio-1", "zone", "area"), sensor="radio-1")
    status = device.status(at=end, places=(place("door", "line", "door"), place("shelves", "zone", "area"), whole))
    hub.take(device.raw(replace(status, sensors=SENSORS), "status"), at=end)
    hub.take(*(Raw(topic(SHOP.site, SHOP.device, "w"), row.payload, False) for row in rows), at=end)
    answers = {name: ask(hub, name, true[0].start, end) for name in ("visit_length", "tag_share", "camera_recall")}
    answers |= {name: ask(hub, name, true[0].start, end) for name in ("load", "waits", "flows", "visitors")}
    hub.store.close()
    return answers | {"true": true, "payloads": [row.payload for row in rows]}


def ask(hub: Hubbub, name: str, start: float, end: float) -> list[dict[str, Any]]:
    given = [("site", SHOP.site), ("start", stamp(start)), ("end", stamp(end))]
    values = questions.parse(name, given)
    found = hub.store.ask(name, questions.bound(values, SITE, end + 900), questions.calendar(name, SITE, values))
    return QUESTIONS[name].finish(found).to_pylist()


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def shoppers(told: dict[str, Any]) -> list[Any]:
    return [one for day in told["true"] for one in day.shoppers]


def test_the_share_of_visitors_with_a_tag(told: dict[str, Any]) -> None:
    (row,) = told["tag_share"]
    tags = sum(bool(one.tag) for one in shoppers(told))
    assert abs(row["tagged"] - tags) <= 0.05 * tags
    assert row["low"] <= tags / (RECALL * len(shoppers(told))) <= row["high"]
    assert row["jump"] is None


def test_the_recall_of_the_camera_at_the_door(told: dict[str, Any]) -> None:
    (row,) = told["camera_recall"]
    assert row["low"] <= RECALL <= row["high"]
    assert row["people_low"] <= len(shoppers(told)) <= row["people_high"]
    assert row["assumes"] == "independent"


def test_how_long_visits_last_by_the_doors_and_by_tags(told: dict[str, Any]) -> None:
    for day in told["true"]:
        little, tags = [row for row in told["visit_length"] if row["day"] == day.day]
        assert (little["how"], tags["how"], little["reason"], tags["reason"]) == ("little", "tags", None, None)
        true = np.mean([one.left - one.entered for one in day.shoppers])
        assert little["low"] <= true <= little["high"]
        own = np.mean([one.left - one.entered for one in day.shoppers if one.tag])
        assert tags["value"] == pytest.approx(own, rel=0.15)


def test_the_clerk_is_taken_off_the_shelves(told: dict[str, Any]) -> None:
    mine = {row["start"].timestamp(): row["mean"] for row in told["load"] if row["place"] == "shelves"}
    for number in (0, 1):
        day = told["true"][number]
        seen = {len_: heads(found, day, mine) for len_, found in with_and_without(day).items()}
        told_mean = np.mean([mine[at] for at in quarters(day) if mine.get(at) is not None])
        assert seen["without"] < seen["with"]
        # At least a third of what the clerk adds is gone, and no more than all of it (a mean is told to 0.5).
        assert seen["without"] - 0.25 <= told_mean <= seen["with"] - (seen["with"] - seen["without"]) / 3


def with_and_without(day: Day) -> dict[str, list[Fact]]:
    stated = facts(SHOP, day)
    return {"without": stated, "with": seen_too(stated, clerk(SHOP, day))}


def quarters(day: Day) -> list[float]:
    return np.arange(day.opens, day.closes, 900.0).tolist()


def heads(found: list[Fact], day: Day, measured: dict[float, Any]) -> float:
    kept = [at for at in quarters(day) if measured.get(at) is not None]
    present = [f for f in found if isinstance(f, Present) and f.place == "shelves" and f.at // 900 * 900 in kept]
    return float(np.mean([one.people for one in present]))


def test_stays_at_the_shelves_are_the_customers(told: dict[str, Any]) -> None:
    (row,) = [row for row in told["waits"] if (row["place"], row["of"]) == ("shelves", "dwell")]
    stated = {name: sum(len(visits(found[name])) for found in map(with_and_without, told["true"])) for name in KINDS}
    assert row["n"] < stated["with"]
    assert row["n"] >= 0.9 * stated["without"]


KINDS = ("with", "without")


def visits(found: list[Fact]) -> list[Fact]:
    return [fact for fact in found if isinstance(fact, Visit) and fact.zone == "shelves"]


def test_footfall_is_the_cameras_alone(told: dict[str, Any]) -> None:
    entries = sum(row["entries"] or 0 for row in told["visitors"])
    assert entries == pytest.approx(RECALL * len(shoppers(told)), rel=0.08)


def test_ways_of_tags_are_told_in_fives_or_not_at_all(told: dict[str, Any]) -> None:
    ways = [row for row in told["flows"] if row["place"].startswith("t-")]
    assert len(ways) == 6 * len(DAYS)
    assert all(row["n"] is None or (row["n"] >= 10 and row["n"] % 5 == 0) for row in ways)


def test_no_tag_and_no_badge_is_in_any_message(told: dict[str, Any]) -> None:
    everything = b"\n".join(told["payloads"]).lower()
    for word in (b"8c5d9a50", b"badge", b"staff", b"stood", b"trolley"):
        assert word not in everything
