"""What feeds must survive: absurd strengths, clocks that jump, malformed bytes, ten thousand items a second."""

import logging
import math
import sys
import threading
import tracemalloc
import types

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.measure.facts import Fact, Seen
from edge.plan import Plan, Radio, Sensor, Zone
from edge.radio.adverts import WEAKEST_DBM, Heard, Quiet, Sighting, identity, judged, pack
from edge.radio.dialects import report
from edge.radio.scanner import adverts as scanner_adverts
from edge.radio.scanner import parse
from edge.radio.source import Turn
from edge.radio.tags import allow

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
KNOWN = bytes.fromhex("aabbccddee01")
LINES = ["scanner,x_m,y_m,z_m", "a,1,1,2", "b,9,1,2"]
BOX = ((-5.0, -5.0), (15.0, -5.0), (15.0, 15.0), (-5.0, 15.0))


def turn() -> Turn:
    plan = Plan(
        site="s",
        device="d",
        timezone="UTC",
        level="standard",
        sensors=(Sensor(id="radio", kind="gateway"),),
        zones=(Zone(id="shop", sensor="radio", polygon=BOX),),
        radio=Radio(scanners="", tags={KNOWN.hex(): "trolley"}),
    )
    return Turn(plan, plan.sensors[0], allow({KNOWN.hex(): "trolley"}), LINES)


def take(clock: Turn, *items: Heard | Quiet) -> list[Fact]:
    return [fact for item in items for fact in clock.take(item)]


ADVERTS = st.one_of(
    st.binary(max_size=40),
    st.just(pack(KNOWN)),
    st.binary(max_size=20).map(lambda more: pack(KNOWN) + more),
)
NEVER = st.sampled_from([math.nan, math.inf, -math.inf])
MOMENTS = st.one_of(st.floats(1000, 1060), st.floats(1000, 1060), st.floats(-1e12, 1e12), NEVER)
ITEMS = st.one_of(
    st.builds(
        Heard, MOMENTS, st.sampled_from(["a", "b", "zz", ""]), ADVERTS, st.floats(allow_nan=True), st.booleans()
    ),
    st.builds(Quiet, MOMENTS, st.booleans()),
)


@CALM
@given(st.lists(ITEMS, max_size=60))
def test_nothing_that_a_feed_gives_raises(items: list[Heard | Quiet]) -> None:
    clock = turn()
    found = [*take(clock, *items), *clock.close()]
    assert all(math.isfinite(fact.at) for fact in found)
    bad = sum(isinstance(i, Heard) and math.isfinite(i.at) and not WEAKEST_DBM <= i.rssi < 0 for i in items)
    foreign = sum(isinstance(i, Heard) and math.isfinite(i.at) and i.scanner not in ("a", "b") for i in items)
    assert clock.tally.total["untimely"] == sum(not math.isfinite(item.at) for item in items)
    assert clock.tally.total["unplaced"] == foreign
    assert clock.tally.total["strength"] <= bad


@pytest.mark.parametrize(
    ("data", "rssi", "expected"),
    [
        (pack(KNOWN), -60.0, Sighting(1.0, "a", 0, -60.0, False)),
        (pack(KNOWN), 0.0, "strength"),
        (pack(KNOWN), 127.0, "strength"),
        (pack(KNOWN), -121.0, "strength"),
        (pack(KNOWN), math.nan, "strength"),
        (b"\xff", -60.0, "malformed"),
        (pack(KNOWN)[:-1], -60.0, "malformed"),
        (pack(bytes(6)), -60.0, "stranger"),
        (b"", -60.0, "stranger"),
    ],
)
def test_why_an_advertisement_gives_nothing(data: bytes, rssi: float, expected: object) -> None:
    assert judged(Heard(1.0, "a", data, rssi), allow({KNOWN.hex(): "trolley"})) == expected


def test_troubles_are_counted_and_told_without_an_address(caplog: pytest.LogCaptureFixture) -> None:
    clock = turn()
    with caplog.at_level(logging.DEBUG, "instore.radio"):
        take(clock, *(Heard(1000.5, "a", pack(KNOWN), 20.0) for _ in range(3)))
        take(clock, Heard(1000.6, "a", b"\x09\x16", -60.0), Heard(1000.7, "zz", pack(KNOWN), -60.0))
        take(clock, Quiet(1010.0, True))
    told = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert told == [
        "sensor radio: advertisements left out: 1 were malformed, 3 had an impossible strength, "
        "1 came from a scanner that radio.scanners does not name"
    ]
    assert KNOWN.hex() not in caplog.text.lower().replace(":", "")


@pytest.mark.parametrize("jump", [-3600.0, -10.0, 3600.0, 1e9])
def test_a_clock_that_jumps_is_counted_and_begins_anew(jump: float) -> None:
    clock = turn()
    take(clock, *(Heard(1000.0 + t, "a", pack(KNOWN), -60.0) for t in range(30)))
    found = take(clock, *(Heard(1030.0 + jump + t, "a", pack(KNOWN), -60.0) for t in range(1, 30)))
    assert clock.tally.total["jump"] == 1
    assert max(fact.at for fact in found if isinstance(fact, Seen)) == 1059.0 + jump


def test_ten_thousand_a_second_of_strangers_and_known_need_no_more_memory() -> None:
    clock = turn()
    take(clock, *(Heard(1000.0 + t / 10, "a", pack(KNOWN), -60.0) for t in range(100)))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(20_000):
        data = pack(n.to_bytes(6, "big")) if n % 2 else pack(KNOWN)
        clock.take(Heard(1010 + n / 10_000, "ab"[n % 3 == 0], data, -60.0, smoothed=n % 5 == 0))
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 100_000


def test_averages_are_told_once_and_weigh_less(caplog: pytest.LogCaptureFixture) -> None:
    smooth, single = turn(), turn()
    with caplog.at_level(logging.INFO, "instore.radio"):
        for t in range(30):
            smooth.take(Heard(1000.0 + t, "a", pack(KNOWN), -60.0, smoothed=True))
            single.take(Heard(1000.0 + t, "a", pack(KNOWN), -60.0))
    told = [record.getMessage() for record in caplog.records if "averages" in record.getMessage()]
    assert told == ["sensor radio: 1 scanners send averages of 15 s, which weigh less and come later"]
    told_of = [clock._judge._readings.means(1030, 3)[1].sum() for clock in (smooth, single)]  # type: ignore[attr-defined]
    assert told_of == [1, 3]


@pytest.mark.parametrize("line", ["nan,a,0201,-50", "inf,a,0201,-50", "1e999,a,0201,-50", "1,a,zz,-50", "1,a", ",,,"])
def test_a_line_without_a_time_or_with_no_bytes_is_none(line: str) -> None:
    assert parse(line) is None


@CALM
@given(st.text(max_size=60))
def test_no_line_raises(line: str) -> None:
    found = parse(line)
    assert found is None or math.isfinite(found.at)


MORE = st.dictionaries(st.text("abcdef", max_size=5), st.integers(), max_size=3)
KEYS = ("00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100")


@CALM
@given(st.sampled_from(KEYS), st.sampled_from(["irk", "IRK", "Irk"]), MORE)
def test_a_resolving_key_is_in_nothing_that_the_parser_gives(key: str, name: str, more: dict[str, int]) -> None:
    payload = {"mac": "aabbccddee01", "id": "phone", "rssi": -60} | more | {name: key}
    said = report("espresense/devices/phone/hall", str(payload).replace("'", '"').encode())
    if said:
        assert key not in repr(said)
        assert bytes.fromhex(key) not in said.data
        assert key.encode() not in said.data


class OddScanner:
    """What a Bluetooth stack may hand over at worst, and a proper advertisement at last."""

    def __init__(self, detection_callback: object, **options: object) -> None:
        self.tell = detection_callback

    async def __aenter__(self) -> None:
        proper = {"local_name": None, "manufacturer_data": {}, "service_data": {}, "rssi": -61}
        odd = (
            {"rssi": None},
            {"manufacturer_data": {70_000: b"x"}},
            {"manufacturer_data": None},
            {"service_data": {"zzzzzzzz-0000-1000-8000-00805f9b34fb": b"x"}},
            {"service_data": {7: b"x"}},
            {"local_name": 5},
            {},
        )
        for change in odd:
            device = types.SimpleNamespace(address="AA:BB:CC:DD:EE:01")
            self.tell(device, types.SimpleNamespace(**(proper | change)))  # type: ignore[operator]

    async def __aexit__(self, *_: object) -> None:
        pass


def test_what_a_bluetooth_stack_gives_at_worst_is_counted_as_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bleak", types.SimpleNamespace(BleakScanner=OddScanner))
    stop, heard = threading.Event(), list[Heard]()
    limit = threading.Timer(20, stop.set)
    limit.start()
    for item in scanner_adverts(Sensor(id="radio", kind="scanner", source="hci0"), stop):
        if isinstance(item, Heard):
            heard.append(item)
        if len(heard) == 7:
            stop.set()
    limit.cancel()
    whole = [identity(one.data) for one in heard]
    assert [found is None for found in whole] == [True, True, False, True, True, True, False]
    assert heard[-1].data == pack(KNOWN)
