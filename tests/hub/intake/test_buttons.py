"""Buttons over a real broker: a press is stored once, playing is not, and rubbish stops nothing."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from edge.deliver.mqtt import Broker, Connection, Received, Up
from edge.settings import SettingsError
from hub.intake.buttons import pressing
from hub.intake.presses import Buttons, Sieve, record
from hub.intake.taking import Taking
from hub.settings import Settings, checked
from hub.sites import Site

SAMPLES = files("hub.intake") / "mappings"
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def mapping(name: str) -> str:
    return (SAMPLES / f"{name}.toml").read_text(encoding="utf-8").replace('"s01"', '"s001"')


TAKING = Taking({name: mapping(name) for name in ("buttons", "kiosk_zigbee2mqtt", "kiosk_shelly")})


def until(done: Callable[[], bool], seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def speaker(shared_broker: int) -> Iterator[Connection]:
    connection = Connection(Broker(port=shared_broker), "a-kiosk")
    connection.start()
    while not isinstance(connection.events.get(timeout=20), Up):
        pass
    yield connection
    connection.stop()


def press(speaker: Connection, n: int, value: Any, device: str, seconds: int) -> None:
    at = (NOW + timedelta(seconds=seconds)).isoformat()
    said = {"v": value, "of": 4, "seq": n, "ts": at}
    speaker.publish(f"instore/v1/s001/{device}/press", json.dumps(said).encode(), qos=1)


def rows(hub: Any) -> list[tuple[Any, ...]]:
    return [
        tuple(row.values()) for row in hub.rows("SELECT csat, touchpoint, channel FROM answer ORDER BY answered_at")
    ]


def test_presses_are_answers_once_and_rubbish_stops_nothing(
    hub: Any, shared_broker: int, speaker: Connection
) -> None:
    stop, device = threading.Event(), "kiosk-exit"
    buttons = (Buttons(topic="instore/v1/+/+/press"), Buttons(topic="zb-test/#", mapping="kiosk_zigbee2mqtt"))
    with pressing(Broker(port=shared_broker), "hub-buttons-test", buttons, TAKING, hub.store, stop, lambda: None):
        time.sleep(1.0)  # subscribed
        press(speaker, 1, 4, device, 0)
        until(lambda: len(rows(hub)) == 1)
        press(speaker, 1, 4, device, 0)  # said again
        press(speaker, 2, 1, device, 2)  # somebody playing
        speaker.publish(f"instore/v1/s001/{device}/press", b"\xff rubbish", qos=1)
        press(speaker, 3, 9, device, 20)  # no such button
        press(speaker, 4, 2, device, 40)
        press(speaker, 5, 3, device, 400 * 86_400)  # a clock that is off
        speaker.publish("zb-test/kiosk-S01", b'{"action":"3_single","battery":60}', qos=1)
        speaker.publish("zb-test/kiosk-S01", b'{"action":"","battery":60}', qos=1)
        until(lambda: len(rows(hub)) == 3)
    assert rows(hub) == [(4, device, "kiosk"), (2, device, "kiosk"), (3, None, "kiosk")]
    assert stop.is_set()


def test_presses_wait_at_the_broker_while_the_hub_is_away(hub: Any, shared_broker: int, speaker: Connection) -> None:
    def heard() -> Any:
        place = (Broker(port=shared_broker), "hub-buttons-away", (Buttons(topic="instore/v1/+/kiosk-away/press"),))
        return pressing(*place, TAKING, hub.store, threading.Event(), lambda: None)

    with heard():
        time.sleep(1.0)
    for n in range(5):
        press(speaker, n, 1 + n % 4, "kiosk-away", 60 * n)
    with heard():
        until(lambda: len(rows(hub)) == 5)
        time.sleep(0.5)  # confirmed
    assert [value for value, _, _ in rows(hub)] == [1, 2, 3, 4, 1]
    later = Connection(Broker(port=shared_broker), "hub-buttons-away", session_s=60)
    later.start()
    time.sleep(2.0)
    later.stop()
    events = [later.events.get_nowait() for _ in range(later.events.qsize())]
    assert any(isinstance(event, Up) for event in events)
    assert not [event for event in events if isinstance(event, Received)]


def test_a_shelly_of_four_inputs_is_understood() -> None:
    events = [("0", {"event": "S", "event_cnt": 1}), ("3", {"event": "S", "event_cnt": 9}), ("1", {"event": "L"})]
    lines = [
        json.dumps(record(NOW + timedelta(seconds=9 * i), f"shellies/kiosk-S01/input_event/{n}", body, retain=False))
        for i, (n, said) in enumerate(events)
        for body in [json.dumps(said).encode()]
    ]
    survey = TAKING.read("kiosk_shelly", "f", "\n".join(lines).encode())
    assert survey.report["excluded"] == {"no press": 1}
    assert [row["csat"] for row in survey.answers.to_pylist()] == [0, 3]  # type: ignore[union-attr]


@pytest.mark.parametrize("payload", [b"", b"null", b"[1]", b"\xff", b"{" * 5000, b'"x"'])
def test_a_payload_that_is_no_object_has_no_fields(payload: bytes) -> None:
    assert record(NOW, "t", payload, retain=True)["payload"] == {}


def test_playing_is_told_over_batches() -> None:
    def batch(*seconds: int) -> pa.Table:
        moments = [NOW + timedelta(seconds=s) for s in seconds]
        return pa.table({"site": ["s"] * len(moments), "at": pa.array(moments, pa.timestamp("us", tz="UTC"))})

    sieve, at = Sieve(3.0), NOW.timestamp()
    assert sieve.sift(batch(0, 1, 4), at).num_rows == 2
    assert sieve.sift(batch(5, 4, 7), at).num_rows == 1
    assert sieve.sift(batch(-15 * 86_400, 301), at).num_rows == 0


def test_settings_of_buttons_are_checked(hub: Any, tmp_path: Path) -> None:
    site = Site(id="s001", name="x", timezone="Europe/Berlin")
    broker = Broker(cert_file="/c", key_file="/k", tls=True)
    with pytest.raises(SettingsError, match="buttons_broker: needed"):
        checked(Settings(sites=(site,), broker=broker, buttons=(Buttons(topic="a/b"),)))
    with pytest.raises(SettingsError, match=r"buttons_broker\.tls"):
        checked(Settings(sites=(site,), buttons_broker=Broker(host="192.0.2.1")))
    with (
        pytest.raises(SettingsError, match="the mapping nope does not exist"),
        pressing(
            Broker(), "x", (Buttons(topic="a", mapping="nope"),), TAKING, hub.store, threading.Event(), lambda: None
        ),
    ):
        queue.SimpleQueue[None]()
