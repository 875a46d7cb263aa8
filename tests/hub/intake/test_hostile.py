"""Everything that can arrive over MQTT is hostile: a running hub between good windows and what nobody should send."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.deliver.mqtt import Broker, Connection, Received
from edge.messages import Ack, BadMessage, Resume, decode, encode
from edge.topics import topic
from hub.intake.sorting import Raw, sort
from hub.serve import access
from hub.sites import Site
from hub.storage.store import Store
from simulators.broker import free_port
from tests.hub.intake.test_ingest import config, end, start, until

GOOD = 240
W = "instore/v1/s001/cam-01/w"
SITES = {"s001": Site(id="s001", name="High Street", timezone="Europe/Berlin")}
LEAVES = ("w", "live", "status", "ack")
NOT_UTF8 = b"\xff\xfe"


def said_at(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def windows(shop: Any, now: int) -> dict[int, bytes]:
    """Good windows by number; each says one entry."""
    ends = {seq: now - 300 * (GOOD - seq) for seq in range(1, GOOD + 1)}
    return {seq: encode(shop.window(at, shop.count(at, 1), seq=seq)) for seq, at in ends.items()}


def hostile(shop: Any, now: int) -> dict[str, tuple[str, bytes]]:
    """What is set aside with a reason: name -> topic and payload; each in an epoch of its own, or in none."""
    good = json.loads(encode(shop.window(now, shop.count(now, 1), seq=1)))
    value, status = good["values"][0], json.loads(encode(shop.status(now)))
    number = iter(range(1, 1000))

    def one(**wrong: Any) -> bytes:
        return json.dumps(good | {"epoch": f"{next(number):08x}"} | wrong).encode()

    def raw(old: bytes, new: bytes) -> bytes:
        payload = one()
        assert old in payload
        return payload.replace(old, new, 1)

    bad = {
        "random bytes": bytes(range(256)),
        "no bytes": b"",
        "a number": b"7",
        "deep arrays": b"[" * 60_000,
        "deep objects": b'{"a":' * 12_000,
        "deep values": raw(b'"values": [', b'"values": [' + b"[" * 20_000),
        "a huge number": raw(b'"seq": 1', b'"seq": 1' + b"0" * 5000),
        "a huge power": raw(b'"entries": 1', b'"entries": 1e999999999'),
        "not a number": raw(b'"entries": 1', b'"entries": NaN'),
        "infinity": raw(b'"entries": 1', b'"entries": -Infinity'),
        "minus zero": raw(b'"entries": 1', b'"entries": -0.5'),
        "no UTF-8 in a name": raw(b"door", b"do" + NOT_UTF8),
        "no UTF-8 in a key": raw(b'"clock"', b'"cl' + NOT_UTF8 + b'"'),
        "no UTF-8 in an epoch": raw(b'"epoch": "0', b'"epoch": "' + NOT_UTF8),
        "half a surrogate": raw(b"door", rb"\ud800"),
        "UTF-16": one().decode().encode("utf-16"),
        "a byte order mark": b"\xef\xbb\xbf" + one(),
        "70 kB": b" " * 70_000,
        "70 kB of a good one": one() + b" " * 70_000,
        "1970": one(end="1970-01-01T00:00:00Z", values=[]),
        "year 1": one(end="0001-01-01T00:00:00Z", values=[]),
        "year 9999": one(end="9999-12-31T23:55:00Z", values=[]),
        "year 10000": one(end="10000-01-01T00:00:00Z", values=[]),
        "2099": one(end="2099-01-01T00:00:00Z", values=[]),
        "a leap second": one(end="2026-06-30T23:59:60Z", values=[]),
        "another device": one(device="cam-02"),
        "another site": one(site="s002"),
        "an unknown field": one(face="x"),
        "an unknown field of a value": one(values=[value | {"mac": "x"}]),
        "an unknown kind": one(values=[value | {"kind": "person"}]),
        "the same place twice": one(values=[value, value]),
        "300 values": one(values=[value | {"place": f"p{i}"} for i in range(300)]),
        "SQL in a name": one(values=[value | {"place": "door'; DROP TABLE value_count; --"}]),
    }
    found = {name: (W, payload) for name, payload in bad.items()}
    found |= {
        "a site nobody knows": ("instore/v1/s999/cam-01/w", one(site="s999")),
        "a status of 1 MB": ("instore/v1/s001/cam-01/status", b"x" * 100_000),
        "a status without UTF-8": (
            "instore/v1/s001/cam-01/status",
            json.dumps(status | {"version": "XX"}).encode().replace(b"XX", NOT_UTF8),
        ),
        "an empty level": ("instore/v1//cam-01/w", b"{}"),
        "capitals and a space": ("instore/v1/S 001/CAM/w", b"{}"),
        "not ASCII": ("instore/v1/ä\u202e/\U0001f4a9/w", b"{}"),
        "a long level": (f"instore/v1/{'s' * 5000}/cam-01/w", b"{}"),
        "a path": ("instore/v1/../..%2f/status", b"{}"),
    }
    return found


def ignored(shop: Any, now: int) -> list[tuple[str, bytes]]:
    """What is never written: live values that are none, and topics that nobody subscribed to."""
    live = "instore/v1/s001/cam-01/live"
    return [
        (live, b"\xff" * 300),
        (live, b"[" * 50_000),
        (live, b'{"v":1,"level":"standard","place":"' + NOT_UTF8 + b'"}'),
        (live, lively(2099 * 31_556_952.0 - 62_167_219_200.0, 9)),
        ("instore/v1/s001/cam-01/w/more", b"x"),
        ("instore/v1/s001/w", b"x"),
        ("instore/v2/s001/cam-01/w", b"x"),
        ("instore/v1/s001/cam-01/ack", b"x"),
        ("$instore/v1/s001/cam-01/w", b"x"),
    ]


def lively(at: float, queue: int) -> bytes:
    said = {"v": 1, "level": "standard", "at": said_at(int(at)), "place": "till_a", "queue": queue}
    return json.dumps(said | {"occupancy": None, "tills_open": None, "alert": "ok"}).encode()


class Neighbour(threading.Thread):
    """A device with a broken neighbour: sends what it is given in order, at most 50 ahead of the acknowledgements."""

    def __init__(self, port: int, things: list[tuple[str, bytes, bool]], epoch: str) -> None:
        super().__init__(daemon=True)
        self.things, self.epoch, self.upto = things, epoch, 0
        self.connection = Connection(
            Broker(port=port), "hostile", subscriptions=((topic("s001", "cam-01", "ack"), 1),)
        )

    def run(self) -> None:
        self.connection.start()
        until(lambda: self.connection.connected)
        ahead, limit = 0, time.monotonic() + 15
        for name, payload, good in self.things:
            ahead += good
            while ahead - self.upto > 50 and time.monotonic() < limit:
                self.hear()
            self.connection.publish(name, payload)
        while self.upto < GOOD and time.monotonic() < limit:
            self.hear()
        self.connection.stop()

    def hear(self) -> None:
        if self.connection.events.empty():
            return time.sleep(0.005)
        event = self.connection.events.get()
        if isinstance(event, Received):
            ack = decode("ack", event.payload) if event.payload[:1] == b"{" else None
            if isinstance(ack, Ack) and ack.epoch == self.epoch:
                self.upto = max(self.upto, ack.upto)
        return None


@pytest.fixture
def running(tmp_path: Any, quiet_broker: int, shop: Any) -> Iterator[SimpleNamespace]:
    """A hub as a process, before which the broker already kept garbage on every kind of topic."""
    early = Connection(Broker(port=quiet_broker), "early")
    early.start()
    until(lambda: early.connected)
    for leaf in LEAVES:
        early.publish(f"instore/v1/s001/cam-01/{leaf}", b"kept garbage \xff", retain=True)
    until(lambda: not early.unconfirmed)
    early.stop()
    http = free_port()
    token = access.create(tmp_path / "tokens.json", "all", ["s001"], False, "now")
    process = start(config(tmp_path, quiet_broker, http))
    client = httpx.Client(base_url=f"http://127.0.0.1:{http}", headers={"Authorization": f"Bearer {token}"})

    def well() -> bool:
        try:
            return client.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    try:
        until(well)
        yield SimpleNamespace(process=process, client=client, port=quiet_broker, folder=tmp_path)
    finally:
        client.close()
        process.kill()
        process.communicate()


def test_good_windows_pass_between_everything_else(running: SimpleNamespace, shop: Any) -> None:
    now = int(time.time()) // 300 * 300
    bad, rest, good = hostile(shop, now), ignored(shop, now), windows(shop, now)
    between = [*((*what, False) for what in bad.values()), *((*what, False) for what in rest)]
    between += [(W, good[1], False), (W, good[2], False)]  # said again
    things: list[tuple[str, bytes, bool]] = [(W, encode(Resume(v=1, epoch=shop.epoch, first=1)), False)]
    for seq, payload in good.items():
        things.append((W, payload, True))
        if seq % 4 == 0 and between:
            things.append(between.pop(0))
    things[-1:-1] = between
    device = Neighbour(running.port, things, shop.epoch)
    device.start()
    device.join()
    assert running.process.poll() is None
    assert device.upto == GOOD
    send(running.port, "instore/v1/s001/cam-01/live", lively(time.time(), 3))
    until(lambda: queues(running) == [3], 10)
    assert running.client.get("/health").json()["ok"] is True
    assert end(running.process) == 0
    with Store(running.folder / "hub.duckdb", SITES, time.time()) as store:
        kept = store.rows("SELECT seq FROM value_count WHERE epoch = $e ORDER BY seq", {"e": shop.epoch})
        assert kept.column(0).to_pylist() == list(range(1, GOOD + 1))
        assert store.rows("SELECT sum(entries) AS n FROM count_15").to_pylist() == [{"n": GOOD}]
        aside = store.rows("SELECT topic, reason, payload FROM quarantine").to_pylist()
        tally = store.rows("SELECT sum(n) AS n FROM quarantine_tally").to_pylist()[0]["n"]
        assert store.rows("SELECT count(*) AS n FROM gap").to_pylist() == [{"n": 0}]
    found = {(row["topic"], row["payload"]) for row in aside}
    missing = [name for name, (where, payload) in bad.items() if (where[:200], payload[:65_536]) not in found]
    assert not missing
    assert all(row["reason"] and "hub cannot" not in row["reason"] for row in aside)
    assert not [row["reason"] for row in aside if row["reason"].startswith("cannot be stored")]
    # What the broker kept comes with each subscription: a window and a status that are none.
    assert len(aside) == tally == len(bad) + 2


def send(port: int, where: str, payload: bytes) -> None:
    connection = Connection(Broker(port=port), "lively")
    connection.start()
    until(lambda: connection.connected)
    connection.publish(where, payload)
    until(lambda: not connection.unconfirmed)
    connection.stop()


def queues(running: SimpleNamespace) -> list[int]:
    said = running.client.get("/v1/live", params={"site": "s001"}).json()
    return [place["queue"] for place in said["places"]]


@pytest.mark.parametrize("payload", [b"bad", b"x" * 65_000], ids=["20,000 messages", "200 MB"])
def test_what_is_set_aside_is_capped_and_the_newest_stay(hub: Any, payload: bytes) -> None:
    now, turns = 1781114400.0, 22 if len(payload) < 100 else 5
    for turn in range(turns):
        hub.take(*[Raw(W, b"%d %d " % (turn, i) + payload) for i in range(1000)], at=now + turn)
    kept = hub.rows("SELECT count(*) AS n, sum(size) AS size, min(received_at) AS first FROM quarantine")[0]
    assert kept["n"] <= 20_000
    assert kept["size"] <= 200_000_000
    assert kept["n"] >= 18_000 or kept["size"] >= 170_000_000
    assert kept["first"].timestamp() > now
    newest = hub.rows("SELECT max(received_at) AS last FROM quarantine")[0]["last"]
    assert newest - timedelta(seconds=turns - 1) == datetime.fromtimestamp(now, UTC)
    assert hub.rows("SELECT sum(n) AS n FROM quarantine_tally") == [{"n": turns * 1000}]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A message of the contract in which fields have other values and bytes are others."""
    good: dict[str, Any] = json.loads(draw(st.sampled_from(MESSAGES)))
    for key in draw(st.lists(st.sampled_from([*good, "x"]), max_size=2)):
        good[key] = draw(JSON)
    if good.get("values") and isinstance(good["values"], list) and isinstance(good["values"][0], dict):
        for key in draw(st.lists(st.sampled_from(list(good["values"][0])), max_size=2)):
            good["values"][0][key] = draw(JSON)
    payload = bytearray(json.dumps(good).encode())
    for place, byte in draw(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=3)):
        payload[place % len(payload)] = byte
    return bytes(payload)


def _messages() -> list[bytes]:
    """One of each kind."""
    from_golden = {"v": 1, "site": "s001", "device": "cam-01", "epoch": "0000000a", "level": "standard"}
    count = {"kind": "count", "place": "door", "start": "2026-06-10T17:55:00Z", "observed_s": 300, "withheld": None}
    count |= {"revision": 0, "entries": 1, "exits": 0, "groups": None, "passers": None}
    window = from_golden | {"seq": 1, "plan": "0" * 12, "end": "2026-06-10T18:00:00Z", "clock": "ntp"}
    status = {"v": 1, "state": "online", "at": "2026-06-10T18:00:00Z", "epoch": "0000000a", "version": "1"}
    status |= {"plan": "0" * 12, "level": "standard", "clock": "ntp", "held": 0, "counters": {"dropped": 1}}
    status |= {"sensors": [{"id": "a", "kind": "camera", "state": "ok", "seen": None}], "places": []}
    resume, ack = {"v": 1, "epoch": "0000000a", "first": 1}, {"epoch": "0000000a", "upto": 1}
    made = (window | {"values": [count]}, status, resume, ack, json.loads(lively(1781114400.0, 3)))
    return [json.dumps(one).encode() for one in made]


MESSAGES = _messages()


@given(damaged(), st.sampled_from(LEAVES))
def test_a_damaged_message_is_a_message_or_bad(payload: bytes, leaf: str) -> None:
    with suppress(BadMessage):
        decode(leaf, payload)


@given(st.lists(st.tuples(damaged(), st.sampled_from(LEAVES)), max_size=6))
def test_no_row_of_damaged_messages_stops_what_follows(rows: list[tuple[bytes, str]]) -> None:
    cursors: dict[Any, Any] = {}
    raw = [Raw(f"instore/v1/s001/cam-01/{leaf}", payload) for payload, leaf in rows]
    batch = sort([*raw, Raw(W, MESSAGES[0].replace(b"0000000a", b"ffffffff"))], cursors, SITES, 1781114400.0)
    assert ("s001", "cam-01", "ffffffff") in batch.touched
    assert all(bad.reason for bad in batch.bad)
