"""A radio sensor from feed to facts: real broker, real files, real pipe."""

import json
import logging
import os
import sys
import threading
import time
import tracemalloc
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact, Seen
from edge.plan import Plan, PlanError, Radio, Sensor, Zone
from edge.radio.adverts import Heard, Quiet, ibeacon, pack
from edge.radio.gateways import adverts as gateway_adverts
from edge.radio.scanner import RadioError
from edge.radio.scanner import adverts as scanner_adverts
from edge.radio.source import Turn, turns
from edge.radio.tags import allow
from simulators.broker import Broker

STRANGER, KNOWN = "112233445566", "aabbccddee01"
LINES = ["scanner,x_m,y_m,z_m", "a,1,1,2", "b,9,1,2"]
ZONES = (
    Zone(id="left", sensor="radio", polygon=((-5, -5), (5, -5), (5, 15), (-5, 15))),
    Zone(id="right", sensor="radio", polygon=((5, -5), (15, -5), (15, 15), (5, 15))),
)


def plan(folder: Path, kind: str = "gateway", source: str | None = None, port: int = 1884, **more: object) -> Plan:
    file = folder / "scanners.csv"
    file.write_text("\n".join(LINES), encoding="utf-8")
    return Plan(
        site="s",
        device="d",
        timezone="UTC",
        level="standard",
        sensors=(
            Sensor(id="radio", kind=kind, source=source, **more),  # type: ignore[arg-type]
        ),
        zones=ZONES,
        radio=Radio(scanners=str(file), tags={KNOWN: "trolley"}, gateway_port=port),
    )


def facts(plan: Plan, sensor: Sensor, stop: threading.Event) -> Iterator[Fact]:
    return (fact for found in turns(plan, sensor, stop) for fact in found)


def advert(address: str) -> bytes:
    return pack(bytes.fromhex(address), ibeacon(b"\1" * 20))


def walk(address: str, start: int, end: int, near: str) -> Iterator[Heard]:
    for t in range(start, end):
        for scanner in "ab":
            yield Heard(t + 0.3, scanner, advert(address), -60.0 if scanner == near else -85.0)


def turn(folder: Path, tags: dict | None = None) -> Turn:
    made = plan(folder)
    return Turn(made, made.sensors[0], allow(tags or {KNOWN: "trolley"}), LINES)


def take(clock: Turn, items: Iterator[Heard | Quiet]) -> list[Fact]:
    return [fact for item in items for fact in clock.take(item)]


def test_a_walk_becomes_visits_head_counts_and_seen(tmp_path: Path) -> None:
    clock = turn(tmp_path)
    take(clock, walk(STRANGER, 900, 1000, "a"))
    found = take(clock, iter([*walk(KNOWN, 1000, 1060, "a"), *walk(KNOWN, 1060, 1120, "b")]))
    found += take(clock, walk(STRANGER, 1120, 1180, "a"))
    visits = [f for f in found if isinstance(f, Visit)]
    assert [v.zone for v in visits] == ["left", "right"]
    assert abs(visits[0].start - 1000) <= 6
    assert abs(visits[0].at - 1060) <= 6
    assert abs(visits[1].at - visits[1].start - 60) <= 6
    assert [v.cut for v in visits] == [False, True]
    assert {f.at for f in found if isinstance(f, Seen)} == {float(t) for t in range(1000, 1180)}
    counts = {(f.at, f.place): f.people for f in found if isinstance(f, Present)}
    assert (counts[1030.0, "left"], counts[1030.0, "right"]) == (1, 0)
    assert (counts[1090.0, "left"], counts[1090.0, "right"]) == (0, 1)
    assert (counts[1170.0, "left"], counts[1170.0, "right"]) == (0, 0)


def test_facts_are_at_most_fifteen_seconds_late(tmp_path: Path) -> None:
    clock = turn(tmp_path)
    for item in [*walk(KNOWN, 1000, 1060, "a"), *walk(STRANGER, 1060, 1120, "b")]:
        assert all(item.at - fact.at <= 16.0 for fact in clock.take(item))


def test_a_stranger_never_appears_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clock = turn(tmp_path)
    found = take(clock, iter([*walk(STRANGER, 1000, 1060, "a"), Heard(1060.5, "zz", advert(STRANGER), -50.0)]))
    found += take(clock, iter([Quiet(1200.0, True)])) + clock.close()
    assert not [f for f in found if isinstance(f, Visit) or (isinstance(f, Present) and f.people)]
    assert STRANGER not in repr(found).lower()
    assert STRANGER not in caplog.text.lower().replace(":", "")
    parts = (clock._visitors, clock._visitors._stays, clock._still, clock._judge._readings)
    for holder in (clock, clock._judge, *parts):
        assert STRANGER not in repr(vars(holder))
        assert bytes.fromhex(STRANGER) not in repr(vars(holder)).encode("latin-1", "replace")


def test_a_silent_feed_has_not_looked(tmp_path: Path) -> None:
    clock = turn(tmp_path)
    take(clock, walk(STRANGER, 1000, 1010, "a"))
    found = take(clock, iter([Quiet(float(t), True) for t in range(1010, 1120)]))
    assert max(f.at for f in found if isinstance(f, Seen)) == 1069.0
    assert max(f.at for f in found if isinstance(f, Present)) == 1066.0


def test_a_feed_that_is_down_has_not_looked_at_once(tmp_path: Path) -> None:
    clock = turn(tmp_path)
    take(clock, walk(STRANGER, 1000, 1010, "a"))
    found = take(clock, iter([Quiet(1010.0, False), *(Quiet(float(t), False) for t in range(1011, 1030))]))
    assert [f.at for f in found if isinstance(f, Seen)] == [1010.0]


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_a_jump_of_the_clock_ends_stays_and_begins_anew(tmp_path: Path, jump: int) -> None:
    clock = turn(tmp_path)
    take(clock, walk(STRANGER, 900, 1000, "a"))
    found = take(clock, walk(KNOWN, 1000, 1060, "a"))
    found += take(clock, walk(KNOWN, 1060 + jump, 1120 + jump, "b"))
    assert [(v.zone, v.cut) for v in found if isinstance(v, Visit)] == [("left", True)]
    assert max(f.at for f in found if isinstance(f, Seen)) == max(1059.0, 1119.0 + jump)


def test_a_silent_scanner_is_told_by_its_place_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = turn(tmp_path)
    take(clock, walk(STRANGER, 1000, 1010, "a"))
    with caplog.at_level(logging.INFO, "instore.radio"):
        take(clock, (heard for heard in walk(STRANGER, 1010, 1080, "a") if heard.scanner == "a"))
        take(clock, walk(STRANGER, 1080, 1090, "a"))
    assert [record.getMessage() for record in caplog.records] == [
        "sensor radio: scanner 2 of radio.scanners is silent",
        "sensor radio: scanner 2 of radio.scanners is heard again",
    ]


def test_memory_does_not_grow_with_strangers(tmp_path: Path) -> None:
    clock = turn(tmp_path)
    clock.take(Heard(1000.0, "a", advert(STRANGER), -60.0))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(12_000):
        clock.take(Heard(1000 + n / 10_000, "a", pack(n.to_bytes(6, "big")), -60.0))
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 100_000


def gateway(port: int) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def test_gateways_on_a_real_broker(broker: Broker, tmp_path: Path) -> None:
    made, stop = plan(tmp_path, port=broker.port), threading.Event()
    sender, found = gateway(broker.port), []
    said = json.dumps({"id": KNOWN, "rssi": -50}).encode()
    sender.publish(f"home/a/BTtoMQTT/{KNOWN.upper()}", said, qos=1, retain=True).wait_for_publish(5)
    sender.publish("home/kept/BTtoMQTT/1", said, qos=1, retain=True).wait_for_publish(5)
    feed = gateway_adverts(made.radio or Radio(scanners=""), stop)
    began, sent = time.monotonic(), 0
    for item in feed:
        if isinstance(item, Heard):
            found.append(item)
        elif item.up and sent < 3:
            for topic in (f"home/a/BTtoMQTT/{KNOWN}", f"espresense/devices/{KNOWN}/B", "home/a/LWT", "other/a/b"):
                sender.publish(topic, json.dumps({"id": KNOWN, "mac": KNOWN, "rssi": -50 - sent}).encode())
            sent += 1
        if len(found) >= 6 or time.monotonic() - began > 20:
            stop.set()
    sender.disconnect()
    sender.loop_stop()
    assert {(h.scanner, h.smoothed) for h in found} == {("a", False), ("b", True)}
    assert len(found) >= 6
    assert all(abs(h.at - time.time()) < 30 for h in found)


def test_a_broker_that_dies_is_down_and_comes_back(broker: Broker, tmp_path: Path) -> None:
    made, stop = plan(tmp_path, port=broker.port), threading.Event()
    seen, limit = [], time.monotonic() + 30
    for item in gateway_adverts(made.radio or Radio(scanners=""), stop):
        assert isinstance(item, Quiet)
        if not seen or seen[-1] != item.up:
            seen.append(item.up)
            if seen in ([True], [False, True]):
                broker.kill()
            elif len(seen) > 1 and not item.up:
                broker.start()
        if seen[-3:] == [True, False, True] or time.monotonic() > limit:
            stop.set()
    assert seen[-3:] == [True, False, True]


def test_facts_from_gateways_through_the_agent_s_door(own_broker: Broker, tmp_path: Path) -> None:
    made, stop = plan(tmp_path, port=own_broker.port), threading.Event()
    sender, done = gateway(own_broker.port), threading.Event()

    def send() -> None:
        while not done.wait(0.1):
            for address in (KNOWN, STRANGER):
                sender.publish(f"home/a/BTtoMQTT/{address}", json.dumps({"id": address, "rssi": -50}).encode())

    thread, found = threading.Thread(target=send), []
    thread.start()
    # A feed that never comes up gives no fact at all, so a clock must end the wait.
    limit = threading.Timer(20, stop.set)
    limit.start()
    for fact in facts(made, made.sensors[0], stop):
        found.append(fact)
        if isinstance(fact, Present) and fact.people:
            stop.set()
    limit.cancel()
    done.set()
    thread.join()
    sender.disconnect()
    sender.loop_stop()
    assert any(isinstance(f, Seen) and f.source == "radio" for f in found)
    assert {f.place for f in found if isinstance(f, Present) and f.people} == {"left"}
    assert max(f.people for f in found if isinstance(f, Present)) == 1


@pytest.mark.parametrize("host", ["192.168.1.7", "10.0.0.1", "broker.example", "0.0.0.0", "::", "8.8.8.8"])
def test_a_gateway_broker_elsewhere_is_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"radio\.gateway_host") as error:
        next(gateway_adverts(Radio(scanners="", gateway_host=host), threading.Event()))
    assert str(error.value) == "radio.gateway_host: must be this machine (127.0.0.1, ::1 or localhost)"


def recording(folder: Path) -> Path:
    file = folder / "adverts.csv"
    rows = [f"{t / 20},{s},{advert(KNOWN).hex()},{-50 if s == 'a' else -80}" for t in range(12) for s in "ab"]
    file.write_text("\n".join(["t_s,scanner,advert,rssi_dbm", "rubbish", "1,a,xx,-50", *rows]), encoding="utf-8")
    return file


def test_a_recording_is_paced_and_ends(tmp_path: Path) -> None:
    made, began = plan(tmp_path, "scanner", str(recording(tmp_path))), time.time()
    heard = [item for item in scanner_adverts(made.sensors[0], threading.Event()) if isinstance(item, Heard)]
    assert len(heard) == 24
    assert 0.5 <= time.time() - began < 5
    assert heard[-1].at - heard[0].at == pytest.approx(0.55, abs=0.01)
    list(facts(made, made.sensors[0], threading.Event()))


def test_a_recording_begins_anew_with_loop(tmp_path: Path) -> None:
    made, stop, n = plan(tmp_path, "scanner", str(recording(tmp_path)), loop=True), threading.Event(), 0
    for item in scanner_adverts(made.sensors[0], stop):
        n += isinstance(item, Heard)
        if n > 30:
            stop.set()
    assert n == 31


def test_a_pipe_is_taken_as_it_comes(tmp_path: Path) -> None:
    pipe, stop = tmp_path / "pipe", threading.Event()
    os.mkfifo(pipe)
    made = plan(tmp_path, "scanner", str(pipe))

    def write() -> None:
        with pipe.open("w", encoding="utf-8") as lines:
            lines.write(f"0,A,{advert(KNOWN).hex()},-50\n")
            lines.flush()
            stop.wait(20)
            lines.write("end\n")

    thread = threading.Thread(target=write)
    thread.start()
    heard = []
    for item in scanner_adverts(made.sensors[0], stop):
        if isinstance(item, Heard):
            heard.append(item)
            stop.set()
    thread.join()
    assert [(h.scanner, h.data) for h in heard] == [("a", advert(KNOWN))]
    assert abs(heard[0].at - time.time()) < 20


def test_what_is_missing_is_named_and_its_place_is_not(tmp_path: Path) -> None:
    stop = threading.Event()
    missing = plan(tmp_path, "scanner", str(tmp_path / "secret.csv"))
    with pytest.raises(RadioError, match="sensor radio: source: FileNotFoundError") as error:
        list(scanner_adverts(missing.sensors[0], stop))
    assert "secret" not in str(error.value)
    (tmp_path / "scanners.csv").unlink()
    with pytest.raises(PlanError, match=r"radio\.scanners: cannot be read"):
        next(facts(missing, missing.sensors[0], stop))


def test_a_scanner_without_bleak_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bleak", None)
    made = plan(tmp_path, "scanner")
    with pytest.raises(RadioError, match="sensor radio: a Bluetooth scanner needs the package bleak"):
        next(scanner_adverts(made.sensors[0], threading.Event()))


class FakeScanner:
    """What bleak's scanner does towards us: two adverts a start, the first start fails."""

    starts = 0

    def __init__(self, detection_callback: object, **options: object) -> None:
        self.tell, self.options = detection_callback, options

    async def __aenter__(self) -> None:
        FakeScanner.starts += 1
        if FakeScanner.starts == 1:
            raise OSError("no adapter")
        device = types.SimpleNamespace(address="AA:BB:CC:DD:EE:01")
        shown = types.SimpleNamespace(
            local_name=None,
            manufacturer_data={0x4C: b"\x02\x15" + b"\1" * 20 + b"\xc5"},
            service_data={
                "0000feaa-0000-1000-8000-00805f9b34fb": b"\x10x",
                "f000feaa-0451-4000-b000-000000000000": b"y",
            },
            rssi=-61,
        )
        self.tell(device, shown)  # type: ignore[operator]

    async def __aexit__(self, *_: object) -> None:
        pass


def test_an_adapter_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bleak", types.SimpleNamespace(BleakScanner=FakeScanner))
    made, stop, got = plan(tmp_path, "scanner", "hci0"), threading.Event(), []
    for item in scanner_adverts(made.sensors[0], stop):
        got.append(item)
        if isinstance(item, Heard) or len(got) > 100:
            stop.set()
    assert isinstance(got[0], Quiet)
    assert not got[0].up
    assert got[-1].scanner == "radio"
    assert got[-1].data == pack(bytes.fromhex(KNOWN), ibeacon(b"\1" * 20), {0xFEAA: b"\x10x"})
    assert FakeScanner.starts == 2
