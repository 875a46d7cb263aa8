"""Stays of tags scaled up to all visitors: only where the interval is narrow, and never as footfall."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from edge.messages import Sensor, stamp
from edge.values import Quality
from hub.serve import questions
from hub.serve.asking import answer
from tests.hub.conftest import NOW, place

DAY_S = 86_400
START = 1780869600.0  # 2026-06-08T00:00 in Berlin
SENSORS = (
    Sensor(id="tags", kind="gateway", state="ok", seen=None),
    Sensor(id="ceiling-1", kind="camera", state="ok", seen=None),
)


def asked(hub):
    site = hub.store.sites["s001"]
    spoken = [(key, datetime.fromtimestamp(t, UTC).isoformat()) for key, t in (("start", START), ("end", NOW))]
    values = questions.parse("tag_stays", [("site", "s001"), *spoken])
    return answer(hub.store, "tag_stays", values, {"s001": site}, NOW).to_pylist()


def told(hub, shop, tags, visitors, stays, zones=("t-a",)):
    """Two days of totals, and so many stays in each of the zones on the second."""
    places = [replace(place(name, "zone", "area"), sensor="tags") for name in ("t-a", "t-b", "tags")]
    places += [place("centre", "zone", "area"), place("door", "line", "door")]
    status = replace(shop.status(places=tuple(places)), sensors=SENSORS)
    hub.take(shop.raw(status, "status"))
    for n in (0, 1):
        start = START + n * DAY_S
        fields = {"withheld": None, "revision": 0, "looked": None, "model": None, "matched": None}
        total = Quality(place="tags", start=stamp(start), observed_s=DAY_S, tag_n=tags, camera_n=visitors, **fields)
        hub.take(shop.raw(shop.window(start + DAY_S, total)), at=start + DAY_S)
    noon = START + DAY_S + 12 * 3600
    stats = [shop.stat(noon, {11: stays}, place=zone, of="dwell") for zone in zones]
    hub.take(shop.raw(shop.window(noon, *stats)), at=noon)


def test_stays_are_scaled_by_the_share_with_both_errors(hub, shop):
    told(hub, shop, 400, 4000, 300)
    (row,) = asked(hub)
    assert (row["place"], row["sensor"], row["n"], row["reason"]) == ("t-a", "tags", 300, None)
    assert row["stays"] == pytest.approx(3000)
    assert row["share"] == pytest.approx(0.1)
    # 300 stays alone leave 11 %, the share 7 %: together 13 to 14 %.
    assert 0.12 < row["high"] / row["stays"] - 1 < 0.15
    assert row["low"] * row["high"] == pytest.approx(row["stays"] ** 2)
    assert row["mean_s"] == 60


@pytest.mark.parametrize(("tags", "stays"), [(400, 60), (30, 300)])
def test_few_stays_or_few_tags_are_not_scaled(hub, shop, tags, stays):
    told(hub, shop, tags, 10 * tags, stays)
    (row,) = asked(hub)
    assert (row["n"], row["stays"], row["low"], row["high"]) == (stays, None, None, None)
    assert row["reason"] == "not enough tags"


def test_the_reason_of_the_share_is_handed_on(hub, shop):
    told(hub, shop, 400, 300, 300)
    assert asked(hub)[0]["reason"] == "more tags than visitors"


def test_whole_visits_and_cameras_zones_are_left_out(hub, shop):
    told(hub, shop, 400, 4000, 300, zones=("t-b", "tags", "centre"))
    assert [row["place"] for row in asked(hub)] == ["t-b"]
